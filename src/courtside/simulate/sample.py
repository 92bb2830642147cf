"""The sample game: eight seconds of a simulated match, with its truth.

`python -m courtside.simulate.sample --out examples` writes `sample.mp4` and `sample.truth.json`.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from courtside.simulate.body import Bodies, load_bodies
from courtside.simulate.buffers import Cast
from courtside.simulate.camera import Camera
from courtside.simulate.crowd import spectators
from courtside.simulate.floor import NBA
from courtside.simulate.kit import Kit, random_shirt
from courtside.simulate.library import WATCHING, PoseLibrary, as_library, pose_library
from courtside.simulate.looks import look_of
from courtside.simulate.place import Person
from courtside.simulate.play import Motion, Throw, move, pose_at
from courtside.simulate.raster import Light, Renderer
from courtside.simulate.sample_truth import Frame, truth_document
from courtside.simulate.scene import BALL_RADIUS, Scene, cast_rows
from courtside.simulate.sideline import others
from courtside.simulate.statics import BALL_ID, RIM_HEIGHT, Triangles
from courtside.simulate.truth import find_truth
from courtside.simulate.venue import Venue, build_venue

RATE, SECONDS, CUT_AT = 30, 8, 6.0
SIZE, DRAWN = (1280, 720), (1920, 1080)
TRUTH_EVERY = 5  # frames
FULL_HOUSE = 2000  # spectators at most
LIGHT = Light(
    np.array([0.5, 0.49, 0.47]),
    np.array([[0.12, -0.1, 0.42], [-0.2, -0.12, 0.2], [0.1, -0.3, 0.2]]),
    gloss=0.2,
    shadow=0.3,
)
PAN_SMOOTHING = 25.0  # frames: the camera operator's calm
HOME = Kit(
    (0.93,) * 3, (0.93,) * 3, (0.1, 0.15, 0.45), (0.93,) * 3, (0.1, 0.15, 0.45), (0.95,) * 3, False
)
AWAY = Kit(
    (0.55, 0.05, 0.1),
    (0.55, 0.05, 0.1),
    (0.97,) * 3,
    (0.1,) * 3,
    (0.95, 0.8, 0.2),
    (0.06,) * 3,
    False,
)
NUMBERS = ("4", "7", "12", "23", "35", "0", "8", "11", "21", "44")
RIM = np.array([NBA.length / 2 - NBA.rim, 0.0])
MAIN_EYE, CLOSE_EYE = (1.5, -25.0, 9.5), (3.5, -9.5, 2.9)

# Attackers' ways (time, x, y); the last one comes late from the other half. Metres, x to the
# right end that is played at.
_WAYS = (
    ((0, 3.0, -0.5), (1.5, 5.5, 0.5), (3.0, 6.3, -1.0), (5.0, 5.8, -2.5), (8, 7.5, -1.5)),
    ((0, 5.5, 5.2), (2.0, 8.5, 5.8), (4.0, 11.2, 4.2), (6.0, 12.0, 1.6), (8, 10.5, 1.2)),
    ((0, 5.0, -5.5), (2.0, 8.0, -5.6), (3.6, 9.0, -4.6), (5.2, 9.3, -3.6), (8, 10.8, -2.4)),
    ((0, 8.5, 1.8), (2.0, 10.6, 2.4), (3.6, 10.8, -1.8), (5.2, 11.6, -1.9), (8, 12.1, -0.9)),
    ((0, -11.0, 2.0), (1.6, -5.0, 2.4), (3.6, 4.0, 2.2), (5.2, 7.0, 2.6), (8, 9.4, 0.9)),
)
_GAPS = (1.3, 1.5, 1.4, 0.75, 2.6)  # metres each defender keeps, towards the rim
_OFFICIALS = (
    ((0, -1.0, -6.2), (3.0, 2.2, -6.6), (8, 1.8, -6.4)),
    ((0, 6.0, 7.0), (3.0, 8.5, 7.2), (8, 9.0, 7.1)),
    ((0, 13.0, 4.5), (3.0, 14.6, 4.0), (8, 14.7, 3.2)),
)


@dataclass(frozen=True, slots=True)
class Film:
    """The play and how it is filmed. ball: (frames, 3) metres; cameras: one a frame."""

    motions: tuple[Motion, ...]
    ball: NDArray[np.float64]
    cameras: tuple[Camera, ...]
    times: NDArray[np.float64]


def write_sample(out: Path, seed: int = 6) -> None:
    """Render the sample game into folder `out`."""
    bodies = load_bodies()
    rng = np.random.default_rng(seed)
    film = _film(rng)
    far = pose_library(bodies, bodies.far, WATCHING, np.zeros((0, 19, 3, 3)), rng)
    venue = build_venue("arena", NBA, "broadcast", MAIN_EYE, (HOME, AWAY), rng)
    venue = replace(venue, light=LIGHT)
    renderer = Renderer(*DRAWN, bodies.near, bodies.far)
    renderer.far.set_poses(far.vertices, far.normals)
    renderer.set_stage(venue.stage)
    out.mkdir(parents=True, exist_ok=True)
    truths: list[Frame] = []
    frames = _draw(film, venue, bodies, far, renderer, truths.append, rng)
    _encode(out / "sample.mp4", frames)
    people = [m.person for m in film.motions]
    document = truth_document(truths, people, SIZE, RATE, len(film.times))
    (out / "sample.truth.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


def _film(rng: np.random.Generator) -> Film:
    times = np.arange(RATE * SECONDS) / RATE
    tracks = [np.array(way, np.float64) for way in _WAYS]
    tracks += [_guard(way, gap, rng) for way, gap in zip(tracks, _GAPS, strict=True)]
    centre = np.tile(RIM, (len(times), 1))
    motions = []
    for i, keys in enumerate(tracks):
        person = _person("player", int(i >= 5), NUMBERS[i])
        rest = "defend" if i >= 5 else "stand"
        look = centre if i < 5 else np.stack([_along(tracks[i - 5], t) for t in times])
        motions.append(move(person, i, keys, times, look, rest, rng))  # type: ignore[arg-type]
    for i, way in enumerate(_OFFICIALS):
        keys = np.array(way, np.float64)
        motions.append(move(_person("referee", -1, ""), 12 + i, keys, times, centre, "stand", rng))
    for i, bystander in enumerate(others(NBA, rng)):
        keys = np.array([[0, *bystander.place[:2]], [SECONDS, *bystander.place[:2]]], np.float64)
        motions.append(move(bystander, i % 24, keys, times, centre, bystander.pose, rng))
    ball = _ball(motions, times)
    return Film(tuple(motions), ball, _cameras(ball, times), times)


def _person(kind: str, side: int, number: str) -> Person:
    scale = 0.96 if kind == "referee" else 1.0
    role = "referee" if kind == "referee" else "player"
    return Person(role, kind, side, number, (0.0, 0.0, 0.0), 0.0, "run", scale)  # type: ignore[arg-type]


def _along(keys: NDArray[np.float64], time: float) -> NDArray[np.float64]:
    return np.array([np.interp(time, keys[:, 0], keys[:, k]) for k in (1, 2)])


def _guard(keys: NDArray[np.float64], gap: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A defender's way: between his man and the rim."""
    way = RIM - keys[:, 1:]
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
    offset = way * gap + rng.normal(0, 0.3, way.shape)
    return np.column_stack([keys[:, 0], keys[:, 1:] + offset])


def _ball(motions: list[Motion], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Dribbled, passed at 2.4 s, shot at 4.6 s, through the net, bouncing away."""

    def hand(player: int, time: float, height: float) -> NDArray[np.float64]:
        frame = min(len(times) - 1, round(time * RATE))
        motion = motions[player]
        turn = motion.headings[frame] + 0.6
        reach = np.array([np.sin(turn), -np.cos(turn), 0.0]) * 0.42
        place: NDArray[np.float64] = motion.places[frame] + reach + np.array([0, 0, height])
        return place

    rim = np.array([*RIM, RIM_HEIGHT])
    throws = (
        Throw(2.4, 3.0, hand(0, 2.4, 1.3), hand(2, 3.0, 1.3)),
        Throw(4.6, 5.7, hand(2, 4.6, 2.2), np.add(rim, (0, 0, 0.1))),
        Throw(5.7, 6.3, rim, np.array([RIM[0] - 0.2, 0.1, BALL_RADIUS])),
        Throw(6.3, 7.1, np.array([RIM[0] - 0.2, 0.1, BALL_RADIUS]), hand(3, 7.1, 1.2)),
    )
    places = []
    for t in times:
        flight = next((throw for throw in throws if throw.start <= t < throw.end), None)
        bounce = 0.15 + 0.85 * abs(np.cos(2 * np.pi * 0.9 * t))
        held = hand(0, t, bounce) if t < 2.4 else hand(2 if t < 5.0 else 3, t, 1.2)
        places.append(held if flight is None else flight.at(float(t)))
    return np.stack(places)


def _cameras(ball: NDArray[np.float64], times: NDArray[np.float64]) -> tuple[Camera, ...]:
    """The main camera pans slowly after the ball; after the cut one at the sideline does."""
    smooth = gaussian_filter1d(ball[:, :2], PAN_SMOOTHING, axis=0)
    cameras = []
    for t, (x, y) in zip(times, smooth, strict=True):
        if t < CUT_AT:
            target = (0.6 * float(x) + 3.0, 0.3 * float(y) + 0.6, 0.8)
            cameras.append(Camera(MAIN_EYE, target, 2.3, 0.0, *DRAWN))
        else:
            target = (0.5 * float(x) + 5.3, 0.4 * float(y), 1.1)
            cameras.append(Camera(CLOSE_EYE, target, 1.3, 0.0, *DRAWN))
    return tuple(cameras)


def _draw(
    film: Film,
    venue: Venue,
    bodies: Bodies,
    far: PoseLibrary,
    renderer: Renderer,
    keep: Callable[[Frame], None],
    rng: np.random.Generator,
) -> Iterator[NDArray[np.uint8]]:
    people = [m.person for m in film.motions]
    rows = list(range(len(people)))
    shirt = random_shirt(rng)
    looks = np.stack([look_of(p.role, venue.kits[max(p.side, 0)], shirt, rng) for p in people])
    crowds = {eye: _crowd(film, venue, far, eye, rng) for eye in (MAIN_EYE, CLOSE_EYE)}
    for frame, time in enumerate(film.times):
        camera = film.cameras[frame]
        posed = _posed(film, bodies, frame, float(time))
        renderer.near.set_poses(posed.vertices, posed.normals)
        now = [_now(m, frame) for m in film.motions]
        cast = Cast(cast_rows(now, rows), looks)
        moving = Triangles()
        moving.ball(film.ball[frame], BALL_RADIUS, np.array([0.8, 0.4, 0.15]), BALL_ID)
        x, y, z = (float(v) for v in film.ball[frame])
        scene = Scene(
            venue, camera, cast, crowds[camera.place], tuple(now), (x, y, z), moving.array(), 1.0
        )
        colours, ids = renderer.draw(camera, venue.light, cast, scene.far, scene.moving)
        if frame % TRUTH_EVERY == 0:
            keep(Frame(frame, ids, find_truth(scene, posed, renderer, ids), camera))
        yield cv2.resize(colours, SIZE, interpolation=cv2.INTER_AREA).astype(np.uint8)


def _crowd(
    film: Film,
    venue: Venue,
    far: PoseLibrary,
    eye: tuple[float, float, float],
    rng: np.random.Generator,
) -> Cast:
    """Spectators for all a camera shows while it pans: those a wider lens would see."""
    widest = next(c for c in film.cameras if c.place == eye)
    camera, level = replace(widest, focal=widest.focal * 0.75), venue.light.crowd
    return spectators(venue.stand, camera, level, venue.fans, far, FULL_HOUSE, rng)


def _posed(film: Film, bodies: Bodies, frame: int, time: float) -> PoseLibrary:
    posed = [
        bodies.skin_many(bodies.near, m.shape, pose_at(m, frame, time)[None]) for m in film.motions
    ]
    vertices, normals = (np.concatenate([p[k] for p in posed]) for k in (0, 1))
    kinds = [m.person.pose for m in film.motions]
    return as_library(bodies.near, vertices, normals, kinds, np.arange(len(kinds)))


def _now(motion: Motion, frame: int) -> Person:
    x, y, z = (float(v) for v in motion.places[frame])
    return replace(motion.person, place=(x, y, z), heading=float(motion.headings[frame]))


def _encode(path: Path, frames: Iterator[NDArray[np.uint8]]) -> None:
    """Write RGB frames as H.264 that browsers play from the first byte on."""
    import av

    options: dict[str, Any] = {"crf": "26", "preset": "slow"}
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.time_base = Fraction(1, RATE)
        for picture in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def main() -> None:
    """Read the command line and render."""
    parser = argparse.ArgumentParser(description="render the sample game and its truth")
    parser.add_argument("--out", type=Path, default=Path("examples"))
    parser.add_argument("--seed", type=int, default=6)
    options = parser.parse_args()
    write_sample(options.out, options.seed)


if __name__ == "__main__":
    main()
