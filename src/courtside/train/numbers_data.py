"""Rendered number crops: what a camera makes of a kit, and how readable it stays.

A flat kit (`numbers_cloth`) is wrapped round a body, folded, turned, lit, partly covered, shrunk
to the size players have in broadcasts, blurred, compressed and cut out by a wavering detector.
No real picture is used anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.numbers.embedded import CROP_SIDE, resize_crop
from courtside.train.numbers_body import cover, wear
from courtside.train.numbers_camera import compressed, detector_box, filmed, separation
from courtside.train.numbers_cloth import CLEAR_LETTERS, draw_cloth
from courtside.train.numbers_colours import SIZE, Picture
from courtside.train.numbers_glyphs import Font
from courtside.train.numbers_scenery import draw_scenery

READABLE, UNREADABLE, DOUBTFUL = 1, 0, -1
HIDDEN = -1
"""Digit label where there is no digit to learn from."""
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
    picture, digits, front = wear(rng, cloth)
    whole = [cv2.sumElems(mask)[0] for mask in digits]
    cover(rng, picture, digits)
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
