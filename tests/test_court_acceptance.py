"""A court is taken for known only where lines, floor and one place bear it out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from court_scene import BROADCAST, PHONE, SIZE, Scene, film, find, mean_error, panning, view_of
from courtside.court.again import choose_reading, followed_again
from courtside.court.floor_map import COLUMNS, ROWS, agreement, coarse_floor
from courtside.court.follow import Followed
from courtside.court.league import READINGS, Reading
from courtside.court.line_votes import likely, shares_of, told_by_lines
from courtside.court.lines import line_share
from courtside.court.model import LOG_FOCAL, PAN, TILT, Floats, to_floor
from courtside.court.settle import settle_cameras
from courtside.court.shapes import FIBA, LANDMARKS, NBA, NFHS, WNBA, Court
from courtside.court.stage import build_court
from courtside.sightings import FrameTable, Sightings, View
from test_court_lines import floor_picture
from test_court_stage import errors, looked, table

NAMES = [reading.name for reading in READINGS]
LOW = PHONE - 0.5 * np.eye(8)[PAN] + 0.2 * np.eye(8)[LOG_FOCAL]


@dataclass(frozen=True)
class FloorTrunk:
    """What a net shares of the court and its floor."""

    court_points: NDArray[np.float32]
    floor: NDArray[np.float32]


def floor_seen(camera: Floats, court: Court = NBA) -> NDArray[np.float32]:
    """Return the net's map (68, 120) of the floor inside the lines."""
    x, y = np.meshgrid((np.arange(120) + 0.5) * SIZE[1] / 120, (np.arange(68) + 0.5) * SIZE[0] / 68)
    points = to_floor(camera, np.column_stack([x.ravel(), y.ravel()]), SIZE)
    limits = np.array([court.length, court.width]) / 2
    inside = (np.abs(np.nan_to_num(points, nan=np.inf)) < limits).all(axis=1)
    return inside.reshape(68, 120).astype(np.float32)


def points_of(scene: Scene) -> Floats:
    points = np.full((len(scene.found), len(LANDMARKS), 3), np.nan)
    for i, found in enumerate(scene.found):
        points[i, found[:, 0].astype(int)] = found[:, 1:]
    return points


def motions_of(scene: Scene) -> Floats:
    return np.array([np.full((3, 3), np.nan) if m is None else m for m in scene.motions])


@pytest.mark.parametrize("court", [FIBA, WNBA], ids=lambda court: court.name)
def test_painted_lines_tell_leagues_apart_that_differ_by_decimetres(court: Court) -> None:
    rng, votes = np.random.default_rng(1), []
    for shift in (-0.1, 0.0, 0.1):
        camera = LOW + shift * np.eye(8)[PAN]
        found = find(camera, court, rng, noise=3.0)
        image, everyone = floor_picture(camera, court), np.arange(len(READINGS))
        votes.append(shares_of(image, camera, 0, READINGS, everyone, found, None))
    told = told_by_lines(np.array(votes))
    assert told is not None
    assert NAMES[told] == court.name


def test_lines_lie_in_place_for_the_right_court_alone() -> None:
    image = floor_picture(BROADCAST, NBA)
    assert line_share(image, BROADCAST, NBA) > 0.6
    assert line_share(image, BROADCAST, FIBA) < 0.3
    assert line_share(image, BROADCAST + 0.02 * np.eye(8)[PAN], NBA) < 0.3


def test_votes_where_no_court_shows_its_lines_do_not_count() -> None:
    blurred, clear = np.full((5, 3), 0.05), np.array([[0.2, 0.6, 0.1]] * 3)
    assert told_by_lines(blurred) is None
    np.testing.assert_array_equal(likely(blurred), [0, 1, 2])
    assert told_by_lines(np.concatenate([blurred, clear])) == 1


def test_one_place_for_all_frames_tells_the_league() -> None:
    scene = film(panning(LOW, 60, pan=0.5), NFHS, seed=2, noise=4.0, missed=0.5)
    args = points_of(scene), motions_of(scene), scene.times, np.zeros(60, np.int64)
    assert choose_reading(*args, READINGS, SIZE) == Reading(NFHS)


def test_without_any_points_the_first_reading_is_taken() -> None:
    args = np.full((3, len(LANDMARKS), 3), np.nan), np.tile(np.eye(3), (3, 1, 1))
    assert choose_reading(*args, np.arange(3.0), np.zeros(3, int), READINGS, SIZE) == READINGS[0]


def test_cameras_of_a_court_that_was_taken_for_another_are_found_anew() -> None:
    """While looking the wrong court was tried, and its cameras stand elsewhere."""
    scene = film(panning(LOW, 40), NFHS)
    frames = looked(scene, build_court((Reading(NBA),)))
    settled, _ = settle_cameras(frames, SIZE, (Reading(NFHS),))
    assert np.median(errors(settled, scene.cameras, NFHS)) < 0.2
    again = followed_again(points_of(scene), motions_of(scene), scene.times, Reading(NFHS), SIZE)
    assert np.isfinite(again[:, 0]).mean() > 0.8


def test_a_right_camera_agrees_with_the_floor_and_a_wrong_one_does_not() -> None:
    floor = coarse_floor(floor_seen(PHONE))
    aside = PHONE + 0.25 * np.eye(8)[PAN]
    nowhere = np.full(8, np.nan)
    agreed = agreement(np.array([PHONE, aside, nowhere]), np.tile(floor, (3, 1)), NBA, SIZE)
    assert agreed[0] > 0.9
    assert agreed[1] < 0.8
    assert np.isnan(agreed[2])


def test_where_no_floor_is_seen_nothing_is_told() -> None:
    sky = BROADCAST - 1.2 * np.eye(8)[TILT]
    assert np.isnan(agreement(sky[None], np.zeros((1, ROWS * COLUMNS)), NBA, SIZE)).all()
    unknown = np.full((1, ROWS * COLUMNS), np.nan)
    assert np.isnan(agreement(BROADCAST[None], unknown, NBA, SIZE)).all()


def with_floor(frames: FrameTable, cameras: Floats) -> FrameTable:
    floors = np.array([coarse_floor(floor_seen(camera)) for camera in cameras])
    return frames.with_columns(court_floor=floors)


def test_cameras_beside_the_floor_are_not_known() -> None:
    """A consistent set of wrong points makes a camera; the floor tells that it is none."""
    scene = film(panning(PHONE, 20), noise=1.0, wrong=0.0)
    frames = looked(scene, build_court((Reading(NBA),)))
    right, _ = settle_cameras(with_floor(frames, scene.cameras), SIZE, (Reading(NBA),))
    assert np.isfinite(right["court_error"]).mean() > 0.9
    elsewhere = scene.cameras + 0.5 * np.eye(8)[PAN]
    wrong, reading = settle_cameras(with_floor(frames, elsewhere), SIZE, (Reading(NBA),))
    assert np.isnan(wrong["court_error"]).all()
    assert reading is None


def test_points_are_settled_as_the_net_placed_them_where_looking_took_another_court() -> None:
    """Cameras that another court's lines corrected move no points."""
    scene = film(panning(PHONE, 20), NFHS)
    frames = looked(scene, build_court((Reading(NFHS),)))
    aside = scene.cameras + 0.01 * np.eye(8)[PAN]
    results = []
    for tried in ("nba", "nfhs"):
        told = frames.with_columns(line_camera=aside, court_tried=[tried] * 20)
        settled, _ = settle_cameras(told, SIZE, (Reading(NFHS),))
        results.append(np.median(settled["camera"][:, PAN] - scene.cameras[:, PAN]))
    assert abs(results[0]) < 0.002
    assert results[1] > 0.005


def test_lines_seen_while_looking_decide_the_league() -> None:
    """Points as few and noisy as these would do for the first court in the list."""
    scene = film(panning(LOW, 12), FIBA, noise=4.0, missed=0.6)
    votes = np.full((12, len(READINGS)), np.nan)
    votes[[2, 5, 8]] = np.where(np.array(NAMES) == "fiba", 0.6, 0.3)
    frames = looked(scene, build_court()).with_columns(line_votes=votes)
    _, reading = settle_cameras(frames, SIZE)
    assert reading == Reading(FIBA)


def test_a_lost_camera_is_found_again_however_noisy_the_points_seemed() -> None:
    scene, stage = film(panning(PHONE, 6), wrong=0.0), build_court((Reading(NBA),))
    noisy = replace(Followed(), noise=4.0, echo=0.85, camera=PHONE, covariance=np.eye(8) * 1e-6)
    beside = replace(stage.start(), segment=0, agreed=0.5, followed=noisy)
    known = []
    for index in range(6):
        view = seen_with_floor(scene, index, scene.cameras[index])
        beside, _ = stage.step(beside, view, Sightings.empty())
        known.append(np.isfinite(np.asarray(view.columns["camera"])).all())
    assert not known[0]
    assert all(known[2:])


def test_a_frame_carried_by_motion_alone_must_agree_better() -> None:
    cameras = panning(PHONE, 20)
    scene = film(cameras, noise=1.0)
    frames = looked(replace(scene, found=[*scene.found[:12], *[np.zeros((0, 4))] * 8]),
                    build_court((Reading(NBA),)))  # fmt: skip
    beside = cameras + 0.2 * np.eye(8)[PAN]
    settled, _ = settle_cameras(with_floor(frames, beside), SIZE, (Reading(NBA),))
    agreed = agreement(cameras, with_floor(frames, beside)["court_floor"], NBA, SIZE)
    assert 0.8 < agreed.min() < agreed.max() < 0.87
    known = np.isfinite(settled["court_error"])
    assert known[:12].mean() > 0.9
    assert not known[12:].any()
    right, _ = settle_cameras(with_floor(frames, cameras), SIZE, (Reading(NBA),))
    assert right["court_error"][12] > 1.3 * right["court_error"][11]


def seen_with_floor(scene: Scene, index: int, camera: Floats) -> View:
    """Return a view whose net sees the floor as another camera would."""
    bare = view_of(scene, index)
    view = View(bare.frame, bare.pts, bare.time, 0, bare.image, bare.motion)
    trunk = FloorTrunk(scene.found[index].astype(np.float32), floor_seen(camera))
    view.shared("trunk", lambda: trunk)
    return view


def test_looking_drops_a_camera_that_sees_the_floor_elsewhere() -> None:
    scene, stage = film(panning(PHONE, 10), wrong=0.0), build_court((Reading(NBA),))
    for floors, known in ((scene.cameras, True), (scene.cameras + 0.4 * np.eye(8)[PAN], False)):
        state, seen = stage.start(), []
        for index, camera in enumerate(floors):
            view = seen_with_floor(scene, index, camera)
            state, _ = stage.step(state, view, Sightings.empty())
            seen.append(np.isfinite(np.asarray(view.columns["camera"])).all())
        assert all(seen) if known else not any(seen)


def test_the_floor_is_kept_for_settling() -> None:
    scene, stage = film(panning(PHONE, 1)), build_court((Reading(NBA),))
    view = seen_with_floor(scene, 0, PHONE)
    stage.step(stage.start(), view, Sightings.empty())
    kept = np.asarray(view.columns["court_floor"])
    assert agreement(PHONE[None], kept[None], NBA, SIZE)[0] > 0.9
    columns = {"frame": 0, "pts": 0, "time": 0.0, "segment": 0, **view.columns}
    assert table([columns])["court_tried"].tolist() == ["nba"]
    assert mean_error(PHONE, np.asarray(view.columns["camera"]), NBA) < 0.5
