"""The follower on scripted scenes: ids through crossings, masks, the ball, saved states."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from courtside import rle
from courtside.errors import SettingsError
from courtside.masks.outlines import Outline, disc, encode, fitted
from courtside.masks.stage import build_follower
from courtside.masks.state import FollowerState
from courtside.sightings import Sightings
from courtside.stage import check_order, stateless
from courtside.store.state import decode_state, encode_state
from masks_scene import (
    BLUE,
    FAKE_NET,
    RED,
    SIZE,
    WHITE,
    Actor,
    Scene,
    Shot,
    follow,
    mask_iou,
    row_of,
    tracks_of,
    walk,
)


def crossing(first: Any, second: Any, rate: int, depth: float = 8.0) -> list[Shot]:
    actors = [
        Actor(first, walk((220, 250), (130, 0))),
        Actor(second, walk((400, 250 + depth), (-140, 0))),
    ]
    return Scene(actors, seconds=1.4, rate=rate).shots()


@pytest.mark.parametrize(
    ("kits", "rate"), [((RED, BLUE), 10), ((WHITE, RED), 30), ((BLUE, BLUE), 10), ((RED, RED), 60)]
)
def test_crossing_players_keep_their_tracks(kits: tuple[Any, Any], rate: int) -> None:
    shots = crossing(*kits, rate)
    written, _ = follow(shots)
    first, second = (set(tracks_of(shots, written, actor)) - {-2} for actor in (0, 1))
    assert len(first) == len(second) == 1
    assert first.isdisjoint(second)
    assert -1 not in first | second


def test_players_of_two_teams_who_meet_and_turn_back_keep_their_tracks() -> None:
    def meet(side: int) -> Any:
        return lambda t: (320 + side * (6 + 130 * abs(1 - t)), 250 + 4 * side, 90.0)

    shots = Scene([Actor(RED, meet(-1)), Actor(BLUE, meet(1))]).shots()
    written, _ = follow(shots)
    for actor in (0, 1):
        assert len(set(tracks_of(shots, written, actor)) - {-2}) == 1


def test_late_player_gets_a_new_track_from_the_second_sighting() -> None:
    early = Actor(RED, walk((150, 250), (50, 0)))
    late = Actor(BLUE, walk((450, 260), (-20, 0)), present=(0.75, 9.0))
    shots = Scene([early, late]).shots()
    written, _ = follow(shots)
    assert tracks_of(shots, written, 0) == [0] * 20
    assert tracks_of(shots, written, 1) == [-2] * 8 + [-1] + [1] * 11


def test_a_single_false_detection_never_becomes_a_track() -> None:
    def flash(time: float) -> list[tuple[str, float, float, float, float]]:
        return [("player", 500.0, 120.0, 30.0, 0.9)] if abs(time - 0.5) < 0.01 else []

    shots = Scene([Actor(RED, walk((150, 250), (50, 0)))], clutter=flash).shots()
    written, _ = follow(shots)
    assert {int(track) for rows in written for track in rows["track"]} == {-1, 0}


@pytest.mark.parametrize(("end", "doubted"), [(1.25, False), (1.85, True)])
def test_undetected_but_visible_player_is_followed_without_a_score(
    end: float, doubted: bool
) -> None:
    path = walk((150, 250), (120, 0))
    shots = Scene(
        [
            Actor(RED, path, undetected=(0.95, end), doubted=doubted),
            Actor(BLUE, walk((500, 260), (0, 0))),
        ]
    )
    frames = shots.shots()
    written, _ = follow(frames)
    assert tracks_of(frames, written, 0) == [0] * 20
    scores = [float(rows["score"][rows["track"] == 0][0]) for rows in written]
    assert [np.isnan(score) for score in scores] == [0.95 <= i / 10 < end for i in range(20)]
    assert mask_iou(frames[11], written[11], 0) > 0.7
    assert written[11]["kind"][written[11]["track"] == 0] == ["player"]


def test_hidden_player_has_no_row_and_comes_back_with_its_track() -> None:
    waits = Actor(RED, walk((320, 240), (0, 0), 80.0))
    passes = Actor(BLUE, walk((230, 262), (90, 0), 110.0))
    shots = Scene([waits, passes]).shots()
    written, _ = follow(shots)
    hidden = [i for i, shot in enumerate(shots) if shot.truth[0].visibility < 0.1]
    tracks = tracks_of(shots, written, 0)
    assert set(tracks) - {-2} == {tracks[0]}
    assert hidden
    assert all(tracks[i] == -2 for i in hidden)
    assert tracks[-1] == tracks[0]


def test_a_player_behind_another_is_told_less_visible() -> None:
    behind = Actor(RED, walk((320, 240), (0, 0)))
    front = Actor(BLUE, walk((332, 255), (0, 0)))
    shots = Scene([behind, front], seconds=0.5).shots()
    written, _ = follow(shots)
    rows = [row_of(shots[-1], written[-1], actor) for actor in (0, 1)]
    assert None not in rows
    told = [float(written[-1]["visibility"][row]) for row in rows]
    truth = [shots[-1].truth[actor].visibility for actor in (0, 1)]
    assert truth[0] < 0.8
    assert truth[1] == 1
    assert told == pytest.approx(truth, abs=0.2)


def test_no_track_lives_through_a_cut_and_numbers_are_not_used_again() -> None:
    actors = [Actor(RED, walk((150, 250), (50, 0))), Actor(BLUE, walk((400, 260), (-50, 0)))]
    before = Scene(actors, seconds=0.5).shots()
    after = Scene(actors, seconds=0.5, segment=1, begin=0.5).shots()
    written, _ = follow([*before, *after])
    first, second = (
        {int(t) for rows in part for t in rows["track"]} for part in (written[:5], written[5:])
    )
    assert (first, second) == ({0, 1}, {2, 3})


@pytest.mark.parametrize("know_motion", [True, False])
def test_tracks_hold_while_the_camera_pans(know_motion: bool) -> None:
    pan = 300.0 if know_motion else 60.0
    actors = [Actor(RED, walk((250 + 60 * i, 200 + 30 * (i % 3)), (pan, 0))) for i in range(5)]
    shots = Scene(actors, pan=pan + 20, know_motion=know_motion, seconds=1.5).shots()
    written, _ = follow(shots)
    for actor in range(5):
        assert set(tracks_of(shots, written, actor)) - {-2} == {tracks_of(shots, written, actor)[0]}


def test_masks_fit_the_figures_and_do_not_overlap() -> None:
    shots = crossing(RED, BLUE, 10)
    written, _ = follow(shots)
    apart = [
        i for i, shot in enumerate(shots) if min(t.visibility for t in shot.truth.values()) == 1
    ]
    scores = [mask_iou(shots[i], written[i], actor) for i in apart for actor in (0, 1)]
    assert min(scores) > 0.75
    assert np.mean(scores) > 0.88
    for rows in written:
        masks = [rle.decode(counts, SIZE) for counts in rows["mask"] if counts is not None]
        shared = np.sum(masks, axis=0) > 1
        assert shared.sum() < 0.05 * np.sum(masks)


def test_a_saved_state_goes_on_exactly() -> None:
    def ball(time: float) -> list[tuple[str, float, float, float, float]]:
        return [("ball", 100 + 150 * time, 80.0, 5.0, 0.8)]

    shots = Scene(
        [Actor(RED, walk((150, 250), (130, 0))), Actor(RED, walk((420, 257), (-140, 0)))],
        clutter=ball,
        pan=30,
    ).shots()
    whole, _ = follow(shots)
    begun, state = follow(shots[:11])
    saved = encode_state(state)
    rest, _ = follow(shots[11:], decode_state(saved, FollowerState))
    for one, other in zip(whole, begun + rest, strict=True):
        assert one.names == other.names
        for name in one.names:
            np.testing.assert_array_equal(one[name], other[name])


def test_a_step_is_pure() -> None:
    shots = crossing(RED, BLUE, 10)
    _, state = follow(shots[:10])
    before = encode_state(state)
    stage = build_follower(FAKE_NET)
    first, second = (stage.step(state, shots[10].view, shots[10].rows) for _ in range(2))
    assert encode_state(state) == before
    assert encode_state(first[0]) == encode_state(second[0])


def test_frames_without_anybody() -> None:
    shots = Scene([Actor(RED, walk((150, 250), (0, 0)), present=(0.5, 0.8))], seconds=1.5).shots()
    written, state = follow(shots)
    assert {"track", "mask", "visibility", "score"} <= set(written[0].names)
    assert [len(rows) for rows in written] == [0] * 5 + [1] * 3 + [0] * 7
    assert len(state.tracks) <= 1


def test_doubled_detection_gets_no_track_of_its_own() -> None:
    shots = Scene([Actor(RED, walk((150, 250), (50, 0)))], seconds=1.0).shots()
    doubled = []
    for shot in shots:
        box = shot.rows.boxes + 2
        double = shot.view.rows(box, ["referee"], [0.6])
        doubled.append(replace(shot, rows=Sightings.concat([shot.rows, double])))
    written, _ = follow(doubled)
    assert all(list(rows["track"]) == [0, -1] for rows in written)


def test_candidates_for_the_ball_are_discs_that_nobody_follows_yet() -> None:
    def two(_: float) -> list[tuple[str, float, float, float, float]]:
        return [("ball", 300.0, 90.0, 5.0, 0.8), ("ball", 500.0, 60.0, 5.0, 0.3)]

    for rows in follow(Scene([], seconds=0.3, clutter=two).shots())[0]:
        assert list(rows["track"]) == [-1, -1]
        assert [rle.area(mask, SIZE) for mask in rows["mask"]] == pytest.approx(
            [np.pi * 25] * 2, rel=0.15
        )


def test_rims_stay_without_track_and_mask() -> None:
    def rim(_: float) -> list[tuple[str, float, float, float, float]]:
        return [("rim", 500.0, 60.0, 12.0, 0.9)]

    shots = Scene([Actor(RED, walk((150, 250), (0, 0)))], seconds=0.5, clutter=rim).shots()
    for rows in follow(shots)[0]:
        row = list(rows["kind"]).index("rim")
        assert (rows["track"][row], rows["mask"][row]) == (-1, None)
        assert np.isnan(rows["visibility"][row])


def test_the_trunk_is_asked_for_before_a_picture_is_read() -> None:
    detect = stateless("detect", ["image"], ["kind", "score", "box"], lambda _, rows: rows)
    with pytest.raises(SettingsError, match="'masks' needs trunk"):
        check_order([detect, build_follower(FAKE_NET)])
    check_order([detect, build_follower(FAKE_NET, make_trunk=Mock())])


@given(
    arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9))),
    st.integers(0, 5),
    st.integers(0, 5),
)
def test_an_outline_is_encoded_like_the_whole_picture(
    pixels: NDArray[np.bool_], left: int, top: int
) -> None:
    whole = np.zeros((top + pixels.shape[0], left + pixels.shape[1] + 1), np.bool_)
    whole[top:, left:-1] = pixels
    size = (whole.shape[0], whole.shape[1])
    counts = encode(Outline(left, top, pixels), size)
    assert counts == rle.encode(whole)
    x1, y1, x2, y2 = left, top, left + pixels.shape[1], top + pixels.shape[0]
    assert (rle.decode_window(counts, size, (x1, y1, x2, y2)) == pixels).all()


def test_a_box_goes_to_the_outline_but_not_where_something_hides_the_body() -> None:
    body = Outline(110, 52, np.ones((146, 40), np.bool_))
    detected = np.array([100, 50, 160, 200], np.float32)
    assert fitted(detected, body, (300, 300)) == pytest.approx([105.95, 50.35, 154.05, 199.65])
    without_legs = Outline(110, 52, np.ones((90, 40), np.bool_))
    assert fitted(detected, without_legs, (300, 300))[3] == 200
    reaching_out = Outline(60, 52, np.ones((146, 90), np.bool_))
    assert fitted(detected, reaching_out, (300, 300))[0] == pytest.approx(95.8)
    assert fitted(detected, body, (198, 300))[3] == 198


def test_no_outlines_of_benches_but_of_whoever_is_on_court() -> None:
    actors = [
        Actor(RED, walk((150, 250), (50, 0))),
        Actor(BLUE, walk((400, 260), (0, 0)), kind="person"),
    ]
    shots = Scene(actors, seconds=0.5).shots()
    bench = [row_of(shot, rows, 1) for shot, rows in zip(shots, follow(shots)[0], strict=True)]
    assert all(
        rows["mask"][row] is None and rows["track"][row] >= 0
        for rows, row in zip(follow(shots)[0], bench, strict=True)
    )
    # A camera 8 m above the middle of the sideline that looks down on the whole court.
    camera = np.array([0.0, -14.0, 8.0, 0.0, 0.6, 0.0, 0.0, 0.0])
    for shot in shots:
        shot.view.columns["camera"] = camera
    assert all(
        rows["mask"][row] is not None for rows, row in zip(follow(shots)[0], bench, strict=True)
    )


def test_disc_fills_its_box_and_is_cut_at_the_picture() -> None:
    drawn = disc(np.array([10, 20, 30, 60], np.float32), (100, 100))
    assert drawn is not None
    assert np.count_nonzero(drawn.pixels) == pytest.approx(np.pi * 10 * 20, rel=0.03)
    cut = disc(np.array([-10, 20, 10, 60], np.float32), (100, 100))
    assert cut is not None
    assert cut.left == 0
    assert disc(np.array([-30, 20, -10, 60], np.float32), (100, 100)) is None
