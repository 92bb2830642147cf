"""Spectators of one picture: background, whatever they look like."""

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
    front, back = seats[large][:MOST_IN_FRONT], seats[~large][:MOST_SPECTATORS]
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
