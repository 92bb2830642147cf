"""The court in a run: look stages, the league, settled cameras and paths."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from court_scene import (
    BROADCAST,
    PHONE,
    SIZE,
    Scene,
    Trunk,
    film,
    foot_pixel,
    mean_error,
    panning,
    view_of,
)
from courtside import rle
from courtside.court.feet import build_feet, ground_contact, standing
from courtside.court.heads import with_heads
from courtside.court.league import READINGS, Reading, readings_for, readings_of
from courtside.court.marks import turned
from courtside.court.model import Floats, project
from courtside.court.paths import distance, find_path
from courtside.court.pieces import pieces
from courtside.court.places import settle_places
from courtside.court.settle import settle_cameras
from courtside.court.shapes import FIBA, FIBA_3X3, LANDMARKS, NBA, NCAA, NFHS, Court, landmarks
from courtside.court.shown import SetPoint
from courtside.court.smooth import Seen
from courtside.court.stage import build_court
from courtside.court.stature import stature
from courtside.errors import InputError
from courtside.settings import Settings
from courtside.sightings import FrameTable, Sightings, View
from courtside.stage import LookStage
from courtside.store.state import decode_state, encode_state


def looked(scene: Scene, stage: LookStage) -> FrameTable:
    """Return the frames table of a scene after the court stage."""
    state, rows = stage.start(), []
    for index in range(len(scene.found)):
        view = view_of(scene, index)
        state, _ = stage.step(state, view, Sightings.empty())
        rows.append(row_of(view))
    return table(rows)


def row_of(view: View) -> dict[str, Any]:
    motion = np.full(9, np.nan) if view.motion is None else view.motion.ravel()
    of_frame = {"frame": view.frame, "pts": view.pts, "time": float(view.time), "segment": 0}
    return {**of_frame, "motion": motion, **view.columns}


def table(rows: list[dict[str, Any]]) -> FrameTable:
    return FrameTable({name: [row[name] for row in rows] for name in rows[0]})


def errors(frames: FrameTable, cameras: Floats, court: Court) -> Floats:
    pairs = zip(cameras, frames["camera"].astype(np.float64), strict=True)
    return np.array([mean_error(true, own, court) for true, own in pairs if np.isfinite(own[0])])


def test_cameras_of_a_film_are_found_and_settled() -> None:
    scene = film(panning(BROADCAST))
    frames = looked(scene, build_court((Reading(NBA),)))
    settled, reading = settle_cameras(frames, SIZE, (Reading(NBA),))
    assert reading == Reading(NBA)
    assert np.isfinite(settled["court_error"]).mean() > 0.95
    assert errors(settled, scene.cameras, NBA).max() < 0.3
    assert errors(settled, scene.cameras, NBA).mean() < errors(frames, scene.cameras, NBA).mean()


@pytest.mark.parametrize("court", [NBA, NCAA, FIBA, NFHS], ids=lambda court: court.name)
def test_the_league_is_recognised(court: Court) -> None:
    wide = replace_focal(BROADCAST, 1.3)
    scene = film(panning(wide, 20, pan=0.35, rate=1.6), court, seed=1)
    frames = looked(scene, build_court())
    settled, reading = settle_cameras(frames, SIZE)
    assert reading == Reading(court)
    assert np.median(errors(settled, scene.cameras, court)) < 0.2


def replace_focal(camera: Floats, focal: float) -> Floats:
    return np.array([*camera[:6], np.log(focal), camera[7]])


def test_half_a_court_is_recognised_however_its_end_is_named() -> None:
    """Seen towards its one basket from the far end, the net's rule names that end `right`."""
    camera = np.array([10.0, -14.0, 7.0, -0.55, 0.36, 0.0, np.log(0.8), 0.0])
    scene = film(panning(camera, 20), FIBA_3X3)
    named = replace(scene, found=[turned(found) for found in scene.found])
    for film_, turn in ((scene, False), (named, True)):
        settled, reading = settle_cameras(looked(film_, build_court()), SIZE)
        assert reading == Reading(FIBA_3X3, turn)
        assert np.median(errors(settled, scene.cameras, FIBA_3X3)) < 0.2


def test_without_court_points_everything_is_null_and_nothing_breaks() -> None:
    scene = film(panning(BROADCAST, 3))
    court, feet = build_court(), build_feet()
    view = view_of(scene, 0)
    view = View(view.frame, view.pts, view.time, view.segment, view.image, view.motion)
    view.shared("trunk", lambda: Trunk(None))
    rows = view.rows([[100, 100, 150, 250]], ["player"], [0.9])
    _, rows = court.step(court.start(), view, rows)
    _, rows = feet.step(None, view, rows)
    assert np.isnan(np.asarray(view.columns["camera"])).all()
    assert np.isnan([rows["court_x"][0], rows["court_y"][0]]).all()
    assert np.isfinite(rows["foot_x"][0])
    frames = table([row_of(view)])
    settled, reading = settle_cameras(frames, SIZE)
    assert reading is None
    assert np.isnan(settled["court_error"]).all()


def test_a_saved_state_goes_on_exactly() -> None:
    scene, stage = film(panning(BROADCAST, 12)), build_court()
    state = stage.start()
    for index in range(8):
        state, _ = stage.step(state, view_of(scene, index), Sightings.empty())
    again = decode_state(encode_state(state), stage.state_type)
    columns = []
    for one in (state, again):
        for index in range(8, 12):
            view = view_of(scene, index)
            one, _ = stage.step(one, view, Sightings.empty())
        columns.append(view.columns)
    np.testing.assert_array_equal(columns[0]["camera"], columns[1]["camera"])


def test_a_cut_starts_anew() -> None:
    scene, stage = film(panning(BROADCAST, 10)), build_court((Reading(NBA),))
    state = stage.start()
    for index in range(10):
        state, _ = stage.step(state, view_of(scene, index), Sightings.empty())
    blank = replace(scene, found=[np.zeros((0, 4))] * 10)
    view = view_of(blank, 3, segment=1)
    stage.step(state, view, Sightings.empty())
    assert np.isnan(np.asarray(view.columns["camera"])).all()


def test_points_named_the_other_way_round_in_some_frames() -> None:
    scene = film(panning(BROADCAST, 24))
    mixed = [turned(f) if i >= 12 else f for i, f in enumerate(scene.found)]
    frames = looked(replace(scene, found=mixed), build_court((Reading(NBA),)))
    settled, _ = settle_cameras(frames, SIZE, (Reading(NBA),))
    assert np.isfinite(settled["court_error"]).mean() > 0.9
    assert np.ptp(settled["camera"][np.isfinite(settled["court_error"]), 1]) < 1.0


def shown_by_hand(scene: Scene, index: int) -> list[SetPoint]:
    names = ("left_lane_line_near", "left_lane_line_far", "left_lane_baseline_near",
             "left_lane_baseline_far", "corner_left_far", "left_three_top")  # fmt: skip
    places = landmarks(NBA)[[LANDMARKS.index(name) for name in names]]
    camera = scene.cameras[index]
    points = []
    for x, y, z in places.tolist():
        across, down = foot_pixel(camera, (x, y)) + 1.5
        points.append(SetPoint(3 * index, (float(across), float(down)), (x, y, z)))
    return points


def test_points_set_by_hand_solve_a_video_without_a_net() -> None:
    scene = film(panning(BROADCAST * [1, 1, 1, -1, 1, 1, 1, 1], 20))
    blank = replace(scene, found=[np.zeros((0, 4))] * 20)
    frames = looked(blank, build_court((Reading(NBA),)))
    settled, _ = settle_cameras(frames, SIZE, (Reading(NBA),), shown_by_hand(scene, 5))
    assert np.isfinite(settled["court_error"]).mean() > 0.5
    assert np.median(errors(settled, scene.cameras, NBA)) < 1.0


def test_points_set_where_no_camera_can_see_them_are_refused() -> None:
    scene = film(panning(BROADCAST, 4))
    frames = looked(scene, build_court((Reading(NBA),)))
    points = [replace(p, pixel=(p.pixel[1], p.pixel[0] % 700)) for p in shown_by_hand(scene, 1)]
    with pytest.raises(InputError, match="at least 4"):
        settle_cameras(frames, SIZE, (Reading(NBA),), points[:3])


def mask_of(*boxes: tuple[int, int, int, int]) -> bytes:
    mask = np.zeros(SIZE, np.bool_)
    for x1, y1, x2, y2 in boxes:
        mask[y1:y2, x1:x2] = True
    return rle.encode(mask)


def test_people_stand_below_the_middle_of_the_mask_at_its_lowest_pixels() -> None:
    """Somebody leans to the left of a box that a stretched arm makes wide."""
    box = np.array([100, 100, 200, 300], np.float32)
    mask = mask_of((100, 100, 140, 290), (140, 140, 200, 150))
    x, y = ground_contact(mask, box, SIZE)
    assert x == pytest.approx(123.7, abs=0.5)
    assert y == pytest.approx(290, abs=0.5)


def test_hidden_feet_are_where_the_box_says_and_cut_off_ones_nowhere() -> None:
    box = np.array([100, 100, 200, 300], np.float32)
    assert ground_contact(mask_of((100, 100, 140, 220)), box, SIZE)[0] == 150
    cut = np.array([100, 600, 200, 720], np.float32)
    assert np.isnan(ground_contact(mask_of((100, 600, 140, 720)), cut, SIZE)).all()


TIMES = np.arange(60) / 10
EYES = np.tile([0.0, -25.0, 9.0], (60, 1))


def seen_to(noise: float, places: Floats, across: float | None = None) -> Seen:
    """Return places seen to `noise` metres along y, and `across` along x where it is another."""
    sureness = np.diag([(across or noise) ** -2.0, noise**-2.0])
    return Seen(TIMES[: len(places)], places, np.tile(sureness, (len(places), 1, 1)))


def test_a_path_is_smooth_and_no_faster_than_people() -> None:
    rng = np.random.default_rng(0)
    true = np.column_stack([4.0 * TIMES - 10, 2 * np.sin(TIMES)])
    seen = true + rng.normal(0, 0.2, true.shape)
    seen[30] += [6.0, 0.0]
    path = find_path(seen_to(0.2, seen), EYES, 10.5)
    off = np.linalg.norm(path.places - true, axis=1)
    assert off.max() < 0.5
    assert off.mean() < np.linalg.norm(seen - true, axis=1).mean()
    assert path.speeds.max() < 6.5
    assert distance(path, TIMES) == pytest.approx(np.hypot(4.0, 1.3) * 5.9, rel=0.08)


def test_a_jump_is_found_and_does_not_move_the_person() -> None:
    """Feet half a metre up seem 1.5 m farther away from a camera 9 m up and 25 m off."""
    seen = np.column_stack([np.full(60, 1.0), np.zeros(60)])
    rise = np.zeros(60)
    rise[20:25] = [0.3, 0.5, 0.6, 0.5, 0.3]
    away = seen - EYES[:, :2]
    seen = EYES[:, :2] + away * (9 / (9 - rise))[:, None]
    path = find_path(seen_to(0.15, seen), EYES, 10.5)
    assert path.airborne[21:24].all()
    assert not path.airborne[:19].any()
    assert np.linalg.norm(path.places - [1.0, 0.0], axis=1).max() < 0.6


def test_a_run_is_no_jump() -> None:
    true = np.column_stack([np.zeros(60), -5 + 5 * np.sin(TIMES)])
    path = find_path(seen_to(0.15, true), EYES, 10.5)
    assert not path.airborne.any()
    assert np.abs(path.places - true).max() < 0.2


def test_what_is_seen_badly_in_depth_is_smoothed_there_alone() -> None:
    rng = np.random.default_rng(1)
    true = np.column_stack([2 * np.sin(2 * TIMES), np.zeros(60)])
    seen = true + rng.normal(0, 1, true.shape) * [0.05, 0.8]
    path = find_path(seen_to(0.8, seen, across=0.05), EYES, 10.5)
    off = np.abs(path.places - true).mean(axis=0)
    assert off[0] < 0.05
    assert off[1] < 0.3


def test_a_track_of_two_people_is_two_paths_and_an_outlier_is_none() -> None:
    rng = np.random.default_rng(2)
    true = np.tile([1.0, 0.0], (60, 1))
    true[30:] += [3.0, 4.0]
    seen = true + rng.normal(0, 0.2, true.shape)
    assert pieces(seen_to(0.2, seen), EYES) == [(0, 30), (30, 60)]
    path = find_path(seen_to(0.2, seen), EYES, 10.5)
    assert np.linalg.norm(path.places - true, axis=1).max() < 0.5
    lone = np.tile([1.0, 0.0], (60, 1)) + rng.normal(0, 0.2, true.shape)
    lone[30] += [3.0, 4.0]
    assert pieces(seen_to(0.2, lone), EYES) == [(0, 60)]


def test_who_turns_and_sprints_is_one_path() -> None:
    """There and back at 6 m/s, turned round within half a second."""
    away = np.abs(TIMES - 3.0)
    places = np.column_stack([6.0 * np.hypot(away, 0.25), np.zeros(60)])
    assert pieces(seen_to(0.15, places), EYES) == [(0, 60)]


def test_the_same_sole_is_as_many_metres_for_a_low_camera() -> None:
    """A foot's near edge 6 cm before where its owner stands, from 9.5 and from 2.2 m up."""
    for camera in (BROADCAST, BROADCAST * [1, 0.5, 0.23, 1, 0.5, 1, 1, 1]):
        away = np.array([3.0, 1.0]) - camera[:2]
        edge = np.array([3.0, 1.0]) - 0.06 * away / np.linalg.norm(away)
        pixel = foot_pixel(camera, (edge[0], edge[1]))
        assert standing(camera, pixel[None], SIZE)[0] == pytest.approx([3.0, 1.0], abs=1e-3)


def test_a_box_that_ends_at_the_knees_tells_little_of_the_feet() -> None:
    """Half a metre less than 1.9 m is doubted by 0.3 of what bending leaves."""
    tall = np.array([1.9] * 8 + [1.4, np.nan])
    person = stature(tall, np.ones(10, np.bool_), upright=False)
    assert person.tall == 1.9
    assert person.doubt[8] == pytest.approx(0.3 * (0.5 / 1.9 - 0.05))
    assert (person.doubt[[0, 9]] == 0).all()


def test_who_stands_upright_is_as_tall_as_at_the_tallest_and_lacks_feet_elsewhere() -> None:
    tall = np.array([1.7] * 14 + [2.0] * 6)
    referee, player = (stature(tall, np.ones(20, np.bool_), upright) for upright in (True, False))
    assert (referee.tall, player.tall) == (2.0, 1.7)
    assert referee.doubt[0] == pytest.approx(0.15 - 0.03)
    assert np.isnan(stature(np.full(3, np.nan), np.ones(3, np.bool_), upright=True).tall)


LOW = BROADCAST * [1, 0.5, 0, 1, 0.1, 1, 1, 1] + [0, 0, 1.9, 0, 0, 0, 0, 0]


def box_at(camera: Floats, place: tuple[float, float], tall: float) -> Floats:
    """Return the box (4,) of a person of that height, from the soles' near edge to the head."""
    low = foot_pixel(camera, place)
    high = project(camera, np.array([[*place, tall]]), SIZE)[0]
    return np.array([low[0] - 20, high[1], low[0] + 20, low[1]])


@pytest.mark.parametrize(("camera", "helps"), [(BROADCAST, True), (LOW, False)])
def test_heads_tell_where_people_stand_to_cameras_above_them(camera: Floats, helps: bool) -> None:
    """A box that ends 15 % too high stands farther away; the head is where it is."""
    place = (5.0, 1.0)
    box = box_at(camera, place, 1.9)
    box[3] -= 0.15 * (box[3] - box[1])
    seen = standing(camera, np.array([[box[[0, 2]].mean(), box[3]]]), SIZE)
    feet = Seen(np.zeros(1), seen, 0.5 * np.eye(2)[None])
    person = stature(np.full(9, 1.9), np.ones(9, np.bool_), upright=True)
    found = with_heads(feet, person, camera[None], box[None], SIZE).places[0]
    before, after = (np.linalg.norm(at - place) for at in (seen[0], found))
    assert before > 0.8
    assert (after < 0.5 * before) if helps else (after == pytest.approx(before, rel=0.1))


def test_a_referee_behind_players_stands_where_the_head_tells() -> None:
    """Boxes end at the knees for half of the time; a player might have bent them."""
    scene = film(panning(BROADCAST, 40))
    frames, _ = settle_cameras(looked(scene, build_court((Reading(NBA),))), SIZE, (Reading(NBA),))
    boxes = np.array([box_at(camera, (5.0, 1.0), 1.9) for camera in scene.cameras])
    boxes[15:35, 3] -= 0.17 * (boxes[15:35, 3] - boxes[15:35, 1])
    columns = dict(zip(("x1", "y1", "x2", "y2"), boxes.T, strict=True))
    off = []
    for second in ("referee", "player"):
        rows = Sightings(
            {"frame": frames["frame"], "time": frames["time"], "segment": np.zeros(40, int),
             "kind": ["player", second] * 20, "track": np.zeros(40, int), **columns,
             "foot_x": boxes[:, [0, 2]].mean(axis=1) + 0.2, "foot_y": boxes[:, 3]}
        )  # fmt: skip
        rows = settle_places(rows, frames, SIZE, 10.5)
        off.append(np.hypot(rows["court_x"] - 5.0, rows["court_y"] - 1.0)[15:35].mean())
    assert off[0] < 0.5
    assert off[0] < 0.65 * off[1]


def test_settling_begins_where_lines_led_and_few_points_did_not() -> None:
    """While looking, the first frames were taken for another court."""
    scene = film(panning(PHONE, 60), NFHS, seed=6, missed=0.85, wrong=0.4, noise=3.0)
    frames = looked(scene, build_court((Reading(NFHS),)))
    tried = np.array(["nba"] * 30 + ["nfhs"] * 30, object)
    cameras = np.full((60, 8), np.nan)
    cameras[30:] = scene.cameras[30:]
    frames = frames.with_columns(court_tried=tried, line_camera=cameras)
    settled, _ = settle_cameras(frames, SIZE, (Reading(NFHS),))
    known = np.isfinite(settled["court_error"])
    assert known.mean() > 0.9
    assert settled["camera"][known, :3] == pytest.approx(scene.cameras[known, :3], abs=0.25)


def test_rows_get_places_that_agree_with_the_settled_camera() -> None:
    scene = film(panning(BROADCAST, 20))
    frames, _ = settle_cameras(looked(scene, build_court((Reading(NBA),))), SIZE, (Reading(NBA),))
    feet = np.array([foot_pixel(camera, (5.0, 1.0)) for camera in scene.cameras])
    count = len(feet)
    rows = Sightings(
        {"frame": frames["frame"], "time": frames["time"], "segment": np.zeros(count, int),
         "kind": ["player"] * count, "track": np.zeros(count, int),
         **{name: np.zeros(count) for name in ("x1", "y1", "x2", "y2")},
         "foot_x": feet[:, 0], "foot_y": feet[:, 1]}
    )  # fmt: skip
    rows = settle_places(rows, frames, SIZE, 10.5)
    off = np.hypot(rows["court_x"] - 5.0, rows["court_y"] - 1.0)
    assert np.nanmax(off) < 0.25
    assert not any(rows["airborne"])


def test_custom_courts_come_from_settings() -> None:
    (reading,) = readings_for("nfhs", {"lane_width": 4.9})
    assert (reading.court.name, reading.court.lane_width) == ("custom", 4.9)
    assert reading.court.length == NFHS.length
    assert readings_for(None, {}) == READINGS
    with pytest.raises(InputError, match="unknown measure"):
        readings_for("nba", {"hight": 1.0})


def test_three_on_three_is_played_on_its_own_court() -> None:
    readings = readings_of(Settings(sport="basketball3x3"))
    assert {reading.court.name for reading in readings} == {"3x3"}
    assert readings_of(Settings()) == READINGS
