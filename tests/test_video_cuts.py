"""Camera cuts and camera motion, on drawn film and on real clips where they are at hand."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from courtside.sightings import Sightings, View
from courtside.store.state import decode_state, encode_state
from courtside.video import camera_motion, probe, read, reduced_gray
from courtside.video.motion import CameraState, build_camera, enlarged
from courtside.video.segments import CutState, find_cuts, finish_cuts
from film import Image, shot

REAL = Path(__file__).parents[2] / "shared" / "data" / "real"


def thumbnails(images: list[Image]) -> list[NDArray[np.uint8]]:
    """Tiny pictures like those of the reader, of drawn ones."""
    small = [cv2.resize(image, (64, 36), interpolation=cv2.INTER_AREA) for image in images]
    return [cv2.cvtColor(s, cv2.COLOR_BGR2YUV).transpose(2, 0, 1).astype(np.uint8) for s in small]


def segments_of(images: list[Image], rate: int = 30) -> list[int]:
    """Segments of all frames, with the detector's state saved and loaded between frames."""
    state, segments = CutState(), list[int]()
    for index, small in enumerate(thumbnails(images)):
        state, settled = find_cuts(state, small, Fraction(index, rate))
        state = decode_state(encode_state(state), CutState)
        segments += settled
    return segments + finish_cuts(state)


def noisy(image: Image, seed: int) -> Image:
    noise = np.random.default_rng(seed).normal(0, 6, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def film_of(*scenes: tuple[Image, int]) -> list[Image]:
    """Frames of scenes shown for so many frames each, with noise."""
    frames = [scene for scene, count in scenes for _ in range(count)]
    return [noisy(frame, n) for n, frame in enumerate(frames)]


FIRST, SECOND = shot(1), shot(2)
WHITE, BLACK = np.full_like(FIRST, 255), np.zeros_like(FIRST)


class TestCuts:
    @pytest.mark.parametrize("rate", [10, 24, 30, 60, 240])
    def test_a_cut_is_found_at_its_first_frame(self, rate: int) -> None:
        assert segments_of(film_of((FIRST, 9), (SECOND, 31)), rate) == [0] * 9 + [1] * 31

    def test_each_of_several(self) -> None:
        frames = film_of((FIRST, 12), (SECOND, 9), (FIRST, 15), (shot(3), 8))
        assert segments_of(frames) == [0] * 12 + [1] * 9 + [2] * 15 + [3] * 8

    @pytest.mark.parametrize("bright", [1, 2, 4])
    @pytest.mark.parametrize("flash", [WHITE, BLACK, np.maximum(FIRST, 180)])
    def test_a_flash_is_none(self, bright: int, flash: Image) -> None:
        frames = film_of((FIRST, 10), (flash, bright), (FIRST, 10))
        assert segments_of(frames) == [0] * len(frames)

    def test_a_flash_that_fades_is_none(self) -> None:
        frames = film_of((FIRST, 10))
        for n in range(5):
            faded = cv2.addWeighted(FIRST, n / 5, WHITE, 1 - n / 5, 0).astype(np.uint8)
            frames.append(noisy(faded, n))
        assert segments_of(frames + film_of((FIRST, 10))) == [0] * 25

    def test_a_cut_in_a_flash_is_one(self) -> None:
        segments = segments_of(film_of((FIRST, 10), (WHITE, 2), (SECOND, 12)))
        assert segments[:10] == [0] * 10
        assert segments[12:] == [1] * 12

    @pytest.mark.parametrize("speed", [4, 16, 26])
    def test_a_pan_is_none(self, speed: int) -> None:
        """Up to a sixth of the picture's width from frame to frame."""
        wide = cv2.GaussianBlur(np.hstack([shot(seed) for seed in range(7)]), (0, 0), 3)
        frames = [wide[:, speed * n : speed * n + 160].astype(np.uint8) for n in range(36)]
        assert segments_of([noisy(f, n) for n, f in enumerate(frames)]) == [0] * 36

    def test_slow_light_is_none(self) -> None:
        frames = [np.clip(FIRST * (1 - n / 40), 0, 255).astype(np.uint8) for n in range(40)]
        assert segments_of([noisy(f, n) for n, f in enumerate(frames)]) == [0] * 40

    def test_noise_in_the_dark_is_none(self) -> None:
        assert segments_of(film_of((BLACK, 30))) == [0] * 30

    def test_every_frame_is_settled_once_and_soon(self) -> None:
        state, settled, late = CutState(), 0, 0
        frames = film_of((FIRST, 10), (WHITE, 1), (FIRST, 10), (SECOND, 20))
        for index, small in enumerate(thumbnails(frames)):
            state, now = find_cuts(state, small, Fraction(index, 30))
            settled += len(now)
            late = max(late, index + 1 - settled)
        assert settled == len(frames)
        assert late <= 7

    @pytest.mark.parametrize(
        ("clip", "start", "end", "cuts"),
        [
            ("nba_okc_sas_720p30", 8, 9, [256]),
            ("nba_sas_gsw_720p30", 7, 8, [219]),
            ("nba_uta_gsw_720p10", 4, 8, []),  # a fast break at ten frames a second
            ("nba_bkn_mil_lowangle_720p60", 2, 3, []),  # camera flashes
        ],
    )
    def test_real_clips(self, clip: str, start: int, end: int, cuts: list[int]) -> None:
        film = REAL / clip / "clip.mp4"
        if not film.exists():
            pytest.skip(f"{film} is not at hand")
        part = read(film, probe(film), start=Fraction(start), end=Fraction(end))
        frames = [(f.index, f.segment) for f in part]
        found = [now[0] for before, now in pairwise(frames) if now[1] != before[1]]
        assert found == cuts


def texture(height: int = 270, width: int = 480) -> NDArray[np.uint8]:
    """Noise with as much coarse as fine detail, as in pictures of the world."""
    rng = np.random.default_rng(5)
    total = np.zeros((height, width))
    for scale in (1, 2, 4, 8, 16):
        noise = rng.normal(0, scale, (height, width))
        total += cv2.GaussianBlur(noise, (0, 0), scale)
    scaled = total / total.std() * 50 + 128
    return np.asarray(np.clip(scaled, 0, 255), np.uint8)


def similarity(zoom: float, degrees: float, x: float, y: float) -> NDArray[np.float64]:
    """Zoom and turn about the middle of a 480x270 picture, then shift."""
    matrix = cv2.getRotationMatrix2D((240, 135), degrees, zoom)
    matrix[:, 2] += np.array([x, y])
    return np.vstack([matrix, [0, 0, 1]]).astype(np.float64)


def moved(image: NDArray[np.uint8], motion: NDArray[np.float64]) -> NDArray[np.uint8]:
    size = (image.shape[1], image.shape[0])
    return cv2.warpPerspective(image, motion, size, borderMode=cv2.BORDER_REFLECT).astype(np.uint8)


def worst_error(found: NDArray[np.float64], true: NDArray[np.float64]) -> float:
    """Largest distance in pixels at which the two put any point of a grid over the picture."""
    grid = np.mgrid[20:460:12j, 20:250:8j].reshape(2, 1, -1).transpose(2, 1, 0)
    error = cv2.perspectiveTransform(grid, found) - cv2.perspectiveTransform(grid, true)
    return float(np.linalg.norm(error, axis=2).max())


PAN = similarity(1, 0, 14.3, -3.7)
MOTIONS = {
    "still": np.eye(3),
    "pan": PAN,
    "fast pan": similarity(1, 0, -44, 2),
    "zoom": similarity(1.08, 0, 0, 0),
    "all": similarity(0.95, 1.5, 9, 4),
    "perspective": similarity(1, 0, 5, 2) @ np.array([[1, 0, 0], [0, 1, 0], [1e-4, 2e-5, 1]]),
}


class TestMotion:
    @pytest.mark.parametrize("name", MOTIONS)
    def test_known_motion(self, name: str) -> None:
        before, true = texture(), MOTIONS[name]
        found = camera_motion(before, moved(before, true))
        assert found is not None
        assert worst_error(found, true) < 0.5

    def test_moving_people_do_not_count(self) -> None:
        before = texture()
        after = moved(before, PAN)
        person = texture(140, 60)
        for n in range(5):  # a third of the picture moves against the camera
            before[100:240, 30 + 85 * n : 90 + 85 * n] = person
            after[104:244, 20 + 85 * n : 80 + 85 * n] = person
        found = camera_motion(before, after)
        assert found is not None
        assert worst_error(found, PAN) < 0.5

    def test_people_who_fill_the_picture_leave_enough_for_a_pan(self) -> None:
        before = texture()
        after = moved(before, PAN)
        after[:, 140:] = texture(270, 340)[::-1]  # two thirds of the corners are not found again
        found = camera_motion(before, after)
        assert found is not None
        points = np.array([[[20.0, 30.0]], [[110.0, 200.0]]])
        error = cv2.perspectiveTransform(points, found) - cv2.perspectiveTransform(points, PAN)
        assert np.abs(error).max() < 0.5

    def test_excluded_pixels_do_not_count(self) -> None:
        before = texture()
        after = moved(before, PAN)
        before[:, 120:] = after[:, 120:] = texture(270, 360)  # most of the picture stands still
        exclude = np.zeros((270, 480), np.bool_)
        exclude[:, 100:] = True
        found = camera_motion(before, after, exclude)
        assert found is not None
        points = np.array([[[20.0, 30.0]], [[80.0, 200.0]]])
        error = cv2.perspectiveTransform(points, found) - cv2.perspectiveTransform(points, PAN)
        assert np.abs(error).max() < 0.5

    def test_nothing_to_follow(self) -> None:
        flat = np.full((270, 480), 90, np.uint8)
        assert camera_motion(flat, flat) is None
        assert camera_motion(texture(), flat) is None

    def test_across_a_cut(self) -> None:
        other = np.ascontiguousarray(texture()[::-1, ::-1])
        assert camera_motion(texture(), other) is None

    def test_is_the_same_every_time(self) -> None:
        before, after = texture(), moved(texture(), MOTIONS["all"])
        first, second = camera_motion(before, after), camera_motion(before, after)
        assert first is not None
        np.testing.assert_array_equal(first, second)

    def test_enlarged_to_the_whole_picture(self) -> None:
        large = cv2.resize(texture(), (1280, 720), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
        true = np.array([[1, 0, 32.0], [0, 1, -11], [0, 0, 1]])
        after = moved(large, true)
        found = camera_motion(reduced_gray(large), reduced_gray(after))
        assert found is not None
        assert reduced_gray(large).shape == (180, 320)
        whole = enlarged(found, (180, 320), (720, 1280))
        np.testing.assert_allclose(whole[:2, 2], true[:2, 2], atol=0.6)

    def test_stage_fills_the_view(self) -> None:
        stage = build_camera()
        large = cv2.resize(texture(), (960, 540), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
        images = [large, moved(large, similarity(1, 0, 8, 0)), large]
        state, motions = stage.start(), []
        for n, gray in enumerate(images):
            image = cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR).astype(np.uint8)
            view = View(n, n, Fraction(n), segment=n // 2, image=image)
            state, _ = stage.step(state, view, Sightings.empty())
            state = decode_state(encode_state(state), CameraState)
            motions.append(view.motion)
        assert motions[0] is None
        assert motions[1] is not None
        np.testing.assert_allclose(motions[1][:2, 2], [8, 0], atol=0.5)
        assert motions[2] is None  # a new segment
