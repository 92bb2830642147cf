"""Who comes back into view is the one of five who was not there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from courtside.identity.exits import RULE
from courtside.identity.join import join
from courtside.identity.likeness import Spread
from courtside.identity.rules import Presence
from courtside.identity.stretches import Stretch
from test_identity_lineups import HOME, TALL, judge
from test_identity_pairs import somebody

SILENT = judge(Spread(1.0, 1.0))
HEIGHTS = judge(Spread(0.05, 0.25))


def seen(track: int, begin: float, end: float, height: float = np.nan) -> Stretch:
    """Return one of the home team, in his own place, for so many seconds."""
    place = (500.0 * track, 50.0)
    presence = Presence(
        (int(10 * begin), int(10 * end)), (begin, end), 0, (place, place),
        (100.0, 100.0), ((0.0, 0.0), (0.0, 0.0)), part=(track, 0),
    )  # fmt: skip
    frames = int(10 * (end - begin))
    own = somebody(presence)
    return replace(own, frames=frames, teams=HOME, height=height, heights=frames)


def test_who_appears_beside_four_mates_is_the_fifth() -> None:
    four = [seen(track, 0, 40) for track in range(4)]
    people = join([*four, seen(4, 0, 10), seen(14, 20, 40)], SILENT)
    fifth = next(person for person in people if 4 in person.tracks)
    assert fifth.tracks == (4, 14)
    assert RULE in fifth.rules
    assert 0.6 < min(fifth.scores) < 0.9


def test_of_three_out_of_view_nobody_is_taken_where_nothing_tells() -> None:
    two = [seen(track, 0, 40) for track in range(2)]
    away = [seen(track, 0, 10) for track in (2, 3, 4)]
    assert len(join([*two, *away, seen(12, 20, 40)], SILENT)) == 6


def test_heights_tell_which_of_two_comes_back() -> None:
    three = [seen(track, 0, 40, TALL[track]) for track in range(3)]
    away = [seen(track, 0, 10, TALL[track]) for track in (3, 4)]
    people = join([*three, *away, seen(14, 20, 40, TALL[4] + 0.01)], HEIGHTS)
    assert sorted(person.tracks for person in people) == [(0,), (1,), (2,), (3,), (4, 14)]


def test_two_who_come_back_at_once_are_told_apart_together() -> None:
    three = [seen(track, 0, 40, TALL[track]) for track in range(3)]
    away = [seen(track, 0, 10, TALL[track]) for track in (3, 4)]
    back = [seen(13, 20, 40), seen(14, 20.5, 40, TALL[4])]
    people = join([*three, *away, *back], HEIGHTS)
    assert sorted(person.tracks for person in people)[3:] == [(3, 13), (4, 14)]


def test_while_places_of_the_team_were_never_seen_a_newcomer_stays_new() -> None:
    two = [seen(0, 0, 40), seen(1, 0, 40)]
    assert len(join([*two, seen(2, 0, 10), seen(12, 20, 40)], SILENT)) == 4


def test_an_opponent_is_never_the_one_who_was_out_of_view() -> None:
    four = [seen(track, 0, 40) for track in range(4)]
    other = replace(seen(14, 20, 40), teams=HOME[::-1])
    assert len(join([*four, seen(4, 0, 10), other], SILENT)) == 6
