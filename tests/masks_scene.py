"""Scripted scenes for the follower's tests: drawn people, a fake trunk, complete truth."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside import rle
from courtside.engine import Net
from courtside.geometry import iou
from courtside.masks.ownership import GROW
from courtside.masks.stage import build_follower
from courtside.sightings import Sightings, View

WIDTH, HEIGHT, CELL = 640, 352, 4
SIZE = (HEIGHT, WIDTH)
RED, BLUE, WHITE = (40, 40, 200), (190, 70, 30), (235, 235, 235)
SKIN = (110, 150, 200)


@dataclass(frozen=True)
class FakeTrunk:
    """The part of the detector's trunk that the follower reads."""

    boxes: NDArray[np.float32]
    kinds: tuple[str, ...]
    foreground: NDArray[np.float32]
    votes: NDArray[np.float32]
    scale: tuple[float, float]


@dataclass(frozen=True)
class Actor:
    """A person: kit colour, feet and height over time in world pixels, when it is undetected.

    While undetected the net still has a box for it, below the rows' least score, if `doubted`.
    """

    kit: tuple[int, int, int]
    path: Callable[[float], tuple[float, float, float]]
    kind: str = "player"
    present: tuple[float, float] = (-1.0, 1e9)
    undetected: tuple[float, float] = (1e9, 1e9)
    doubted: bool = False

    def missed(self, time: float) -> bool:
        """Whether it is no row at a time though it can be seen."""
        return self.undetected[0] <= time < self.undetected[1]


@dataclass(frozen=True)
class Truth:
    """One actor in one frame: box, visible mask, visible share."""

    box: NDArray[np.float64]
    mask: NDArray[np.bool_]
    visibility: float


@dataclass(frozen=True)
class Shot:
    """One frame of a scene: what the follower is given, and the truth by actor."""

    view: View
    rows: Sightings
    truth: dict[int, Truth]


@dataclass(frozen=True)
class Scene:
    """A script; `pan` is the camera's speed in pixels a second, `clutter` further detections."""

    actors: list[Actor]
    seconds: float = 2.0
    rate: int = 10
    pan: float = 0.0
    segment: int = 0
    begin: float = 0.0
    clutter: Callable[[float], list[tuple[str, float, float, float, float]]] = field(
        default=lambda _: []
    )
    know_motion: bool = True
    seed: int = 1

    def shots(self) -> list[Shot]:
        """Return every frame of the scene."""
        random = np.random.default_rng(self.seed)
        world = _background(random)
        count = round(self.seconds * self.rate)
        return [self._shot(index, world, random) for index in range(count)]

    def _shot(self, index: int, world: NDArray[np.uint8], random: np.random.Generator) -> Shot:
        time = index / self.rate
        left = self.pan * time
        image = np.roll(world, -round(left), axis=1)[:, :WIDTH].copy()
        truth = _draw(image, self.actors, time, left)
        motion = np.eye(3)
        motion[0, 2] = -self.pan / self.rate
        exact = Fraction(index, self.rate) + Fraction(self.begin)
        known = motion if index and self.know_motion else None
        view = View(index, index, exact, self.segment, image, known)
        hints = [n for n in truth if self.actors[n].doubted and self.actors[n].missed(time)]
        trunk = _trunk(truth, hints, random)
        view.shared("trunk", lambda: trunk)
        return Shot(view, self._rows(view, truth, time, random), truth)

    def _rows(
        self, view: View, truth: dict[int, Truth], time: float, random: np.random.Generator
    ) -> Sightings:
        found: list[tuple[NDArray[np.float64], str, float]] = []
        for number, seen in truth.items():
            actor = self.actors[number]
            if seen.visibility > 0.35 and not actor.missed(time):
                score = 0.85 if seen.visibility > 0.6 else 0.4
                found.append((seen.box + random.normal(0, 1.0, 4), actor.kind, score))
        for kind, x, y, radius, score in self.clutter(time):
            box = np.array([x - radius, y - radius, x + radius, y + radius])
            found.append((box, kind, score))
        boxes = np.array([box for box, _, _ in found]).reshape(-1, 4)
        return view.rows(boxes, [kind for _, kind, _ in found], [score for _, _, score in found])


def walk(
    start: tuple[float, float], speed: tuple[float, float], height: float = 90.0
) -> Callable[[float], tuple[float, float, float]]:
    """Return the path of someone at even speed, px and px/s, of a height in px."""
    return lambda t: (start[0] + speed[0] * t, start[1] + speed[1] * t, height)


def _draw_hint(cuts: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
    """Take what a person owns of the map as its mask, and its mean colour as its looks."""
    own = cuts[..., 3].astype(np.float32) / 255
    colour = (cuts[..., :3] * own[..., None]).sum(axis=(1, 2)) / own.sum(axis=(1, 2))[:, None]
    look = np.zeros((len(cuts), 64), np.float32)
    look[:, :3] = colour - 110
    # The box as it was detected.
    low, high = GROW / (1 + 2 * GROW), (1 + GROW) / (1 + 2 * GROW)
    sides = np.tile(np.array([low, low, high, high], np.float32), (len(cuts), 1))
    return {"mask": own, "sides": sides, "look": look / np.linalg.norm(look, axis=1, keepdims=True)}


FAKE_NET = Net("person", "none", _draw_hint)


def follow(shots: Iterable[Shot], state: Any = None) -> tuple[list[Sightings], Any]:
    """Return the rows of every frame and the last state."""
    stage = build_follower(FAKE_NET)
    state = stage.start() if state is None else state
    written = []
    for shot in shots:
        state, rows = stage.step(state, shot.view, shot.rows)
        written.append(rows)
    return written, state


def tracks_of(shots: list[Shot], written: list[Sightings], actor: int) -> list[int]:
    """Return the tracks of an actor's rows, frame by frame, -2 where it has no row."""
    found = []
    for shot, rows in zip(shots, written, strict=True):
        row = row_of(shot, rows, actor)
        found.append(-2 if row is None else int(rows["track"][row]))
    return found


def row_of(shot: Shot, rows: Sightings, actor: int) -> int | None:
    """Return the row whose box is the actor's at IoU 0.5, and nobody else's nearly as well."""
    numbers = list(shot.truth)
    if actor not in numbers or not len(rows):
        return None
    boxes = np.stack([seen.box for seen in shot.truth.values()]).astype(np.float32)
    overlap = iou(rows.boxes, boxes)
    mine = overlap[:, numbers.index(actor)].copy()
    others = np.delete(overlap, numbers.index(actor), axis=1).max(axis=1, initial=0)
    mine[mine < others + 0.2] = 0
    return int(mine.argmax()) if mine.max() > 0.5 else None


def mask_iou(shot: Shot, rows: Sightings, actor: int) -> float:
    """Return the IoU of an actor's mask with its visible part."""
    row = row_of(shot, rows, actor)
    assert row is not None
    mask, truth = rle.decode(rows["mask"][row], SIZE), shot.truth[actor].mask
    return float((mask & truth).sum() / (mask | truth).sum())


def _background(random: np.random.Generator) -> NDArray[np.uint8]:
    coarse = random.integers(90, 200, (HEIGHT // 16, WIDTH // 8, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (2 * WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC))


def _figure(x: float, feet: float, height: float, stride: float) -> list[NDArray[np.uint8]]:
    """Return masks of skin, shirt and shorts of a walking figure."""
    unit = height / 8
    skin, shirt, shorts = (np.zeros((HEIGHT, WIDTH), np.uint8) for _ in range(3))
    for side in (-1, 1):
        foot = (round(x + side * stride * unit), round(feet))
        cv2.line(skin, (round(x), round(feet - 4 * unit)), foot, 1, max(2, round(0.8 * unit)))
        hand = (round(x - side * stride * unit), round(feet - 4 * unit))
        cv2.line(skin, (round(x), round(feet - 6.3 * unit)), hand, 1, max(2, round(0.6 * unit)))
    cv2.circle(skin, (round(x), round(feet - 7.4 * unit)), round(0.6 * unit), 1, -1)
    cv2.rectangle(
        shirt,
        (round(x - unit), round(feet - 6.8 * unit)),
        (round(x + unit), round(feet - 4.2 * unit)),
        1,
        -1,
    )
    cv2.rectangle(
        shorts,
        (round(x - unit), round(feet - 4.2 * unit)),
        (round(x + unit), round(feet - 2.6 * unit)),
        1,
        -1,
    )
    return [skin, shirt, shorts]


def _draw(
    image: NDArray[np.uint8], actors: list[Actor], time: float, left: float
) -> dict[int, Truth]:
    """Draw those present from back to front and return their truth."""
    here = [n for n, a in enumerate(actors) if a.present[0] <= time < a.present[1]]
    places = {n: actors[n].path(time) for n in here}
    full: dict[int, NDArray[np.bool_]] = {}
    visible: dict[int, NDArray[np.bool_]] = {}
    for number in sorted(here, key=lambda n: places[n][1]):
        x, feet, height = places[number]
        parts = _figure(x - left, feet, height, 1.2 * np.sin(7 * time + number))
        for part, colour in zip(parts, (SKIN, actors[number].kit, actors[number].kit), strict=True):
            image[part > 0] = colour
        body = np.any(np.stack(parts) > 0, axis=0)
        visible = {n: mask & ~body for n, mask in visible.items()}
        full[number], visible[number] = body, body
    return {n: _truth(full[n], visible[n]) for n in here if full[n].any()}


def _truth(full: NDArray[np.bool_], visible: NDArray[np.bool_]) -> Truth:
    rows, columns = np.flatnonzero(full.any(axis=1)), np.flatnonzero(full.any(axis=0))
    box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], float)
    return Truth(box, visible, float(visible.sum() / full.sum()))


def _trunk(truth: dict[int, Truth], hints: list[int], random: np.random.Generator) -> FakeTrunk:
    """Return what a net would see: soft noisy foreground, scattered votes for box centres."""
    shape = (HEIGHT // CELL, WIDTH // CELL)
    covers = np.zeros((len(truth), *shape), np.float32)
    centres = np.zeros((len(truth), 2))
    for index, seen in enumerate(truth.values()):
        cover = cv2.resize(seen.mask.astype(np.float32), shape[::-1], interpolation=cv2.INTER_AREA)
        covers[index] = cv2.GaussianBlur(cover, (3, 3), 0.6)
        centres[index] = (seen.box[:2] + seen.box[2:]) / 2
    foreground = covers.sum(axis=0) + random.normal(0, 0.04, shape)
    votes = np.zeros((*shape, 2))
    if len(truth):
        votes = centres[covers.argmax(axis=0)] + random.normal(0, 3.0, (*shape, 2))
    boxes = np.array([truth[number].box for number in hints], np.float32).reshape(-1, 4)
    return FakeTrunk(
        boxes,
        ("player",) * len(hints),
        np.clip(foreground, 0, 1).astype(np.float32),
        votes.astype(np.float32),
        (CELL, CELL),
    )
