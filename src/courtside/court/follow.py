"""The camera from frame to frame: carried by the picture's motion, corrected by marks.

An iterated extended Kalman filter whose measurements are robust (Bell and Cathey 1993): the
carried camera is the prior of the next frame's fit. A frame without marks keeps the carried
camera and grows less sure of it; marks that contradict it start a new search.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from courtside.court.certainty import court_error
from courtside.court.marks import Marks
from courtside.court.model import (
    LOG_FOCAL,
    PAN,
    ROLL,
    TILT,
    Floats,
    Size,
    X,
    Z,
    inverse,
    project,
    project_with_slopes,
    rays,
    wrapped,
)
from courtside.court.shapes import LANDMARKS, Court
from courtside.court.solve import NARROW, Belief, Fit, fitted, noise_of, refine
from courtside.court.start import USUAL_PLACES, first_fit

# A camera on a tripod stays; one in a hand wanders by this much, metres per root of a second.
WANDER = 0.1
# Motion of the picture: standard deviation in pixels at 720 lines, and as a share of the motion.
MOTION_NOISE, MOTION_SHARE = 1.0, 0.03
# Where the motion is not known: radians and log of zoom per root of a second.
UNKNOWN_TURN, UNKNOWN_ZOOM = 0.5, 0.3
# How fast the observed noise of marks is taken over, and how far it may go.
NOISE_RATE, LEAST_NOISE, MOST_NOISE = 0.15, 0.6, 4.0
# A net errs alike in neighbouring frames: how fast that likeness is learnt, and its most.
ECHO_RATE, MOST_ECHO = 0.1, 0.9
# A first camera needs that many landmarks and that share of the marks on its side.
FEWEST_FIRST, FIRST_SHARE = 5, 0.5
# A followed camera that explains less than this share of at least so many marks is doubted.
DOUBT_SHARE, DOUBT_MARKS = 0.4, 5
# Beyond this many metres a camera is not known; it may be followed on for a while.
MOST_ERROR = 0.77


@dataclass(frozen=True)
class Followed:
    """The camera as far as it was followed; not known while `covariance` is empty.

    Attributes:
        camera: (8,), or (0,).
        covariance: (8, 8), or (0, 0).
        noise: of marks against what they claim.
        echo: correlation of a landmark's errors in two frames in a row, 0 to 1.
        errors: (landmarks, 2) of the last frame in standard deviations, NaN where not seen.
        seed: counts searches, so that each draws other guesses.
    """

    camera: Floats = field(default_factory=lambda: np.zeros(0))
    covariance: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    noise: float = 1.0
    echo: float = 0.3
    errors: Floats = field(default_factory=lambda: np.full((len(LANDMARKS), 2), np.nan))
    seed: int = 0

    @property
    def known(self) -> bool:
        """Whether there is a camera at all."""
        return len(self.camera) > 0


@dataclass(frozen=True)
class Found:
    """What was found in one frame.

    Attributes:
        camera: (8,), null when not known.
        error: metres, see `court_error`.
        marks: those that the camera explains; all of them where it is not known.
    """

    camera: Floats | None
    error: float
    marks: Marks


def follow(
    state: Followed,
    marks: Marks,
    motion: Floats | None,
    seconds: float,
    court: Court,
    size: Size,
) -> tuple[Followed, Found]:
    """Return the state after a frame, and the camera found in it.

    Args:
        state: after the frame before; a fresh one after a cut.
        marks: found in this frame.
        motion: homography (3, 3) from the frame before to this one, null where unknown.
        seconds: since the frame before.
        court: whose lines are looked for.
        size: height and width of the picture in pixels.
    """
    noisy = replace(marks, noise=marks.noise * _sameness(state))
    fit = _carried_fit(state, noisy, motion, seconds, size) if state.known else None
    if fit is None or _doubtful(fit, marks):
        state = replace(state, seed=state.seed + 1)
        searched = _search(state, noisy, fit, court, size)
        fit = searched if searched is not None else fit
    if fit is None:
        return state, Found(None, float("nan"), marks)
    covariance = inverse(fit.information)
    error = court_error(fit.camera, covariance, court, size)
    after = replace(_learnt(state, marks, fit, size), camera=fit.camera, covariance=covariance)
    if not error < MOST_ERROR:
        return after, Found(None, float("nan"), marks)
    return after, Found(fit.camera, error, marks.select(fit.inlier))


def _sameness(state: Followed) -> float:
    """Return by how much marks are noisier than they claim, if frames are taken one by one.

    The mean of n values with correlation r from one to the next is as good as that of
    n (1 - r) / (1 + r) independent ones.
    """
    return state.noise * float(np.sqrt((1 + state.echo) / (1 - state.echo)))


def _learnt(state: Followed, marks: Marks, fit: Fit, size: Size) -> Followed:
    """Return the state with what this frame's marks tell of their noise."""
    if fit.inlier.sum() < FEWEST_FIRST:
        return replace(state, errors=np.full_like(state.errors, np.nan))
    right = marks.select(fit.inlier)
    off = (right.pixels - project(fit.camera, right.points, size)) / right.noise[:, None]
    noise = state.noise * (noise_of(np.linalg.norm(off, axis=1)) / state.noise) ** NOISE_RATE
    errors = np.full_like(state.errors, np.nan)
    errors[right.landmark] = off
    product = np.nan_to_num(errors * state.errors)
    both = np.isfinite(errors) & np.isfinite(state.errors)
    power = (errors[both] ** 2 + state.errors[both] ** 2).sum() / 2
    echo = state.echo
    if both.sum() >= FEWEST_FIRST:
        echo += ECHO_RATE * (product.sum() / max(power, 1e-9) - echo)
    return replace(
        state,
        noise=float(np.clip(noise, LEAST_NOISE, MOST_NOISE)),
        echo=float(np.clip(echo, 0, MOST_ECHO)),
        errors=errors,
    )


def _carried_fit(
    state: Followed, marks: Marks, motion: Floats | None, seconds: float, size: Size
) -> Fit:
    prior = carried(state.camera, state.covariance, motion, seconds, size)
    if not len(marks):
        return fitted(prior.mean, marks, prior, size)
    widths = (4.0,) if motion is not None else (12.0, 6.0, NARROW)
    cameras, costs = refine(prior.mean[None], marks, prior, size, widths, 4)
    return fitted(cameras[0], marks, prior, size, float(costs[0]))


def carried(
    camera: Floats, covariance: Floats, motion: Floats | None, seconds: float, size: Size
) -> Belief:
    """Return what is known of the next frame's camera before it is looked at."""
    noise = np.zeros(8)
    noise[X : Z + 1] = WANDER**2 * seconds
    mean = camera
    if motion is None:
        noise[[PAN, TILT]] = UNKNOWN_TURN**2 * seconds
        noise[ROLL], noise[LOG_FOCAL] = 0.01**2 * seconds, UNKNOWN_ZOOM**2 * seconds
    else:
        mean = moved(camera[None], motion[None], size)[0]
        turn, zoom = motion_noise(camera, mean, size)
        noise[[PAN, TILT, ROLL]], noise[LOG_FOCAL] = turn**2, zoom**2
    spread = covariance + np.diag(noise)
    return Belief(mean, inverse(spread))


def motion_noise(before: Floats, after: Floats, size: Size) -> tuple[Floats, Floats]:
    """Return standard deviations of angle, radians, and of log zoom between cameras (..., 8)."""
    focal = size[0] * np.exp(after[..., LOG_FOCAL])
    turn = np.abs(wrapped(after[..., [PAN, TILT]] - before[..., [PAN, TILT]])).sum(axis=-1)
    zoom = np.abs(after[..., LOG_FOCAL] - before[..., LOG_FOCAL])
    pixels = MOTION_NOISE * size[0] / 720
    # A zoom shows at the picture's edge, half a picture's height and more from its middle.
    edge = 0.6 * size[0]
    return pixels / focal + MOTION_SHARE * turn, pixels / edge + MOTION_SHARE * zoom


def moved(cameras: Floats, motions: Floats, size: Size) -> Floats:
    """Return cameras (b, 8) turned and zoomed as pictures moved by homographies (b, 3, 3).

    Distant things tell how a camera that stays in its place turns: rays of the picture before
    are seen again where the motion takes them.
    """
    spread = _spread_pixels(size)
    points = cameras[:, None, :3] + rays(cameras, spread[:, :2], size)
    lifted = spread @ np.swapaxes(motions, 1, 2)
    seen = lifted[..., :2] / lifted[..., 2:]
    free, after = slice(PAN, LOG_FOCAL + 1), cameras.copy()
    for _ in range(2):
        expected, slopes = project_with_slopes(after, points, size)
        system = _zero_for_nan(slopes[..., free]).reshape(len(cameras), -1, 4)
        off = _zero_for_nan(seen - expected).reshape(len(cameras), -1, 1)
        across = np.swapaxes(system, 1, 2)
        step = np.linalg.solve(across @ system + 1e-9 * np.eye(4), across @ off)
        after[:, free] += np.clip(step[..., 0], -0.5, 0.5)
    return after


@lru_cache(maxsize=8)
def _spread_pixels(size: Size) -> Floats:
    """Return pixels all over the picture as x, y, 1: (n, 3)."""
    x, y = np.meshgrid(np.linspace(0.1, 0.9, 5) * size[1], np.linspace(0.1, 0.9, 4) * size[0])
    return np.column_stack([x.ravel(), y.ravel(), np.ones(x.size)])


def _zero_for_nan(values: Floats) -> Floats:
    return np.where(np.isnan(values), 0.0, values)


def _doubtful(fit: Fit, marks: Marks) -> bool:
    count = len(np.unique(marks.landmark))
    return count >= DOUBT_MARKS and _share(fit, marks) < DOUBT_SHARE


def _share(fit: Fit, marks: Marks) -> float:
    """Return the share of landmarks, by score, of which a candidate is where it should be."""
    best: dict[int, float] = {}
    right: dict[int, float] = {}
    for landmark, score, inlier in zip(marks.landmark, marks.score, fit.inlier, strict=True):
        best[landmark] = max(best.get(landmark, 0.0), score)
        right[landmark] = max(right.get(landmark, 0.0), score * inlier)
    return sum(right.values()) / max(sum(best.values()), 1e-9)


def _search(
    state: Followed, marks: Marks, doubted: Fit | None, court: Court, size: Size
) -> Fit | None:
    """Return a camera found anew, null when none is sound or better than the doubted one."""
    places = USUAL_PLACES
    if state.known:
        places = np.concatenate([np.repeat(state.camera[None, :3], 6, axis=0), places])
    fit = first_fit(marks, size, state.seed, places=places)
    if fit is None or len(np.unique(marks.landmark[fit.inlier])) < FEWEST_FIRST:
        return None
    if _share(fit, marks) < FIRST_SHARE:
        return None
    if doubted is not None and fit.inlier.sum() <= doubted.inlier.sum() + 1:
        return None
    error = court_error(fit.camera, inverse(fit.information), court, size)
    return fit if error < MOST_ERROR else None
