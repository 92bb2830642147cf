"""Spectators of one picture: background, whatever they look like."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.buffers import Cast
from courtside.simulate.camera import Camera
from courtside.simulate.library import PoseLibrary
from courtside.simulate.looks import LOOK_ROWS
from courtside.simulate.statics import Stand

MOST_SPECTATORS, MOST_IN_FRONT = 1100, 70
LARGE = 62.0  # pixels from which a spectator is drawn as finely as a player
_SEATED = 1.3  # metres a sitting person is high


def crowd(
    stand: Stand | None,
    camera: Camera,
    level: float,
    fans: NDArray[np.float32],
    near: PoseLibrary,
    far: PoseLibrary,
    rng: np.random.Generator,
) -> tuple[Cast, Cast]:
    """Spectators near the camera, and all others, as two casts. level: brightness of the stands;
    fans: looks to choose from."""
    if stand is None:
        return nobody(), nobody()
    seats, depth = _seats_in_view(stand, camera, rng)
    large = camera.focal * camera.height * _SEATED / depth > LARGE
    count = min(int(large.sum()), MOST_IN_FRONT)  # the nearest come first
    front, back = seats[:count], seats[count : count + MOST_SPECTATORS]
    standing = 0.8 if rng.uniform() < 0.06 else rng.uniform(0.0, 0.12)
    return (
        _seat(stand, front, level * 0.9, standing * 0.3, near, fans, rng),
        _seat(stand, back, level, standing, far, fans, rng),
    )


def spectators(
    stand: Stand | None,
    camera: Camera,
    level: float,
    fans: NDArray[np.float32],
    library: PoseLibrary,
    most: int,
    rng: np.random.Generator,
) -> Cast:
    """People on the seats in view, all drawn from one library."""
    if stand is None:
        return nobody()
    seats = _seats_in_view(stand, camera, rng)[0][:most]
    return _seat(stand, seats, level, 0.08, library, fans, rng)


def nobody() -> Cast:
    """An empty cast."""
    return Cast(np.zeros((0, 12), np.float32), np.zeros((1, LOOK_ROWS, 3), np.float32))


def add_front(cast: Cast, front: Cast) -> Cast:
    """The people of a cast followed by spectators, who keep the id 0."""
    if len(front.rows) == 0:
        return cast
    rows = front.rows.copy()
    rows[:, 8] += len(cast.looks)
    return Cast(np.vstack([cast.rows, rows]), np.concatenate([cast.looks, front.looks]))


def _seat(
    stand: Stand,
    seats: NDArray[np.int64],
    level: float,
    standing: float,
    library: PoseLibrary,
    looks: NDArray[np.float32],
    rng: np.random.Generator,
) -> Cast:
    count = len(seats)
    if count == 0:
        return nobody()
    rows = np.zeros((count, 12), np.float32)
    shift = np.column_stack([rng.normal(0, 0.07, (count, 2)), np.zeros(count)])
    rows[:, :3] = stand.places[seats] + shift
    heading = stand.headings[seats] + rng.normal(0, 0.4, count)
    sitting = np.flatnonzero(np.isin(library.kinds, ["sit", "slump"]))
    upright = np.flatnonzero(np.isin(library.kinds, ["stand", "arms", "walk"]))
    up = rng.uniform(size=count) < standing
    rows[:, 4] = np.where(up, rng.choice(upright, count), rng.choice(sitting, count))
    rows[:, 5] = rng.uniform(0.82, 0.96, count)
    rows[:, 6], rows[:, 7] = np.cos(heading), np.sin(heading)
    rows[:, 8] = rng.integers(0, len(looks), count)
    rows[:, 11] = level * rng.uniform(0.8, 1.15, count)
    return Cast(rows, looks)


def _seats_in_view(
    stand: Stand, camera: Camera, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Taken seats whose heads show, the nearest first, and their depth in metres; those before
    the court only at the lower edge of the picture."""
    full = rng.uniform(0.75, 1.0) if rng.uniform() < 0.75 else rng.uniform(0.1, 0.75)
    seats = np.flatnonzero(rng.uniform(size=len(stand.places)) < full)
    heads = camera.project(stand.places[seats] + [0, 0, _SEATED])
    highest = camera.height * rng.uniform(0.66, 0.95)  # how far heads reach into the picture
    least = max(2.5, 0.22 * float(np.linalg.norm(camera.place)))
    inside = (heads[:, 2] > least) & (np.abs(heads[:, 0] - camera.width / 2) < camera.width * 0.56)
    inside &= (heads[:, 1] > -60) & (heads[:, 1] < camera.height + 30)
    toward = stand.places[seats, :2] @ np.asarray(camera.place[:2]) > 0
    before = toward & (heads[:, 2] < np.linalg.norm(camera.place[:2]) - 5.0)
    inside &= ~before | (heads[:, 1] > highest)
    order = np.argsort(heads[inside, 2])
    return seats[inside][order], heads[inside, 2][order]


@dataclass(frozen=True, slots=True)
class House:
    """All spectators of a hall, who keep their seats through a film. rows: (n, 12) as `Cast`;
    heads: (n, 3); fans: their looks; sitting, upright in the near and the far library."""

    rows: NDArray[np.float32]
    heads: NDArray[np.float64]
    fans: NDArray[np.float32]
    near_pose: NDArray[np.int64]

    def in_view(self, camera: Camera, shown: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Those of `shown` (n,) in the picture, the nearest first."""
        seen = camera.project(self.heads)
        margin = 0.06 * camera.width
        inside = (
            shown
            & (seen[:, 2] > 2.0)
            & (np.abs(seen[:, 0] - camera.width / 2) < camera.width / 2 + margin)
        )
        inside &= (seen[:, 1] > -60) & (seen[:, 1] < camera.height + 200)
        found = np.flatnonzero(inside)
        return np.asarray(found[np.argsort(seen[found, 2])], np.int64)

    def large(self, camera: Camera) -> NDArray[np.bool_]:
        """Who is near enough to be drawn finely."""
        depth = np.maximum(camera.project(self.heads)[:, 2], 0.1)
        return np.asarray(camera.focal * camera.height * _SEATED / depth > 1.3 * LARGE)

    def allowed(self, cameras: Sequence[Camera]) -> NDArray[np.bool_]:
        """Who may be drawn through a whole shot: nobody before the court may stand in its way."""
        fine = np.ones(len(self.heads), bool)
        for camera in cameras:
            seen = camera.project(self.heads)
            near = seen[:, 2] < np.linalg.norm(camera.place[:2]) - 5.0
            near &= self.heads[:, :2] @ np.asarray(camera.place[:2]) > 0
            inside = (seen[:, 0] > 0) & (seen[:, 0] < camera.width) & (seen[:, 2] > 0.3)
            fine &= ~(near & inside & (seen[:, 1] < 0.86 * camera.height))
            fine &= np.linalg.norm(self.heads - np.asarray(camera.place), axis=1) > 3.0
        return fine


def fill_house(
    stand: Stand | None,
    level: float,
    fans: NDArray[np.float32],
    library: PoseLibrary,
    spare: int,
    rng: np.random.Generator,
) -> House:
    """Seat people for a film. library: of far bodies; spare: finely drawn bodies to choose from."""
    if stand is None or len(stand.places) == 0:
        empty = nobody()
        return House(empty.rows, np.zeros((0, 3)), fans, np.zeros(0, np.int64))
    seats = np.flatnonzero(rng.uniform(size=len(stand.places)) < rng.uniform(0.8, 0.98))
    cast = _seat(stand, seats, level, 0.05, library, fans, rng)
    heads = cast.rows[:, :3].astype(np.float64) + np.array([0, 0, _SEATED])
    return House(cast.rows, heads, fans, rng.integers(0, max(spare, 1), len(seats)))
