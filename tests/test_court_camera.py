"""Cameras: the model, the search, following, and a segment solved as a whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from court_scene import (
    BASELINE,
    BROADCAST,
    PHONE,
    SIZE,
    film,
    find,
    mean_error,
    motion_between,
    panning,
)
from courtside.court.certainty import court_error, court_errors
from courtside.court.evidence import Evidence
from courtside.court.follow import Followed, Found, follow, moved
from courtside.court.marks import Marks, marks_from, turned
from courtside.court.model import Floats, half_turned, project, project_with_slopes, to_floor
from courtside.court.segment import Solved, solve_segment
from courtside.court.shapes import FIBA, LANDMARKS, NBA, NCAA, NFHS, Court, landmarks
from courtside.court.start import first_fit
from courtside.errors import InputError
from courtside.simulate.camera import Camera

CAMERAS = pytest.mark.parametrize("camera", [BROADCAST, BASELINE, PHONE], ids=str)


def test_projection_agrees_with_the_simulator() -> None:
    """The simulator's renderer has its own projection, written apart from this one."""
    other = Camera((1.5, -25.0, 9.5), (6.0, 1.0, 0.8), 2.3, 0.03, SIZE[1], SIZE[0])
    forward = other.axes()[2]
    pan, tilt = np.arctan2(forward[0], forward[1]), -np.arcsin(forward[2])
    camera = np.array([*other.place, pan, tilt, other.roll, np.log(other.focal), 0.0])
    points = np.random.default_rng(0).uniform([-14, -7, 0], [14, 7, 3], (50, 3))
    np.testing.assert_allclose(
        project(camera, points, SIZE), other.project(points)[:, :2], atol=1e-6
    )


@CAMERAS
def test_derivatives_are_those_of_the_projection(camera: Floats) -> None:
    points = landmarks(NBA)
    pixels, slopes = project_with_slopes(camera, points, SIZE)
    np.testing.assert_allclose(pixels, project(camera, points, SIZE))
    steps = 1e-6 * np.eye(8)
    numeric = [
        (project(camera + s, points, SIZE) - project(camera - s, points, SIZE)) / 2e-6
        for s in steps
    ]
    np.testing.assert_allclose(slopes, np.stack(numeric, -1), rtol=1e-4, atol=1e-2)


@CAMERAS
def test_floor_and_back(camera: Floats) -> None:
    bent = camera.copy()
    bent[7] = -0.04
    points = np.array([[2.0, 1.0], [5.0, 3.0], [-3.0, 2.0]])
    pixels = project(bent, np.column_stack([points, np.zeros(3)]), SIZE)
    seen = np.isfinite(pixels[:, 0])
    np.testing.assert_allclose(to_floor(bent, pixels, SIZE)[seen], points[seen], atol=1e-4)


def test_sky_is_not_on_the_floor_and_what_is_behind_is_not_seen() -> None:
    assert np.isnan(to_floor(PHONE, np.array([[640.0, 5.0]]), SIZE)).all()
    assert np.isnan(project(PHONE, np.array([[3.0, -20.0, 1.0]]), SIZE)).all()


def test_a_half_turned_camera_sees_the_turned_court() -> None:
    pixels = project(half_turned(BROADCAST), landmarks(NBA) * [-1, -1, 1], SIZE)
    np.testing.assert_allclose(pixels, project(BROADCAST, landmarks(NBA), SIZE), atol=1e-9)


@CAMERAS
@pytest.mark.parametrize("court", [NBA, FIBA, NCAA, NFHS], ids=lambda court: court.name)
def test_first_camera_from_noisy_and_wrong_points(camera: Floats, court: Court) -> None:
    marks = marks_from(find(camera, court, np.random.default_rng(3)), court, SIZE)
    fit = first_fit(marks, SIZE, 0)
    assert fit is not None
    assert mean_error(camera, fit.camera, court) < 0.3


def test_too_few_points_give_no_camera() -> None:
    marks = marks_from(find(BROADCAST, NBA, np.random.default_rng(0))[:3], NBA, SIZE)
    assert first_fit(marks, SIZE, 0) is None


def test_points_of_another_shape_are_refused() -> None:
    with pytest.raises(InputError, match=r"\(k, 4\)"):
        marks_from(np.zeros((3, 3)), NBA, SIZE)
    with pytest.raises(InputError, match="landmarks 0 to"):
        marks_from([[len(LANDMARKS), 1, 1, 1]], NBA, SIZE)


def test_motion_turns_the_camera() -> None:
    before, after = panning(BROADCAST * [1, 1, 1, 1, 1, 1, 1, 0], 8)[[0, 7]]
    motion = motion_between(before, after)
    np.testing.assert_allclose(moved(before[None], motion[None], SIZE)[0], after, atol=1e-4)


def followed(cameras: Floats, court: Court = NBA, seed: int = 0) -> tuple[list[Found], list[Marks]]:
    scene = film(cameras, court, seed=seed)
    state, seen, marks = Followed(), [], []
    for found, motion in zip(scene.found, scene.motions, strict=True):
        marks.append(marks_from(found, court, SIZE))
        state, frame = follow(state, marks[-1], motion, 0.1, court, SIZE)
        seen.append(frame)
    return seen, marks


@CAMERAS
def test_following_a_pan(camera: Floats) -> None:
    cameras = panning(camera)
    seen, _ = followed(cameras)
    known = [i for i, frame in enumerate(seen) if frame.camera is not None]
    errors = [mean_error(cameras[i], seen[i].camera, NBA) for i in known]  # type: ignore[arg-type]
    assert len(known) >= 0.95 * len(seen)
    assert np.median(errors) < 0.12
    assert max(errors) < 0.6


def test_the_estimate_is_honest() -> None:
    """It covers the true error in most frames and is not much larger than it has to be."""
    pairs = []
    for seed in range(16):
        cameras = panning(BROADCAST, 30)
        for camera, frame in zip(cameras, followed(cameras, seed=seed)[0], strict=True):
            if frame.camera is not None:
                pairs.append((mean_error(camera, frame.camera, NBA), frame.error))
    true, told = np.array(pairs).T
    assert np.mean(true <= told) > 0.85
    assert np.median(told) < 2 * np.median(true)


def test_frames_without_points_are_carried_for_a_while_and_then_not_known() -> None:
    scene = film(panning(BROADCAST, 20))
    nothing = marks_from(np.zeros((0, 4)), NBA, SIZE)
    state = Followed()
    for found, motion in zip(scene.found, scene.motions, strict=True):
        state, frame = follow(state, marks_from(found, NBA, SIZE), motion, 0.1, NBA, SIZE)
    carried = []
    for _ in range(400):
        state, frame = follow(state, nothing, np.eye(3), 0.1, NBA, SIZE)
        carried.append(frame)
    assert carried[5].camera is not None
    assert mean_error(scene.cameras[-1], carried[5].camera, NBA) < 0.5
    assert carried[5].error > carried[0].error
    assert carried[-1].camera is None


def test_nonsense_is_not_solved() -> None:
    """Points strewn at random make no camera, or hardly ever."""
    rng = np.random.default_rng(5)
    solved = 0
    for _ in range(30):
        index = rng.choice(len(LANDMARKS), 10, replace=False)
        found = np.column_stack(
            [index, rng.uniform(0, 1280, 10), rng.uniform(0, 720, 10), [0.8] * 10]
        )
        _, frame = follow(Followed(), marks_from(found, NBA, SIZE), None, 0.1, NBA, SIZE)
        solved += frame.camera is not None
    assert solved <= 1


def evidence_for(cameras: Floats, court: Court = NBA, seed: int = 0) -> tuple[Evidence, Floats]:
    scene = film(cameras, court, seed=seed)
    seen, _ = followed(cameras, court, seed)
    pixels = np.full((len(cameras), len(LANDMARKS), 2), np.nan)
    score = np.zeros(pixels.shape[:2])
    for i, found in enumerate(scene.found):
        for row in found[np.argsort(found[:, 3])]:
            pixels[i, int(row[0])], score[i, int(row[0])] = row[1:3], row[3]
    motions = [np.full((3, 3), np.nan) if m is None else m for m in scene.motions]
    starts = [np.full(8, np.nan) if f.camera is None else f.camera for f in seen]
    noise = np.full(score.shape, 2.0)
    evidence = Evidence(
        landmarks(court), pixels, noise, score, np.array(motions), scene.times, SIZE
    )
    return evidence, np.array(starts)


def errors_of(solved: Solved, cameras: Floats, court: Court = NBA) -> Floats:
    pairs = zip(cameras, solved.cameras, strict=True)
    return np.array([mean_error(true, found, court) for true, found in pairs])


def test_a_segment_is_solved_better_than_its_frames() -> None:
    cameras = panning(BROADCAST, 40)
    evidence, starts = evidence_for(cameras)
    solved = solve_segment(evidence, starts)
    alone = [
        mean_error(c, s, NBA) for c, s in zip(cameras, starts, strict=True) if np.isfinite(s[0])
    ]
    assert errors_of(solved, cameras).mean() < np.mean(alone)
    assert solved.held == "tripod"


def test_a_tripod_stays_where_it_is() -> None:
    cameras = np.tile(BROADCAST, (60, 1))
    evidence, starts = evidence_for(cameras)
    solved = solve_segment(evidence, starts)
    spots = np.array([[300.0, 500.0], [900.0, 400.0]])
    places = to_floor(solved.cameras, np.broadcast_to(spots, (60, 2, 2)), SIZE)
    assert solved.held == "still"
    assert np.ptp(places, axis=0).max() < 0.05


def test_a_moving_camera_is_told_from_one_on_a_tripod() -> None:
    cameras = panning(PHONE, 40)
    cameras[:, 0] += np.linspace(0, 4, 40)
    evidence, starts = evidence_for(cameras)
    solved = solve_segment(evidence, starts)
    assert solved.held == "carried"
    assert np.median(errors_of(solved, cameras)) < 0.3


def test_frames_before_the_first_points_are_solved_backwards() -> None:
    cameras = panning(BROADCAST, 30)
    evidence, starts = evidence_for(cameras)
    evidence.pixels[:8] = np.nan
    starts[:8] = np.nan
    solved = solve_segment(evidence, starts)
    assert errors_of(solved, cameras)[:8].max() < 0.5
    told = [
        court_error(camera, covariance, NBA, SIZE)
        for camera, covariance in zip(solved.cameras, solved.covariances, strict=True)
    ]
    assert told[0] > told[12]


def on_lines(cameras: Floats, scatter: float) -> Evidence:
    """Return evidence of points that painted lines moved to `scatter` pixels from their places."""
    evidence, _ = evidence_for(cameras)
    pixels, rng = project(cameras, evidence.points, SIZE), np.random.default_rng(1)
    seen = np.isfinite(evidence.pixels)
    moved = np.where(seen, pixels + rng.normal(0, scatter, pixels.shape), np.nan)
    return replace(evidence, pixels=moved)


def bound_of(evidence: Evidence, cameras: Floats) -> float:
    solved = solve_segment(evidence, cameras)
    return float(np.median(court_errors(solved.cameras, solved.covariances, NBA, SIZE)))


def test_points_on_lines_that_scatter_less_make_a_panning_camera_surer() -> None:
    cameras = panning(BROADCAST, 40)
    calm, usual = (bound_of(on_lines(cameras, scatter), cameras) for scatter in (0.08, 0.4))
    assert calm < 0.7 * usual
    assert bound_of(on_lines(cameras, 0.9), cameras) == pytest.approx(usual, rel=0.15)


def test_points_of_a_camera_that_does_not_stir_scatter_little_whatever_their_errors() -> None:
    cameras = np.tile(BROADCAST, (40, 1))
    calm, usual = (bound_of(on_lines(cameras, scatter), cameras) for scatter in (0.08, 0.4))
    assert calm == pytest.approx(usual, rel=0.15)


def test_turning_names_twice_gives_them_back() -> None:
    found = find(BROADCAST, NBA, np.random.default_rng(0))
    np.testing.assert_array_equal(turned(turned(found)), found)


def test_motion_that_lies_frame_after_frame_is_not_believed() -> None:
    """Graphics over the picture stand still while the camera pans."""
    cameras = panning(BROADCAST, 30)
    evidence, starts = evidence_for(cameras)
    lying = replace(evidence, motions=np.tile(np.eye(3), (30, 1, 1)))
    assert np.mean(errors_of(solve_segment(lying, starts), cameras)) < 0.15
