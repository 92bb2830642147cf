"""One random moment of a game, ready to draw: stage, people, ball, camera and light."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.buffers import Cast
from courtside.simulate.camera import Camera, random_camera
from courtside.simulate.floor import CourtSize
from courtside.simulate.kit import Kit, look_of, random_kits, random_shirt
from courtside.simulate.library import PoseLibrary
from courtside.simulate.place import Person, others, place_players, players, referees
from courtside.simulate.statics import BALL_ID, Stand, Triangles
from courtside.simulate.textures import NUMBERS
from courtside.simulate.venue import Venue, VenueKind

MOST_SPECTATORS = 500
BALL_RADIUS = 0.121


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is needed to draw one picture and to know what is in it.

    people: those near the court, in the order of `near.rows` (id = index + 1);
    moving: triangles of the ball, to be drawn with the venue's stage.
    """

    venue: Venue
    camera: Camera
    near: Cast
    far: Cast
    people: tuple[Person, ...]
    ball: tuple[float, float, float]
    moving: NDArray[np.float32]
    side: float


def random_scene(
    venue: Venue,
    near: PoseLibrary,
    far: PoseLibrary,
    size: tuple[int, int],
    rng: np.random.Generator,
) -> Scene:
    """A random moment at a venue. size: width and height of the picture in pixels."""
    court = venue.court
    ends = float(np.sign(venue.eye[0])) if venue.viewpoint in ("baseline", "corner") else 0.0
    side = ends or float(rng.choice([-1.0, 1.0]))
    places, carrier = place_players(court, side, rng)
    focus = _focus(places, court, rng)
    lens = random_camera(venue.viewpoint, focus, court.width / 2, size, rng)
    camera = replace(lens, place=venue.eye)
    cast = _cast(venue.kind, court, side, places, carrier, rng)
    cast = [p for p in cast if _away_from(camera, p)]
    ball = _ball_place(cast, carrier, court, side, rng)
    moving = Triangles()
    moving.ball(np.array(ball), BALL_RADIUS, _ball_colour(rng), BALL_ID)
    cast_near = near_cast(cast, venue.kits, near, rng)
    cast_far = spectators(venue.stand, camera, far, rng)
    return Scene(venue, camera, cast_near, cast_far, tuple(cast), ball, moving.array(), side)


def _focus(
    places: NDArray[np.float64], court: CourtSize, rng: np.random.Generator
) -> tuple[float, float]:
    x, y = places.mean(axis=0) + rng.normal(0, [1.5, 0.7])
    return float(np.clip(x, -court.length / 2 + 3, court.length / 2 - 3)), float(y)


def _cast(
    venue: VenueKind,
    court: CourtSize,
    side: float,
    places: NDArray[np.float64],
    ball: NDArray[np.float64],
    rng: np.random.Generator,
) -> list[Person]:
    playing = players(places, ball, rng)
    if venue == "outdoor" and rng.uniform() < 0.7:
        playing = list(rng.permutation(np.array(playing, object))[: int(rng.integers(1, 9))])
    people = [*playing]
    if venue != "outdoor" or rng.uniform() < 0.3:
        people += referees(court, side, ball, rng)
    if venue != "outdoor" or rng.uniform() < 0.4:
        people += others(court, rng)
    if venue == "outdoor" or (venue == "gym" and rng.uniform() < 0.5):
        odd = rng.uniform() < 0.5  # pick-up games: everyone in clothes of their own
        people = [replace(p, role="staff") if odd and p.role == "player" else p for p in people]
    return people[:62]


def _away_from(camera: Camera, person: Person) -> bool:
    return float(np.linalg.norm(np.subtract(person.place, camera.place)[:2])) > 2.5


def near_cast(
    people: list[Person], kits: tuple[Kit, Kit], library: PoseLibrary, rng: np.random.Generator
) -> Cast:
    """The rows to draw `people` with, ids from 1, one look each."""
    shirt = random_shirt(rng)
    looks = [look_of(p.role, kits[max(p.side, 0)], shirt, rng) for p in people]
    return Cast(cast_rows(people, [library.row(p.pose, rng) for p in people]), np.stack(looks))


def cast_rows(people: list[Person], poses: list[int]) -> NDArray[np.float32]:
    """Rows (n, 12) of a cast: person i has look i, pose row poses[i] and id i + 1."""
    rows = np.zeros((len(people), 12), np.float32)
    for i, p in enumerate(people):
        number = NUMBERS.index(p.number) if p.number else 0
        turn = (np.cos(p.heading), np.sin(p.heading))
        rows[i] = (*p.place, 0, poses[i], p.scale, *turn, i, number, i + 1, 1.0)
    return rows


def spectators(
    stand: Stand | None,
    camera: Camera,
    library: PoseLibrary,
    rng: np.random.Generator,
    most: int = MOST_SPECTATORS,
) -> Cast:
    """People on the seats in view: background, whatever they look like."""
    empty = Cast(np.zeros((0, 12), np.float32), np.zeros((1, 12, 3), np.float32))
    if stand is None:
        return empty
    seats = _seats_in_view(stand, camera, rng)[:most]
    if len(seats) == 0:
        return empty
    count, looks = len(seats), 48
    any_kit = random_kits(rng)
    table = np.stack(
        [look_of("spectator", any_kit[0], any_kit[0].jersey, rng) for _ in range(looks)]
    )
    rows = np.zeros((count, 12), np.float32)
    rows[:, :3] = stand.places[seats] + np.column_stack(
        [rng.normal(0, 0.07, (count, 2)), np.zeros(count)]
    )
    heading = stand.headings[seats] + rng.normal(0, 0.4, count)
    standing = rng.uniform(0.0, 0.25) ** 1.5
    sitting, upright = (
        np.flatnonzero(np.isin(library.kinds, k)) for k in (["sit"], ["stand", "arms"])
    )
    up = rng.uniform(size=count) < standing
    rows[:, 4] = np.where(up, rng.choice(upright, count), rng.choice(sitting, count))
    rows[:, 5] = rng.uniform(0.85, 1.0, count)
    rows[:, 6], rows[:, 7] = np.cos(heading), np.sin(heading)
    rows[:, 8] = rng.integers(0, looks, count)
    rows[:, 11] = rng.uniform(0.35, 1.1)
    return Cast(rows, table)


def _seats_in_view(stand: Stand, camera: Camera, rng: np.random.Generator) -> NDArray[np.int64]:
    """Taken seats whose heads show, the nearest first; those in front only at the lower edge."""
    seats = np.flatnonzero(rng.uniform(size=len(stand.places)) < rng.uniform(0.25, 0.98))
    heads = camera.project(stand.places[seats] + [0, 0, 1.25])
    lowest = camera.height * rng.uniform(0.72, 1.0)  # how far heads reach into the picture
    inside = (heads[:, 2] > 3) & (np.abs(heads[:, 0] - camera.width / 2) < camera.width * 0.55)
    inside &= (heads[:, 1] > -40) & (heads[:, 1] < camera.height + 20)
    in_front = stand.places[seats, 1] < -7.0
    inside &= ~in_front | (heads[:, 1] > lowest)
    nearest: NDArray[np.int64] = seats[inside][np.argsort(heads[inside, 2])]
    return nearest


def _ball_colour(rng: np.random.Generator) -> NDArray[np.float64]:
    return np.array([rng.uniform(0.6, 0.85), rng.uniform(0.3, 0.45), rng.uniform(0.1, 0.2)])


def _ball_place(
    people: list[Person],
    carrier: NDArray[np.float64],
    court: CourtSize,
    side: float,
    rng: np.random.Generator,
) -> tuple[float, float, float]:
    """Beside the carrier's body, or in the air on its way to somebody or to the rim."""
    if rng.uniform() < 0.6:
        turn = rng.uniform(0, 2 * np.pi)
        x, y = carrier + 0.42 * np.array([np.cos(turn), np.sin(turn)])
        return float(x), float(y), float(rng.uniform(0.15, 2.2))
    rim = np.array([side * (court.length / 2 - court.rim), 0.0])
    goal = rim if rng.uniform() < 0.5 else np.array(people[0].place[:2]) if people else rim
    share = rng.uniform(0.1, 1.0)
    x, y = carrier + share * (goal - carrier) + rng.normal(0, 0.2, 2)
    return float(x), float(y), float(rng.uniform(1.2, 4.5))
