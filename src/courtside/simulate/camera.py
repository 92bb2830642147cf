"""Pinhole cameras placed where basketball is filmed from.

World coordinates: metres, origin at the centre of the court, x along its length, y across (away
from the main camera), z up. Pictures: pixels, x to the right, y down.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Viewpoint = Literal["broadcast", "baseline", "phone", "corner"]

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
    match kind:
        case "broadcast":  # high at the side, players 90 to 220 px of a 720 px picture
            place = (rng.uniform(-7, 7), -rng.uniform(20, 32), rng.uniform(6.0, 13))
            target = (x * rng.uniform(0.75, 1.0), y * 0.4 + rng.normal(0.5, 1.2), 0.8)
            tall = rng.triangular(0.12, 0.19, 0.3)
        case "baseline":
            side = np.sign(x) or 1.0
            place = (side * rng.uniform(16, 20), rng.uniform(-5, 5), rng.uniform(0.6, 2.5))
            target = (x - side * rng.uniform(2, 6), y * 0.6, rng.uniform(0.9, 2.2))
            tall = rng.uniform(0.3, 0.75)
        case "phone":
            place = (rng.uniform(-10, 10), -half_width - rng.uniform(1.5, 7), rng.uniform(1.2, 3.5))
            target = (x * 0.8, y * 0.6, rng.uniform(0.7, 1.6))
            tall = rng.uniform(0.2, 0.5)
        case "corner":
            side = float(rng.choice([-1.0, 1.0]))
            place = (side * rng.uniform(13, 20), -rng.uniform(9, 20), rng.uniform(3, 9))
            target = (x * 0.8, y * 0.6, 0.9)
            tall = rng.uniform(0.14, 0.35)
    distance = float(np.linalg.norm(np.subtract((x, y, 1.0), place)))
    focal = float(np.clip(tall * distance / 1.95, 0.7, 5.0))
    roll = float(rng.normal(0, 0.006 if kind == "broadcast" else 0.02))
    return Camera(place, target, focal, roll, *size)
