"""Pinhole cameras placed where basketball is filmed from.

World coordinates: metres, origin at the centre of the court, x along its length, y across (away
from the main camera), z up. Pictures: pixels, x to the right, y down.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Viewpoint = Literal["broadcast", "baseline", "phone", "corner", "endline", "balcony", "beside"]

NEAR, FAR = 0.3, 150.0  # metres


@dataclass(frozen=True, slots=True)
class Camera:
    """Where a camera stands, what it looks at and how long its lens is.

    place, target: metres; focal: focal length over picture height; roll: radians.
    """

    place: tuple[float, float, float]
    target: tuple[float, float, float]
    focal: float
    roll: float
    width: int
    height: int

    def axes(self) -> NDArray[np.float64]:
        """Rows: the picture's right, down and forward directions in the world, (3, 3)."""
        forward = np.subtract(self.target, self.place)
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, [0.0, 0.0, 1.0])
        right /= np.linalg.norm(right)
        down = np.cross(forward, right)
        c, s = np.cos(self.roll), np.sin(self.roll)
        return np.stack([c * right + s * down, c * down - s * right, forward])

    def project(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """World points (n, 3) to (n, 3): x and y in pixels, depth in metres (negative: behind)."""
        seen = (points - np.asarray(self.place)) @ self.axes().T
        depth = np.where(np.abs(seen[:, 2]) < 1e-6, 1e-6, seen[:, 2])
        scale = self.focal * self.height / depth
        x = self.width / 2 + seen[:, 0] * scale
        y = self.height / 2 + seen[:, 1] * scale
        return np.column_stack([x, y, seen[:, 2]])

    def clip_matrix(self) -> NDArray[np.float32]:
        """World to OpenGL clip coordinates, (4, 4), to be multiplied from the left."""
        axes = self.axes()
        view = np.eye(4)
        view[:3, :3] = axes * np.array([[1.0], [-1.0], [-1.0]])
        view[:3, 3] = -view[:3, :3] @ np.asarray(self.place)
        lens = np.zeros((4, 4))
        lens[0, 0] = 2 * self.focal * self.height / self.width
        lens[1, 1] = 2 * self.focal
        lens[2, 2:] = -(FAR + NEAR) / (FAR - NEAR), -2 * FAR * NEAR / (FAR - NEAR)
        lens[3, 2] = -1.0
        return (lens @ view).astype(np.float32)


def random_camera(
    kind: Viewpoint,
    play: tuple[float, float],
    half_width: float,
    size: tuple[int, int],
    rng: np.random.Generator,
) -> Camera:
    """A camera of a kind that follows play at court point `play` (x, y metres).

    half_width: metres from the centre of the court to a sideline; size: width, height in pixels.
    """
    x, y = play
    side = np.sign(x) or 1.0
    match kind:
        case "broadcast":  # high at the side, players 80 to 210 px of a 720 px picture
            place = (rng.normal(0, 2.5), -rng.uniform(19, 31), rng.uniform(6.0, 12.5))
            target = (x * rng.uniform(0.75, 1.0), y * 0.4 + rng.normal(0.3, 1.0), 0.9)
            tall = rng.triangular(0.115, 0.18, 0.3)
        case "baseline":  # hand-held at floor level behind the line, looking up to the rim
            place = (side * rng.uniform(15.2, 19), rng.uniform(-8, 8), rng.uniform(0.4, 2.0))
            target = (x - side * rng.uniform(0, 5), y * 0.6, rng.uniform(1.0, 3.6))
            tall = rng.uniform(0.28, 1.0)
        case "phone":
            place = (rng.uniform(-11, 11), -half_width - rng.uniform(1.5, 7), rng.uniform(1.2, 3.5))
            target = (x * 0.8, y * 0.6, rng.uniform(0.7, 1.8))
            tall = rng.uniform(0.2, 0.6)
        case "corner":
            place = (side * rng.uniform(13, 20), -rng.uniform(9, 20), rng.uniform(3, 9))
            target = (x * 0.8, y * 0.6, 0.9)
            tall = rng.uniform(0.14, 0.35)
        case "endline":  # high behind a basket
            place = (side * rng.uniform(19, 28), rng.uniform(-4, 4), rng.uniform(5, 11))
            target = (x - side * rng.uniform(0, 3), y * 0.5, 0.9)
            tall = rng.uniform(0.13, 0.3)
        case "balcony":  # a gym's gallery: low roof, close to the line, wide lens
            place = (rng.uniform(-9, 9), -half_width - rng.uniform(2.5, 8), rng.uniform(3.5, 6.5))
            target = (x * 0.9, y * 0.5, 0.7)
            tall = rng.uniform(0.14, 0.32)
        case "beside":  # on the court or at its edge, one or two people large
            place = (rng.uniform(-4, 6), -rng.uniform(2, half_width), rng.uniform(1.3, 2.2))
            target = (x, y, rng.uniform(1.2, 2.4))
            tall = rng.uniform(0.35, 0.95)
    distance = float(np.linalg.norm(np.subtract((x, y, 1.0), place)))
    focal = float(np.clip(tall * distance / 1.95, 0.62, 6.0))
    roll = float(rng.normal(0, 0.006 if kind in ("broadcast", "endline") else 0.02))
    return Camera(place, target, focal, roll, *size)


def close_up(
    eye: tuple[float, float, float],
    place: tuple[float, float, float],
    size: tuple[int, int],
    rng: np.random.Generator,
) -> Camera:
    """A long lens on one person at `place`, from `eye`, both in metres."""
    high = place[2] + rng.uniform(1.0, 1.6)
    target = (place[0] + rng.normal(0, 0.25), place[1], float(high))
    distance = float(np.linalg.norm(np.subtract(target, eye)))
    focal = float(np.clip(rng.uniform(0.7, 1.9) * distance / 1.95, 0.7, 26.0))
    return Camera(eye, target, focal, float(rng.normal(0, 0.008)), *size)
