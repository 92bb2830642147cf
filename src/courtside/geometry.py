"""Boxes, points and plane transforms, in pixels of the upright picture.

Boxes are (n, 4) arrays of x1 y1 x2 y2 with x to the right and y down; x2 and y2 are exclusive,
so a box covers (x2 - x1) * (y2 - y1) pixels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from courtside.errors import InputError

Boxes = NDArray[np.float32]
Matrix = NDArray[np.float64]


def as_boxes(boxes: ArrayLike) -> Boxes:
    """Return boxes as float32 (n, 4).

    Raises:
        InputError: when the array does not have four columns.
    """
    array = np.asarray(boxes, dtype=np.float32)
    if array.size == 0:
        return np.zeros((0, 4), np.float32)
    if array.ndim != 2 or array.shape[1] != 4:
        raise InputError(f"boxes must have shape (n, 4): x1 y1 x2 y2; got shape {array.shape}")
    return array


def areas(boxes: Boxes) -> NDArray[np.float32]:
    """Return the area of each box in square pixels, shape (..., n); inverted boxes have area 0."""
    sides = np.clip(boxes[..., 2:] - boxes[..., :2], 0, None)
    return np.asarray(sides[..., 0] * sides[..., 1], np.float32)


def intersections(first: Boxes, second: Boxes) -> NDArray[np.float32]:
    """Return the area shared by every pair of boxes (..., n, 4) and (..., m, 4): (..., n, m)."""
    top_left = np.maximum(first[..., :, None, :2], second[..., None, :, :2])
    bottom_right = np.minimum(first[..., :, None, 2:], second[..., None, :, 2:])
    sides = np.clip(bottom_right - top_left, 0, None)
    return np.asarray(sides[..., 0] * sides[..., 1], np.float32)


def iou(first: Boxes, second: Boxes) -> NDArray[np.float32]:
    """Return intersection over union, 0 to 1, of every pair: shapes as of `intersections`."""
    shared = intersections(first, second)
    union = areas(first)[..., :, None] + areas(second)[..., None, :] - shared
    return np.asarray(shared / np.maximum(union, 1e-6), np.float32)


def share_inside(first: Boxes, second: Boxes) -> NDArray[np.float32]:
    """Return the share of each first box that lies inside each second box (IoS), 0 to 1."""
    shared = intersections(first, second)
    return np.asarray(shared / np.maximum(areas(first)[:, None], 1e-6), np.float32)


def clip_boxes(boxes: Boxes, width: float, height: float) -> Boxes:
    """Return boxes cut to a picture of width x height pixels."""
    limits = np.array([width, height, width, height], np.float32)
    return np.clip(boxes, 0, limits).astype(np.float32)


def centres(boxes: Boxes) -> NDArray[np.float32]:
    """Return box centres as (n, 2) x y."""
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2, np.float32)


def transform_points(matrix: Matrix, points: ArrayLike) -> NDArray[np.float64]:
    """Apply a 3x3 homography to points (n, 2) and return points (n, 2)."""
    flat = np.asarray(points, np.float64).reshape(-1, 2)
    lifted = np.concatenate([flat, np.ones((len(flat), 1))], axis=1) @ matrix.T
    result: NDArray[np.float64] = lifted[:, :2] / lifted[:, 2:]
    return result


def move_boxes(matrix: Matrix, boxes: Boxes) -> Boxes:
    """Move boxes with the camera: the centre by the homography, the size by its local scale.

    Transforming the corners would let a slight rotation grow every box frame after frame.
    """
    if len(boxes) == 0:
        return boxes
    middle = centres(boxes)
    moved = transform_points(matrix, middle)
    sides = boxes[:, 2:] - boxes[:, :2]
    right = transform_points(matrix, middle + np.array([1.0, 0.0])) - moved
    down = transform_points(matrix, middle + np.array([0.0, 1.0])) - moved
    scale = np.sqrt(np.abs(right[:, 0] * down[:, 1] - right[:, 1] * down[:, 0]))[:, None]
    half = sides * scale / 2
    return np.concatenate([moved - half, moved + half], axis=1).astype(np.float32)
