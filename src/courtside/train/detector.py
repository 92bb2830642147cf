"""Training of the detector and the follower on rendered pictures, and export to ONNX.

Rendered pictures only: no real footage, no crop of it, no labels of it. Pictures are rendered by
processes beside the training; both go on where they were when stopped.
`courtside train detector --data DIR --out DIR --minutes 60` trains and exports.
"""

import os
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from courtside.errors import InputError, MachineError
from courtside.simulate.dataset import Job, render_part
from courtside.simulate.seeds import training_seed
from courtside.train.augment import degrade_batch, random_views
from courtside.train.checkpoint import Training, load, save, save_weights
from courtside.train.detector_export import export_nets
from courtside.train.detector_loss import detector_loss
from courtside.train.detector_net import Maps
from courtside.train.detector_targets import make_targets
from courtside.train.person import cut_people, person_loss
from courtside.train.person_net import PersonNet
from courtside.train.plan import Plan
from courtside.train.pool import Pool, Records, empty_pool, to_record

WARM_UP = 100  # batches until the highest rate is reached
SAVE_EVERY, PATIENCE = 60.0, 300.0  # seconds
PERSON_FROM = 400  # batches after which the detector's votes are worth a hint
LOOK_SHARE = 0.15
READERS, BUNCH = 4, 256  # threads that decode pictures, and how many they take at once


def train_detector(plan: Plan) -> tuple[Path, Path]:
    """Train for `plan.minutes` in all, earlier runs into `plan.out` counted in.

    Pictures are rendered into `plan.data` meanwhile, by `plan.renderers` processes (0: none).

    Returns:
        The ONNX files of the detector and of the follower.

    Raises:
        InputError: when no pictures come.
        MachineError: when the device is not there.
    """
    if plan.device == "cuda" and not torch.cuda.is_available():
        raise MachineError("no CUDA device here: give --device cpu")
    torch.manual_seed(plan.seed)
    # Two threads that wait for each other on a busy machine are slower than one by far.
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    plan.out.mkdir(parents=True, exist_ok=True)
    device = torch.device(plan.device)
    training = load(plan, device)
    pool = empty_pool(plan.capacity, device)
    renderers = _start_rendering(plan)
    stop = threading.Event()
    reader = threading.Thread(target=_keep_reading, args=(plan, pool, stop), daemon=True)
    reader.start()
    try:
        _wait_for_pictures(plan, pool)
        _run(plan, training, pool)
    finally:
        stop.set()
        reader.join()
        for renderer in renderers:
            renderer.terminate()
    save(plan.out, training)
    save_weights(training.average.module, plan.out / "weights.pt")
    return export_nets(training.average.module, plan.out, pool)


def _start_rendering(plan: Plan) -> list[Any]:
    plan.data.mkdir(parents=True, exist_ok=True)
    context = get_context("spawn")
    job = Job(plan.data, plan.pictures, training_seed(plan.seed), plan.motion)
    renderers = [
        context.Process(
            target=render_part,
            args=(job, k, plan.renderers),
            daemon=True,
        )
        for k in range(plan.renderers)
    ]
    for renderer in renderers:
        renderer.start()
    return renderers


def _keep_reading(plan: Plan, pool: Pool, stop: threading.Event) -> None:
    """Take new pictures into the pool as they are rendered."""
    cuda = plan.device == "cuda"
    # On a stream of its own, or every copy would wait for the training's queue.
    stream = torch.cuda.stream(torch.cuda.Stream()) if cuda else nullcontext()
    read = partial(to_record, seed=plan.seed)
    with stream, ThreadPoolExecutor(READERS) as readers:
        while not stop.is_set():
            names = set(os.listdir(plan.data)) - pool.loaded
            new = [plan.data / name for name in sorted(names) if name.endswith(".npz")][:BUNCH]
            for path, record in zip(new, readers.map(read, new), strict=True):
                pool.take_in(path, record)
            stop.wait(0.0 if new else 1.0)


def _wait_for_pictures(plan: Plan, pool: Pool) -> None:
    begun = time.monotonic()
    seen = 0
    while len(pool.loaded) < plan.first:
        if len(pool.loaded) > seen:
            seen, begun = len(pool.loaded), time.monotonic()
        if time.monotonic() - begun > PATIENCE:
            raise InputError(f"{seen} of {plan.first} pictures came to {plan.data}, and no more")
        time.sleep(0.2)


def _run(plan: Plan, training: Training, pool: Pool) -> None:
    rng = np.random.default_rng([plan.seed, 2, training.step])
    begun, saved = time.monotonic() - training.seconds, time.monotonic()
    seen: list[dict[str, Tensor]] = []
    while (elapsed := time.monotonic() - begun) < plan.minutes * 60:
        for group in training.optimizer.param_groups:
            group["lr"] = plan.rate * _share_of_rate(elapsed / (plan.minutes * 60), training.step)
        batch = pool.choose(plan.pairs, rng)
        seen.append(_step(training, batch, rng))
        training.step += 1
        training.seconds = elapsed
        if time.monotonic() - saved > SAVE_EVERY:
            _log(plan.out, training, seen, len(pool.loaded))
            save(plan.out, training)
            seen, saved = [], time.monotonic()


def _share_of_rate(share: float, step: int) -> float:
    """A short warm-up, then a cosine down to a hundredth."""
    warm = min(1.0, (step + 1) / WARM_UP)
    return float(warm * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * min(1.0, share)))))


def _step(training: Training, batch: Records, rng: np.random.Generator) -> dict[str, Tensor]:
    """Learn from one batch; returns the parts of the loss."""
    with torch.no_grad():
        batch = random_views(batch, rng)
        batch["picture"] = degrade_batch(batch["picture"], rng)
        targets = make_targets(batch)
    picture = batch["picture"].contiguous(memory_format=torch.channels_last)
    with torch.autocast(picture.device.type, torch.bfloat16):
        maps = training.nets.detector(picture)
    maps = Maps(*(m.float() for m in maps))
    parts = detector_loss(maps, targets, batch["view"])
    total = parts["total"]
    if training.step >= PERSON_FROM:
        parts |= _person_parts(training.nets.person, batch, maps)
        total = total + parts["outline"] * 2.0 + parts["look"] * LOOK_SHARE
    training.optimizer.zero_grad(set_to_none=True)
    total.backward()
    torch.nn.utils.clip_grad_norm_(training.nets.parameters(), 20.0)
    training.optimizer.step()
    training.average.update_parameters(training.nets)
    return {name: value.detach() for name, value in parts.items()}


def _person_parts(net: PersonNet, batch: Records, maps: Maps) -> dict[str, Tensor]:
    with torch.no_grad():
        cuts = cut_people(batch, maps)
    with torch.autocast(cuts.picture.device.type, torch.bfloat16):
        mask, look = net(cuts.picture, cuts.hints)
    return person_loss(mask.float(), look.float(), cuts)


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
