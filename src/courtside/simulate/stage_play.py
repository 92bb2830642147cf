"""A game brought on stage: venue, bodies with their motions, the ball, and who is who."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.ball import fly, handlers
from courtside.simulate.beats import play
from courtside.simulate.body import Bodies
from courtside.simulate.description import RATE, GamePlan
from courtside.simulate.grip import grip
from courtside.simulate.kit import Kit, kit_of, random_kits, random_shirt
from courtside.simulate.library import PoseLibrary, as_library
from courtside.simulate.looks import look_of
from courtside.simulate.match import REFEREES, ROWS, SQUAD, Diary, Match
from courtside.simulate.motion import Motion, Part, move
from courtside.simulate.place import Person
from courtside.simulate.pose import Matrix, random_pose
from courtside.simulate.roster import SHAPES, Actor
from courtside.simulate.sideline import others
from courtside.simulate.stances import PoseKind
from courtside.simulate.textures import FIRST_NAME, FIRST_WORD, NAMES
from courtside.simulate.venue import Venue, VenueKind, build_venue
from courtside.simulate.yielding import keep_out

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Production:
    """A whole game before it is filmed, F frames.

    actors: the ROWS people who move, sides 0 and 1 with SQUAD each, then the referees; motions:
    theirs; ball: (F, 3) metres; bystanders: people near the lines who stay where they are.
    """

    plan: GamePlan
    venue: Venue
    diary: Diary
    actors: tuple[Actor, ...]
    motions: tuple[Motion, ...]
    ball: Floats
    bystanders: tuple[Person, ...]

    def people(self, frame: int) -> tuple[Person, ...]:
        """Everybody at a frame; identities are the rows, 1000 and more for bystanders."""
        active = {*self.diary.active[frame], *REFEREES}
        moving = [self._person(row, frame, row in active) for row in range(ROWS)]
        return (*moving, *self.bystanders)

    def _person(self, row: int, frame: int, active: bool) -> Person:
        actor, motion = self.actors[row], self.motions[row]
        kind = "person" if not active else "referee" if actor.role == "referee" else "player"
        x, y = (float(v) for v in motion.places[frame])
        heading = float(motion.headings[frame])
        return Person(
            *(actor.role, kind, actor.side, actor.number, (x, y, 0.0), heading, "run"),
            1.0,
            row,
            motion.shape,
        )


def produce(
    plan: GamePlan,
    bodies: Bodies,
    eye: tuple[float, float, float],
    takes: tuple[Matrix, ...] = (),
) -> Production:
    """Play the game of a plan, to be seen from `eye` without stands in the way.

    takes: of motion capture, to blend with the procedural motion.
    """
    rng = np.random.default_rng([plan.seed, 1])
    kits = _kits(plan, rng)
    hall: VenueKind = plan.hall or "arena"
    venue = build_venue(
        hall, plan.court, "broadcast", eye, kits, np.random.default_rng([plan.seed, 2])
    )
    match = Match(plan.court, RATE, plan.crowded, plan.pace, np.random.default_rng([plan.seed, 3]))
    diary = play(match, plan.frames)
    actors = _actors(plan, kits, rng)
    dribbling, holding = (handlers(diary, ROWS, kind) for kind in ("dribbled", "held"))
    parts = [Part(diary, *has, takes) for has in zip(dribbling, holding, strict=True)]
    motions = tuple(
        move(bodies, actors[row].shape, row, part, RATE, plan.seed)
        for row, part in enumerate(parts)
    )
    motions = keep_out(motions, bodies, RATE)
    ball = fly(diary, list(motions), RATE)
    motions = grip(motions, bodies, diary, ball, RATE)
    return Production(plan, venue, diary, actors, motions, ball, _bystanders(plan, rng))


def _kits(plan: GamePlan, rng: np.random.Generator) -> tuple[Kit, Kit]:
    first, second = random_kits(rng)
    kits = [
        kit if team.colour is None else kit_of(team.colour, rng)
        for kit, team in zip((first, second), plan.teams, strict=True)
    ]
    return kits[0], kits[1]


def _actors(plan: GamePlan, kits: tuple[Kit, Kit], rng: np.random.Generator) -> tuple[Actor, ...]:
    shirt = random_shirt(rng)
    casual = plan.hall == "outdoor" and plan.teams[0].colour is None and rng.uniform() < 0.5
    actors = []
    for side, team in enumerate(plan.teams):
        numbers = list(team.numbers or ())
        while len(numbers) < SQUAD:
            number = "00" if rng.uniform() < 0.03 else str(rng.integers(0, 56))
            numbers += [number] if number not in numbers else []
        for k in range(SQUAD):
            layers = (FIRST_NAME + (side * SQUAD + k) % NAMES, FIRST_WORD + side)
            role = "staff" if casual else "player"
            look = look_of(role, kits[side], shirt, rng, layers)  # type: ignore[arg-type]
            number = "" if casual else numbers[k]
            actors.append(Actor("player", side, number, int(rng.integers(SHAPES)), 1.0, look))
    for _ in REFEREES:
        look = look_of("referee", kits[0], shirt, rng)
        actors.append(Actor("referee", -1, "", int(rng.integers(SHAPES)), 1.0, look))
    return tuple(actors)


def _bystanders(plan: GamePlan, rng: np.random.Generator) -> tuple[Person, ...]:
    """Benches' staff, coaches, table and photographers, none where the benches' players sit."""
    if plan.hall == "outdoor":
        return ()
    people = [p for p in others(plan.court, rng) if p.role != "bench"]
    seats = 6.0 + 0.75 * np.arange(5.0, SQUAD)
    free = [
        p
        for p in people
        if p.pose not in ("sit", "slump") or _clear(p, seats, plan.court.width / 2)
    ]
    return tuple(replace(p, identity=1000 + i) for i, p in enumerate(free[:30]))


def _clear(person: Person, seats: Floats, half_w: float) -> bool:
    near_bench = abs(person.place[1] - half_w - 1.8) < 0.8
    return not near_bench or bool((np.abs(np.abs(person.place[0]) - seats) > 0.6).all())


def still_bodies(
    bodies: Bodies, people: tuple[Person, ...], spare: list[PoseKind], rng: np.random.Generator
) -> PoseLibrary:
    """Bodies of people who do not move, then `spare` ones for the spectators nearest the camera.

    All of them are in trousers.
    """
    kinds: list[PoseKind] = [*(p.pose for p in people), *spare]
    shapes = rng.integers(0, SHAPES, len(kinds))
    made = [
        bodies.skin_many(bodies.near, int(s), random_pose(k, rng)[None], trousers=True)
        for s, k in zip(shapes, kinds, strict=True)
    ]
    vertices, normals = (np.concatenate([m[i] for m in made]) for i in (0, 1))
    dressed = np.ones(len(kinds), np.bool_)
    return as_library(bodies.near, vertices, normals, kinds, shapes, dressed)
