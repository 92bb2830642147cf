"""What lens, shutter and sensor do to a drawn film frame, to its ids and to its truth alike.

Pixels as in `camera`. Distortion is Brown's first radial term in units of the picture's height:
a point at p from the middle is seen at p (1 + k |p|²), enlarged where k is negative. A
rolling shutter shifts rows sideways.
"""

from dataclasses import dataclass
from functools import lru_cache

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

    def develop(self, drawn: Picture, size: tuple[int, int], pan: float) -> Picture:
        """A drawn picture, RGBA (H, W, 4), as it is on a film of `size`: BGR (h, w, 3).

        It is read once, between pixels, for the lens and the smaller size together.
        """
        across, down = drawn.shape[1] / size[0], drawn.shape[0] / size[1]
        x, y = _sources(self.bend, size, (across, down))
        if self._reads_slowly(pan):
            x = x - self._shift(np.arange(size[1]), size, pan * across)[:, None].astype(np.float32)
        seen = cv2.remap(drawn, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(cv2.cvtColor(seen, cv2.COLOR_RGBA2BGR), np.uint8)

    def develop_ids(self, drawn: Picture, size: tuple[int, int], pan: float) -> Picture:
        """Drawn ids (H, W, 4) on a film of `size`, (h, w, 4), none mixed with another."""
        drawn_size = drawn.shape[1], drawn.shape[0]
        if self._reads_slowly(pan):
            places = _places(
                self.bend, size, drawn_size, self._shift(np.arange(size[1]), size, pan)
            )
        else:
            places = _fixed_places(self.bend, size, drawn_size)
        whole = np.ascontiguousarray(drawn).view(np.uint32).reshape(-1)
        return whole.take(places).view(np.uint8).reshape(size[1], size[0], 4)

    def _reads_slowly(self, pan: float) -> bool:
        return abs(self.readout * pan) > 0.3

    def _shift(
        self, rows: NDArray[np.floating | np.integer], size: tuple[int, int], pan: float
    ) -> Floats:
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
def _sources(
    bend: float, size: tuple[int, int], scale: tuple[float, float]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where each pixel of a film of `size` lies in a picture drawn `scale` times as large."""
    x, y = _undistorted(bend, *size)
    across, down = (np.float32(s) for s in scale)
    half = np.float32(0.5)
    return (x + half) * across - half, (y + half) * down - half


def _places(
    bend: float, size: tuple[int, int], drawn: tuple[int, int], shift: Floats
) -> NDArray[np.int32]:
    """The index of the drawn pixel that each pixel of a film shows, rows shifted by `shift`."""
    x, y = _undistorted(bend, *size)
    columns = np.arange(size[0]) * drawn[0] // size[0]
    rows = (np.arange(size[1]) * drawn[1] // size[1]) * drawn[0]
    x = np.clip(np.rint(x - shift[:, None].astype(np.float32)), 0, size[0] - 1)
    y = np.clip(np.rint(y), 0, size[1] - 1)
    return np.asarray(columns[x.astype(np.int32)] + rows[y.astype(np.int32)], np.int32)


@lru_cache(maxsize=4)
def _fixed_places(bend: float, size: tuple[int, int], drawn: tuple[int, int]) -> NDArray[np.int32]:
    return _places(bend, size, drawn, np.zeros(size[1]))


def _line(length: float, angle: float) -> NDArray[np.float32]:
    """A blur kernel along a line."""
    half = int(np.ceil(min(length, 40.0) / 2)) + 1
    kernel = np.zeros((2 * half + 1,) * 2, np.float32)
    way = np.array([np.cos(angle), np.sin(angle)]) * min(length, 40.0) / 2
    ends = [tuple(round(half + s * v) for v in way) for s in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA)
    return np.asarray(kernel / kernel.sum(), np.float32)
