"""The embedded preset's follower: tracks from the detector's maps, masks from a net of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from courtside.court.model import to_floor
from courtside.engine import Net
from courtside.geometry import Boxes
from courtside.masks.appearance import samples
from courtside.masks.cuts import draw
from courtside.masks.outlines import disc, encode, fitted, outline
from courtside.masks.people import Frame, People, follow_people, people_rows
from courtside.masks.state import LOOK, PEOPLE, FollowerState, Tracks
from courtside.masks.tracks import confirm, worth_keeping
from courtside.sightings import Sightings, View
from courtside.sport import BASKETBALL, Sport, inside_lines
from courtside.stage import LookStage

if TYPE_CHECKING:
    from courtside.detect.embedded import Trunk


@dataclass(frozen=True)
class Entry:
    """What is written for one followed thing; `row` is -1 for one that was not detected."""

    row: int
    kind: str
    box: NDArray[np.float32]
    track: int
    mask: bytes | None
    visibility: float
    embedding: NDArray[np.float32] | None = None


def build_follower(
    net: Net, sport: Sport = BASKETBALL, make_trunk: Callable[[View], Trunk] | None = None
) -> LookStage:
    """Return the stage that adds `track mask visibility embedding`, and rows of the undetected.

    Args:
        net: draws one person's mask in a cut of the picture and describes how it looks.
        sport: tells how fast people run.
        make_trunk: computes the map of people for a detector that shares none as `trunk`.
    """
    needs = {"kind", "score", "box", "motion"} | (set() if make_trunk else {"trunk"})
    return LookStage(
        name="masks",
        needs=frozenset(needs),
        adds=frozenset({"track", "mask", "visibility", "embedding"}),
        start=FollowerState,
        step=partial(_step, net, make_trunk or _no_trunk, sport),
        state_type=FollowerState,
    )


def _no_trunk(_: View) -> Trunk:
    raise RuntimeError("the follower needs the detector's trunk, but no stage before shared it")


def _step(
    net: Net,
    make_trunk: Callable[[View], Trunk],
    sport: Sport,
    state: FollowerState,
    view: View,
    rows: Sightings,
) -> tuple[FollowerState, Sightings]:
    trunk = view.shared("trunk", lambda: make_trunk(view))
    time = float(view.time)
    if view.segment != state.segment:
        state = FollowerState(view.segment, time, time, state.next_number)
    covered = _covered(view, trunk)
    colours = samples(view.image, covered)
    drawing = partial(draw, net.run, view.image)
    on_court = partial(_on_court, view, sport)
    frame = Frame(
        trunk, colours, drawing, view.size, time, time - state.time, view.motion, on_court
    )
    where = people_rows(rows)
    tracks, people = follow_people(
        state.tracks, frame, rows.select(where), sport.sprint / sport.body_height
    )
    tracks, number = confirm(tracks, state.begun, time, state.next_number)
    entries = _people_entries(view.size, where, people, tracks) + _ball_entries(view.size, rows)
    kept = tracks.select(worth_keeping(tracks, time, view.size))
    after = FollowerState(view.segment, state.begun, time, number, kept)
    return after, _written(view, rows, entries)


def _covered(view: View, trunk: Trunk) -> tuple[int, int]:
    """Return how many rows and columns of the map the picture covers."""
    height, width = view.size
    return round(height / trunk.scale[1]), round(width / trunk.scale[0])


def _on_court(view: View, sport: Sport, boxes: Boxes) -> NDArray[np.bool_]:
    """Return which boxes have their feet inside the lines; none where the camera is not known."""
    camera = np.asarray(view.columns.get("camera", np.full(8, np.nan)), np.float64)
    feet = np.column_stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]]).astype(np.float64)
    return inside_lines(to_floor(camera, feet, view.size), sport)


def _people_entries(
    size: tuple[int, int], where: NDArray[np.intp], people: People, tracks: Tracks
) -> list[Entry]:
    entries = []
    for index, (window, mask) in enumerate(
        zip(people.drawn.windows, people.drawn.masks, strict=True)
    ):
        track = people.track[index]
        drawn = outline(mask, window, size) if people.drawn.wanted[index] else None
        box = people.drawn.boxes[index]
        entry = Entry(
            row=int(where[index]) if index < len(where) else -1,
            kind=PEOPLE[tracks.kind[track]] if track >= 0 else "",
            box=fitted(box, drawn, size) if drawn else box,
            track=int(tracks.number[track]) if track >= 0 else -1,
            mask=encode(drawn, size) if drawn else None,
            visibility=float(people.visible[index]),
            embedding=people.drawn.looks[index],
        )
        entries.append(entry)
    return entries


def _ball_entries(size: tuple[int, int], rows: Sightings) -> list[Entry]:
    """Return the ball's candidates as discs; settling tells which of them is the ball."""
    balls = np.flatnonzero(rows["kind"] == "ball").tolist()
    boxes = [rows.boxes[row] for row in balls]
    discs = [(row, box, disc(box, size)) for row, box in zip(balls, boxes, strict=True)]
    return [
        Entry(row, "ball", box, -1, encode(drawn, size), float("nan"))
        for row, box, drawn in discs
        if drawn
    ]


def _written(view: View, rows: Sightings, entries: list[Entry]) -> Sightings:
    """Return the rows with the columns filled from entries; undetected ones are appended."""
    extra = [entry for entry in entries if entry.row < 0]
    if extra:
        boxes = np.stack([entry.box for entry in extra])
        unknown = np.full(len(extra), np.nan)
        new = view.rows(boxes, [entry.kind for entry in extra], unknown)
        rows = Sightings.concat([rows, new])
    boxes = rows.boxes.copy()
    track = np.full(len(rows), -1, np.int32)
    mask = np.full(len(rows), None, object)
    visibility = np.full(len(rows), np.nan, np.float32)
    embedding = np.full((len(rows), LOOK), np.nan, np.float32)
    appended = len(rows) - len(extra)
    for entry in entries:
        row = entry.row
        if row < 0:
            row, appended = appended, appended + 1
        boxes[row], track[row], mask[row] = entry.box, entry.track, entry.mask
        visibility[row] = entry.visibility
        if entry.embedding is not None:
            embedding[row] = entry.embedding
    x1, y1, x2, y2 = boxes.T
    rows = rows.with_columns(x1=x1, y1=y1, x2=x2, y2=y2)
    return rows.with_columns(track=track, mask=mask, visibility=visibility, embedding=embedding)
