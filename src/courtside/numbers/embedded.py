"""The number reader of the `embedded` preset: a small net trained on rendered digits only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.engine import Net
from courtside.errors import InputError

CROP_SIDE = 48
"""Crops are stretched to this square; the net's input is (n, CROP_SIDE, CROP_SIDE, 3) BGR."""
ANSWER_SCORE = 0.6
"""Below this score a single reading is no answer: 98 % of the answers above it are right on real
crops. Voting over a track takes all readings."""
DIGITS = "0123456789"
# A net compiled for every count of crops would be compiled anew for most frames.
BATCH_STEP = 4


@dataclass(frozen=True)
class Reading:
    """What was read on n crops; probabilities, calibrated on rendered crops.

    Attributes:
        readable: (n,) float32, that a whole number can be read at all.
        tens: (n, 11) float32, blank first, then the digits 0 to 9.
        ones: (n, 10) float32, the digits 0 to 9.
    """

    readable: NDArray[np.float32]
    tens: NDArray[np.float32]
    ones: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.readable)


@dataclass(frozen=True)
class Answers:
    """The likeliest number of each crop.

    Attributes:
        numbers: (n,) text; "0" and "00" are different numbers.
        scores: (n,) float32, 0 to 1: readable times both digits.
    """

    numbers: NDArray[np.object_]
    scores: NDArray[np.float32]


def read(net: Net, crops: Sequence[NDArray[np.uint8]]) -> Reading:
    """Read the numbers on crops.

    Args:
        net: the number net.
        crops: BGR pictures (h, w, 3) uint8 of any size, the number with a margin of about 15 %.

    Raises:
        InputError: when a crop is no colour picture or has no pixels.
    """
    if not crops:
        empty = np.zeros((0, 11), np.float32), np.zeros((0, 10), np.float32)
        return Reading(np.zeros(0, np.float32), *empty)
    count = len(crops)
    batch = np.zeros((-(-count // BATCH_STEP) * BATCH_STEP, CROP_SIDE, CROP_SIDE, 3), np.uint8)
    for index, crop in enumerate(crops):
        batch[index] = resize_crop(crop)
    outputs = net.run(batch)
    readable, tens, ones = (outputs[name][:count] for name in ("readable", "tens", "ones"))
    return Reading(readable, tens, ones)


def resize_crop(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Stretch a crop (h, w, 3) to (CROP_SIDE, CROP_SIDE, 3).

    Raises:
        InputError: when it is no colour picture or has no pixels.
    """
    if crop.ndim != 3 or crop.shape[2] != 3 or crop.size == 0:
        raise InputError(f"a crop must be BGR (height, width, 3) with pixels; got {crop.shape}")
    shrinks = crop.shape[0] > CROP_SIDE and crop.shape[1] > CROP_SIDE
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(crop, (CROP_SIDE, CROP_SIDE), interpolation=how), np.uint8)


def answers(reading: Reading) -> Answers:
    """Return the likeliest allowed number of each crop and how sure it is.

    Allowed are "0", "00" and 1 to 99: a zero in front is worn in "00" alone.
    """
    if len(reading) == 0:
        return Answers(np.zeros(0, object), np.zeros(0, np.float32))
    joint = reading.tens[:, :, None] * reading.ones[:, None, :]
    joint[:, 1, 1:] = 0
    flat = joint.reshape(len(joint), -1)
    best = flat.argmax(axis=1)
    tens, ones = np.divmod(best, len(DIGITS))
    names = [("" if t == 0 else DIGITS[t - 1]) + DIGITS[o] for t, o in zip(tens, ones, strict=True)]
    scores = reading.readable * flat[np.arange(len(flat)), best]
    return Answers(np.array(names, object), scores.astype(np.float32))
