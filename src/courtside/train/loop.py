"""The loop that the trainings of the detector and of the follower share."""

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from courtside.errors import MachineError
from courtside.train.checkpoint import Training, load, save, save_weights
from courtside.train.plan import Plan
from courtside.train.pool import Pool

WARM_UP = 100  # batches until the highest rate is reached
SAVE_EVERY = 60.0  # seconds

Step = Callable[[Training, Pool, np.random.Generator], dict[str, Tensor]]


def prepare(plan: Plan) -> Training:
    """Return the training of a plan, where it stopped or anew.

    Raises:
        MachineError: when the device is not there.
    """
    if plan.device == "cuda" and not torch.cuda.is_available():
        raise MachineError("no CUDA device here: give --device cpu")
    torch.manual_seed(plan.seed)
    # Two threads that wait for each other on a busy machine are slower than one by far.
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    plan.out.mkdir(parents=True, exist_ok=True)
    return load(plan, torch.device(plan.device))


def learn(plan: Plan, training: Training, pool: Pool, step: Step) -> None:
    """Take steps until `plan.minutes` are over, earlier runs counted in; log and save.

    step: learns from the pool once (`descend`) and returns the parts of its loss.
    """
    rng = np.random.default_rng([plan.seed, 2, training.step])
    begun, saved = time.monotonic() - training.seconds, time.monotonic()
    seen: list[dict[str, Tensor]] = []
    while (elapsed := time.monotonic() - begun) < plan.minutes * 60:
        for group in training.optimizer.param_groups:
            group["lr"] = plan.rate * share_of_rate(elapsed / (plan.minutes * 60), training.step)
        seen.append(step(training, pool, rng))
        training.step += 1
        training.seconds = elapsed
        if time.monotonic() - saved > SAVE_EVERY:
            _log(plan.out, training, seen, len(pool.loaded))
            save(plan.out, training)
            seen, saved = [], time.monotonic()
    save(plan.out, training)
    save_weights(training.average.module, plan.out / "weights.pt")


def descend(training: Training, total: Tensor) -> None:
    """Change the nets by one step against the gradient of `total`."""
    training.optimizer.zero_grad(set_to_none=True)
    total.backward()
    torch.nn.utils.clip_grad_norm_(training.nets.parameters(), 20.0)
    training.optimizer.step()
    training.average.update_parameters(training.nets)


def share_of_rate(share: float, step: int) -> float:
    """A short warm-up, then a cosine down to a hundredth."""
    warm = min(1.0, (step + 1) / WARM_UP)
    return float(warm * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * min(1.0, share)))))


def _log(out: Path, training: Training, seen: Iterable[Mapping[str, Tensor]], count: int) -> None:
    rows = list(seen)
    names = rows[-1] if rows else {}
    means = {k: float(torch.stack([r[k] for r in rows if k in r]).mean()) for k in names}
    line = " ".join(f"{k} {v:.4f}" for k, v in means.items())
    minutes = training.seconds / 60
    text = f"{minutes:6.1f} min, step {training.step}, {count} pictures: {line}"
    with (out / "log.txt").open("a") as log:
        log.write(text + "\n")
    print(text, flush=True)
