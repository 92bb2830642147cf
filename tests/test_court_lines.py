"""Painted lines pull a camera that is nearly right onto them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from court_scene import BROADCAST, PHONE, SIZE, mean_error
from courtside.court.drawing import court_lines, cut_short
from courtside.court.lines import line_share, pulled_onto_lines
from courtside.court.model import Floats, project
from courtside.court.shapes import FIBA, NBA, Court
from courtside.court.solve import Belief

SPREAD = np.array([0.03, 0.03, 0.02, 0.002, 0.002, 0.002, 0.004, 0.003])


def floor_picture(
    camera: Floats, court: Court, ink: tuple[int, int, int] = (235, 235, 235)
) -> NDArray[np.uint8]:
    rng = np.random.default_rng(0)
    image = np.full((*SIZE, 3), (120, 150, 180), np.uint8)
    image += rng.integers(0, 12, image.shape, np.uint8)
    for path in court_lines(court):
        points = cut_short(path, 0.3)
        pixels = project(camera, np.column_stack([points, 0 * points[:, 0]]), SIZE)
        near = pixels[np.abs(np.nan_to_num(pixels, nan=1e9)).max(axis=1) < 4000]
        # OpenCV counts pixel centres from 0, with 4 binary places here.
        fixed = np.round((near - 0.5) * 16).astype(np.int32)
        cv2.polylines(image, [fixed], False, ink, 3, cv2.LINE_AA, 4)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 0.8), np.uint8)


def shaken(camera: Floats, seed: int) -> Belief:
    off = np.random.default_rng(seed).normal(0, SPREAD)
    return Belief(camera + off, np.diag(1 / SPREAD**2))


@pytest.mark.parametrize("court", [NBA, FIBA], ids=lambda court: court.name)
@pytest.mark.parametrize("ink", [(235, 235, 235), (30, 30, 40)], ids=["white", "dark"])
def test_lines_correct_a_camera(court: Court, ink: tuple[int, int, int]) -> None:
    image, before, after = floor_picture(BROADCAST, court, ink), [], []
    for seed in range(4):
        belief = shaken(BROADCAST, seed)
        pulled = pulled_onto_lines(image, belief, court)
        assert pulled is not None
        before.append(mean_error(BROADCAST, belief.mean, court))
        after.append(mean_error(BROADCAST, pulled.mean, court))
    assert np.mean(after) < 0.35 * np.mean(before)


def test_a_floor_without_lines_changes_nothing() -> None:
    image = np.random.default_rng(0).integers(100, 112, (*SIZE, 3)).astype(np.uint8)
    assert pulled_onto_lines(image, shaken(BROADCAST, 0), NBA) is None


def test_people_before_the_lines_are_not_looked_at() -> None:
    """Bright stripes beside every line in the half that people cover."""
    image = floor_picture(PHONE, NBA)
    image[:, :640] = np.where(np.arange(640)[None, :, None] // 4 % 2, 230, 60)
    covered = np.zeros((90, 160), np.bool_)
    covered[:, :80] = True
    belief = shaken(PHONE, 1)
    with_map = pulled_onto_lines(image, belief, NBA, covered)
    assert with_map is not None
    clean = mean_error(PHONE, with_map.mean, NBA)
    assert clean < mean_error(PHONE, belief.mean, NBA)


def test_where_people_cover_all_lines_nothing_is_told() -> None:
    image, covered = floor_picture(PHONE, NBA), np.ones((90, 160), np.bool_)
    assert pulled_onto_lines(image, shaken(PHONE, 0), NBA, covered) is None
    assert line_share(image, PHONE, NBA, covered) == 0
