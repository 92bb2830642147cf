"""Whose box is it while somebody is hidden: small tables worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from courtside.identity.hidden import Behind, behind, hidden_people, own_box
from courtside.identity.meetings import meetings, stays, touching
from courtside.identity.rules import GOES_ON
from courtside.sightings import Sightings
from test_identity import settle, track


def at(rows: Sightings, frames: list[int]) -> Sightings:
    return rows.select(np.isin(rows["frame"], frames))


def hidden_behind(rows: Sightings) -> Behind:
    return behind(rows, hidden_people(rows))


def without(rows: Sightings, first: int, last: int) -> Sightings:
    return rows.select((rows["frame"] < first) | (rows["frame"] > last))


# Somebody walks 10 pixels a frame and is out of sight in frames 20 to 22.
WALKER = without(track(1, [""] * 40, x=0, speed=100), 20, 22)


def test_who_is_out_of_sight_is_on_the_line_between() -> None:
    hidden = hidden_people(Sightings.concat([track(0, [""] * 40, x=900), WALKER]))
    assert hidden.frames.tolist() == [20, 21, 22]
    assert hidden.tracks.tolist() == [1, 1, 1]
    assert hidden.boxes[:, 0] == pytest.approx([200, 210, 220])
    assert hidden.boxes[1].tolist() == [210, 200, 250, 300]


def test_long_gaps_and_cuts_tell_no_place() -> None:
    far = without(track(1, [""] * 80), 20, 59)
    cut = Sightings.concat([track(2, [""] * 5), track(2, [""] * 5, 8, segment=1)])
    others = track(0, [""] * 80, x=900)
    assert len(hidden_people(Sightings.concat([others, far, cut])).frames) == 0


def test_a_box_where_somebody_is_hidden_may_be_his() -> None:
    stander = track(0, [""] * 40, x=210)
    rows = Sightings.concat([stander, WALKER])
    overlap = hidden_behind(rows).overlap[:40]
    assert np.flatnonzero(overlap).tolist() == [20, 21, 22]
    # Boxes 40 wide: at frame 21 the same place, at 20 and 22 10 pixels off: IoU 30 / 50.
    assert overlap[20:23] == pytest.approx([0.6, 1.0, 0.6])
    assert own_box(np.array([0.0, 0.5, 1.0])) == pytest.approx([1.0, 0.8, 0.2])


def test_no_number_is_drawn_on_a_box_that_may_be_somebody_elses() -> None:
    settled = settle(track(0, ["23"] * 40, x=210), WALKER)
    own = settled[0].select(settled[0]["track"] == 0)
    drawn = [number is not None for number in own["number"]]
    assert [frame for frame, told in zip(own["frame"], drawn, strict=True) if not told] == [
        20,
        21,
        22,
    ]
    assert own["player_score"][21] < 0.5 < own["player_score"][10]
    assert len(set(own["player"].tolist())) == 1


def test_who_passes_somebody_hidden_has_met_him() -> None:
    rows = Sightings.concat([track(0, [""] * 40, x=210), WALKER])
    unknown = np.zeros(len(rows))
    seen = touching(rows, unknown, hidden_behind(rows)).overlap[:40]
    assert seen[21] == pytest.approx(1.0)
    assert int(np.argmax(seen)) == 21


def test_a_meeting_is_cut_where_they_touch_most_and_again_when_it_lasts() -> None:
    still, beside = track(0, [""] * 60, x=200), track(1, [""] * 60, x=220)
    short, rows = at(beside, [*range(10, 25)]), Sightings.concat([still, beside])
    for met, cuts in ((short, 1), (beside, 3)):
        rows = Sightings.concat([still, met])
        near = touching(rows, np.zeros(len(rows)), hidden_behind(rows))
        own = np.arange(60)
        assert len(meetings(still, near.of(own), np.zeros(60))) == cuts


def test_a_track_goes_on_the_less_surely_the_more_was_hidden() -> None:
    rows, far, near = track(0, [""] * 40), np.full(40, 0.3), np.full(40, 0.6)
    clear = rows.with_columns(visibility=np.ones(40))
    half = rows.with_columns(visibility=np.full(40, 0.4))
    odds = [stays(clear, far, 20), stays(clear, near, 20), stays(half, near, 20)]
    assert odds == sorted(odds, reverse=True)
    assert len({*odds}) == 3
    assert stays(rows, near, 20) == GOES_ON
