"""From the rows of a part of a track to the stretch that decisions are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from courtside.identity.camera import Camera
from courtside.identity.evidence import NumberEvidence, weigh
from courtside.identity.looks import mean_look
from courtside.identity.rules import Point, Presence
from courtside.identity.stretches import NOTHING_SAID, Measures, Part, Said, Stretch
from courtside.sightings import Array, Sightings
from courtside.sport import APRON, COURT_ERROR, Sport, inside_lines
from courtside.teams.tracks import weighted_median

Floats = NDArray[np.float64]
# Seconds at either end of a track that tell where it goes and how fast.
END = 0.5
# A team is never believed to be more certain than this from one stretch alone.
SUREST_TEAM = 0.98
# Log odds of what a person said: no number of reads comes up to it.
CERTAIN = 1000.0


def summarise(
    rows: Sightings, part: Part, measures: Measures, said: Said = NOTHING_SAID
) -> Stretch:
    """Return the stretch that a part of a track is."""
    places = part.places
    own = rows.select(places)
    look, looks = mean_look(own)
    off = sum(flag is not None and not flag for flag in _column(own, "on_court"))
    return Stretch(
        track=int(own["track"][0]),
        part=part.number,
        told_apart=part.told_apart,
        rows=places,
        frames=len(places),
        presence=_presence(own, part, measures.camera),
        role=_first(own, "role", None) or "player",
        team=_first(own, "team", None),
        teams=_teams(own, measures.teams),
        off_court=off,
        court_rows=_court_rows(own, measures.sport),
        kit=_kit(own),
        look=look,
        looks=looks,
        evidence=_with_said(weigh(own, measures.reading), said, measures.reading.numbers),
        left=float(own["x1"][0]),
        said=said,
    )


def _with_said(evidence: NumberEvidence, said: Said, numbers: tuple[str, ...]) -> NumberEvidence:
    if said.number is None or said.number not in numbers:
        return evidence
    known = np.where(np.array(numbers) == said.number, CERTAIN, 0.0)
    return NumberEvidence(evidence.log_likelihood + known, evidence.votes)


def team_names(rows: Sightings) -> tuple[str, ...]:
    """Return the teams there are, sorted."""
    known = _column(rows, "team")
    return tuple(sorted({team for team in known.tolist() if team is not None}))


def _first(rows: Sightings, name: str, missing: Any) -> Any:
    return rows[name][0] if name in rows else missing


def _column(rows: Sightings, name: str) -> Array:
    return rows[name] if name in rows else np.full(len(rows), None, object)


def _teams(rows: Sightings, teams: Iterable[str]) -> Floats:
    """Return log likelihoods of the teams from the settled team and its probability."""
    names = [*teams]
    team, score = _first(rows, "team", None), float(_first(rows, "team_score", np.nan))
    if team is None or len(names) < 2 or not np.isfinite(score):
        return np.zeros(len(names))
    sure = min(max(score, 1 / len(names)), SUREST_TEAM)
    odds = np.full(len(names), np.log((1 - sure) / (len(names) - 1)))
    odds[names.index(team)] = np.log(sure)
    return odds


def _court_rows(rows: Sightings, sport: Sport) -> tuple[int, int, int]:
    if not {"court_x", "court_y"} <= set(rows.names):
        return 0, 0, 0
    places = np.stack([rows["court_x"], rows["court_y"]], axis=1)
    places = places[np.isfinite(places).all(axis=1)]
    inside, near = (inside_lines(places, sport, beyond).sum() for beyond in (COURT_ERROR, APRON))
    return len(places), int(inside), int(near)


def _kit(rows: Sightings) -> Floats:
    if "kit" not in rows or not rows["kit"].shape[1]:
        return np.zeros(0)
    return weighted_median(rows["kit"].astype(np.float64))


def _presence(rows: Sightings, part: Part, camera: Camera) -> Presence:
    feet, height = _feet(rows), rows["y2"] - rows["y1"]
    ends = [0, len(rows) - 1]
    return Presence(
        frames=(int(rows["frame"][0]), int(rows["frame"][-1])),
        times=(float(rows["time"][0]), float(rows["time"][-1])),
        segment=int(rows["segment"][0]),
        feet=(_point(feet[0]), _point(feet[-1])),
        heights=(float(height[0]), float(height[-1])),
        speeds=(_speed(rows, 0, camera), _speed(rows, -1, camera)),
        part=(int(rows["track"][0]), part.number),
        stays=part.stays,
        court=_court(rows.select(ends)),
    )


def _court(ends: Sightings) -> tuple[Point, Point] | None:
    if not {"court_x", "court_y"} <= set(ends.names):
        return None
    places = np.stack([ends["court_x"], ends["court_y"]], axis=1)
    return (_point(places[0]), _point(places[1])) if np.isfinite(places).all() else None


def _speed(rows: Sightings, end: int, camera: Camera) -> Point:
    """Return the feet's speed at one end of a track: a straight line through its last part."""
    near = np.flatnonzero(np.abs(rows["time"] - rows["time"][end]) <= END)
    if len(near) < 3:
        return (0.0, 0.0)
    frames = rows["frame"].astype(np.int64)
    feet = camera.carry(_feet(rows)[near], frames[near], int(frames[end]))
    times = rows["time"][near] - rows["time"][near].mean()
    return _point(times @ (feet - feet.mean(axis=0)) / (times @ times))


def _feet(rows: Sightings) -> Floats:
    return np.stack([(rows["x1"] + rows["x2"]) / 2, rows["y2"]], axis=1).astype(np.float64)


def _point(values: Floats) -> Point:
    return float(values[0]), float(values[1])
