"""Training of the follower's net alone, behind a detector that stays as it is.

A person's cut is small: shown alone, many times more people are seen in an hour than beside a
detector that learns too. `courtside train masks --data DIR --out DIR --minutes 60 --start FILE`.
"""

from collections import deque
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from courtside.errors import InputError
from courtside.train.checkpoint import Training
from courtside.train.detector import maps_of, shown
from courtside.train.detector_export import export_person
from courtside.train.loop import descend, learn, prepare
from courtside.train.person import Cuts, cut_people, last_outline, person_loss
from courtside.train.plan import Plan
from courtside.train.pool import Pool
from courtside.train.supply import pictures

VENUES, EACH = 4, 16  # venues in a batch, two pictures each; people cut out of each picture
KEPT = 96  # venues whose cuts are shown again: making them takes as long as learning from them


def train_masks(plan: Plan) -> Path:
    """Train the follower's net for `plan.minutes` in all, earlier runs into `plan.out` counted in.

    Returns:
        The ONNX file of the follower's net.

    Raises:
        InputError: when there is no detector to start from, or no pictures come.
        MachineError: when the device is not there.
    """
    if plan.start is None:
        raise InputError("the follower learns from a detector's votes: give --start WEIGHTS")
    training, kept = prepare(plan), deque[Cuts](maxlen=KEPT)

    def step(training: Training, pool: Pool, rng: np.random.Generator) -> dict[str, Tensor]:
        kept.append(_new_cuts(training, pool, rng))
        others = rng.integers(0, len(kept), VENUES - 1)
        return _step(training, [kept[-1], *(kept[i] for i in others)])

    with pictures(plan) as pool:
        learn(plan, training, pool, step)
    return export_person(training.average.module, plan.out, pool)


def _new_cuts(training: Training, pool: Pool, rng: np.random.Generator) -> Cuts:
    """The people of two pictures of a venue."""
    training.nets.detector.eval()
    with torch.no_grad():
        batch = shown(pool.choose(1, rng), rng)
        return cut_people(batch, maps_of(training, batch["picture"]), EACH)


def _step(training: Training, chosen: list[Cuts]) -> dict[str, Tensor]:
    """Learn from the cuts of some venues, each with another memory of who is meant."""
    cuts = Cuts(*(torch.cat(rows) for rows in zip(*chosen, strict=True)))
    hints = torch.cat([cuts.hints[:, :-1], last_outline(cuts.mask)], dim=1).clamp(0, 1)
    with torch.autocast(cuts.picture.device.type, torch.bfloat16):
        answer = training.nets.person(cuts.picture, hints)
    parts = person_loss(answer, cuts)
    descend(training, parts["person"])
    return {name: value.detach() for name, value in parts.items()}
