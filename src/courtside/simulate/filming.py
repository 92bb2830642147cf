"""Who films the game and how: where cameras stand, how they follow play, when the picture cuts.

A film of F frames is a list of shots; each shows game frames (live, or a replay of earlier ones at
half speed) from one camera per film frame. Court metres; sizes are width and height in pixels.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from courtside.simulate.camera import Camera
from courtside.simulate.court_size import CourtSize
from courtside.simulate.match import Diary

Floats = NDArray[np.float64]
FilmView = Literal[
    "broadcast", "tripod", "phone", "phone-portrait", "baseline", "outdoor", "two-cameras"
]
SIZES = {"phone-portrait": (720, 1280)}
LONGEST_CUT, REPLAY = 2.6, 2.8  # seconds of a close-up, at most, and of a replay
LONGEST_BREAK = 6.0  # seconds of a close-up, a replay and a moment of play after them
CLOSE_UPS, REPLAYS = 0.75, 0.6  # shares of scores and fouls after which they are shown
REPLAY_SPEED = 0.5


@dataclass(frozen=True, slots=True)
class Shot:
    """A stretch of film between two cuts. view: kind of picture; replay: not live; frames: game
    frame of each film frame, (n,); cameras: one a film frame, for the upright picture."""

    view: str
    replay: bool
    frames: NDArray[np.int64]
    cameras: tuple[Camera, ...]


@dataclass(frozen=True, slots=True)
class Play:
    """What an operator follows. ball: (F, 3); people: (F, 10, 2), the ten who play."""

    ball: Floats
    people: Floats
    court: CourtSize


def size_of(view: str, resolution: int = 720) -> tuple[int, int]:
    """Width and height of the pictures of a view; resolution: the shorter of both."""
    width, height = (side * resolution // 720 for side in SIZES.get(view, (1280, 720)))
    return width - width % 2, height - height % 2


def stand_of(view: str, court: CourtSize, rng: np.random.Generator) -> tuple[float, float, float]:
    """Where the camera of a view stands."""
    half_l, half_w = court.length / 2, court.width / 2
    side = float(rng.choice([-1.0, 1.0]))
    match view:
        case "broadcast" | "two-cameras":
            return float(rng.normal(0, 1.0)), -rng.uniform(21, 27), rng.uniform(7.0, 10.5)
        case "tripod":
            return float(rng.normal(0, 1.5)), -half_w - rng.uniform(7, 10), rng.uniform(3.6, 5.2)
        case "baseline":
            # Beside the stanchion, and over the boards.
            across = float(rng.choice([-1.0, 1.0])) * rng.uniform(1.2, 6)
            return side * (half_l + rng.uniform(2, 4)), across, rng.uniform(1.0, 1.7)
        case _:  # somebody with a phone beside the court
            return rng.uniform(-6, 6), -half_w - rng.uniform(2.5, 5), rng.uniform(1.4, 1.9)


def film(
    view: str,
    place: tuple[float, float, float],
    action: Play,
    diary: Diary,
    cuts: bool,
    rate: int,
    rng: np.random.Generator,
) -> list[Shot]:
    """The shots of a whole film, as long as the game."""
    main = follow(view, place, action, rate, rng)
    count = len(action.ball)
    whole = Shot("main", False, np.arange(count), main)
    if not cuts:
        return [whole]
    shots, start = [], 0
    for event in diary.events:
        if event.kind not in ("score", "foul") or event.frame < start + 2 * rate:
            continue
        begin = event.frame + round(0.7 * rate)
        if begin + LONGEST_BREAK * rate > count:
            break
        shots.append(_part(whole, start, begin))
        extra = _extra(place, action, event.row, event.frame, begin, diary, rate, rng)
        shots += extra
        start = begin + sum(len(shot.frames) for shot in extra)
    shots.append(_part(whole, start, count))
    return [shot for shot in shots if len(shot.frames)]


def _part(shot: Shot, start: int, end: int) -> Shot:
    return Shot(shot.view, shot.replay, shot.frames[start:end], shot.cameras[start:end])


def _extra(
    place: tuple[float, float, float],
    action: Play,
    row: int,
    happened: int,
    begin: int,
    diary: Diary,
    rate: int,
    rng: np.random.Generator,
) -> list[Shot]:
    """A close-up of who did it, a replay from another place, or one after the other."""
    close, again = rng.uniform() < CLOSE_UPS, rng.uniform() < REPLAYS
    shots = [_close_up(place, row, begin, diary, rate, rng)] if close else []
    return [*shots, _replay(action, happened, rate, rng)] if again or not close else shots


def _close_up(
    place: tuple[float, float, float],
    row: int,
    begin: int,
    diary: Diary,
    rate: int,
    rng: np.random.Generator,
) -> Shot:
    frames = np.arange(begin, begin + round(rng.uniform(1.6, LONGEST_CUT) * rate))
    who = np.stack([diary.places[f][max(row, 0)] for f in frames])
    return Shot("close-up", False, frames, _close(place, who, (1280, 720), rng))


def _replay(action: Play, happened: int, rate: int, rng: np.random.Generator) -> Shot:
    length = round(REPLAY * rate)
    frames = happened - round(1.1 * rate) + (np.arange(length) * REPLAY_SPEED).astype(int)
    end = float(np.sign(action.ball[happened, 0])) or 1.0
    low = (end * (action.court.length / 2 + 2.0), rng.uniform(-7, 7), rng.uniform(1.0, 2.4))
    cameras = follow("baseline", low, action, rate, rng)
    return Shot("main", True, frames, tuple(cameras[f] for f in frames))


def _close(
    place: tuple[float, float, float], who: Floats, size: tuple[int, int], rng: np.random.Generator
) -> tuple[Camera, ...]:
    """A long lens on one person, waist upwards."""
    calm = gaussian_filter1d(who, 4, axis=0, mode="nearest")
    distance = float(np.linalg.norm(np.array([*calm[0], 1.5]) - place))
    focal = rng.uniform(0.9, 1.5) * distance / 1.95
    return tuple(Camera(place, (float(x), float(y), 1.35), focal, 0.0, *size) for x, y in calm)


def follow(
    view: str,
    place: tuple[float, float, float],
    action: Play,
    rate: int,
    rng: np.random.Generator,
) -> tuple[Camera, ...]:
    """Cameras that keep the play in the picture, with the calm or the shake of their stand."""
    width, height = size_of(view)
    centre = 0.6 * action.ball[:, :2] + 0.4 * np.median(action.people, axis=1)
    calm = {"broadcast": 0.45, "two-cameras": 0.45, "tripod": 0.6}.get(view, 0.35)
    centre = gaussian_filter1d(centre, calm * rate, axis=0, mode="nearest")
    tall, reach, high = _framing(view, rng)
    target = np.column_stack(
        [centre[:, 0] * reach, centre[:, 1] * 0.35, np.full(len(centre), high)]
    )
    spread = np.percentile(np.abs(action.people - centre[:, None])[..., 0], 80, axis=1)
    distance = np.linalg.norm(target - np.array(place), axis=1)
    zoom = np.clip(5.5 / np.maximum(spread, 2.0), 0.85, 1.3) ** 0.6
    zoom = gaussian_filter1d(zoom, 1.0 * rate, mode="nearest")
    focal = np.clip(tall * zoom * distance / 1.95, 0.6, 4.5)
    shake = _shake(view, len(target), rate, rng) * distance[:, None]
    target = target + np.column_stack([shake[:, 0], 0 * shake[:, 0], shake[:, 1]])
    roll = _shake(view, len(target), rate, rng)[:, 0] * 0.6
    return tuple(
        Camera(place, (float(t[0]), float(t[1]), float(t[2])), float(f), float(r), width, height)
        for t, f, r in zip(target, focal, roll, strict=True)
    )


def _framing(view: str, rng: np.random.Generator) -> tuple[float, float, float]:
    """Height of a player over the picture's, how far the camera pans, height it aims at."""
    match view:
        case "broadcast" | "two-cameras":
            return rng.uniform(0.165, 0.205), 0.9, 0.8
        case "tripod":
            return rng.uniform(0.17, 0.22), 0.85, 0.7
        case "baseline":
            return rng.uniform(0.28, 0.42), 0.75, 1.5
        case "phone-portrait":
            return rng.uniform(0.12, 0.16), 0.85, 0.9
        case _:
            return rng.uniform(0.2, 0.3), 0.8, 1.1


def _shake(view: str, count: int, rate: int, rng: np.random.Generator) -> Floats:
    """Radians by which a hand wanders, (F, 2); a tripod hardly does."""
    size = {"broadcast": 0.0004, "two-cameras": 0.0004, "tripod": 0.0006}.get(view, 0.006)
    noise = rng.normal(0, 1, (count, 2))
    slow = gaussian_filter1d(noise, 0.35 * rate, axis=0, mode="nearest")
    quick = gaussian_filter1d(rng.normal(0, 1, (count, 2)), 0.05 * rate, axis=0, mode="nearest")
    wave = slow / max(float(slow.std()), 1e-9) + 0.15 * quick / max(float(quick.std()), 1e-9)
    return np.asarray(size * wave)
