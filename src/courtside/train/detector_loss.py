"""What the detector is punished for."""

import torch
from torch import Tensor
from torch.nn import functional

# Shares of the total, so that each part moves the weights about equally after the first minutes.
FOREGROUND_SHARE, VOTE_SHARE, CENTRE_SHARE, BOX_SHARE = 2.0, 2.0, 1.0, 1.5


def detector_loss(outputs: tuple[Tensor, ...], targets: dict[str, Tensor]) -> dict[str, Tensor]:
    """Parts of the loss and their weighted sum, `total`. Targets are batched `Targets` fields."""
    foreground, votes, centres, people, things = outputs
    mask = functional.binary_cross_entropy_with_logits(foreground[:, 0], targets["foreground"])
    weight = targets["vote_weight"]
    off = (votes - targets["votes"]).abs().sum(dim=1)
    vote = (off * weight).sum() / (weight > 0).sum().clamp(min=1)
    centre = centre_loss(centres, targets["centres"], targets["centre_weight"])
    boxes = [
        box_loss(sides, targets["boxes"][:, i], targets["box_weight"][:, i])
        for i, sides in enumerate((people, things))
    ]
    box = boxes[0] + 0.5 * boxes[1]
    total = FOREGROUND_SHARE * mask + VOTE_SHARE * vote + CENTRE_SHARE * centre + BOX_SHARE * box
    return {"total": total, "mask": mask, "vote": vote, "centre": centre, "box": box}


def centre_loss(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Penalty-reduced focal loss (Law and Deng 2018, as in CenterNet), per true centre."""
    chance = torch.sigmoid(logits)
    peak = (target > 0.999).float()
    found = functional.logsigmoid(logits) * (1 - chance) ** 2 * peak
    empty = functional.logsigmoid(-logits) * chance**2 * (1 - target) ** 4 * (1 - peak)
    return -((found + empty) * weight).sum() / peak.sum().clamp(min=1)


def box_loss(sides: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """1 - generalised IoU (Rezatofighi and others 2019) of boxes given by four distances."""
    left, top, right, bottom = (sides * 1.0).unbind(1)
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
