"""Training of the detector and the follower on rendered pictures, and export to ONNX.

Rendered pictures only: no real footage, no crop of it, no labels of it. Pictures are rendered by
processes beside the training; both go on where they were when stopped.
`courtside train detector --data DIR --out DIR --minutes 60` trains and exports.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from courtside.train.augment import degrade_batch, random_views
from courtside.train.checkpoint import Training
from courtside.train.detector_export import export_detector, export_person
from courtside.train.detector_loss import detector_loss
from courtside.train.detector_net import Maps
from courtside.train.detector_targets import make_targets
from courtside.train.loop import descend, learn, prepare
from courtside.train.person import cut_people, person_loss
from courtside.train.person_net import PersonNet
from courtside.train.plan import Plan
from courtside.train.pool import Pool, Records
from courtside.train.supply import pictures

PERSON_FROM = 400  # batches after which the detector's votes are worth a hint


def train_detector(plan: Plan) -> tuple[Path, Path]:
    """Train for `plan.minutes` in all, earlier runs into `plan.out` counted in.

    Pictures are rendered into `plan.data` meanwhile, by `plan.renderers` processes (0: none).

    Returns:
        The ONNX files of the detector and of the follower.

    Raises:
        InputError: when no pictures come.
        MachineError: when the device is not there.
    """
    training = prepare(plan)

    def step(training: Training, pool: Pool, rng: np.random.Generator) -> dict[str, Tensor]:
        return _step(training, pool.choose(plan.pairs, rng), rng)

    with pictures(plan) as pool:
        learn(plan, training, pool, step)
    nets = training.average.module
    return export_detector(nets, plan.out, pool), export_person(nets, plan.out, pool)


def _step(training: Training, batch: Records, rng: np.random.Generator) -> dict[str, Tensor]:
    """Learn from one batch; returns the parts of the loss."""
    with torch.no_grad():
        batch = shown(batch, rng)
        targets = make_targets(batch)
    maps = maps_of(training, batch["picture"])
    parts = detector_loss(maps, targets, batch["view"])
    total = parts["total"]
    if training.step >= PERSON_FROM:
        parts |= _person_parts(training.nets.person, batch, maps)
        total = total + parts["person"]
    descend(training, total)
    return {name: value.detach() for name, value in parts.items()}


def shown(batch: Records, rng: np.random.Generator) -> Records:
    """A batch of the pool as it is shown this time: another cut, another camera and encoder."""
    batch = random_views(batch, rng)
    return batch | {"picture": degrade_batch(batch["picture"], rng)}


def maps_of(training: Training, picture: Tensor) -> Maps:
    """What the detector in training says of pictures (n, 3, h, w), in full precision."""
    picture = picture.contiguous(memory_format=torch.channels_last)
    with torch.autocast(picture.device.type, torch.bfloat16):
        maps = training.nets.detector(picture)
    return Maps(*(m.float() for m in maps))


def _person_parts(net: PersonNet, batch: Records, maps: Maps) -> dict[str, Tensor]:
    with torch.no_grad():
        cuts = cut_people(batch, maps)
    with torch.autocast(cuts.picture.device.type, torch.bfloat16):
        answer = net(cuts.picture, cuts.hints)
    return person_loss(answer, cuts)
