"""What it is worth that two look alike, and are equally tall."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from courtside.identity.likeness import NO_SPREAD, UNKNOWN, learn_spread
from courtside.identity.looks import upright_heights
from courtside.identity.motion import Judge
from courtside.identity.person import Person, alone, merge
from courtside.identity.pieces import Pieces
from courtside.identity.score import gather, odds_by_kind
from courtside.sightings import Sightings
from test_identity_pairs import JUDGE, somebody


def measured(seed: int, deviation: float, count: int = 60) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, deviation, count)


def test_heights_tell_mates_apart_where_those_of_one_person_agree() -> None:
    spread = learn_spread(measured(1, 0.05), measured(2, 0.2))
    assert spread.log_odds(0.01) > 0.5
    assert spread.log_odds(0.3) < -1.5
    assert spread.log_odds(np.nan) == 0
    # Something may be wrong with a height: it never rules anybody out by itself.
    assert spread.log_odds(3.0) >= np.log(0.1)


def test_tracks_that_went_over_to_another_person_spoil_little() -> None:
    mixed = np.concatenate([measured(1, 0.05), measured(3, 0.25, 30)])
    clean = learn_spread(measured(1, 0.05), measured(2, 0.2))
    assert learn_spread(mixed, measured(2, 0.2)).one < 1.8 * clean.one


@pytest.mark.parametrize(("one", "two", "count"), [(0.2, 0.2, 60), (0.05, 0.3, 5)])
def test_heights_that_tell_nothing_count_nothing(one: float, two: float, count: int) -> None:
    """Those of one person lie as far apart as those of two, or too few are known."""
    spread = learn_spread(measured(1, one, count), measured(2, two, count))
    assert (spread.log_odds([0.0, 0.5]) == 0).all()


def test_the_height_of_a_piece_is_that_of_somebody_upright() -> None:
    """Of ten rows three show somebody bent, one nothing: the sixth of nine from below counts."""
    tall = [1.4, 1.5, 1.6, 1.95, 1.96, 1.97, 1.98, 1.99, 2.0, np.nan]
    rows = Sightings(
        {"frame": np.arange(12), "time": np.arange(12) / 10, "segment": np.zeros(12, int),
         "kind": ["player"] * 12, **{name: np.zeros(12) for name in ("x1", "y1", "x2", "y2")},
         "height": [*tall, np.nan, np.nan]}
    )  # fmt: skip
    heights, counts = upright_heights(Pieces(rows, np.array([0, 10])))
    assert heights[0] == pytest.approx(1.98)
    assert np.isnan(heights[1])
    assert counts.tolist() == [9, 0]
    unknown, none = upright_heights(Pieces(rows.without("height"), np.array([0, 10])))
    assert np.isnan(unknown).all()
    assert not none.any()


def test_equally_tall_people_are_likelier_one() -> None:
    spread = learn_spread(measured(1, 0.05), measured(2, 0.2))
    judge = Judge(JUDGE.sport, JUDGE.camera, replace(UNKNOWN, height=spread), JUDGE.number_prior)
    people = [tall(1.9), tall(1.92), tall(2.2), tall(np.nan, 0)]
    pairs = np.array([0, 0, 0]), np.array([1, 2, 3])
    odds = odds_by_kind(gather(people, judge), *pairs, judge)["height"]
    assert odds[0] > 0.4
    assert odds[1] < -1
    assert odds[2] == 0
    assert UNKNOWN.height == NO_SPREAD


def test_two_taken_for_one_are_as_tall_as_their_rows_say() -> None:
    assert merge(tall(1.9, 30), tall(2.0, 10), 1.0, "").height == pytest.approx(1.925)
    assert merge(tall(np.nan, 0), tall(2.0, 10), 1.0, "").height == 2.0


def tall(height: float, rows: int = 40) -> Person:
    return alone(replace(somebody(), height=height, heights=rows))
