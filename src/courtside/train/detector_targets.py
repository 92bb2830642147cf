"""What the detector should have said of a batch, as maps, made on the device that trains."""

from typing import NamedTuple

import torch
from torch import Tensor

from courtside.train.detector_net import COARSE, PEOPLE_KINDS, STRIDE, THING_KINDS
from courtside.train.pool import Records

LEAST_VISIBLE = 0.12  # people hidden more than that are neither asked for nor forbidden
LEAST_SIDE = 3.0  # pixels; smaller things are no longer seen
LEAST_INSIDE = 0.1  # of a box that the picture's edge cuts
POINT_SPREAD = 1.2  # cells, of a court point's bump


class Targets(NamedTuple):
    """Target maps of n pictures; fine (h, w) and coarse cells.

    foreground (n, h, w) 0..1; votes (n, 2, h, w) pixels and vote_weight (n, h, w); centres and
    centre_weight (n, kinds, h, w); boxes (n, 2, 4, h, w) pixels of people and of things, with
    box_weight (n, 2, h, w); court_points (n, landmarks, h, w) 0..1; floor (n, h, w) 0 or 1.
    """

    foreground: Tensor
    votes: Tensor
    vote_weight: Tensor
    centres: Tensor
    centre_weight: Tensor
    boxes: Tensor
    box_weight: Tensor
    court_points: Tensor
    floor: Tensor


def make_targets(batch: Records) -> Targets:
    """The targets of a batch of `random_views`."""
    shape = (batch["ids"].shape[1], batch["ids"].shape[2])
    edge = torch.tensor([shape[1], shape[0]] * 2, device=batch["boxes"].device)
    boxes = batch["boxes"].clamp(min=0).minimum(edge)
    asked, spared = _asked(batch, boxes)
    bumps = centre_bumps(boxes, (shape[0] // STRIDE, shape[1] // STRIDE))
    centres, weight = _centres(batch["kinds"], bumps, asked, spared)
    sides, box_weight = _sides(batch["kinds"], boxes, bumps * asked[..., None, None])
    votes, vote_weight = _votes(batch, boxes)
    return Targets(
        _foreground(batch),
        votes,
        vote_weight,
        centres,
        weight,
        sides,
        box_weight,
        _court_points(batch["points"], (shape[0] // COARSE, shape[1] // COARSE)),
        _floor(batch["floor"], (shape[0] // COARSE, shape[1] // COARSE)),
    )


def _asked(batch: Records, boxes: Tensor) -> tuple[Tensor, Tensor]:
    """Which things (n, m) the net must find, and which it may find or not."""
    real = (batch["kinds"] >= 0) & ((boxes[..., 2:] - boxes[..., :2]).amin(dim=-1) >= LEAST_SIDE)
    inside = _area(boxes) / _area(batch["boxes"]).clamp(min=1e-3)
    clear = (batch["visibility"] >= LEAST_VISIBLE) & (inside >= LEAST_INSIDE)
    return real & clear, real & ~clear


def _area(boxes: Tensor) -> Tensor:
    return (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(dim=-1)


def centre_bumps(boxes: Tensor, shape: tuple[int, int]) -> Tensor:
    """A Gaussian on each box's middle, 1 in the middle's cell: (n, m, h, w).

    Narrower than the body, so that two who overlap keep two peaks.
    """
    size = (boxes[..., 2:] - boxes[..., :2]) / STRIDE
    middle = ((boxes[..., :2] + boxes[..., 2:]) / 2 / STRIDE).floor()
    column = torch.arange(shape[1], device=boxes.device)
    row = torch.arange(shape[0], device=boxes.device)
    wide, tall = (size[..., 0] / 8).clamp(min=0.6), (size[..., 1] / 10).clamp(min=0.6)
    across = torch.exp(-(((column - middle[..., :1]) / wide[..., None]) ** 2) / 2)
    down = torch.exp(-(((row - middle[..., 1:]) / tall[..., None]) ** 2) / 2)
    return down[..., :, None] * across[..., None, :]


def _centres(kinds: Tensor, bumps: Tensor, asked: Tensor, spared: Tensor) -> tuple[Tensor, Tensor]:
    centres, weights = [], []
    for kind in range(PEOPLE_KINDS + THING_KINDS):
        wanted = (kinds == kind) & asked
        # Whoever is hardly seen may be called any kind of person.
        alike = kinds < PEOPLE_KINDS if kind < PEOPLE_KINDS else kinds == kind
        excused = (alike & spared)[..., None, None]
        centres.append((bumps * wanted[..., None, None]).amax(dim=1))
        weights.append(1.0 - (bumps * excused).amax(dim=1))
    return torch.stack(centres, dim=1), torch.stack(weights, dim=1)


def _sides(kinds: Tensor, boxes: Tensor, bumps: Tensor) -> tuple[Tensor, Tensor]:
    """Distances to the sides of the box whose bump is highest, for people and for things."""
    y, x = _middles(bumps.shape[2:], STRIDE, boxes)
    sides, weights = [], []
    for group in (kinds < PEOPLE_KINDS, kinds >= PEOPLE_KINDS):
        height, which = (bumps * group[..., None, None]).max(dim=1)
        box = torch.gather(boxes, 1, which.flatten(1)[..., None].expand(-1, -1, 4))
        left, top, right, bottom = box.unflatten(1, which.shape[1:]).unbind(-1)
        sides.append(torch.stack([x - left, y - top, right - x, bottom - y], dim=1))
        weights.append(height * (height > 0.3))
    return torch.stack(sides, dim=1), torch.stack(weights, dim=1)


def _middles(shape: torch.Size, stride: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """The middles of the cells in pixels: y (h, 1) and x (1, w)."""
    y = (torch.arange(shape[0], device=like.device) + 0.5) * stride
    x = (torch.arange(shape[1], device=like.device) + 0.5) * stride
    return y[:, None], x[None]


def people_table(batch: Records, values: Tensor) -> Tensor:
    """Values (n, m, ...) of the people, looked up by their id in the picture: (n, 256, ...)."""
    table = torch.zeros(len(values), 257, *values.shape[2:], device=values.device)
    people = (batch["kinds"] >= 0) & (batch["kinds"] < PEOPLE_KINDS)
    owner = torch.where(people, batch["owner"], 256)
    index = owner.reshape(*owner.shape, *[1] * (values.dim() - 2)).expand_as(values)
    return table.scatter(1, index, values.to(table.dtype))[:, :256]


def _foreground(batch: Records) -> Tensor:
    """The share of each cell that people on or near the court cover."""
    is_person = people_table(batch, torch.ones_like(batch["visibility"]))
    covered = torch.gather(is_person, 1, batch["ids"].flatten(1)).reshape(batch["ids"].shape)
    return torch.nn.functional.avg_pool2d(covered[:, None], STRIDE)[:, 0]


def _votes(batch: Records, boxes: Tensor) -> tuple[Tensor, Tensor]:
    """Where each person cell's box has its middle, and how much the vote counts."""
    ids = batch["ids"][:, STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE]
    size = (boxes[..., 2:] - boxes[..., :2]).amax(dim=-1)
    facts = torch.cat(
        [(boxes[..., :2] + boxes[..., 2:]) / 2, 1.0 / size.clamp(min=12.0)[..., None]], dim=-1
    )
    table = people_table(batch, facts)
    found = torch.gather(table, 1, ids.flatten(1)[..., None].expand(-1, -1, 3))
    x_middle, y_middle, weight = found.unflatten(1, ids.shape[1:]).unbind(-1)
    y, x = _middles(ids.shape[1:], STRIDE, boxes)
    return torch.stack([x_middle - x, y_middle - y], dim=1), weight


def _court_points(points: Tensor, shape: tuple[int, int]) -> Tensor:
    """A Gaussian about each court point in the picture, as exact as the point: (n, k, h, w)."""
    cells = points / COARSE - 0.5
    column = torch.arange(shape[1], device=points.device)
    row = torch.arange(shape[0], device=points.device)
    across = torch.exp(-(((column - cells[..., :1]) / POINT_SPREAD) ** 2) / 2)
    down = torch.exp(-(((row - cells[..., 1:]) / POINT_SPREAD) ** 2) / 2)
    return torch.nan_to_num(down)[..., :, None] * torch.nan_to_num(across)[..., None, :]


def _floor(homography: Tensor, shape: tuple[int, int]) -> Tensor:
    """1 where a cell looks at the floor within the lines; the court there is -1..1 each way."""
    y, x = _middles(torch.Size(shape), COARSE, homography)
    pixels = torch.stack([x.expand(shape), y.expand(shape), torch.ones_like(x.expand(shape))])
    back = torch.linalg.inv(homography.double()).float()
    place = torch.einsum("nij,jhw->nihw", back, pixels)
    # The pixel of a point in front of the camera has a positive third coordinate.
    ahead = place[:, 2] > 0
    inside = (place[:, :2] / place[:, 2:]).abs().amax(dim=1) <= 1.0
    return (inside & ahead).float()
