"""One random moment of a game, ready to draw: stage, people, ball, camera and light."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.buffers import Cast
from courtside.simulate.camera import Camera, close_up, random_camera
from courtside.simulate.court_size import CourtSize
from courtside.simulate.crowd import add_front, crowd
from courtside.simulate.hands import place_ball
from courtside.simulate.kit import random_shirt
from courtside.simulate.library import PoseLibrary
from courtside.simulate.looks import LOOK_ROWS, in_trousers, look_of
from courtside.simulate.place import Person, place_players, players, referees
from courtside.simulate.sideline import others
from courtside.simulate.statics import BALL_ID, Triangles
from courtside.simulate.textures import NUMBERS
from courtside.simulate.venue import Venue

BALL_RADIUS = 0.121
MOST_PEOPLE = 62  # near the court; each is drawn alone once, see `silhouettes`
CLOSE_UPS, ELSEWHERE = 0.07, 0.03  # shares of pictures of one person, and of the crowd alone
View = Literal["main", "close-up", "other"]


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is needed to draw one picture and to know what is in it.

    people: those near the court, in the order of the first rows of `near` (id = index + 1), behind
    whom come spectators near the camera (id 0); moving: triangles of the ball, to be drawn with the
    venue's stage; side: the end played at, 1 or -1; view: what kind of picture it is.
    """

    venue: Venue
    camera: Camera
    near: Cast
    far: Cast
    people: tuple[Person, ...]
    ball: tuple[float, float, float]
    moving: NDArray[np.float32]
    side: float
    view: View = "main"


def random_scene(
    venue: Venue,
    near: PoseLibrary,
    far: PoseLibrary,
    size: tuple[int, int],
    rng: np.random.Generator,
) -> Scene:
    """A random moment at a venue. size: width and height of the picture in pixels."""
    court = venue.court
    behind = venue.viewpoint in ("baseline", "corner", "endline")
    ends = float(np.sign(venue.eye[0])) if behind else 0.0
    side = ends or float(rng.choice([-1.0, 1.0]))
    eye = np.array(venue.eye[:2])
    places, carrier = place_players(court, side, eye, rng)
    playing = players(places, carrier, int(rng.integers(2)), venue.roster, rng)
    view, camera = _aim(venue, playing, _focus(places, court, rng), size, rng)
    people = [] if view == "other" else _cast(venue, side, playing, places[carrier], rng)
    people = [p for p in people if _away_from(camera, p)][:MOST_PEOPLE]
    cast = near_cast(people, venue, near, rng)
    ball, moving = _ball(people, playing[carrier], cast, near, court, side, rng)
    front, back = crowd(venue.stand, camera, venue.light.crowd, venue.fans, near, far, rng)
    cast = add_front(cast, front)
    return Scene(venue, camera, cast, back, tuple(people), ball, moving, side, view)


def _focus(
    places: NDArray[np.float64], court: CourtSize, rng: np.random.Generator
) -> tuple[float, float]:
    x, y = places.mean(axis=0) + rng.normal(0, [1.5, 0.7])
    return float(np.clip(x, -court.length / 2 + 3, court.length / 2 - 3)), float(y)


def _aim(
    venue: Venue,
    playing: list[Person],
    focus: tuple[float, float],
    size: tuple[int, int],
    rng: np.random.Generator,
) -> tuple[View, Camera]:
    """What the picture shows, and the camera for it."""
    choice, half_w = rng.uniform(), venue.court.width / 2
    who = playing[int(rng.integers(len(playing)))].place
    if choice < CLOSE_UPS and np.linalg.norm(np.subtract(who, venue.eye)) > 5:
        return "close-up", close_up(venue.eye, who, size, rng)
    if choice > 1 - ELSEWHERE and venue.stand is not None:
        seat = (rng.uniform(-14, 14), half_w + rng.uniform(4, 12), rng.uniform(1.5, 5.0))
        return "other", close_up(venue.eye, seat, size, rng)
    if venue.viewpoint == "beside":  # stands before somebody
        focus = (who[0], who[1])
    lens = random_camera(venue.viewpoint, focus, half_w, size, rng)
    return "main", replace(lens, place=venue.eye)


def _cast(
    venue: Venue,
    side: float,
    playing: list[Person],
    ball: NDArray[np.float64],
    rng: np.random.Generator,
) -> list[Person]:
    """Players, referees and the others at a venue; few on an outdoor court."""
    outdoor = venue.kind == "outdoor"
    if outdoor and rng.uniform() < 0.7:
        playing = list(rng.permutation(np.array(playing, object))[: int(rng.integers(1, 9))])
    people = [*playing]
    if not outdoor or rng.uniform() < 0.2:
        people += referees(venue.court, side, ball, venue.roster, rng)
    if not outdoor or rng.uniform() < 0.4:
        around = others(venue.court, rng)
        share = 1.0 if venue.kind == "arena" else rng.uniform(0.0, 0.6)
        people += [p for p in around if rng.uniform() < share]
    return people


def _away_from(camera: Camera, person: Person) -> bool:
    least = 2.5 if camera.place[2] > 2.5 else 1.5
    return float(np.linalg.norm(np.subtract(person.place, camera.place)[:2])) > least


def near_cast(
    people: list[Person], venue: Venue, library: PoseLibrary, rng: np.random.Generator
) -> Cast:
    """The rows to draw `people` with, ids from 1, one look each."""
    shirt = random_shirt(rng)
    looks = [
        venue.roster[p.identity].look
        if p.identity >= 0
        else look_of(p.role, venue.kits[max(p.side, 0)], shirt, rng)
        for p in people
    ]
    poses = [
        library.row(p.pose, rng, p.shape, in_trousers(look))
        for p, look in zip(people, looks, strict=True)
    ]
    table = np.stack(looks) if looks else np.zeros((0, LOOK_ROWS, 3), np.float32)
    return Cast(cast_rows(people, poses), table)


def cast_rows(people: list[Person], poses: list[int]) -> NDArray[np.float32]:
    """Rows (n, 12) of a cast: person i has look i, pose row poses[i] and id i + 1."""
    rows = np.zeros((len(people), 12), np.float32)
    for i, p in enumerate(people):
        number = NUMBERS.index(p.number) if p.number else 0
        turn = (np.cos(p.heading), np.sin(p.heading))
        rows[i] = (*p.place, 0, poses[i], p.scale, *turn, i, number, i + 1, 1.0)
    return rows


def _ball(
    people: list[Person],
    carrier: Person,
    cast: Cast,
    library: PoseLibrary,
    court: CourtSize,
    side: float,
    rng: np.random.Generator,
) -> tuple[tuple[float, float, float], NDArray[np.float32]]:
    """Where the ball is and its triangles; drawn out now and then, as motion blur does."""
    row = cast.rows[people.index(carrier)] if carrier in people else None
    hands = None if row is None else library.hands[int(row[4])]
    rim = np.array([side * (court.length / 2 - court.rim), 0.0])
    at, held = place_ball(carrier, row, hands, rim, rng)
    tint = np.array([rng.uniform(0.62, 0.84), rng.uniform(0.3, 0.42), rng.uniform(0.1, 0.2)])
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    way = rng.normal(size=3)
    stretch = way / np.linalg.norm(way) * rng.uniform(0.3, 0.9)
    moving = Triangles()
    blurred = stretch if not held and rng.uniform() < 0.3 else None
    moving.ball(np.array(at), BALL_RADIUS, tint, BALL_ID, turn, blurred)
    return at, moving.array()
