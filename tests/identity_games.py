"""Games as tables, with the truth: what detector, follower and readers would say, errors too.

No picture is drawn. Ten players and three referees run about a court that a camera follows;
tracks break, are swapped where people meet, and end at cuts; numbers are read while somebody
shows the back, at times wrongly for as long as that lasts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courtside.sightings import FrameTable, Sightings

RATE = 10
NUMBERS = ("4", "7", "11", "23", "30", "0", "5", "12", "23", "45", "21", "33", "8")
PLAYERS = 10
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Recipe:
    """How hard a game is.

    Attributes:
        seconds: length.
        track: seconds after which a track breaks, in the mean.
        swaps: share of close meetings in which two tracks are swapped.
        wrong: share of looks at a number in which it is read as another all the while.
        cut: seconds between cuts, 0 for none.
        looks: false without appearance vectors.
        court: true where places on court are known.
        alike: how much of a look is the team's and not one's own, 0 to 1.
    """

    seconds: float = 60.0
    track: float = 8.0
    swaps: float = 0.05
    wrong: float = 0.1
    cut: float = 0.0
    looks: bool = True
    court: bool = False
    alike: float = 0.6


@dataclass(frozen=True)
class Game:
    """A table and who each row shows: an index into NUMBERS, from PLAYERS on referees."""

    rows: Sightings
    frames: FrameTable
    who: NDArray[np.intp]


def play(recipe: Recipe, seed: int = 0) -> Game:
    """Return a game; the same recipe and seed give the same."""
    rng = np.random.default_rng(seed)
    count = round(recipe.seconds * RATE)
    places = _run_about(rng, count)
    camera = _smooth(places[:, :, 0].mean(axis=1))
    segment = np.arange(count) // round(recipe.cut * RATE) if recipe.cut else np.zeros(count, int)
    feet = _picture(places, camera)
    seen = (feet[:, :, 0] > 20) & (feet[:, :, 0] < 1260) & (rng.random(feet.shape[:2]) < 0.99)
    tracks = _swapped(rng, _tracks(rng, seen, segment, recipe), places, recipe)
    frame, who = np.nonzero(tracks >= 0)
    rows = _rows(frame, segment[frame], tracks[frame, who], feet[frame, who], who)
    rows = rows.with_columns(**_reads(rng, frame, who, recipe), **_looks(rng, who, recipe))
    if recipe.court:
        x, y = (places[frame, who] + rng.normal(0, 0.2, (len(frame), 2))).T
        rows = rows.with_columns(court_x=x, court_y=y)
    return Game(rows, _frames(camera, segment), who)


def _run_about(rng: np.random.Generator, count: int) -> Floats:
    """Return places on court (frames, people, 2) in metres: play goes to and fro."""
    people, time = len(NUMBERS), np.arange(count) / RATE
    centre = np.stack([8 * np.sin(2 * np.pi * time / 24), np.zeros(count)], axis=1)
    offset, speed = rng.uniform(-5, 5, (people, 2)), np.zeros((people, 2))
    places = np.empty((count, people, 2))
    for index in range(count):
        # Drawn back to the play, pushed about at random: up to about 6 m/s.
        speed += (-0.6 * offset - 0.9 * speed) / RATE + rng.normal(0, 1.0, speed.shape)
        offset = offset + speed / RATE
        places[index] = centre[index] + offset
    return np.clip(places, (-14, -7.4), (14, 7.4))


def _smooth(values: Floats) -> Floats:
    width = 2 * RATE + 1
    padded = np.pad(values, width // 2, mode="edge")
    return np.convolve(padded, np.ones(width) / width, "valid")


def _picture(places: Floats, camera: Floats) -> Floats:
    """Return feet in pixels (frames, people, 2): 75 pixels a metre, further away is higher up."""
    x = 640 + 75 * (places[:, :, 0] - camera[:, None])
    return np.stack([x, 480 - 22 * places[:, :, 1]], axis=-1)


def _tracks(
    rng: np.random.Generator, seen: NDArray[np.bool_], segment: NDArray[np.int_], recipe: Recipe
) -> NDArray[np.int64]:
    """Return a track number for everybody in each frame (frames, people), -1 where not seen."""
    broken = rng.random(seen.shape) < 1 / (recipe.track * RATE)
    gap = broken.copy()
    for _ in range(5):  # lost for half a second
        gap[1:] |= gap[:-1]
        gap &= (rng.random(seen.shape) < 0.9) | broken
    seen = seen & ~gap
    last = np.full(seen.shape[1], -10)
    number, following = np.full(seen.shape, -1, np.int64), 0
    current = np.full(seen.shape[1], -1)
    for frame in range(len(seen)):
        cut = frame > 0 and segment[frame] != segment[frame - 1]
        anew = seen[frame] & ((frame - last > 3) | cut | (current < 0) | broken[frame - 1])
        for person in np.flatnonzero(anew):
            current[person], following = following, following + 1
        number[frame, seen[frame]] = current[seen[frame]]
        last[seen[frame]] = frame
    return number


def _swapped(
    rng: np.random.Generator, tracks: NDArray[np.int64], places: Floats, recipe: Recipe
) -> NDArray[np.int64]:
    """Return the tracks with some of those swapped whose people meet."""
    tracks = tracks.copy()
    pairs = np.triu_indices(tracks.shape[1], 1)
    away = np.hypot(*np.moveaxis(places[:, pairs[0]] - places[:, pairs[1]], -1, 0))
    nearest = (away[1:-1] < away[:-2]) & (away[1:-1] <= away[2:]) & (away[1:-1] < 0.5)
    frames, meeting = np.nonzero(nearest)
    for frame, pair in zip(frames, meeting, strict=True):
        if rng.random() < recipe.swaps:
            swap(tracks, int(pairs[0][pair]), int(pairs[1][pair]), int(frame) + 1)
    return tracks


def swap(tracks: NDArray[np.int64], first: int, second: int, frame: int) -> None:
    """Let two people change their tracks from a frame on, to the end of both tracks."""
    one, two = tracks[frame, first], tracks[frame, second]
    if one < 0 or two < 0:
        return
    later = tracks[frame:]
    of_one, of_two = later == one, later == two
    later[of_one], later[of_two] = two, one


def _rows(
    frame: NDArray[np.intp],
    segment: NDArray[np.int_],
    track: NDArray[np.int64],
    feet: Floats,
    who: NDArray[np.intp],
) -> Sightings:
    height = 150 + 0.1 * (feet[:, 1] - 480)
    kinds = np.where(who < PLAYERS, "player", "referee").astype(object)
    return Sightings(
        {
            "frame": frame,
            "time": frame / RATE,
            "segment": segment,
            "kind": kinds,
            "score": np.full(len(frame), 0.8),
            "track": track,
            "x1": feet[:, 0] - 0.2 * height,
            "y1": feet[:, 1] - height,
            "x2": feet[:, 0] + 0.2 * height,
            "y2": feet[:, 1],
        }
    )


def _reads(
    rng: np.random.Generator, frame: NDArray[np.intp], who: NDArray[np.intp], recipe: Recipe
) -> dict[str, Floats]:
    """Return `readable tens ones`: backs are shown for a second or two, a fifth of the time."""
    looks = frame // 15
    shown = rng.random((looks.max() + 1, len(NUMBERS))) < 0.2
    misread = rng.random(shown.shape) < recipe.wrong
    wrong = rng.integers(1, 100, shown.shape)
    sure = rng.uniform(0.5, 0.95, len(frame))
    tens, ones = np.full((len(frame), 11), 1 / 11), np.full((len(frame), 10), 0.1)
    readable = np.where(shown[looks, who] & (rng.random(len(frame)) < 0.6), 0.9, 0.03)
    for row in np.flatnonzero(readable > 0.5):
        look, person = looks[row], who[row]
        read = str(wrong[look, person]) if misread[look, person] else NUMBERS[person]
        tens[row], ones[row] = (1 - sure[row]) / 10, (1 - sure[row]) / 9
        tens[row, 0 if len(read) == 1 else 1 + int(read[0])] = sure[row]
        ones[row, int(read[-1])] = sure[row]
    return {"readable": readable, "tens": tens, "ones": ones}


def _looks(rng: np.random.Generator, who: NDArray[np.intp], recipe: Recipe) -> dict[str, Floats]:
    """Return `kit` and, if wanted, `embedding`: a team's, one's own, and what varies."""
    team = np.where(who < 5, 0, np.where(who < PLAYERS, 1, 2))
    kits = rng.uniform(0.1, 0.9, (3, 36))
    kit = kits[team] + 0.02 * rng.normal(size=(len(NUMBERS), 36))[who]
    found = {"kit": kit + 0.08 * rng.normal(size=kit.shape)}
    if recipe.looks:
        teams, own = rng.normal(size=(3, 64)), rng.normal(size=(len(NUMBERS), 64))
        look = recipe.alike * teams[team] + (1 - recipe.alike) * own[who]
        found["embedding"] = look + 0.5 * rng.normal(size=look.shape)
    return found


def _frames(camera: Floats, segment: NDArray[np.int_]) -> FrameTable:
    count = len(camera)
    motion = np.tile(np.eye(3).reshape(9), (count, 1))
    motion[1:, 2] = -75 * np.diff(camera)
    motion[np.flatnonzero(np.diff(segment, prepend=-1))] = np.nan
    frames = np.arange(count)
    return FrameTable(
        {
            "frame": frames,
            "pts": frames,
            "time": frames / RATE,
            "segment": segment,
            "motion": motion,
        }
    )
