"""What happens to a picture between lens and viewer: blur, light, noise, graphics, compression."""

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.simulate.textures import board

Picture = NDArray[np.uint8]


def degrade(picture: Picture, rng: np.random.Generator) -> Picture:
    """A picture (h, w, 3) as a cheap or good camera, encoder and network would leave it."""
    picture = _colour(picture, rng)
    picture = _blur(picture, rng)
    if rng.uniform() < 0.6:
        picture = _noise(picture, rng)
    if rng.uniform() < 0.3:
        picture = _resample(picture, rng)
    return _compress(picture, rng) if rng.uniform() < 0.85 else picture


def add_graphics(picture: Picture, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw score bars, logos and banners over `picture`; returns where they cover it (h, w)."""
    h, w = picture.shape[:2]
    covered = np.zeros((h, w), bool)
    if rng.uniform() < 0.65:
        tall, wide = int(h * rng.uniform(0.04, 0.09)), int(w * rng.uniform(0.25, 0.75))
        y, x = int(h * rng.uniform(0.8, 0.93)), int((w - wide) * rng.uniform(0, 1))
        _paste(picture, covered, y, x, tall, wide, rng)
    for _ in range(int(rng.choice([0, 1, 2, 3], p=[0.5, 0.3, 0.15, 0.05]))):
        tall, wide = int(h * rng.uniform(0.04, 0.16)), int(w * rng.uniform(0.06, 0.3))
        top = rng.uniform() < 0.6
        y = int(h * (rng.uniform(0.02, 0.1) if top else rng.uniform(0.7, 0.85)))
        _paste(picture, covered, y, int((w - wide) * rng.uniform()), tall, wide, rng)
    return covered


def _paste(
    picture: Picture,
    covered: NDArray[np.bool_],
    y: int,
    x: int,
    tall: int,
    wide: int,
    rng: np.random.Generator,
) -> None:
    text = cv2.resize(board(rng), (wide, tall), interpolation=cv2.INTER_AREA)
    target = picture[y : y + tall, x : x + wide]
    graphic = text[: target.shape[0], : target.shape[1]]
    if rng.uniform() < 0.2:  # letters without a ground
        ink = np.abs(graphic.astype(int) - graphic[0, 0].astype(int)).sum(axis=2) > 80
        target[ink] = graphic[ink]
        return
    alpha = 1.0 if rng.uniform() < 0.7 else rng.uniform(0.75, 1.0)
    target[:] = np.clip(graphic * alpha + target * (1 - alpha), 0, 255).astype(np.uint8)
    covered[y : y + tall, x : x + wide] = True


def _colour(picture: Picture, rng: np.random.Generator) -> Picture:
    """White balance, exposure, contrast, gamma and saturation, by one table per channel."""
    ramp = np.arange(256) / 255.0
    gamma, gain, lift = rng.uniform(0.7, 1.45), rng.uniform(0.75, 1.25), rng.normal(0, 0.03)
    balance = rng.uniform(0.9, 1.1, 3)
    tables = np.stack([np.clip(lift + gain * b * ramp**gamma, 0, 1) * 255 for b in balance])
    out = cv2.LUT(picture, np.ascontiguousarray(tables.T[None]).astype(np.uint8))
    share = rng.uniform(0.4, 1.2)
    grey = cv2.cvtColor(cv2.cvtColor(out, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    return np.asarray(cv2.addWeighted(out, share, grey, 1 - share, 0), np.uint8)


def _blur(picture: Picture, rng: np.random.Generator) -> Picture:
    choice = rng.uniform()
    if choice < 0.45:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.1)), np.uint8)
    if choice < 0.6:  # the camera pans
        length = int(rng.integers(2, 8))
        kernel = np.zeros((length, length), np.float32)
        kernel[length // 2] = 1.0 / length
        if rng.uniform() < 0.2:
            kernel = kernel.T
        return np.asarray(cv2.filter2D(picture, -1, kernel), np.uint8)
    if choice < 0.75:  # sharpened by the encoder
        soft = cv2.GaussianBlur(picture, (0, 0), 1.2)
        amount = rng.uniform(0.3, 1.2)
        return np.asarray(cv2.addWeighted(picture, 1 + amount, soft, -amount, 0), np.uint8)
    return picture


def _noise(picture: Picture, rng: np.random.Generator) -> Picture:
    grain = np.empty(picture.shape, np.int16)
    cv2.setRNGSeed(int(rng.integers(2**31)))
    cv2.randn(grain, np.zeros(3), np.full(3, rng.uniform(1, 9)))  # one a channel
    return np.asarray(cv2.add(picture.astype(np.int16), grain).clip(0, 255), np.uint8)


def _resample(picture: Picture, rng: np.random.Generator) -> Picture:
    h, w = picture.shape[:2]
    share = rng.uniform(0.5, 0.9)
    small = cv2.resize(picture, (int(w * share), int(h * share)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (w, h), interpolation=cv2.INTER_LINEAR), np.uint8)


def _compress(picture: Picture, rng: np.random.Generator) -> Picture:
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 95))]
    _, packed = cv2.imencode(".jpg", picture, quality)
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
