"""What lens, shutter and sensor do to a drawn film frame, to its ids and to its truth alike.

Pixels as in `camera`. Distortion is Brown's first radial term in units of the picture's height:
a point at p from the middle is seen at p (1 + k |p|²), enlarged where k is negative. A
rolling shutter shifts rows sideways.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Floats = NDArray[np.float64]
SHUTTER = 0.5  # of a frame's time the shutter is open: 180 degrees


@dataclass(frozen=True, slots=True)
class Lens:
    """bend: k of the distortion; readout: share of a frame's time the sensor takes to read all
    rows; noise: standard deviation of the grain in grey levels."""

    bend: float = 0.0
    readout: float = 0.0
    noise: float = 2.0

    def seen(self, points: Floats, size: tuple[int, int], pan: float) -> Floats:
        """Where ideal pixels (n, 2) are seen. size: width, height; pan: pixels a frame."""
        middle = np.array(size) / 2
        p = (np.asarray(points, np.float64) - middle) / size[1]
        bent = p * (1 + self.bend * (p**2).sum(axis=1, keepdims=True))
        bent = bent * (self.zoom(size) * size[1]) + middle
        bent[:, 0] += self._shift(bent[:, 1], size, pan)
        return np.asarray(bent)

    def zoom(self, size: tuple[int, int]) -> float:
        """How much a barrel distortion is enlarged, so that it shows nothing beyond the drawn."""
        corner = (size[0] / size[1]) ** 2 / 4 + 0.25
        return float(1 / (1 + min(self.bend, 0.0) * corner))

    def bend_picture(self, picture: Picture, pan: float, smooth: bool) -> Picture:
        """A drawn picture as the lens shows it; smooth: False keeps ids whole."""
        if abs(self.bend) < 1e-6 and abs(self.readout * pan) < 0.3:
            return picture
        h, w = picture.shape[:2]
        way = cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST
        maps: tuple[Any, Any] = _fixed_maps(self.bend, w, h, smooth)
        if abs(self.readout * pan) > 0.3:
            x, y = _undistorted(self.bend, w, h)
            rows = np.arange(h, dtype=np.float64)
            maps = (x - self._shift(rows, (w, h), pan).astype(np.float32)[:, None], y)
        seen = cv2.remap(picture, maps[0], maps[1], way, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(seen, np.uint8)

    def _shift(self, rows: Floats, size: tuple[int, int], pan: float) -> Floats:
        return np.asarray((rows / size[1] - 0.5) * self.readout * pan, np.float64)

    def expose(self, picture: Picture, motion: tuple[float, float], seed: int) -> Picture:
        """Motion blur of a panning camera and the sensor's grain. motion: pixels a frame."""
        length = float(np.hypot(*motion)) * SHUTTER
        if length > 1.2:
            kernel = _line(length, float(np.arctan2(motion[1], motion[0])))
            picture = np.asarray(cv2.filter2D(picture, -1, kernel), np.uint8)
        rng = np.random.default_rng(seed)
        h, w = picture.shape[:2]
        y, x = (int(v) for v in rng.integers(0, _SPARE, 2))
        grain = _grain(self.noise, w + _SPARE, h + _SPARE)[y : y + h, x : x + w]
        return np.asarray(cv2.add(picture, grain, dtype=cv2.CV_8U), np.uint8)


_SPARE = 128  # pixels by which a field of grain is larger than a picture, to be moved about


@lru_cache(maxsize=2)
def _grain(noise: float, width: int, height: int) -> NDArray[np.int16]:
    """Grain of all three channels, alike in no two places."""
    rng = np.random.default_rng(7)
    grain = rng.standard_normal((height, width, 3), np.float32) * np.float32(noise)
    return np.round(grain).astype(np.int16)


@lru_cache(maxsize=4)
def _undistorted(bend: float, w: int, h: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where each pixel of the seen picture comes from, by fixed-point steps."""
    x, y = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
    unit = np.float32(h * Lens(bend).zoom((w, h)))
    px, py = (x - w / 2) / unit, (y - h / 2) / unit
    qx, qy = px, py
    for _ in range(4):
        scale = 1 + np.float32(bend) * (qx**2 + qy**2)
        qx, qy = px / scale, py / scale
    return (qx * h + w / 2).astype(np.float32), (qy * h + h / 2).astype(np.float32)


@lru_cache(maxsize=4)
def _fixed_maps(bend: float, w: int, h: int, smooth: bool) -> tuple[Any, Any]:
    """The same as integers, which is faster."""
    x, y = _undistorted(bend, w, h)
    return cv2.convertMaps(x, y, cv2.CV_16SC2, nninterpolation=not smooth)


def _line(length: float, angle: float) -> NDArray[np.float32]:
    """A blur kernel along a line."""
    half = int(np.ceil(min(length, 40.0) / 2)) + 1
    kernel = np.zeros((2 * half + 1,) * 2, np.float32)
    way = np.array([np.cos(angle), np.sin(angle)]) * min(length, 40.0) / 2
    ends = [tuple(round(half + s * v) for v in way) for s in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA)
    return np.asarray(kernel / kernel.sum(), np.float32)
