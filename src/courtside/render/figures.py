"""What is drawn in one frame: people and the ball, read from the rows of `Sightings`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from courtside.game import Game
from courtside.render.shapes import Shape, from_mask, moved
from courtside.rle import Size
from courtside.sightings import Sightings
from courtside.store.people import is_ball

FigureKind = Literal["player", "referee", "ball"]
Point = NDArray[np.float64]
# Key of the ball; people have the number of their track, those without one a number below this.
BALL_KEY = -1


@dataclass(frozen=True, eq=False)
class Seen:
    """A figure as it was seen in one sampled frame.

    Attributes:
        key: the same in all frames in which it is the same figure.
        kind: how it is drawn.
        team: name of the team, null when not known.
        number: decided jersey number, null when none was safe.
        name: empty when not known.
        box: (4,) float64 x1 y1 x2 y2 in pixels.
        mask: COCO compressed counts of the visible part, null when there is none.
        court: (2,) metres from the middle of the court, null when not known.
    """

    key: int
    kind: FigureKind
    team: str | None
    number: str | None
    name: str
    box: NDArray[np.float64]
    mask: bytes | None
    court: Point | None = None

    @cached_property
    def middle(self) -> Point:
        """Middle of the box, x y."""
        return middle_of(self.box)


@dataclass(frozen=True, eq=False)
class Figure:
    """A figure as it is drawn in one frame; points are x y in pixels of the picture.

    Attributes:
        key: the same from frame to frame.
        kind: how it is drawn.
        team: name of the team, null when not known.
        number: decided jersey number, null draws no tag.
        name: drawn beside the number, may be empty.
        box: (4,) float64 x1 y1 x2 y2.
        feet: where the ellipse lies, (2,).
        head: middle of the upper edge, (2,); the tag floats above it.
        height: of the person in pixels, smoothed.
        shape: outline of the visible part, null when there is no mask.
        opacity: 0 to 1; less than 1 while a figure comes or goes.
        trail: path until now, (n, 2), oldest first; fewer than 2 points draw none.
        court: (2,) metres from the middle of the court, null when not known.
    """

    key: int
    kind: FigureKind
    team: str | None
    number: str | None
    name: str
    box: NDArray[np.float64]
    feet: Point
    head: Point
    height: float
    shape: Shape | None
    opacity: float
    trail: NDArray[np.float64]
    court: Point | None = None


def figures_in(rows: Sightings, size: Size, unit: float, game: Game | None = None) -> list[Figure]:
    """Return the figures of one sampled frame, for drawing it alone.

    Args:
        rows: sightings of that frame.
        size: height and width of the picture in pixels.
        unit: of the style, see `style_for`.
        game: brings players' names; null for none.
    """
    return [
        figure(seen, seen.box, body(seen.box), _outline(seen, size, unit))
        for seen in seen_in(rows, names_of(game)).values()
    ]


def _outline(seen: Seen, size: Size, unit: float) -> Shape | None:
    shape = from_mask(seen.mask, size, unit) if seen.mask else None
    return moved(shape, (0.0, 0.0)) if shape else None


def figure(
    seen: Seen,
    box: NDArray[np.float64],
    frame: NDArray[np.float64],
    shape: Shape | None,
    opacity: float = 1.0,
    trail: NDArray[np.float64] | None = None,
    court: Point | None = None,
) -> Figure:
    """Return a figure from what was seen of it and where it is now.

    Args:
        seen: its marks.
        box: (4,) where it is.
        frame: (3,) middle, upper and lower edge of the body, smoothed; see `body`.
        shape: its outline.
        opacity: 0 to 1.
        trail: (n, 2), null for none.
        court: (2,) metres; null takes where it was seen.
    """
    middle, top, bottom = frame
    return Figure(
        key=seen.key,
        kind=seen.kind,
        team=seen.team,
        number=seen.number,
        name=seen.name,
        box=box,
        feet=np.array([middle, bottom]),
        head=np.array([middle, top]),
        height=float(bottom - top),
        shape=shape,
        opacity=opacity,
        trail=np.zeros((0, 2)) if trail is None else trail,
        court=seen.court if court is None else court,
    )


def body(box: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the middle, upper and lower edge of a box as (3,)."""
    return np.array([(box[0] + box[2]) / 2, box[1], box[3]])


def middle_of(box: NDArray[np.float64]) -> Point:
    """Return the middle of a box as x y."""
    return np.asarray((box[:2] + box[2:]) / 2, np.float64)


def names_of(game: Game | None) -> dict[int, str]:
    """Return the names of the players that have one, by the `player` column."""
    players = game.players if game else ()
    return {player.id: player.name for player in players if player.name}


def seen_in(rows: Sightings, names: Mapping[int, str]) -> dict[int, Seen]:
    """Return what is to be drawn of one sampled frame's rows, by key.

    People are drawn whose role is player or referee (by `kind` where no role was decided at all)
    and whose `on_court` is not false; of several balls the surest.
    """
    found: dict[int, Seen] = {}
    ball = _surest_ball(rows)
    boxes = rows.boxes.astype(np.float64)
    for row in range(len(rows)):
        kind = _kind(rows, row)
        if kind is None or (kind == "ball" and row != ball):
            continue
        key = _key(rows, row, kind)
        if key is not None and key not in found:
            found[key] = _seen(rows, row, kind, key, boxes[row], names)
    return found


def _kind(rows: Sightings, row: int) -> FigureKind | None:
    kind = rows["kind"][row]
    if kind in ("ball", "rim"):
        return "ball" if kind == "ball" else None
    if "on_court" in rows and rows["on_court"][row] is not None and not rows["on_court"][row]:
        return None
    # Before roles are settled a person may still be anybody: drawn as a player without a team.
    role = rows["role"][row] if "role" in rows else kind.replace("person", "player")
    return role if role in ("player", "referee") else None


def _key(rows: Sightings, row: int, kind: FigureKind) -> int | None:
    if kind == "ball":
        return BALL_KEY
    if "track" not in rows:
        return BALL_KEY - 1 - (int(rows["frame"][row]) * 1024 + row)
    track = int(rows["track"][row])
    return track if track >= 0 else None


def _surest_ball(rows: Sightings) -> int | None:
    balls = np.flatnonzero(is_ball(rows))
    if not len(balls):
        return None
    scores = rows["score"][balls] if "score" in rows else np.zeros(len(balls))
    return int(balls[np.argmax(np.nan_to_num(scores, nan=-1.0))])


def _seen(
    rows: Sightings,
    row: int,
    kind: FigureKind,
    key: int,
    box: NDArray[np.float64],
    names: Mapping[int, str],
) -> Seen:
    def value(column: str) -> str | None:
        text = rows[column][row] if column in rows else None
        return None if text is None else str(text)

    number = value("number") if kind == "player" else None
    player = int(rows["player"][row]) if "player" in rows else -1
    return Seen(
        key=key,
        kind=kind,
        team=value("team") if kind == "player" else None,
        number=number,
        name=names.get(player, "") if number is not None else "",
        box=box,
        mask=rows["mask"][row] if "mask" in rows else None,
        court=_court(rows, row),
    )


def _court(rows: Sightings, row: int) -> Point | None:
    if "court_x" not in rows or "court_y" not in rows:
        return None
    place = np.array([rows["court_x"][row], rows["court_y"][row]], np.float64)
    return None if np.isnan(place).any() else place
