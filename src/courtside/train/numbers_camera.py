"""What a camera makes of a worn kit: size, blur, colour, compression and the detector's box."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.train.numbers_colours import NUMBER, SIZE, Picture

TORSOS = 0.3
"""Share of crops of much more than the number: loose detections, whole torsos."""
Box = tuple[int, int, int, int]


def filmed(
    rng: np.random.Generator, picture: Picture, digits: list[Picture]
) -> tuple[Picture, list[Picture], float]:
    """Shrink to the size in the film and blur; the third value is the sharpness left.

    Sharpness is the stroke's thickness over the blur, about 1 where digits just stay apart.
    """
    tall = float(np.exp(rng.normal(np.log(27), 0.4)))
    scale = float(np.clip(tall, 6, 62)) / NUMBER
    side = max(12, round(SIZE * scale))
    picture, *digits = (_shrunk(part, side) for part in (picture, *digits))
    worst = 0.9 if rng.random() < 0.6 else 0.7 + 0.07 * scale * NUMBER
    focus = float(rng.uniform(0.2, worst))
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), focus), np.float32)
    swing = 0.0
    if rng.random() < 0.25:
        swing = float(rng.exponential(0.09 * scale * NUMBER))
        picture = _motion_blur(rng, picture, swing)
    blur = np.hypot(np.hypot(focus, swing / 3.4), 0.35)
    rows, columns = _extent(digits)
    if len(rows) == 0 or len(columns) == 0:
        return picture, digits, 0.0
    across = min(len(rows), 2.2 * len(columns))
    return picture, digits, float(0.16 * across / (1.55 * blur))


def _shrunk(part: Picture, side: int) -> Picture:
    how = cv2.INTER_AREA if side < SIZE else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(part, (side, side), interpolation=how), np.float32)


def _extent(digits: list[Picture]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows and the columns in which a digit is seen."""
    seen = np.maximum(digits[0], digits[1]) > 0.3
    return np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))


def _motion_blur(rng: np.random.Generator, picture: Picture, length: float) -> Picture:
    half, angle = int(np.ceil(length / 2)), rng.uniform(0, np.pi)
    if half < 1:
        return picture
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    ghost = length > 2 and rng.random() < 0.2  # two pictures blended into one
    reach = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    start, stop = np.round((half - reach) * 16), np.round((half + reach) * 16)
    ends = [tuple(int(v) for v in end) for end in (start, stop)]
    if ghost:
        ends = [tuple(round(v / 16) for v in end) for end in ends]
        kernel[ends[0][1], ends[0][0]], kernel[ends[1][1], ends[1][0]] = 0.5, rng.uniform(0.2, 0.5)
    else:
        cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_8, 4)
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), np.float32)


def detector_box(rng: np.random.Generator, digits: list[Picture], side: int) -> Box:
    """Return the box a detector would give: round the digits, wavering, sometimes loose or off.

    Now and then it holds one digit of two.
    """
    if rng.random() < 0.04 and all(mask.max() > 0.3 for mask in digits):
        digits = [digits[int(rng.integers(2))]] * 2
    rows, columns = _extent(digits)
    if len(rows) < 2 or len(columns) < 2:
        half = side * rng.uniform(0.15, 0.4, 2)
        middle = side * rng.uniform(0.4, 0.6, 2)
        box = np.concatenate([middle - half, middle + half])
    else:
        tight = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float64)
        box = _torso(rng, tight) if rng.random() < TORSOS else wavering(rng, tight)
    box = np.clip(np.round(box), 0, side)
    x1, y1, x2, y2 = (int(value) for value in box.tolist())
    x1, y1 = min(x1, side - 4), min(y1, side - 4)
    return x1, y1, max(x2, x1 + 4), max(y2, y1 + 4)


def wavering(rng: np.random.Generator, tight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the box (4,), x1 y1 x2 y2, that a detector might draw about a number's own."""
    loose = rng.random()
    if loose < 0.78:
        margin = rng.normal(0.2, 0.1, 4)
    elif loose < 0.93:
        margin = rng.uniform(0.1, 0.7, 4)
    else:
        margin = rng.uniform(-0.35, 0.3, 4)
    outwards = np.array([-1, -1, 1, 1], np.float64)
    return np.asarray(tight + margin * (tight[3] - tight[1]) * outwards, np.float64)


def _torso(rng: np.random.Generator, tight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the middle of a torso: what is read where no number region was found."""
    height = (tight[3] - tight[1]) * rng.uniform(1.5, 2.9)
    size = np.array([height * rng.uniform(0.5, 1.1), height])
    place = rng.normal((0.5, 0.5), (0.17, 0.15))  # of the number in the box
    corner = (tight[:2] + tight[2:]) / 2 - place * size
    return np.concatenate([corner, corner + size])


def compressed(rng: np.random.Generator, picture: Picture, box: Box) -> NDArray[np.uint8]:
    """Cut the box out, after colour cast, sharpening, noise and lossy compression."""
    x1, y1, x2, y2 = box
    pad_x, pad_y = min(x1, int(rng.integers(8, 16))), min(y1, int(rng.integers(8, 16)))
    patch = picture[y1 - pad_y : y2 + 8, x1 - pad_x : x2 + 8]
    patch = _graded(rng, patch)
    if rng.random() < 0.65:  # broadcasters sharpen until every edge has a halo
        soft = cv2.GaussianBlur(patch, (0, 0), rng.uniform(0.7, 1.6))
        patch = patch + float(rng.uniform(0.2, 2.8)) * (patch - soft)
    noisy = patch + rng.normal(0, rng.exponential(4), patch.shape)
    sharp = np.clip(noisy, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        sharp = _chroma_smeared(sharp, rng.uniform(0.8, 3.0))
    if rng.random() < 0.85:
        quality = int(rng.integers(12, 92))
        sharp = _coded(sharp, quality, rng.uniform(0.5, 0.9) if rng.random() < 0.12 else 1.0)
    return sharp[pad_y : pad_y + y2 - y1, pad_x : pad_x + x2 - x1]


def _coded(patch: NDArray[np.uint8], quality: int, scale: float) -> NDArray[np.uint8]:
    """Compress with losses, at a smaller size where `scale` is below 1, as enlarged video is."""
    height, width = patch.shape[:2]
    if scale < 1:
        small = (max(4, round(width * scale)), max(4, round(height * scale)))
        patch = np.asarray(cv2.resize(patch, small, interpolation=cv2.INTER_AREA), np.uint8)
    coded = cv2.imencode(".jpg", patch, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    patch = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    if scale < 1:
        patch = np.asarray(cv2.resize(patch, (width, height), interpolation=cv2.INTER_CUBIC))
    return patch


def _graded(rng: np.random.Generator, patch: Picture) -> Picture:
    """Colour cast of the hall, exposure and contrast of the camera."""
    gain = rng.normal(1, 0.1, 3) * rng.uniform(0.75, 1.25)
    shifted = patch * gain + rng.normal(0, 8, 3)
    grey = shifted.mean(axis=2, keepdims=True)
    vivid = grey + (shifted - grey) * np.exp(rng.normal(0.15, 0.25))
    contrasted = (vivid - 128) * np.exp(rng.normal(0.1, 0.15)) + 128
    graded = np.clip(contrasted, 0, 255) / 255
    lifted = np.power(graded, np.exp(rng.normal(0, 0.25))) * 255
    flat = rng.uniform(0.65, 1.0) if rng.random() < 0.15 else 1.0
    return np.asarray(lifted * flat + rng.uniform(0, 255) * (1 - flat), np.float32)


def _chroma_smeared(patch: NDArray[np.uint8], sigma: float) -> NDArray[np.uint8]:
    """Blur the colour but not the brightness, as video coding does."""
    coded = cv2.cvtColor(patch, cv2.COLOR_BGR2YCrCb)
    coded[..., 1:] = cv2.GaussianBlur(coded[..., 1:], (0, 0), sigma)
    return np.asarray(cv2.cvtColor(coded, cv2.COLOR_YCrCb2BGR), np.uint8)


def separation(crop: NDArray[np.uint8], parts: list[Picture]) -> float:
    """Return how far the digits stand off the kit between their strokes, in the final picture.

    The difference of the mean colours over their spread (Fisher's ratio), best channel.
    """
    mask = np.maximum(parts[0], parts[1])
    rows, columns = _extent(parts)
    if len(rows) < 2 or len(columns) < 2:
        return 0.0
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    inside, pixels = mask[window], crop[window].astype(np.float32)
    stroke, gap = pixels[inside > 0.7], pixels[inside < 0.25]
    if len(stroke) < 4 or len(gap) < 4:
        return 0.0
    difference = np.abs(stroke.mean(axis=0) - gap.mean(axis=0))
    spread = stroke.std(axis=0) + gap.std(axis=0) + 6
    return float((difference / spread).max())
