"""Films of simulated games with their masks, for the small SAM 2.1 to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

import courtside
from courtside import rle
from courtside.models.pixels import as_pixels
from courtside.sightings import Sightings
from courtside.video import probe, read

SMALLEST = 40  # pixels of a mask worth following


@dataclass(frozen=True)
class Film:
    """Sampled frames of one shot, and who is where.

    Attributes:
        pictures: BGR, (frames, height, width, 3).
        ids: who a pixel belongs to, (frames, height, width) uint8; 0 for nobody.
    """

    pictures: NDArray[np.uint8]
    ids: NDArray[np.uint8]

    def people(self, frame: int) -> list[int]:
        """Return who is seen well enough in a frame to be followed from there."""
        counts = np.bincount(self.ids[frame].ravel(), minlength=256)
        return [int(one) for one in np.flatnonzero(counts >= SMALLEST) if one]


def load_film(folder: Path, width: int = 640) -> Film:
    """Return the longest shot of a rendered game ten times a second, made narrower if wider."""
    rows = courtside.open_run(folder).sightings
    shot = np.bincount(rows["segment"][rows["kind"] == "player"]).argmax()
    path = folder / "video.mp4"
    pictures, ids = [], []
    for frame in read(path, probe(path), cuts=False):
        here = rows.select((rows["frame"] == frame.index) & (rows["segment"] == shot))
        if not frame.sampled or not len(here):
            continue
        image = frame.image
        size = (width, round(width * image.shape[0] / image.shape[1]))
        pictures.append(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
        owners = _owners(here, image.shape[:2])
        ids.append(cv2.resize(owners, size, interpolation=cv2.INTER_NEAREST))
    return Film(np.stack(pictures), np.stack(ids).astype(np.uint8))


def _owners(rows: Sightings, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Return who each pixel belongs to."""
    owners = np.zeros(shape, np.uint8)
    for player, counts in zip(rows["player"], rows["mask"], strict=True):
        if counts and player >= 0:
            owners[rle.decode(counts, shape).astype(bool)] = player + 1
    return owners


def masks_of(ids: NDArray[np.uint8], people: list[int], side: int) -> torch.Tensor:
    """Return masks stretched to squares, as shares of each pixel, (people, side, side)."""
    return torch.stack(
        [
            torch.from_numpy(
                cv2.resize(
                    (ids == one).astype(np.float32), (side, side), interpolation=cv2.INTER_AREA
                )
            )
            for one in people
        ]
    )


def boxes_of(masks: torch.Tensor, scale: float) -> torch.Tensor:
    """Return boxes around masks in pixels of a square `scale` times as large, (people, 4)."""
    boxes = []
    for mask in masks:
        rows, columns = (torch.nonzero((mask > 0.3).any(axis)).flatten() for axis in (1, 0))
        if not len(rows):
            rows = columns = torch.tensor([0, 1])
        boxes.append([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
    return torch.tensor(boxes, dtype=torch.float32) * scale


def pixels_of(film: Film, frames: list[int], side: int) -> torch.Tensor:
    """Return normalised pictures as SAM 2.1 takes them, (frames, 3, side, side)."""
    pixels: torch.Tensor = as_pixels(list(film.pictures[frames]), side)
    return pixels
