"""A kit on a body: wrapped, folded, turned, lit, and partly behind arms and other players."""

from __future__ import annotations

import math
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.train.numbers_cloth import Cloth
from courtside.train.numbers_colours import SIZE, Colour, Picture, random_colour, skin_colour
from courtside.train.numbers_glyphs import Mask
from courtside.train.numbers_scenery import background

_GRID = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) - SIZE / 2


@cache
def _fields() -> NDArray[np.float32]:
    """Smooth random fields (48, 2 SIZE, 2 SIZE) with deviation 1: folds and uneven light."""
    rng = np.random.default_rng(7)
    fields = []
    for _ in range(48):
        noise = rng.normal(0, 1, (2 * SIZE, 2 * SIZE)).astype(np.float32)
        wide, tall = rng.uniform(4, 30), rng.uniform(4, 30)
        smooth = cv2.GaussianBlur(noise, (0, 0), wide, sigmaY=tall)
        turn = cv2.getRotationMatrix2D((SIZE, SIZE), rng.uniform(0, 180), 1.0)
        smooth = cv2.warpAffine(smooth, turn, smooth.shape, borderMode=cv2.BORDER_REFLECT)
        fields.append((smooth - smooth.mean()) / smooth.std())
    return np.stack(fields)


def _field(rng: np.random.Generator) -> NDArray[np.float32]:
    fields = _fields()
    x, y = rng.integers(0, SIZE, 2)
    return fields[rng.integers(len(fields)), y : y + SIZE, x : x + SIZE]


def wear(rng: np.random.Generator, cloth: Cloth) -> tuple[Picture, list[Picture], list[float]]:
    """Wrap the kit round a body, turn it, light it.

    Returns:
        picture, masks of the two digits, and the share of each digit on the visible side.
    """
    radius = rng.uniform(33, 95)
    yaw = float(np.clip(rng.normal(0, 0.45), -1.25, 1.25))
    rows, columns = _GRID
    affine = _tilt(rng)
    x = affine[0, 0] * columns + affine[0, 1] * rows + radius * math.sin(yaw)
    y = affine[1, 0] * columns + affine[1, 1] * rows
    y = y * (1 + rng.normal(0, 0.0008) * columns)
    angle = np.arcsin(np.clip(x / radius, -1, 1))
    facing = np.sqrt(1 - np.minimum(np.square(x / radius), 1))
    depth = 0.0 if rng.random() < 0.25 else rng.uniform(0.3, 3.2)
    fold_x, fold_y = _field(rng), _field(rng)
    map_x = (angle - yaw) * radius + SIZE / 2 + depth * fold_x
    map_y = y + SIZE / 2 + depth * fold_y + rng.normal(0, 6) * (1 - facing)
    border = cv2.BORDER_REPLICATE
    picture = np.asarray(
        cv2.remap(cloth.picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=border), np.float32
    )
    digits = [
        np.asarray(cv2.remap(mask, map_x, map_y, cv2.INTER_LINEAR), np.float32)
        for mask in cloth.digits
    ]
    light = 1 + rng.uniform(0, 0.16) * fold_x + rng.uniform(0, 0.1) * _field(rng)
    light = light * (1 - rng.uniform(0, 0.5) * (1 - facing))
    picture *= light[..., None]
    body = np.abs(x) < radius * 0.99
    if not body.all():
        np.copyto(picture, background(rng), where=~body[..., None])
        digits = [mask * body for mask in digits]
    return picture, digits, _front_share(cloth, radius, yaw)


def _tilt(rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the 2x2 matrix from picture to kit: rotation, shear and a body seen narrower."""
    spread = rng.choice([9.0, 25.0, 80.0], p=[0.83, 0.14, 0.03])  # the last: fallen players
    turn = np.deg2rad(np.clip(rng.normal(0, spread), -100, 100))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    shear = np.array([[1, rng.normal(0, 0.14)], [rng.normal(0, 0.05), 1]])
    # Seen from the side a flat chest narrows; the wide mid range is the usual view.
    narrow = np.diag(
        [1 / (rng.uniform(0.62, 1.1) if rng.random() < 0.8 else rng.uniform(0.4, 0.7)), 1.0]
    )
    return np.asarray(narrow @ shear @ rotation, np.float32)


def _front_share(cloth: Cloth, radius: float, yaw: float) -> list[float]:
    """Return the share of each digit that is less than 72 degrees from the line of sight."""
    angle = (np.arange(SIZE) - SIZE / 2) / radius + yaw
    front = (np.abs(angle) < 1.25).astype(np.float32)
    columns = [cv2.reduce(mask, 0, cv2.REDUCE_SUM)[0] for mask in cloth.digits]
    return [float(c @ front / max(c.sum(), 1e-3)) for c in columns]


def cover(rng: np.random.Generator, picture: Picture, digits: list[Picture]) -> None:
    """Put arms or another player's kit over part of it, in place."""
    for shape, colour in _covers(rng):
        weight = shape.astype(np.float32) / 255
        shade = weight * (1 + 0.12 * _field(rng))
        picture *= (1 - weight)[..., None]
        picture += shade[..., None] * colour
        for mask in digits:
            mask *= 1 - weight


def _covers(rng: np.random.Generator) -> list[tuple[Mask, Colour]]:
    """Return shapes (SIZE, SIZE), 0 to 255, and their colours."""
    covers = []
    if rng.random() < 0.16:
        ends = rng.uniform(-30, SIZE + 30, (3, 2))
        covers.append((_stroke(ends, int(rng.integers(8, 30))), skin_colour(rng)))
    for side in (-1, 1):  # arms that hang beside the body
        if rng.random() < 0.15:
            x = SIZE / 2 + side * rng.uniform(24, 56)
            ends = np.array([[x, -20], [x + rng.normal(0, 8), 50], [x + rng.normal(0, 14), 130]])
            covers.append((_stroke(ends, int(rng.integers(7, 14))), skin_colour(rng)))
    if rng.random() < 0.1:
        side, edge = int(rng.choice([-1, 1])), rng.uniform(0.1, 0.6) * SIZE
        shape = np.zeros((SIZE, SIZE), np.uint8)
        corners = np.array(
            [[-200, -200], [edge, -200], [edge + rng.normal(0, 40), 300], [-200, 300]]
        )
        cv2.fillPoly(shape, [corners.astype(np.int32)], 255, cv2.LINE_AA)
        covers.append((shape[:, ::side], random_colour(rng)))
    return covers


def _stroke(ends: NDArray[np.float64], width: int) -> Mask:
    shape = np.zeros((SIZE, SIZE), np.uint8)
    cv2.polylines(shape, [ends.astype(np.int32)], False, 255, width, cv2.LINE_AA)
    return shape
