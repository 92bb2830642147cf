"""What lens, shutter and sensor do to a drawn film frame, to its ids and to its truth alike.

Pixels as in `camera`. Distortion is Brown's first radial term in units of the picture's height:
a point at p from the middle is seen at p (1 + k |p|²). A rolling shutter shifts rows sideways.
"""

from dataclasses import dataclass

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
        bent = p * (1 + self.bend * (p**2).sum(axis=1, keepdims=True)) * size[1] + middle
        bent[:, 0] += self._shift(bent[:, 1], size, pan)
        return np.asarray(bent)

    def bend_picture(self, picture: Picture, pan: float, smooth: bool) -> Picture:
        """A drawn picture as the lens shows it; smooth: False keeps ids whole."""
        if abs(self.bend) < 1e-6 and abs(self.readout * pan) < 0.3:
            return picture
        h, w = picture.shape[:2]
        x, y = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
        x = x - self._shift(y, (w, h), pan).astype(np.float32)
        px, py = (x - w / 2) / h, (y - h / 2) / h
        qx, qy = px, py
        for _ in range(4):  # the distortion undone by fixed-point steps
            scale = 1 + np.float32(self.bend) * (qx**2 + qy**2)
            qx, qy = px / scale, py / scale
        way = cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST
        maps = (qx * h + w / 2).astype(np.float32), (qy * h + h / 2).astype(np.float32)
        return np.asarray(cv2.remap(picture, *maps, way, borderMode=cv2.BORDER_REPLICATE), np.uint8)

    def _shift(self, rows: NDArray[np.floating], size: tuple[int, int], pan: float) -> Floats:
        return np.asarray((rows / size[1] - 0.5) * self.readout * pan, np.float64)

    def expose(self, picture: Picture, motion: tuple[float, float], seed: int) -> Picture:
        """Motion blur of a panning camera and the sensor's grain. motion: pixels a frame."""
        length = float(np.hypot(*motion)) * SHUTTER
        if length > 1.2:
            kernel = _line(length, float(np.arctan2(motion[1], motion[0])))
            picture = np.asarray(cv2.filter2D(picture, -1, kernel), np.uint8)
        grain = np.empty(picture.shape, np.int16)
        cv2.setRNGSeed(seed)
        cv2.randn(grain, np.zeros(1), np.full(1, self.noise))
        return np.asarray(cv2.add(picture.astype(np.int16), grain).clip(0, 255), np.uint8)


def _line(length: float, angle: float) -> NDArray[np.float32]:
    """A blur kernel along a line."""
    half = int(np.ceil(min(length, 40.0) / 2)) + 1
    kernel = np.zeros((2 * half + 1,) * 2, np.float32)
    way = np.array([np.cos(angle), np.sin(angle)]) * min(length, 40.0) / 2
    ends = [tuple(round(half + s * v) for v in way) for s in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA)
    return np.asarray(kernel / kernel.sum(), np.float32)
