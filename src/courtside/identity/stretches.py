"""Stretches: tracks, cut where their numbers contradict themselves. What identities are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from courtside.game import Role
from courtside.identity.evidence import NumberEvidence, find_split, weigh
from courtside.identity.rules import Contradiction, Point, Presence
from courtside.sightings import Array, Sightings
from courtside.teams.look import PEOPLE
from courtside.teams.tracks import weighted_median

Floats = NDArray[np.float64]
# Seconds at either end of a track that tell where it goes and how fast.
END = 0.5


@dataclass(frozen=True)
class Stretch:
    """A track, or a part of one, that shows one person.

    Attributes:
        track: number of the track.
        rows: places in the table, in the order of time.
        presence: when and where.
        speeds: pixels a second of the feet at the first and the last frame.
        role: as settled for the track.
        team: as settled, null where not known.
        team_score: 0 to 1, NaN where not known.
        on_court: false where it was settled that the person is not.
        kit: median kit vector, NaN where not measured.
        evidence: of the number.
        left: left edge of the first box, settles the order of those that begin together.
    """

    track: int
    rows: NDArray[np.intp]
    presence: Presence
    speeds: tuple[Point, Point]
    role: Role
    team: str | None
    team_score: float
    on_court: bool
    kit: Floats
    evidence: NumberEvidence
    left: float


def find_stretches(
    rows: Sightings, numbers: tuple[str, ...]
) -> tuple[list[Stretch], list[Contradiction]]:
    """Return the stretches of all followed people by track, and where tracks were cut.

    Args:
        rows: sightings of the whole video; without `track` there are no stretches.
        numbers: every number that may be worn.
    """
    stretches: list[Stretch] = []
    splits: list[Contradiction] = []
    for places in _tracks(rows):
        track = rows.select(places)
        cuts = _cuts(track, numbers)
        parts = np.split(places, cuts)
        stretches += [_stretch(rows.select(part), part, numbers) for part in parts]
        splits += [_split_at(track, cut) for cut in cuts]
    return stretches, splits


def _tracks(rows: Sightings) -> Iterator[NDArray[np.intp]]:
    """Yield the places of each track's rows in the order of time."""
    if "track" not in rows:
        return
    order = np.lexsort((rows["x1"], rows["frame"], rows["track"]))
    order = order[(rows["track"][order] >= 0) & np.isin(rows["kind"][order], PEOPLE)]
    starts = np.flatnonzero(np.diff(rows["track"][order])) + 1
    yield from (np.split(order, starts) if len(order) else [])


def _cuts(track: Sightings, numbers: tuple[str, ...]) -> list[int]:
    if _first(track, "role", "player") != "player":
        return []
    found = find_split(track, numbers)
    return [] if found is None else [found]


def _split_at(track: Sightings, cut: int) -> Contradiction:
    time = float(track["time"][cut])
    reason = f"the reads before and after {time:.2f} s are of two numbers"
    return Contradiction("one number a track", (int(track["track"][0]),), time, reason, "cut there")


def _stretch(rows: Sightings, places: NDArray[np.intp], numbers: tuple[str, ...]) -> Stretch:
    return Stretch(
        track=int(rows["track"][0]),
        rows=places,
        presence=_presence(rows),
        speeds=(_speed(rows, 0), _speed(rows, -1)),
        role=_first(rows, "role", "player"),
        team=_first(rows, "team", None),
        team_score=float(_first(rows, "team_score", np.nan)),
        on_court=bool(np.mean([flag is False for flag in _column(rows, "on_court")]) < 0.5),
        kit=_kit(rows),
        evidence=weigh(rows, numbers),
        left=float(rows["x1"][0]),
    )


def _first(rows: Sightings, name: str, missing: Any) -> Any:
    return rows[name][0] if name in rows else missing


def _column(rows: Sightings, name: str) -> Array:
    return rows[name] if name in rows else np.full(len(rows), None, object)


def _kit(rows: Sightings) -> Floats:
    if "kit" not in rows or not rows["kit"].shape[1]:
        return np.zeros(0)
    return weighted_median(rows["kit"].astype(np.float64))


def _presence(rows: Sightings) -> Presence:
    feet, height = _feet(rows), rows["y2"] - rows["y1"]
    ends = [0, len(rows) - 1]
    return Presence(
        frames=(int(rows["frame"][0]), int(rows["frame"][-1])),
        times=(float(rows["time"][0]), float(rows["time"][-1])),
        segment=int(rows["segment"][0]),
        feet=(_point(feet[0]), _point(feet[-1])),
        heights=(float(height[0]), float(height[-1])),
        court=_court(rows.select(ends)),
    )


def _court(ends: Sightings) -> tuple[Point, Point] | None:
    if not {"court_x", "court_y"} <= set(ends.names):
        return None
    places = np.stack([ends["court_x"], ends["court_y"]], axis=1)
    return (_point(places[0]), _point(places[1])) if np.isfinite(places).all() else None


def _speed(rows: Sightings, end: int) -> Point:
    """Return the feet's speed at one end of a track: a straight line through its last part."""
    near = np.abs(rows["time"] - rows["time"][end]) <= END
    if near.sum() < 3:
        return (0.0, 0.0)
    slope = np.polyfit(rows["time"][near] - rows["time"][end], _feet(rows)[near], 1)[0]
    return _point(slope)


def _feet(rows: Sightings) -> Floats:
    return np.stack([(rows["x1"] + rows["x2"]) / 2, rows["y2"]], axis=1).astype(np.float64)


def _point(values: Floats) -> Point:
    return float(values[0]), float(values[1])
