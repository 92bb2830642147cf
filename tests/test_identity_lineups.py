"""Line-ups before and after a cut are compared as a whole."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.identity.join import join
from courtside.identity.likeness import Likeness, Spread
from courtside.identity.lineups import RULE, STAYS
from courtside.identity.matchings import pair_probabilities
from courtside.identity.motion import Judge
from courtside.identity.rules import Presence
from courtside.identity.stretches import Stretch
from test_identity_pairs import JUDGE, somebody


def by_hand(worth: np.ndarray, lone_row: float, lone_column: float) -> np.ndarray:
    """Go through all ways to pair rows with columns."""
    count, width = worth.shape
    share, total = np.zeros_like(worth), 0.0
    for pairs in range(min(count, width) + 1):
        for rows in combinations(range(count), pairs):
            for columns in permutations(range(width), pairs):
                own = [*zip(rows, columns, strict=True)]
                way = np.prod([worth[pair] for pair in own])
                way *= lone_row ** (count - pairs) * lone_column ** (width - pairs)
                total += way
                for pair in own:
                    share[pair] += way
    return share / total


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 1000))
def test_the_sum_is_over_all_ways_to_pair_two_line_ups(count: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    worth, lone = np.exp(rng.normal(0, 2, (count, width))), rng.uniform(0.1, 2, 2)
    share = pair_probabilities(worth, *lone)
    np.testing.assert_allclose(share, by_hand(worth, *lone), atol=1e-9)


def after_a_cut(odds: np.ndarray) -> np.ndarray:
    return pair_probabilities(np.exp(odds) * STAYS / max(odds.shape), 1 - STAYS, 1 - STAYS)


def test_four_clear_pairs_leave_one_partner_to_the_fifth() -> None:
    odds = np.full((5, 5), -4.0)
    np.fill_diagonal(odds, 3.0)
    odds[4] = 0.0
    alone = STAYS / 5 / (STAYS + (1 - STAYS) ** 2)
    share = after_a_cut(odds)
    assert share[4, 4] > 0.75 > 2 * alone
    assert (share.diagonal()[:4] > 0.95).all()


def test_whoever_cannot_be_one_is_never_paired() -> None:
    odds = np.array([[-np.inf, 1.0], [0.5, -np.inf]])
    share = after_a_cut(odds)
    assert share[0, 0] == share[1, 1] == 0
    assert share.sum(axis=0) == pytest.approx(share.sum(axis=1)[::-1])


TALL = (1.78, 1.86, 1.94, 2.02, 2.1)
HOME = np.log([0.98, 0.02])


def seen(track: int, segment: int, height: float, teams: np.ndarray = HOME) -> Stretch:
    """Return four seconds of somebody who stands far from where anybody else is seen."""
    begin = 10.0 * segment
    place = (500.0 * track, 50.0)
    presence = Presence(
        (int(10 * begin), int(10 * begin) + 40), (begin, begin + 4.0), segment, (place, place),
        (100.0, 100.0), ((0.0, 0.0), (0.0, 0.0)), part=(track, 0),
    )  # fmt: skip
    own = somebody(presence)
    return replace(own, frames=40, teams=teams, height=height, heights=40)


def judge(spread: Spread) -> Judge:
    return Judge(JUDGE.sport, JUDGE.camera, Likeness(height=spread), JUDGE.number_prior)


def test_five_who_differ_in_height_are_found_again_after_a_cut() -> None:
    before = [seen(track, 0, tall) for track, tall in enumerate(TALL)]
    after = [seen(10 + track, 1, tall + 0.01) for track, tall in enumerate(TALL)]
    people = join([*before, *after], judge(Spread(0.05, 0.25)))
    assert sorted(person.tracks for person in people) == [(n, 10 + n) for n in range(5)]
    assert all(RULE in person.rules for person in people)
    assert all(0.5 < min(person.scores) < 1 for person in people)


def test_a_cut_is_no_reason_to_join_people_of_whom_nothing_tells() -> None:
    stretches = [seen(10 * cut + track, cut, np.nan) for cut in (0, 1) for track in range(5)]
    assert len(join(stretches, judge(Spread(0.05, 0.25)))) == 10


def test_opponents_are_never_taken_for_one_across_a_cut() -> None:
    away = HOME[::-1]
    before = [seen(track, 0, tall) for track, tall in enumerate(TALL)]
    after = [seen(10 + track, 1, tall, away) for track, tall in enumerate(TALL)]
    assert len(join([*before, *after], judge(Spread(0.05, 0.25)))) == 10
