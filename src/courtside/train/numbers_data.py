"""Rendered number crops: what a camera makes of a kit, and how readable it stays.

A flat kit (`numbers_cloth`) is wrapped round a body, folded, turned, lit, partly covered, shrunk
to the size players have in broadcasts, blurred, compressed and cut out by a wavering detector.
No real picture is used anywhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.numbers.embedded import CROP_SIDE, resize_crop
from courtside.train.numbers_camera import compressed, detector_box, filmed, separation
from courtside.train.numbers_cloth import (
    CLEAR_LETTERS,
    SIZE,
    Cloth,
    Picture,
    draw_cloth,
    random_colour,
    skin_colour,
)
from courtside.train.numbers_glyphs import Font
from courtside.train.numbers_scenery import background, draw_scenery

READABLE, UNREADABLE, DOUBTFUL = 1, 0, -1
HIDDEN = -1
"""Digit label where there is no digit to learn from."""
_GRID = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) - SIZE / 2
UNSEEN = frozenset({"19", "36", "47", "52", "68", "70", "81", "94"})
"""Numbers never rendered for training: they prove that the heads learn digits, not numbers."""


TAKES = 3
"""Crops filmed of each worn kit: the kit is the dear part, and size, blur and box differ."""


@dataclass(frozen=True)
class Chunk:
    """Rendered crops with labels.

    Attributes:
        images: (n, CROP_SIDE, CROP_SIDE, 3) uint8 BGR.
        tens: (n,) int8, 0 for blank, 1 to 10 for the digits 0 to 9, `HIDDEN` for none.
        ones: (n,) int8, 0 to 9 or `HIDDEN`.
        readable: (n,) int8, READABLE, UNREADABLE or DOUBTFUL (left out of that loss).
    """

    images: NDArray[np.uint8]
    tens: NDArray[np.int8]
    ones: NDArray[np.int8]
    readable: NDArray[np.int8]

    @property
    def labels(self) -> NDArray[np.int8]:
        """Tens, ones and readable side by side, (n, 3)."""
        return np.stack([self.tens, self.ones, self.readable], axis=1)


@dataclass(frozen=True)
class _Kit:
    """A kit on a body, partly covered.

    Attributes:
        number: as on the kit; letters or nothing on counter-examples.
        picture: (SIZE, SIZE, 3) float32 BGR.
        digits: masks of what is still seen of tens and ones, (SIZE, SIZE) float32.
        shares: visible share of a digit for each pixel of its mask.
    """

    number: str
    picture: Picture
    digits: list[Picture]
    shares: list[float]


def render_chunk(
    count: int, seed: Sequence[int], fonts: Sequence[Font], unseen: bool = False
) -> Chunk:
    """Render crops; the same arguments give the same crops.

    Args:
        count: how many.
        seed: any integers.
        fonts: shapes of fonts; with none only block digits are drawn, and no names.
        unseen: draw only the numbers that training never shows.
    """
    rng = np.random.default_rng([*seed])
    images = np.zeros((count, CROP_SIDE, CROP_SIDE, 3), np.uint8)
    labels = np.zeros((count, 3), np.int8)
    for first in range(0, count, TAKES):
        kit = _worn_kit(rng, fonts, unseen)
        for index in range(first, min(first + TAKES, count)):
            images[index], labels[index] = _film(rng, kit)
    return Chunk(images, labels[:, 0], labels[:, 1], labels[:, 2])


def random_number(rng: np.random.Generator, unseen: bool = False) -> str:
    """Draw a jersey number: "0" to "9", "00" or "10" to "99"."""
    if unseen:
        return str(rng.choice(sorted(UNSEEN)))
    if rng.random() < 0.45:
        return str(rng.integers(10))
    if rng.random() < 0.03:
        return "00"
    # Most leagues' numbers are low, many without the digits 6 to 9.
    low = rng.random() < 0.4
    while (
        number := f"{rng.integers(1, 6 if low else 10)}{rng.integers(6 if low else 10)}"
    ) in UNSEEN:
        pass
    return number


def _worn_kit(rng: np.random.Generator, fonts: Sequence[Font], unseen: bool) -> _Kit:
    kind = rng.choice(["number", "plain", "letters", "scenery"], p=[0.84, 0.03, 0.06, 0.07])
    if kind == "scenery":
        nothing = np.zeros((SIZE, SIZE), np.float32)
        return _Kit("", draw_scenery(rng), [nothing, nothing], [0.0, 0.0])
    number = random_number(rng, unseen) if kind == "number" else ""
    if kind == "letters":
        number = "".join(rng.choice([*CLEAR_LETTERS], rng.integers(1, 6)))
    cloth = draw_cloth(rng, number, fonts)
    picture, digits, front = _worn(rng, cloth)
    whole = [cv2.sumElems(mask)[0] for mask in digits]
    _cover(rng, picture, digits)
    shares = [f / max(w, 1e-3) for f, w in zip(front, whole, strict=True)]
    return _Kit(number, picture, digits, shares)


def _film(rng: np.random.Generator, kit: _Kit) -> tuple[NDArray[np.uint8], tuple[int, int, int]]:
    picture, digits, sharpness = filmed(rng, kit.picture, kit.digits)
    side = picture.shape[0]
    box = detector_box(rng, digits, side)
    crop = compressed(rng, picture, box)
    if not kit.number.isdigit():
        return resize_crop(crop), (HIDDEN, HIDDEN, UNREADABLE)
    parts = [mask[box[1] : box[3], box[0] : box[2]] for mask in digits]
    grown = (side / SIZE) ** 2
    left = [s * cv2.sumElems(p)[0] / grown for s, p in zip(kit.shares, parts, strict=True)]
    clear = sharpness, separation(crop, parts)
    return resize_crop(crop), _labels(kit.number, (left[0], left[1]), clear)


def _labels(
    number: str, visible: tuple[float, float], clear: tuple[float, float]
) -> tuple[int, int, int]:
    """Return tens, ones and readable from each digit's visible share, sharpness and contrast.

    A digit out of sight keeps its label while the other is seen: so the net learns how likely a
    half-hidden number has another digit, instead of reading an 18 as an 8.
    """
    sharpness, contrast = clear
    two = len(number) == 2
    least = min(visible) if two else visible[1]
    if max(visible) < 0.45 or sharpness < 0.5 or contrast < 0.25:
        return HIDDEN, HIDDEN, UNREADABLE
    tens = int(number[0]) + 1 if two else 0
    ones = int(number[-1]) if visible[1] > 0.3 else HIDDEN
    if least > 0.65 and sharpness > 1.35 and contrast > 0.9:
        return tens, ones, READABLE
    lost = least < 0.55 or sharpness < 0.85 or contrast < 0.45
    return tens, ones, UNREADABLE if lost else DOUBTFUL


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


def _worn(rng: np.random.Generator, cloth: Cloth) -> tuple[Picture, list[Picture], list[float]]:
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


def _cover(rng: np.random.Generator, picture: Picture, digits: list[Picture]) -> None:
    """Put an arm, another player's kit or a ball over part of it, in place."""
    covers = []
    if rng.random() < 0.16:
        ends = rng.uniform(-30, SIZE + 30, (3, 2)).astype(np.int32)
        cover = np.zeros((SIZE, SIZE), np.uint8)
        cv2.polylines(cover, [ends], False, 255, int(rng.integers(8, 30)), cv2.LINE_AA)
        covers.append((cover, skin_colour(rng)))
    for side in (-1, 1):  # arms that hang beside the body
        if rng.random() < 0.15:
            x = SIZE / 2 + side * rng.uniform(24, 56)
            ends = np.array([[x, -20], [x + rng.normal(0, 8), 50], [x + rng.normal(0, 14), 130]])
            cover = np.zeros((SIZE, SIZE), np.uint8)
            width = int(rng.integers(7, 14))
            cv2.polylines(cover, [ends.astype(np.int32)], False, 255, width, cv2.LINE_AA)
            covers.append((cover, skin_colour(rng)))
    if rng.random() < 0.1:
        cover = np.zeros((SIZE, SIZE), np.uint8)
        side, edge = rng.choice([-1, 1]), rng.uniform(0.1, 0.6) * SIZE
        corners = np.array(
            [[-200, -200], [edge, -200], [edge + rng.normal(0, 40), 300], [-200, 300]]
        )
        cv2.fillPoly(cover, [corners.astype(np.int32)], 255, cv2.LINE_AA)
        covers.append((cover[:, ::side], random_colour(rng)))
    for cover, colour in covers:
        weight = cover.astype(np.float32) / 255
        shade = weight * (1 + 0.12 * _field(rng))
        picture *= (1 - weight)[..., None]
        picture += shade[..., None] * colour
        for mask in digits:
            mask *= 1 - weight
