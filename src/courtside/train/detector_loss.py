"""What the detector is punished for."""

import torch
from torch import Tensor
from torch.nn import functional

from courtside.train.detector_net import Maps
from courtside.train.detector_targets import Targets

# Shares of the total, so that each part moves the weights about equally after the first minutes.
SHARES = {"mask": 2.0, "vote": 2.0, "centre": 1.0, "box": 1.5, "points": 0.2, "floor": 0.3}
VIEW_SHARE, THING_SHARE = 0.1, 0.5
# Player, referee, other person, ball, rim, number: one small ball among twenty people counts more.
KIND_SHARES = (1.0, 1.0, 1.0, 3.0, 1.0, 1.0)


def detector_loss(maps: Maps, targets: Targets, view: Tensor) -> dict[str, Tensor]:
    """Parts of the loss and their weighted sum, `total`. view: true kinds of view (n,)."""
    bce = functional.binary_cross_entropy_with_logits
    weight = targets.vote_weight
    off = (maps.votes - targets.votes).abs().sum(dim=1)
    people, things = (
        box_loss(sides, targets.boxes[:, i], targets.box_weight[:, i])
        for i, sides in enumerate((maps.people_boxes, maps.thing_boxes))
    )
    parts = {
        "mask": bce(maps.foreground[:, 0], targets.foreground),
        "vote": (off * weight).sum() / (weight > 0).sum().clamp(min=1),
        "centre": centre_loss(maps.centres, targets.centres, targets.centre_weight),
        "box": people + THING_SHARE * things,
        "points": point_loss(maps.court_points, targets.court_points),
        "floor": bce(maps.floor[:, 0], targets.floor),
    }
    total = sum(
        (SHARES[name] * part for name, part in parts.items()), torch.zeros_like(off[0, 0, 0])
    )
    parts["view"] = functional.cross_entropy(maps.view, view)
    return {"total": total + VIEW_SHARE * parts["view"], **parts}


def centre_loss(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Penalty-reduced focal loss (Law and Deng 2018, as in CenterNet), per true centre."""
    chance = torch.sigmoid(logits)
    peak = (target > 0.999).float()
    found = functional.logsigmoid(logits) * (1 - chance) ** 2 * peak
    empty = functional.logsigmoid(-logits) * chance**2 * (1 - target) ** 4 * (1 - peak)
    share = torch.tensor(KIND_SHARES, device=logits.device)[:, None, None]
    return -((found + empty) * weight * share).sum() / peak.sum().clamp(min=1)


def point_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Quality focal loss (Li and others 2020) against soft bumps, per point in the pictures."""
    error = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    focus = (torch.sigmoid(logits) - target).abs() ** 2
    points = (target.amax(dim=(2, 3)) > 0.5).sum()
    return (error * focus).sum() / points.clamp(min=1)


def box_loss(sides: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """1 - generalised IoU (Rezatofighi and others 2019) of boxes given by four distances."""
    left, top, right, bottom = sides.unbind(1)
    l2, t2, r2, b2 = target.unbind(1)
    area = (left + right) * (top + bottom)
    area2 = ((l2 + r2) * (t2 + b2)).clamp(min=1.0)
    shared = (torch.minimum(left, l2) + torch.minimum(right, r2)).clamp(min=0) * (
        torch.minimum(top, t2) + torch.minimum(bottom, b2)
    ).clamp(min=0)
    union = area + area2 - shared
    hull = (torch.maximum(left, l2) + torch.maximum(right, r2)) * (
        torch.maximum(top, t2) + torch.maximum(bottom, b2)
    )
    giou = shared / union.clamp(min=1e-3) - (hull - union) / hull.clamp(min=1e-3)
    return ((1 - giou) * weight).sum() / weight.sum().clamp(min=1)
