"""What it is worth that two look alike, and are equally tall."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from courtside.identity.likeness import (
    NO_SPREAD,
    SILENT,
    UNKNOWN,
    learn_line,
    learn_spread,
    similarity,
)
from courtside.identity.looks import in_common, mean_looks, upright_heights
from courtside.identity.motion import Judge
from courtside.identity.person import Person, alone, merge
from courtside.identity.pieces import Pieces
from courtside.identity.score import gather, odds_by_kind
from courtside.sightings import Sightings
from test_identity_pairs import JUDGE, somebody


def seen(count: int) -> Sightings:
    """Rows of a player, a tenth of a second apart."""
    return Sightings(
        {"frame": np.arange(count), "time": np.arange(count) / 10, "kind": ["player"] * count,
         "segment": np.zeros(count, int), **{n: np.zeros(count) for n in ("x1", "y1", "x2", "y2")}}
    )  # fmt: skip


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
    rows = seen(12).with_columns(height=np.array([*tall, np.nan, np.nan]))
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


def looks_of(person: int, count: int, seed: int) -> NDArray[np.float64]:
    """Looks (count, 64) of somebody, as alike as the net's are on simulated games."""
    own = np.random.default_rng(person).normal(size=64)
    noise = np.random.default_rng([person, seed]).normal(size=(count, 64))
    looks = own / np.linalg.norm(own) + 0.37 * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    return np.asarray(looks / np.linalg.norm(looks, axis=1, keepdims=True), np.float64)


@pytest.mark.parametrize("count", [1, 3, 30])
def test_few_looks_of_somebody_are_as_like_him_as_many(count: int) -> None:
    several = [looks_of(1, count, seed).mean(axis=0) for seed in range(20)]
    short = in_common(np.array(several), np.full(20, float(count)))
    whole = in_common(looks_of(1, 60, 99).mean(axis=0)[None], np.array([60.0]))
    assert np.mean(similarity(short, whole)) == pytest.approx(1.0, abs=0.03)


def test_a_look_at_somebody_half_hidden_counts_less() -> None:
    # A fifth of him is seen in most rows, where the others' clothes fill the picture.
    looks = np.concatenate([looks_of(1, 6, 0), looks_of(2, 14, 0)])
    visible = np.array([1.0] * 6 + [0.2] * 14, np.float32)
    rows = seen(20).with_columns(embedding=looks.astype(np.float32), visibility=visible)
    (mean,), (worth,) = mean_looks(Pieces(rows, np.array([0])))
    assert worth == pytest.approx(6 + 14 * 0.04)
    own, other = looks_of(1, 60, 9).mean(axis=0), looks_of(2, 60, 9).mean(axis=0)
    assert float(mean @ own) > 0.75 > 0.3 > float(mean @ other)


def test_looks_speak_for_one_from_a_little_below_his_own_likeness() -> None:
    same, mates = [0.98] * 20, [0.86] * 20
    line = learn_line(same, mates)
    assert float(line.log_odds(0.98)) > 1 > -1 > float(line.log_odds(0.86))
    # Tracks that are swapped now and then change nothing, mates who are alike ask for more.
    assert learn_line([*same, *[0.5] * 8], mates) == line
    assert learn_line(same, [0.95] * 20).middle > line.middle
    assert learn_line(same, [0.97] * 20) == SILENT
    assert learn_line(same[:5], mates) == SILENT
