"""What a run says of frames it did not sample, from the sampled frames before and after."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside import rle
from courtside.masks.outlines import Outline, encode
from courtside.rle import decode_window
from courtside.sightings import BOX, FrameTable, Sightings

# Seconds to a neighbour beyond which nobody's place between is known.
FARTHEST = 0.25
# What goes evenly from one sample to the next.
MOVING = (*BOX, "court_x", "court_y")


def rows_at(
    rows: Sightings, frames: FrameTable, wanted: NDArray[np.int32], size: tuple[int, int]
) -> Sightings:
    """Return a run's rows at the wanted frames.

    A frame that was not sampled gets, for each track, the box interpolated in time between the
    track's sampled frames before and after, each at most 0.25 s away and of the same segment, and
    so the place on the court; the mask and the other columns are those of the nearer one, the
    mask moved with its box.

    Args:
        rows: sightings of the run.
        frames: its sampled frames.
        wanted: shape (n,) int32, frames to tell of.
        size: height and width of the picture in pixels.
    """
    rows = rows.select(np.argsort(rows["frame"], kind="stable"))
    exact = rows.select(np.isin(rows["frame"], wanted))
    between = [
        _interpolated(rows, int(frame), time, size)
        for frame, time in zip(*unsampled(frames, wanted), strict=True)
    ]
    return Sightings.concat([exact, *between])


def unsampled(
    frames: FrameTable, wanted: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the wanted frames that lie between sampled ones, and their times in seconds.

    The time is interpolated by the index, as frames between two samples are evenly spaced in all
    but odd files. Frames before the first sample and after the last are not among them.
    """
    order = np.argsort(frames["frame"])
    sampled, times = frames["frame"][order], frames["time"][order]
    inside = wanted[~np.isin(wanted, sampled)]
    if len(sampled) == 0:
        return inside[:0], np.zeros(0)
    inside = inside[(inside > sampled[0]) & (inside < sampled[-1])]
    return inside, np.interp(inside, sampled, times)


def _interpolated(rows: Sightings, frame: int, time: float, size: tuple[int, int]) -> Sightings:
    if "track" not in rows:
        return rows.select([])
    before, after = _neighbours(rows, frame, time)
    first, second = rows["time"][before], rows["time"][after]
    share = ((time - first) / (second - first)).astype(np.float32)
    nearer = np.where(share <= 0.5, before, after)
    columns: dict[str, Any] = {
        name: rows[name][before] + (rows[name][after] - rows[name][before]) * share
        for name in MOVING
        if name in rows
    }
    if "mask" in rows:
        moved = np.stack([columns[name] for name in BOX], axis=1)
        masks = zip(rows["mask"][nearer], rows.boxes[nearer], moved, strict=True)
        columns["mask"] = [moved_mask(mask, old, new, size) for mask, old, new in masks]
    count = len(nearer)
    columns |= {"frame": np.full(count, frame), "time": np.full(count, time)}
    return rows.select(nearer).with_columns(**columns)


def _neighbours(
    rows: Sightings, frame: int, time: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows of each track last before and first after a frame, in pairs."""
    reach = FARTHEST + 1e-9
    begin, end = np.searchsorted(rows["time"], [time - reach, time + reach])
    middle = np.searchsorted(rows["frame"], frame)
    tracks = rows["track"]
    last = {int(tracks[row]): row for row in range(begin, middle) if tracks[row] >= 0}
    first = {int(tracks[row]): row for row in range(end - 1, middle - 1, -1) if tracks[row] >= 0}
    pairs = [
        (last[track], first[track])
        for track in sorted(last.keys() & first.keys())
        if rows["segment"][last[track]] == rows["segment"][first[track]]
    ]
    array = np.array(pairs, np.intp).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def moved_mask(
    mask: bytes | None, old: NDArray[np.float32], new: NDArray[np.float32], size: tuple[int, int]
) -> bytes | None:
    """Return a mask shifted and stretched as its box went from `old` to `new`.

    Args:
        mask: COCO compressed counts, or null.
        old: x1 y1 x2 y2 of the box the mask belongs to.
        new: x1 y1 x2 y2 of the box it goes to.
        size: height and width of the picture in pixels.
    """
    if mask is None:
        return None
    scale = (new[2:] - new[:2]) / np.maximum(old[2:] - old[:2], 1e-6)
    shift = new[:2] - old[:2] * scale
    # Only the piece of picture that the mask lies in: ten times as fast.
    left, top, right, bottom = rle.bounding_box(mask, size).astype(int).tolist()
    low, high = _reach(np.array([[left, top], [right, bottom]]) * scale + shift, size)
    # OpenCV counts from the middle of the first pixel, boxes from its edge.
    corner = (np.array([left, top]) + 0.5) * scale + shift - 0.5 - low
    matrix = np.array([[scale[0], 0, corner[0]], [0, scale[1], corner[1]]], np.float64)
    piece = decode_window(mask, size, (left, top, right, bottom)).astype(np.uint8)
    wide, tall = (high - low).tolist()
    if not piece.size or wide <= 0 or tall <= 0:
        return rle.encode(np.zeros(size, np.bool_))
    moved = cv2.warpAffine(piece, matrix, (wide, tall), flags=cv2.INTER_NEAREST)
    return encode(Outline(int(low[0]), int(low[1]), moved > 0), size)


def _reach(
    corners: NDArray[np.float64], size: tuple[int, int]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the first and the last (exclusive) pixel x y of a piece cut to the picture."""
    sides = np.array(size[::-1])
    low = np.clip(np.floor(corners[0]), 0, sides).astype(np.intp)
    return low, np.clip(np.ceil(corners[1]), 0, sides).astype(np.intp)
