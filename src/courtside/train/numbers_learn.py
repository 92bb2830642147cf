"""The learning loop of the number reader: on a GPU or a CPU, with checkpoints."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from courtside.train.checkpoint import load_weights
from courtside.train.numbers_net import NumberNet, loss, normalised
from courtside.train.numbers_render import CHUNK, Crops
from courtside.train.numbers_vary import varied

LEARNING_RATE = 2e-3
"""At a batch of 128; it grows with the root of the batch."""
BATCH = {"cpu": 128, "cuda": 512}
WEIGHT_DECAY = 0.04
LARGEST_GRADIENT = 5.0
WARM_UP = 0.02
"""Share of the time in which the learning rate rises."""
AVERAGE_STEP = 0.001
"""How far the averaged weights follow in one step, once there have been many."""
CHECKPOINT_SECONDS = 60.0
LOOK_SECONDS = 5.0
"""Time between looks for new crops."""
LEAST_CROPS = 4 * CHUNK


@dataclass
class Progress:
    """How far a training is: seconds of learning, steps and crops shown (repeats counted)."""

    seconds: float = 0.0
    steps: int = 0
    shown: int = 0


@dataclass
class Learner:
    """A net that learns, its slow average and its optimiser."""

    device: str
    net: NumberNet
    average: NumberNet
    optimizer: torch.optim.Optimizer
    progress: Progress = field(default_factory=Progress)


def new_learner(seed: int, device: str, start: Path | None = None) -> Learner:
    """Return a learner with fresh weights, or those of a file that an earlier training wrote.

    Raises:
        InputError: when there is no such file.
    """
    torch.manual_seed(seed)
    torch.backends.cudnn.benchmark = True
    net = NumberNet()
    if start is not None:
        net.load_state_dict(load_weights(start))
    net = net.to(device, memory_format=torch.channels_last)
    average = NumberNet().to(device, memory_format=torch.channels_last)
    average.load_state_dict(net.state_dict())
    optimizer = torch.optim.AdamW(net.parameters(), 1e-3, weight_decay=WEIGHT_DECAY)
    return Learner(device, net, average.eval().requires_grad_(False), optimizer)


def learn(
    learner: Learner, crops: Crops, out: Path, seconds: float, seed: int, check: Callable[[], None]
) -> None:
    """Learn until so many seconds are spent, those before a checkpoint counted.

    `check` is called every few seconds and may raise.
    """
    generator = torch.Generator(learner.device).manual_seed(seed + learner.progress.steps)
    _wait_for_crops(crops, check)
    progress, before = learner.progress, time.monotonic()
    looked = saved = progress.seconds
    while progress.seconds < seconds:
        if progress.seconds - looked > LOOK_SECONDS:
            check()
            crops.load_new()
            looked = progress.seconds
        cost = step(learner, crops, progress.seconds / seconds, generator)
        now = time.monotonic()
        progress.seconds += now - before
        before = now
        if progress.seconds - saved > CHECKPOINT_SECONDS:
            saved = progress.seconds
            save(learner, out)
            print(_line(progress, crops.count, float(cost)), flush=True)
    save(learner, out)


def step(learner: Learner, crops: Crops, share: float, generator: torch.Generator) -> torch.Tensor:
    """Learn from one batch; `share` is the part of the time that has passed."""
    size = BATCH[learner.device]
    for group in learner.optimizer.param_groups:
        group["lr"] = learning_rate(share, size)
    learner.net.train()
    images, labels = crops.batch(size, generator)
    inputs = varied(normalised(images), generator)
    inputs = inputs.contiguous(memory_format=torch.channels_last)
    with torch.autocast(learner.device, torch.bfloat16, enabled=fast_bfloat16(learner.device)):
        scores = learner.net(inputs)
    cost = loss(scores.float(), labels)
    learner.optimizer.zero_grad(set_to_none=True)
    cost.backward()
    torch.nn.utils.clip_grad_norm_(learner.net.parameters(), LARGEST_GRADIENT)
    learner.optimizer.step()
    follow(learner.average, learner.net, learner.progress.steps)
    learner.progress.steps += 1
    learner.progress.shown += size
    return cost.detach()


def follow(average: torch.nn.Module, net: torch.nn.Module, steps: int) -> None:
    """Move averaged weights towards the net's, fast at first."""
    weight = max(AVERAGE_STEP, 1.0 / (1.0 + steps / 10))
    slow, quick = average.state_dict(), net.state_dict()
    names = [name for name, value in slow.items() if value.is_floating_point()]
    torch._foreach_lerp_([slow[n] for n in names], [quick[n] for n in names], weight)


def learning_rate(share: float, batch: int) -> float:
    """Rise, then fall along a cosine."""
    rise = min(1.0, (share + 1e-3) / WARM_UP)
    fall = 0.5 + 0.5 * float(np.cos(np.pi * min(share, 1.0)))
    return LEARNING_RATE * float(np.sqrt(batch / BATCH["cpu"])) * rise * fall + 1e-6


def fast_bfloat16(device: str) -> bool:
    """Return whether the device computes in bfloat16 faster than in float32."""
    if device != "cpu":
        return True
    path = Path("/proc/cpuinfo")
    flags = path.read_text(encoding="utf-8").split() if path.is_file() else []
    return "amx_bf16" in flags or "avx512_bf16" in flags


def save(learner: Learner, out: Path) -> None:
    """Write a checkpoint; it gets its name only when it is whole."""
    state = {
        "net": learner.net.state_dict(),
        "average": learner.average.state_dict(),
        "optimizer": learner.optimizer.state_dict(),
        "progress": vars(learner.progress),
    }
    torch.save(state, out / "numbers.part")
    (out / "numbers.part").rename(out / "numbers.pt")


def restore(learner: Learner, out: Path) -> None:
    """Go on from a checkpoint in `out`, where there is one."""
    path = out / "numbers.pt"
    if not path.is_file():
        return
    state = torch.load(path, map_location=learner.device, weights_only=True)
    learner.net.load_state_dict(state["net"])
    learner.average.load_state_dict(state["average"])
    learner.optimizer.load_state_dict(state["optimizer"])
    learner.progress = Progress(**state["progress"])


def _wait_for_crops(crops: Crops, check: Callable[[], None]) -> None:
    while crops.load_new() < LEAST_CROPS:
        check()
        time.sleep(0.2)


def _line(progress: Progress, count: int, cost: float) -> str:
    return (
        f"{progress.seconds:.0f} s, {count} crops rendered, {progress.shown} shown, loss {cost:.3f}"
    )
