"""Camera motion between two pictures, from corners followed on a reduced grey picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.sightings import Sightings, View
from courtside.stage import LookStage

# Measured on 220 pairs of samples of four real clips against 600 corners at 960: off by 0.2 pixels
# of a 720p picture in the median, by 1.3 in the hundredth pair, in 3 ms. 480 wide with 250 corners
# took 9 ms for 0.1 and 1.0.
GRAY_WIDTH = 320
MOST_CORNERS = 120
# Of the strongest corner's strength; low, so that a plain floor gives corners too.
CORNER_QUALITY = 0.01
# Keeps corners from crowding on the spectators, in pixels of the reduced picture.
CORNER_DISTANCE = 10
WINDOW, PYRAMID_LEVELS = (11, 11), 3
# A corner followed there and back must come home to within this many pixels.
RETURN_ERROR = 0.5
# Players move against the floor; a corner this far from the camera's motion is theirs.
INLIER_ERROR = 1.0
FEWEST_INLIERS, SMALLEST_SHARE = 16, 0.35
# Between two samples a camera neither zooms by half nor folds the picture.
LARGEST_ZOOM = 1.5

GrayImage = NDArray[np.uint8]
Homography = NDArray[np.float64]


def reduced_gray(image: NDArray[np.uint8], width: int = GRAY_WIDTH) -> GrayImage:
    """Reduce a BGR or grey picture to grey of at most a width: uint8 (height, width)."""
    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
    scale = min(1.0, width / gray.shape[1])
    size = (max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale)))
    return cv2.resize(gray, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def camera_motion(
    previous: GrayImage, current: GrayImage, exclude: NDArray[np.bool_] | None = None
) -> Homography | None:
    """Find how the camera moved from the previous picture to the current one.

    Corners of the previous picture are followed by pyramidal Lucas-Kanade (Bouguet 2001), there
    and back, and a homography is fitted by RANSAC, so that moving people do not count. Where they
    fill the picture too few corners are left for it, but enough for a turn, a zoom and a shift.

    Args:
        previous: uint8 (height, width).
        current: uint8 (height, width), the same size.
        exclude: true where `previous` shows what may move by itself, (height, width).

    Returns:
        Homography (3, 3) from pixels of `previous` to pixels of `current`, or null when it
        cannot be told, as in a blank picture or across a cut.
    """
    corners = _corners(previous, exclude)
    if len(corners) < FEWEST_INLIERS:
        return None
    begin, end = _followed(previous, current, corners)
    if len(begin) < FEWEST_INLIERS:
        return None
    motion, count = _homography(begin, end)
    if motion is None or count < max(FEWEST_INLIERS, SMALLEST_SHARE * len(corners)):
        motion, count = _similarity(begin, end)
        if count < max(FEWEST_INLIERS, SMALLEST_SHARE * len(begin)):
            return None
    return motion if motion is not None and _is_sound(motion, previous.shape) else None


def enlarged(motion: Homography, small: tuple[int, int], large: tuple[int, int]) -> Homography:
    """Carry a motion over from a reduced picture to the whole one.

    Args:
        motion: homography (3, 3) in pixels of the reduced picture.
        small: height and width of the reduced picture.
        large: height and width of the whole picture; pixel centres lie at integers in both.
    """
    y, x = large[0] / small[0], large[1] / small[1]
    enlarge = np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])
    carried = enlarge @ motion @ np.linalg.inv(enlarge)
    return np.asarray(carried / carried[2, 2], np.float64)


@dataclass(frozen=True)
class CameraState:
    """The last sampled picture, reduced; null before the first."""

    gray: NDArray[np.uint8] | None = None
    segment: int = -1


def build_camera() -> LookStage:
    """Return the stage that fills `View.motion`; it is null after a cut."""
    return LookStage(
        name="camera",
        needs=frozenset({"image"}),
        adds=frozenset({"motion"}),
        start=CameraState,
        step=look_camera,
        state_type=CameraState,
    )


def look_camera(state: CameraState, view: View, rows: Sightings) -> tuple[CameraState, Sightings]:
    """Set the view's motion against the view before, in pixels of the whole picture."""
    gray = reduced_gray(view.image)
    if state.gray is not None and state.segment == view.segment:
        motion = camera_motion(state.gray, gray)
        small = (gray.shape[0], gray.shape[1])
        view.motion = None if motion is None else enlarged(motion, small, view.size)
    return CameraState(gray, view.segment), rows


def _corners(gray: GrayImage, exclude: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    mask = None if exclude is None else (~exclude).astype(np.uint8)
    corners = cv2.goodFeaturesToTrack(
        gray, MOST_CORNERS, CORNER_QUALITY, CORNER_DISTANCE, mask=mask
    )
    empty = np.zeros((0, 1, 2), np.float32)
    return empty if corners is None else corners.astype(np.float32).reshape(-1, 1, 2)


def _followed(
    previous: GrayImage, current: GrayImage, corners: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The corners that were found again, before and after: float32 (n, 2) each."""
    there, found = _lucas_kanade(previous, current, corners)
    back, returned = _lucas_kanade(current, previous, there)
    error = np.linalg.norm((back - corners).reshape(-1, 2), axis=1)
    good = (found.ravel() == 1) & (returned.ravel() == 1) & (error < RETURN_ERROR)
    return corners.reshape(-1, 2)[good], there.reshape(-1, 2)[good]


def _homography(
    begin: NDArray[np.float32], end: NDArray[np.float32]
) -> tuple[Homography | None, int]:
    """The homography of most corners (n, 2), null where there is none, and how many those are."""
    # OpenCV's RANSAC starts from a fixed seed: the same corners give the same answer.
    found, inliers = cv2.findHomography(begin, end, cv2.RANSAC, INLIER_ERROR)
    if found is None:
        return None, 0
    return np.asarray(found, np.float64), int(np.count_nonzero(inliers))


def _similarity(
    begin: NDArray[np.float32], end: NDArray[np.float32]
) -> tuple[Homography | None, int]:
    """The turn, zoom and shift of most corners, see `_homography`; four numbers want fewer."""
    found, inliers = cv2.estimateAffinePartial2D(
        begin, end, method=cv2.RANSAC, ransacReprojThreshold=INLIER_ERROR
    )
    if found is None:
        return None, 0
    return np.vstack([np.asarray(found, np.float64), [0.0, 0.0, 1.0]]), int(
        np.count_nonzero(inliers)
    )


def _lucas_kanade(
    before: GrayImage, after: GrayImage, points: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    moved, found, _ = cv2.calcOpticalFlowPyrLK(
        before, after, points, np.empty_like(points), winSize=WINDOW, maxLevel=PYRAMID_LEVELS
    )
    return moved.astype(np.float32, copy=False), found.astype(np.uint8, copy=False)


def _is_sound(motion: Homography, shape: tuple[int, ...]) -> bool:
    """Whether the picture's outline stays a sound quadrilateral of about its size."""
    height, width = shape[:2]
    outline = np.array([[[0, 0]], [[width, 0]], [[width, height]], [[0, height]]], np.float32)
    moved = cv2.perspectiveTransform(outline, motion).astype(np.float32)
    sides = np.linalg.norm(np.roll(moved, -1, axis=0) - moved, axis=(1, 2))
    zoom = sides / np.array([width, height, width, height])
    # The corners run clockwise on the screen, which OpenCV counts as a positive area.
    kept = cv2.isContourConvex(moved) and cv2.contourArea(moved, oriented=True) > 0
    return bool(kept and zoom.max() < LARGEST_ZOOM and zoom.min() > 1 / LARGEST_ZOOM)
