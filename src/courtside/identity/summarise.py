"""From the rows of a part of a track to the stretch that decisions are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from courtside.identity.evidence import NumberEvidence, weigh
from courtside.identity.looks import mean_looks, upright_heights
from courtside.identity.pieces import Pieces, in_pieces, sums
from courtside.identity.presence import presences
from courtside.identity.stretches import NOTHING_SAID, Measures, Part, Said, Stretch
from courtside.sightings import Array, Sightings
from courtside.sport import APRON, COURT_ERROR, Sport, inside_lines
from courtside.teams.tracks import as_many, weighted_median

Floats = NDArray[np.float64]
# A team is never believed to be more certain than this from one stretch alone.
SUREST_TEAM = 0.98
# Log odds of what a person said: no number of reads comes up to it.
CERTAIN = 1000.0


def summarise(
    rows: Sightings, parts: Sequence[Part], measures: Measures, said: Mapping[int, Said]
) -> list[Stretch]:
    """Return the stretches that parts of tracks are.

    Args:
        rows: the table that the parts' rows are places in.
        parts: of tracks.
        measures: what they are measured with.
        said: by a person of some of the parts, by place.
    """
    found: list[Stretch] = []
    for pieces in in_pieces(rows, [part.places for part in parts]):
        begin, end = len(found), len(found) + len(pieces.begins)
        words = [said.get(index, NOTHING_SAID) for index in range(begin, end)]
        found += _summarised(pieces, parts[begin:end], measures, words)
    return found


def _summarised(
    pieces: Pieces, parts: Sequence[Part], measures: Measures, said: Sequence[Said]
) -> list[Stretch]:
    first = pieces.rows.select(pieces.begins)
    court = _court_rows(pieces, measures.sport)
    off = sums(_is_off(pieces.rows), pieces.begins).astype(int).tolist()
    kits, (looks, counts) = _kits(pieces), mean_looks(pieces)
    heights, measured = upright_heights(pieces)
    evidence, numbers = weigh(pieces, measures.reading), measures.reading.numbers
    here = presences(pieces, parts, measures)
    return [
        Stretch(
            track=int(first["track"][place]),
            part=part.number,
            told_apart=part.told_apart,
            rows=part.places,
            frames=len(part.places),
            presence=here[place],
            role=_value(first, "role", place, None) or "player",
            team=_value(first, "team", place, None),
            teams=_teams(first, place, measures.teams),
            off_court=off[place],
            court_rows=court[place],
            kit=kits[place],
            look=looks[place],
            looks=float(counts[place]),
            height=float(heights[place]),
            heights=int(measured[place]),
            evidence=_with_said(evidence[place], said[place], numbers),
            left=float(first["x1"][place]),
            said=said[place],
        )
        for place, part in enumerate(parts)
    ]


def _with_said(evidence: NumberEvidence, said: Said, numbers: tuple[str, ...]) -> NumberEvidence:
    if said.number is None or said.number not in numbers:
        return evidence
    known = np.where(np.array(numbers) == said.number, CERTAIN, 0.0)
    return NumberEvidence(evidence.log_likelihood + known, evidence.votes)


def team_names(rows: Sightings) -> tuple[str, ...]:
    """Return the teams there are, sorted."""
    known = _column(rows, "team")
    return tuple(sorted({team for team in known.tolist() if team is not None}))


def _value(rows: Sightings, name: str, place: int, missing: Any) -> Any:
    return rows[name][place] if name in rows else missing


def _column(rows: Sightings, name: str) -> Array:
    return rows[name] if name in rows else np.full(len(rows), None, object)


def _is_off(rows: Sightings) -> Floats:
    """Return 1 for rows of which it is settled that they are not on court, 0 for others (n,)."""
    flags = _column(rows, "on_court").tolist()
    return np.array([flag is not None and not flag for flag in flags], np.float64)


def _teams(rows: Sightings, place: int, names: Sequence[str]) -> Floats:
    """Return log likelihoods of the teams from the settled team and its probability."""
    team = _value(rows, "team", place, None)
    score = float(_value(rows, "team_score", place, np.nan))
    if team is None or len(names) < 2 or not np.isfinite(score):
        return np.zeros(len(names))
    sure = min(max(score, 1 / len(names)), SUREST_TEAM)
    odds = np.full(len(names), np.log((1 - sure) / (len(names) - 1)))
    odds[names.index(team)] = np.log(sure)
    return odds


def _court_rows(pieces: Pieces, sport: Sport) -> list[tuple[int, int, int]]:
    rows = pieces.rows
    if not {"court_x", "court_y"} <= set(rows.names):
        return [(0, 0, 0)] * len(pieces.begins)
    places = np.stack([rows["court_x"], rows["court_y"]], axis=1)
    known = np.isfinite(places).all(axis=1)
    inside, near = (known & inside_lines(places, sport, out) for out in (COURT_ERROR, APRON))
    counts = sums(np.stack([known, inside, near], axis=1).astype(np.float64), pieces.begins)
    return [(int(a), int(b), int(c)) for a, b, c in counts]


def _kits(pieces: Pieces) -> Floats:
    """Return the median kit of each piece (p, d); d may be 0."""
    if "kit" not in pieces.rows:
        return np.zeros((len(pieces.begins), 0))
    kits = pieces.rows["kit"].astype(np.float64)
    found = np.full((len(pieces.begins), kits.shape[1]), np.nan)
    for places, own in as_many(pieces.counts):
        found[places] = weighted_median(kits[own])
    return found
