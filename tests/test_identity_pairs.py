"""Many pairs at once are judged as each pair is by itself, in blocks of any size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtside.identity import candidates, ends, pairs, score
from courtside.identity.camera import Camera, camera_of
from courtside.identity.case import Given, open_case
from courtside.identity.decide import _stretches
from courtside.identity.evidence import NumberEvidence
from courtside.identity.likeness import UNKNOWN
from courtside.identity.motion import Judge, motion_odds
from courtside.identity.pairs import NO_LINK, NOTHING_FOUND, judge_pairs, weigh_pair
from courtside.identity.person import Person, alone, merge
from courtside.identity.rules import Presence
from courtside.identity.scenes import scenes_of
from courtside.identity.score import excluded, gather, odds_by_kind
from courtside.identity.stretches import Measures, Stretch
from courtside.settings import IdentitySettings
from courtside.sport import BASKETBALL
from identity_games import Recipe, play

NOTHING = np.zeros(0)
STILL = Camera(np.zeros(0, np.int64), np.zeros((0, 3, 3)), np.zeros((0, 3, 3)), NOTHING.astype(int))
JUDGE = Judge(BASKETBALL, STILL, UNKNOWN, NOTHING)
near = st.floats(0, 60, width=32)
points = st.tuples(near, near)


STANDS = Presence((0, 0), (0.0, 0.0), 0, ((0, 0), (0, 0)), (30.0, 30.0), ((0, 0), (0, 0)))


def somebody(presence: Presence = STANDS) -> Stretch:
    """Return a stretch of which nothing is known but when and where it was."""
    track, part = presence.part or (0, 0)
    unread = NumberEvidence(NOTHING, NOTHING)
    return Stretch(
        track, part, False, NOTHING.astype(int), 1, presence, "player", None, NOTHING, 0,
        (0, 0, 0), NOTHING, NOTHING, 0, unread, 0.0,
    )  # fmt: skip


@st.composite
def people(draw: st.DrawFn) -> Person:
    """Return somebody of one stretch, within a few seconds and steps of anybody else."""
    first = draw(st.integers(0, 40))
    last = first + draw(st.integers(0, 10))
    part = draw(st.integers(0, 2)), draw(st.integers(0, 3))
    presence = Presence(
        frames=(first, last),
        times=(first / 10, last / 10),
        segment=draw(st.integers(0, 1)),
        feet=(draw(points), draw(points)),
        heights=(draw(st.floats(20, 40)), draw(st.floats(20, 40))),
        speeds=(draw(points), draw(points)),
        court=draw(st.none() | st.tuples(points, points)),
        part=part,
    )
    return alone(replace(somebody(presence), told_apart=draw(st.booleans())))


@given(st.lists(people(), min_size=2, max_size=2))
def test_rules_and_motion_say_of_many_pairs_what_they_say_of_one(two: list[Person]) -> None:
    one, other = sorted(two, key=lambda person: person.begin)
    both = ends.ends_of([one, other])
    early, late = ends.in_turn(both, np.array([0]), np.array([1]))
    forbidden = ends.forbidden(both, early, late, BASKETBALL)
    assert bool(forbidden[0]) == (excluded(one, other, JUDGE) is not None)
    if not forbidden[0]:
        found = ends.motion_of(both, early, late, JUDGE)[0]
        alone_said = motion_odds(one, other, JUDGE)
        assert (None if np.isnan(found) else found) == alone_said


def stretches_of_a_game() -> tuple[list[Person], Judge]:
    game = play(Recipe(seconds=40, cut=15))
    case = open_case(game.rows, BASKETBALL, IdentitySettings(), Given(frames=game.frames))
    camera = camera_of(game.frames)
    found = _stretches(
        case,
        Measures(
            case.reading, ("dark", "light"), BASKETBALL, camera, scenes_of(game.rows, BASKETBALL)
        ),
    )
    count = len(case.reading.numbers)
    everybody = sorted((alone(stretch) for stretch in found), key=lambda person: person.begin)
    return everybody, Judge(BASKETBALL, camera, case.likeness, np.full(count, 1 / count))


def test_blocks_of_any_size_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    everybody, judge = stretches_of_a_game()
    whole = judge_pairs(everybody, gather(everybody, judge), judge, NOTHING_FOUND)
    assert len(whole.links()) > len(everybody)
    monkeypatch.setattr(candidates, "AT_ONCE", 7)
    monkeypatch.setattr(score, "PAIRS_AT_ONCE", 5)
    monkeypatch.setattr(pairs, "PAIRS_AT_ONCE", 5)
    pieces = judge_pairs(everybody, gather(everybody, judge), judge, NOTHING_FOUND)
    for name in ("first", "second", "weights", "rules"):
        np.testing.assert_array_equal(getattr(pieces.links(), name), getattr(whole.links(), name))


def test_links_are_worth_what_each_pair_is() -> None:
    everybody, judge = stretches_of_a_game()
    evidence = gather(everybody, judge)
    found = judge_pairs(everybody, evidence, judge, NOTHING_FOUND)
    for pair, weight, rule in zip(found.pairs, found.weights, found.rules, strict=True):
        one, two = divmod(int(pair), len(everybody))
        kinds = odds_by_kind(evidence, np.array([one]), np.array([two]), judge)
        at_rest = {kind: float(odds[0]) for kind, odds in kinds.items()}
        first, second = everybody[one], everybody[two]
        said = weigh_pair(first, second, at_rest, judge)
        possible = excluded(first, second, judge) is None and said[0] >= 0
        assert weight == (said[0] if possible else NO_LINK)
        assert not possible or rule == said[1]


def test_what_was_found_of_pairs_holds_in_the_next_round() -> None:
    everybody, judge = stretches_of_a_game()
    first = judge_pairs(everybody, gather(everybody, judge), judge, NOTHING_FOUND)
    # Only what is remembered can tell that these weights were changed.
    marked = replace(first, weights=first.weights + 1)
    rest = everybody[5:]
    again = judge_pairs(rest, gather(rest, judge), judge, marked)
    fresh = judge_pairs(rest, gather(rest, judge), judge, NOTHING_FOUND)
    assert (again.pairs == fresh.pairs).all()
    np.testing.assert_array_equal(again.weights, fresh.weights + 1)


def test_who_is_still_the_same_need_not_be_looked_for_again() -> None:
    everybody, judge = stretches_of_a_game()
    before = judge_pairs(everybody, gather(everybody, judge), judge, NOTHING_FOUND)
    link = int(np.argmax(before.weights))
    one, two = divmod(int(before.pairs[link]), len(everybody))
    joined = merge(everybody[one], everybody[two], 1.0, "")
    others = [person for place, person in enumerate(everybody) if place not in (one, two)]
    people = sorted([joined, *others], key=lambda person: person.begin)
    again = judge_pairs(people, gather(people, judge), judge, before)
    fresh = judge_pairs(people, gather(people, judge), judge, NOTHING_FOUND)
    for name in ("pairs", "weights", "rules", "near"):
        np.testing.assert_array_equal(getattr(again, name), getattr(fresh, name))
