"""What the follower's net learns from: cuts of people, hints of whom is meant, and the truth."""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from courtside.masks.ownership import GROW, VOTE_LIMIT, VOTE_SCATTER
from courtside.masks.state import SHAPE_GRID
from courtside.train.detector_loss import box_loss
from courtside.train.detector_net import PEOPLE_KINDS, STRIDE, Maps
from courtside.train.person_net import CUT
from courtside.train.pool import Records

PEOPLE_EACH = 6  # people cut out of each picture
CLEAR = 0.35  # visible share from which somebody's looks count
TEMPERATURE = 0.1  # of the looks' softmax
JITTER = (0.01, 0.1)  # of the sides of detected boxes, in heights
SHARES = {"outline": 2.0, "sides": 1.0, "look": 0.15}  # of the total loss
SIDE_SHARE = 0.1  # of a pixel that a side is off, beside one less IoU
FORGOTTEN = 0.4  # share of people without a last outline: just come, or lost


class Cuts(NamedTuple):
    """k people. picture (k, 3, 96, 64); hints (k, 3, 96, 64); mask (k, 96, 64) 0 or 1; sides
    (k, 4) of the whole body's box in the picture, as shares of the cut;
    who (k,) number of the person over all games, -1 unknown; game (k,) number of the venue."""

    picture: Tensor
    hints: Tensor
    mask: Tensor
    sides: Tensor
    who: Tensor
    game: Tensor


def cut_people(batch: Records, maps: Maps, each: int = PEOPLE_EACH) -> Cuts:
    """Cut random people out of a batch of `random_views`, up to `each` out of a picture.

    maps: what the detector said of the batch.
    """
    people = (batch["kinds"] >= 0) & (batch["kinds"] < PEOPLE_KINDS)
    whole = _in_picture(batch)
    boxes = _as_detected(whole)
    visible = people & (batch["visibility"] > 0.05) & _mostly_inside(batch["boxes"], whole)
    most = min(each, visible.shape[1])
    chosen = (torch.rand(visible.shape, device=boxes.device) * visible).topk(most).indices
    real = torch.gather(visible, 1, chosen).flatten()
    windows, true = (
        torch.gather(sides, 1, chosen[..., None].expand(-1, -1, 4))
        for sides in (_grown(boxes), whole)
    )
    grid = _grid(windows, batch["picture"].shape[-2:])
    owner = torch.gather(batch["owner"], 1, chosen)
    mask = (_sample(batch["ids"][:, None].float(), grid, "nearest")[:, :, 0].round().long()
            == owner[..., None, None]).float().flatten(0, 1)  # fmt: skip
    share = vote_shares(maps, boxes, people & (batch["visibility"] > 0.12))
    hints = _hints(share, chosen, grid, mask)
    who = torch.gather(batch["identity"], 1, chosen).clamp(min=-1)
    clear = (torch.gather(batch["visibility"], 1, chosen) > CLEAR) & (who >= 0)
    game = batch["venue"][:, None].expand_as(who)
    number = torch.where(clear, game * 100 + who, -1).flatten()
    picture = _sample(batch["picture"], grid, "bilinear").flatten(0, 1)
    sides = _shares_of(windows, true).flatten(0, 1)
    return Cuts(*(rows[real] for rows in (picture, hints, mask, sides, number, game.flatten())))


def _in_picture(batch: Records) -> Tensor:
    """The boxes (n, m, 4) as far as they lie in the picture."""
    edge = torch.tensor(batch["picture"].shape[-1:-3:-1] * 2, device=batch["boxes"].device)
    return batch["boxes"].clamp(min=0).minimum(edge)


def _mostly_inside(boxes: Tensor, whole: Tensor) -> Tensor:
    area, inside = ((b[..., 2:] - b[..., :2]).prod(dim=-1) for b in (boxes, whole))
    return inside > 0.3 * area.clamp(min=30.0)


def _as_detected(boxes: Tensor) -> Tensor:
    """Boxes as a detector finds them: most nearly right, some far off, sideways farther."""
    low, high = (math.log(share) for share in JITTER)
    spread = torch.exp(low + (high - low) * torch.rand_like(boxes[..., :1]))
    width, height = (boxes[..., 2:] - boxes[..., :2]).unbind(-1)
    # Slim boxes at the picture's edge shake less, and none turns over.
    reach = torch.stack([height.minimum(1.5 * width), 0.6 * height], dim=-1).repeat(1, 1, 2)
    return boxes + torch.randn_like(boxes).clamp(-2, 2) * spread * reach


def _shares_of(windows: Tensor, boxes: Tensor) -> Tensor:
    """Where the sides of boxes (n, k, 4) lie in windows (n, k, 4), 0 at the left and the top."""
    low, span = windows[..., :2], (windows[..., 2:] - windows[..., :2]).clamp(min=1e-3)
    return torch.cat([(boxes[..., :2] - low) / span, (boxes[..., 2:] - low) / span], dim=-1)


def _grown(boxes: Tensor) -> Tensor:
    margin = GROW * (boxes[..., 2:] - boxes[..., :2])
    return torch.cat([boxes[..., :2] - margin, boxes[..., 2:] + margin], dim=-1)


def _grid(windows: Tensor, size: torch.Size) -> Tensor:
    """Where each pixel of each cut lies, (n, k, rows, columns, 2), in grid_sample's -1 to 1."""
    edge = torch.tensor([size[1], size[0]], device=windows.device)
    low, span = windows[..., :2], windows[..., 2:] - windows[..., :2]
    x = (torch.arange(CUT[1], device=windows.device) + 0.5) / CUT[1]
    y = (torch.arange(CUT[0], device=windows.device) + 0.5) / CUT[0]
    y, x = torch.meshgrid(y, x, indexing="ij")
    share = torch.stack([x, y], dim=-1)
    return (low[:, :, None, None] + share * span[:, :, None, None]) / edge * 2 - 1


def _sample(planes: Tensor, grid: Tensor, mode: str) -> Tensor:
    """Cuts (n, k, c, rows, columns) of planes (n, c, h, w)."""
    rows = functional.grid_sample(planes, grid.flatten(1, 2), mode=mode, align_corners=False)
    return rows.unflatten(2, grid.shape[1:3]).transpose(1, 2)


def vote_shares(maps: Maps, boxes: Tensor, people: Tensor) -> Tensor:
    """How much of each cell each of m people owns, (n, m, h, w); as `masks.ownership.divide`."""
    rows, columns = maps.votes.shape[2:]
    y = (torch.arange(rows, device=boxes.device)[:, None] + 0.5) * STRIDE
    x = (torch.arange(columns, device=boxes.device)[None] + 0.5) * STRIDE
    voted_x, voted_y = maps.votes[:, :1] + x, maps.votes[:, 1:] + y
    middle = ((boxes[..., :2] + boxes[..., 2:]) / 2)[..., None, None]
    height = (boxes[..., 3] - boxes[..., 1]).clamp(min=1)[..., None, None]
    away = ((voted_x - middle[:, :, 0]) / height) ** 2 + ((voted_y - middle[:, :, 1]) / height) ** 2
    near = torch.exp((VOTE_LIMIT**2 - away) / (2 * VOTE_SCATTER**2)) * people[..., None, None]
    low, high = _grown(boxes)[..., None, None].split(2, dim=2)
    within = (x > low[:, :, 0]) & (x < high[:, :, 0]) & (y > low[:, :, 1]) & (y < high[:, :, 1])
    near = near * within
    certain = torch.sigmoid(maps.foreground) / (1 + near.sum(dim=1, keepdim=True))
    return near * certain


def _hints(share: Tensor, chosen: Tensor, grid: Tensor, mask: Tensor) -> Tensor:
    own = torch.gather(share, 1, chosen[..., None, None].expand(-1, -1, *share.shape[2:]))
    others = share.sum(dim=1, keepdim=True) - own
    both = torch.stack([own, others], dim=2).flatten(0, 1)
    cuts = functional.grid_sample(both, grid.flatten(0, 1), align_corners=False)
    return torch.cat([cuts, last_outline(mask)], dim=1).clamp(0, 1)


def last_outline(mask: Tensor) -> Tensor:
    """What the follower may remember of a person from the frame before: coarse and a little off.

    mask: (k, rows, columns); returns (k, 1, rows, columns), 0 where there was nothing.
    """
    count, device = len(mask), mask.device
    turn = torch.eye(2, 3, device=device).repeat(count, 1, 1)
    turn[:, :, :2] *= 1 + 0.08 * torch.randn(count, 1, 1, device=device)
    turn[:, 0, 1] = 0.08 * torch.randn(count, device=device)
    turn[:, :, 2] = 0.12 * torch.randn(count, 2, device=device)
    grid = functional.affine_grid(turn, [count, 1, *mask.shape[1:]], align_corners=False)
    moved = functional.grid_sample(mask[:, None], grid, align_corners=False)
    coarse = functional.adaptive_avg_pool2d(moved, SHAPE_GRID)
    torn = torch.rand(count, 1, 4, 2, device=device) < 0.08
    coarse = coarse * ~functional.interpolate(torn.float(), size=SHAPE_GRID).bool()
    coarse = coarse * (torch.rand(count, 1, 1, 1, device=device) > FORGOTTEN)
    return functional.interpolate(coarse, size=mask.shape[1:], mode="bilinear", align_corners=False)


def person_loss(answer: tuple[Tensor, Tensor, Tensor], cuts: Cuts) -> dict[str, Tensor]:
    """Parts of the follower's loss and their weighted sum, `person`; answer: of the net."""
    mask, sides, look = (part.float() for part in answer)
    parts = {
        "outline": outline_loss(mask[:, 0], cuts.mask),
        "sides": sides_loss(sides, cuts.sides),
        "look": look_loss(look, cuts),
    }
    total = torch.stack([SHARES[name] * part for name, part in parts.items()]).sum()
    return {"person": total, **parts}


def outline_loss(mask: Tensor, true: Tensor) -> Tensor:
    """Cross entropy and dice of logits against masks, both (k, rows, columns)."""
    chance = torch.sigmoid(mask)
    each = functional.binary_cross_entropy_with_logits(mask, true, reduction="none")
    shared = (chance * true).sum(dim=(1, 2))
    total = chance.sum(dim=(1, 2)) + true.sum(dim=(1, 2))
    dice = 1 - (2 * shared + 20) / (total + 20)
    return each.mean() + 0.5 * dice.mean()


def sides_loss(sides: Tensor, true: Tensor) -> Tensor:
    """How far the sides (k, 4) are off, in pixels of the cut, and 1 - generalised IoU."""
    size = torch.tensor([*CUT[::-1], *CUT[::-1]], device=sides.device)
    sides, true = sides * size, true * size
    middle = true.unflatten(1, (2, 2)).mean(dim=1).repeat(1, 2)
    outward = torch.tensor([-1.0, -1.0, 1.0, 1.0], device=sides.device)
    away, wanted = (((box - middle) * outward)[..., None, None] for box in (sides, true))
    each = (sides - true).abs().mean()
    return box_loss(away, wanted, torch.ones_like(away[:, 0])) + SIDE_SHARE * each


def look_loss(look: Tensor, cuts: Cuts) -> Tensor:
    """Supervised contrastive loss (Khosla and others 2020) among the people of one game."""
    alike = look @ look.T / TEMPERATURE
    known = (cuts.who >= 0)[:, None] & (cuts.who >= 0)[None]
    rivals = known & (cuts.game[:, None] == cuts.game[None])
    rivals = rivals & ~torch.eye(len(look), dtype=torch.bool, device=look.device)
    same = rivals & (cuts.who[:, None] == cuts.who[None])
    away = torch.where(rivals, alike, torch.full_like(alike, -1e4))
    log_share = alike - torch.logsumexp(away, dim=1, keepdim=True)
    return -(log_share * same).sum() / same.sum().clamp(min=1)
