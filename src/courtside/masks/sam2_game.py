"""What a game asks of SAM 2.1's memory: nothing doubtful in it, and look-alikes told apart.

After DAM4SAM (Videnovic, Lukezic, Kristan 2025, https://arxiv.org/abs/2411.17576): a frame is
remembered only when the object is surely seen, and frames on which an alternative mask showed a
look-alike beside the object are kept as anchors, like prompted frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from courtside.masks.sam2_model import Decoded

# Expected IoU below which a mask is doubtful and not remembered, and from which a frame may
# become an anchor; the latter, the steadiness and the ratio of boxes are DAM4SAM's.
DOUBTFUL, SURE = 0.5, 0.8
# The area may differ by this share from the median of so many frames.
STEADY, HISTORY = 0.2, 10
# Box of the mask over box of mask and alternative together, below which there is a look-alike.
LOOK_ALIKE = 0.7
# Frames between two anchors of an object.
BETWEEN = 5
_NEVER = -(10**9)


@dataclass(frozen=True)
class Judgement:
    """Of b objects: which to remember in this frame, and which of those as anchors, both (b,)."""

    keep: NDArray[np.bool_]
    anchor: NDArray[np.bool_]


class GameMemory:
    """Decides what is remembered of each object.

    Attributes:
        areas: of the last masks in mask pixels, (capacity, HISTORY), NaN where unknown.
        anchored: frame of the last anchor, (capacity,).
    """

    def __init__(self, capacity: int) -> None:
        self.areas = np.full((capacity, HISTORY), np.nan)
        self.anchored = np.full(capacity, _NEVER, np.int64)

    def judge(
        self,
        rows: NDArray[np.int64],
        frame: int,
        prompted: NDArray[np.bool_],
        decoded: Decoded,
    ) -> Judgement:
        """Return what to remember of b objects.

        Args:
            rows: of the objects, (b,).
            frame: number of the frame.
            prompted: which were prompted in this frame, (b,).
            decoded: their masks.
        """
        quality, area, ratio = _facts(decoded)
        keep = prompted | ((area > 0) & (quality >= DOUBTFUL))
        usual = self._usual(rows)
        steady = np.abs(area - usual) <= STEADY * usual  # unknown is not steady
        rested = frame - self.anchored[rows] >= BETWEEN
        anchor = keep & (quality >= SURE) & steady & rested & (ratio < LOOK_ALIKE)
        anchor |= prompted
        self.anchored[rows[anchor]] = frame
        self.areas[rows[keep]] = np.roll(self.areas[rows[keep]], 1, axis=1)
        self.areas[rows[keep], 0] = area[keep]
        return Judgement(keep, anchor)

    def forget(self, row: int) -> None:
        """Forget what was known of the object in this row."""
        self.areas[row], self.anchored[row] = np.nan, _NEVER

    def _usual(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        known = ~np.isnan(self.areas[rows, 0])
        usual = np.full(len(rows), np.nan)
        if known.any():
            usual[known] = np.nanmedian(self.areas[rows[known]], axis=1)
        return usual


def _facts(decoded: Decoded) -> NDArray[np.float64]:
    """Return quality, area and ratio of boxes, (3, b); a hidden object has no area."""
    mask = decoded.masks[:, 0] > 0
    own = _box_areas(mask)
    ratio = torch.ones_like(own)
    for other in decoded.others.unbind(1):
        ratio = torch.minimum(ratio, own / _box_areas(mask | (other > 0)).clamp(min=1))
    facts = torch.stack([decoded.quality.float(), mask.sum((1, 2)).float(), ratio])
    return np.asarray(facts.cpu().numpy(), np.float64)


def _box_areas(masks: torch.Tensor) -> torch.Tensor:
    """Return the areas of the boxes about masks (b, h, w), float32, 0 for empty masks."""
    return _extent(masks.any(1)) * _extent(masks.any(2))


def _extent(inside: torch.Tensor) -> torch.Tensor:
    places = torch.arange(inside.shape[1], device=inside.device).float()
    first = torch.where(inside, places, torch.inf).amin(1)
    last = torch.where(inside, places, -torch.inf).amax(1)
    return (last - first + 1).clamp(min=0)
