"""Camera cuts, found on every decoded frame from tiny pictures.

A cut is a frame whose layout or colours differ from the frame before it and stay different; a
camera flash or a bright frame comes back within a moment, and a whip pan changes from frame to
frame. While that is open, frames wait; in a steady picture no frame waits at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

Thumbnail = NDArray[np.uint8]
"""Luma and two colour differences of a whole frame: uint8 (3, 36, 64)."""

# How long a changed picture is watched before it counts as a cut: longer than a camera flash,
# which lasts three frames of sixty a second.
PATIENCE = Fraction(1, 5)
# The fewest and the most frames watched: at 10 frames a second two, at 240 a second no more than
# memory holds easily.
FEWEST_WATCHED, MOST_WATCHED = 2, 24
# Frames of the last moment that are kept to compare with.
KEPT_A_MOMENT = 5
# More jumps than a cut with a flash in it makes: a whip pan.
MOST_JUMPS = 3
# Mean grey levels by which neighbouring frames may differ without a closer look.
STILL = 4.0
# Measured on seven real clips. Layouts of neighbouring frames correlate above 0.58, those of
# frames at a real cut below 0.2, and those of frames from different clips below 0.42 in 19 of 20
# cases. Colours of neighbours overlap above 0.88, save for flashes, which keep their layout.
OTHER_LAYOUT, SAME_LAYOUT = 0.45, 0.8
OTHER_COLOURS = 0.6
# A pan moves the picture by up to these thumbnail pixels between the frames compared.
SHIFT_X, SHIFT_Y = 12, 6
# Blur that removes broad shading (dark crowd above, bright floor below), which all indoor shots
# share and which says nothing about the camera.
SHADING_SIGMA = 6.0
# Keeps noise in flat pictures from counting as layout: the variance of three grey levels.
NOISE_VARIANCE = 9.0
# Bins of luma and of the two colour differences; colours of film lie in the middle half.
COLOUR_BINS, COLOUR_RANGES = [8, 16, 16], [0, 256, 64, 192, 64, 192]


@dataclass(frozen=True)
class CutState:
    """What the detector remembers; plain data, so that a saved state goes on exactly.

    Attributes:
        segment: segment of the last settled frame, from 0.
        recent: settled frames of this segment within the last moment, the last one last; empty
            before the first frame.
        recent_times: their presentation times in seconds.
        watched: frames that wait for a decision, oldest first.
        watched_times: their presentation times in seconds.
        jumps: how many of them differ from the frame right before.
    """

    segment: int = 0
    recent: tuple[NDArray[np.uint8], ...] = ()
    recent_times: tuple[Fraction, ...] = ()
    watched: tuple[NDArray[np.uint8], ...] = ()
    watched_times: tuple[Fraction, ...] = ()
    jumps: int = 0


def find_cuts(state: CutState, frame: Thumbnail, time: Fraction) -> tuple[CutState, list[int]]:
    """Take in the next frame and tell which waiting frames, itself last, are settled.

    Args:
        state: what came before.
        frame: the next decoded frame.
        time: its presentation time in seconds.

    Returns:
        The new state, and the segments of the frames settled by this step, oldest first. Frames
        are settled in the order in which they came, each once.
    """
    if not state.recent or _belongs(state, frame):
        return _same_shot(state, frame, time), [state.segment] * (len(state.watched) + 1)
    before = state.watched[-1] if state.watched else state.recent[-1]
    watching = replace(
        state,
        watched=(*state.watched, frame),
        watched_times=(*state.watched_times, time),
        jumps=state.jumps + (not alike(before, frame)),
    )
    if not _watched_enough(watching):
        return watching, []
    if watching.jumps >= MOST_JUMPS:
        settled = [state.segment] * len(watching.watched)
        return CutState(state.segment, (frame,), (time,)), settled
    return CutState(state.segment + 1, (frame,), (time,)), [state.segment + 1] * len(
        watching.watched
    )


def finish_cuts(state: CutState) -> list[int]:
    """Segments of the frames that still wait when the film ends.

    A single changed frame may be a flash and is no cut.
    """
    cut = len(state.watched) >= FEWEST_WATCHED and state.jumps < MOST_JUMPS
    return [state.segment + cut] * len(state.watched)


def alike(first: Thumbnail, second: Thumbnail) -> bool:
    """Whether two frames may show the same shot, moved or lit differently."""
    if cv2.absdiff(first[0], second[0]).mean() < STILL:
        return True
    one, two = _without_shading(first[0]), _without_shading(second[0])
    likeness = _correlation(one, two)
    if likeness < SAME_LAYOUT:
        likeness = max(likeness, _shifted_correlation(one, two))
    if likeness >= SAME_LAYOUT:
        return True
    return likeness >= OTHER_LAYOUT and _colour_overlap(first, second) >= OTHER_COLOURS


def _belongs(state: CutState, frame: Thumbnail) -> bool:
    """Whether the frame is like one of the last moment: a flash ends as it was before."""
    return any(alike(recent, frame) for recent in reversed(state.recent))


def _same_shot(state: CutState, frame: Thumbnail, time: Fraction) -> CutState:
    """The state after one more frame of the same shot; of the last moment it keeps a few."""
    moment = [
        (then, kept)
        for then, kept in zip(state.recent_times[:-1], state.recent[:-1], strict=True)
        if time - then <= PATIENCE
    ]
    if state.recent and not (
        moment and state.recent_times[-1] - moment[-1][0] < PATIENCE / KEPT_A_MOMENT
    ):
        moment.append((state.recent_times[-1], state.recent[-1]))
    moment.append((time, frame))
    return CutState(
        state.segment,
        recent=tuple(kept for _, kept in moment),
        recent_times=tuple(then for then, _ in moment),
    )


def _watched_enough(state: CutState) -> bool:
    count = len(state.watched)
    long = state.watched_times[-1] - state.watched_times[0] >= PATIENCE
    return (long and count >= FEWEST_WATCHED) or count >= MOST_WATCHED


def _without_shading(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
    picture = luma.astype(np.float32)
    return picture - cv2.GaussianBlur(picture, (0, 0), SHADING_SIGMA).astype(np.float32)


def _correlation(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Correlation of two pictures of the same size, -1 to 1; flat pictures are alike."""
    one, two = first - first.mean(), second - second.mean()
    scale = np.sqrt((one * one).mean() * (two * two).mean())
    return float(((one * two).mean() + NOISE_VARIANCE) / (scale + NOISE_VARIANCE))


def _shifted_correlation(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Best correlation of the middle of the second picture with any place in the first."""
    middle = second[SHIFT_Y:-SHIFT_Y, SHIFT_X:-SHIFT_X]
    scores = cv2.matchTemplate(first, middle, cv2.TM_CCOEFF)
    _, _, _, (x, y) = cv2.minMaxLoc(scores)
    height, width = middle.shape
    return _correlation(first[y : y + height, x : x + width], middle)


def _colour_overlap(first: Thumbnail, second: Thumbnail) -> float:
    """Share of the pixels whose colours both frames hold, 0 to 1."""
    return float(np.minimum(_colours(first), _colours(second)).sum())


def _colours(frame: Thumbnail) -> NDArray[np.float32]:
    planes = [np.ascontiguousarray(plane) for plane in frame]
    counts = cv2.calcHist(planes, [0, 1, 2], None, COLOUR_BINS, COLOUR_RANGES)
    return counts.astype(np.float32) / np.float32(frame[0].size)
