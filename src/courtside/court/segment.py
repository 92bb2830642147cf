"""All cameras of a segment at once: marks of every frame, motion between them, one place.

The cameras of neighbouring frames are tied by the picture's motion and by a place that stays, so
the whole is a block-tridiagonal least-squares problem: a band Cholesky solves it, and a forward
and a backward elimination give each frame's own covariance (the smoother of Rauch, Tung and
Striebel, in information form).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded
from scipy.ndimage import median_filter

from courtside.court.follow import (
    LEAST_NOISE,
    MOST_NOISE,
    UNKNOWN_TURN,
    UNKNOWN_ZOOM,
    motion_noise,
    moved,
)
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
    project_with_slopes,
    sound,
    wrapped,
)
from courtside.court.solve import ANYWHERE, INLIER, from_prior, loss

# How a camera is held: it does not stir; it pans and zooms in one place; it is carried about.
Held = Literal["still", "tripod", "carried"]
# A tripod's place may wander by this much, metres per root of a second: nothing that shows.
STAYS = 0.002
# One that nobody touches turns and zooms by this much, radians and log zoom per root of a second.
STIRS = 2e-5
# One on a tripod rolls by this much as it pans: the tripod stands not quite upright.
ROLLS = 0.0015
# A lens keeps its distortion; a real one changes a little as it zooms.
LENS_STAYS = 0.002
# One that is carried about: metres per root of a second.
WANDER = 0.3
# Errors of a net are likelier alike over a segment than its frames show: by this much in variance,
# found on simulated segments with and without errors that stay and on the simulated benchmark
# (docs/court.md); settling adds what frames with few marks lean on.
ALIKE = 1.44
# Errors of marks have longer tails than the middle one of them shows: which are wrong is judged
# by so many times that noise.
TAILS = 2.0
# Marks that painted lines move scatter far less about one place than the least noise a net is
# believed. What of their errors stays is about so many times what scatters, seen over so many
# seconds of panning: a camera that is carried, or does not stir, follows its marks' errors.
STAY_TIMES, SCATTER_SECONDS = 6.0, 2.0
STEPS = 12
# The stricter way to be held is taken unless it costs that much more of the marks' loss.
WORTH_SHARE, WORTH_LEAST = 1.25, 30.0
# Pans by less than this many radians may be none.
STILL_PAN = 0.01
# Errors that stay show over so many seconds, and last so many.
LAG, LASTS = 0.5, 5.0
# Motion is judged over so many frames, and trusted this many times less at most.
AROUND, MOST_SHAKE = 9, 50.0
# The numbers that the picture's motion tells, and the standard deviations from which on what it
# tells of two frames hardly counts: a graphic that comes up misleads it for a single frame.
MOTION, MOTION_OUTLIER = [PAN, TILT, LOG_FOCAL], 3.0
# Frames whose derivatives are held at once.
AT_ONCE = 1500


@dataclass(frozen=True)
class Evidence:
    """What was seen of the court in n frames of one segment.

    Attributes:
        points: (landmarks, 3) of the court, metres; NaN where it has none.
        pixels: (n, landmarks, 2) where each was found, NaN where it was not.
        noise: (n, landmarks) standard deviation in pixels.
        score: (n, landmarks) 0 to 1.
        motions: (n, 3, 3) from the frame before, NaN where unknown.
        times: (n,) seconds.
        size: height and width of the picture in pixels.
        shake: (n - 1,) by how much motion into each frame but the first is less sure than usual;
            empty for not at all.
        alike: how many marks tell no more together than one does: their errors stay.
    """

    points: Floats
    pixels: Floats
    noise: Floats
    score: Floats
    motions: Floats
    times: Floats
    size: Size
    shake: Floats = field(default_factory=lambda: np.zeros(0))
    alike: float = 1.0


@dataclass(frozen=True)
class Solved:
    """Cameras of a segment.

    Attributes:
        cameras: (n, 8).
        covariances: (n, 8, 8).
        inlier: (n, landmarks) which marks they explain.
        held: how the camera is held.
    """

    cameras: Floats
    covariances: Floats
    inlier: NDArray[np.bool_]
    held: Held


def solve_segment(evidence: Evidence, starts: Floats) -> Solved:
    """Return the cameras that explain the frames together.

    Args:
        evidence: of the frames.
        starts: (n, 8) cameras to begin from, NaN where not known; at least one must be.
    """
    evidence = replace(evidence, shake=_shake(evidence, starts))
    cameras, held = _held(evidence, _filled(starts, evidence))
    evidence, calm = _with_noise_as_seen(evidence, cameras)
    cameras, _ = _solve(evidence, cameras, held)
    _, curves, distance = _marks_terms(evidence, cameras, final=True)
    ties, gaps = _link_weights(evidence, cameras, held), _link_gaps(evidence, cameras, held)
    covariances = _covariances(curves, ties * _link_trust(ties, gaps, held))
    if held == "tripod" and np.ptp(evidence.times) >= SCATTER_SECONDS:
        covariances = covariances * calm**2
    return Solved(cameras, ALIKE * covariances, distance < INLIER, held)


def loss_held(evidence: Evidence, starts: Floats) -> float:
    """Return the loss of the marks where one place explains all frames; more where none does.

    Args are those of `solve_segment`.
    """
    evidence = replace(evidence, shake=_shake(evidence, starts))
    fixed, cost = _solve(evidence, _filled(starts, evidence), "tripod")
    _, free_cost = _solve(evidence, fixed, "carried")
    return min(cost, WORTH_SHARE * free_cost + WORTH_LEAST)


def _shake(evidence: Evidence, starts: Floats) -> Floats:
    """Return (n - 1,) by how much motion disagrees with cameras found frame by frame, at least 1.

    Graphics that stand still over the picture and patterns that repeat betray the picture's motion
    for many frames in a row.
    """
    ratios = np.ones(len(starts) - 1)
    known = sound(starts)
    both = known[1:] & known[:-1] & sound(evidence.motions[1:], (1, 2))
    filled = np.where(known[:, None], starts, starts[known][0])
    gaps = _link_gaps(evidence, filled, "tripod")[:, [PAN, TILT]]
    turn, _ = motion_noise(filled[:-1], filled[1:], evidence.size)
    ratios[both] = (np.linalg.norm(gaps, axis=1) / turn)[both]
    return np.clip(median_filter(ratios, AROUND, mode="nearest"), 1, MOST_SHAKE)


def _held(evidence: Evidence, cameras: Floats) -> tuple[Floats, Held]:
    """Return cameras and how they are held: as strictly as the marks allow."""
    fixed, cost = _solve(evidence, cameras, "tripod")
    free, free_cost = _solve(evidence, fixed, "carried")
    if cost > WORTH_SHARE * free_cost + WORTH_LEAST:
        return free, "carried"
    if np.ptp(np.unwrap(fixed[:, PAN])) < STILL_PAN:
        still, still_cost = _solve(
            evidence, np.tile(np.median(fixed, axis=0), (len(fixed), 1)), "still"
        )
        if still_cost < WORTH_SHARE * cost + WORTH_LEAST:
            return still, "still"
    return fixed, "tripod"


def _filled(starts: Floats, evidence: Evidence) -> Floats:
    """Return starts with the gaps filled from the nearest known camera, carried by motion."""
    cameras = starts.copy()
    known = sound(starts)
    told = sound(evidence.motions, (1, 2))
    for order, step in ((range(1, len(cameras)), 1), (range(len(cameras) - 2, -1, -1), -1)):
        for i in order:
            if known[i] or not np.isfinite(cameras[i - step, 0]) or np.isfinite(cameras[i, 0]):
                continue
            link = i if step > 0 else i + 1
            motion = evidence.motions[link] if told[link] else np.eye(3)
            motion = motion if step > 0 else np.linalg.inv(motion)
            cameras[i] = moved(cameras[i - step][None], motion[None], evidence.size)[0]
    return cameras


def _solve(evidence: Evidence, cameras: Floats, held: Held) -> tuple[Floats, float]:
    """Return cameras (n, 8) and the loss of the marks, for a camera held in a way."""
    cost, damping = np.inf, 1e-6
    terms = best = _marks_terms(evidence, cameras), _link_gaps(evidence, cameras, held), cameras
    for _ in range(STEPS):
        (_, _, distance), gaps, cameras = terms
        ties = _link_weights(evidence, cameras, held)
        total = _loss(evidence, distance) + _links_loss(ties, gaps, held)
        if total > cost * (1 + 1e-6):
            damping *= 100
            if damping > 1e3:
                break
        else:
            settled = total > cost * (1 - 1e-5)
            best, cost = terms, total
            damping = max(damping * 0.1, 1e-6)
            if settled:
                break
        (gradient, curves, _), gaps, cameras = best
        weights = ties * _link_trust(ties, gaps, held)
        cameras = cameras + _step(gradient, curves, weights, gaps, damping)
        terms = _marks_terms(evidence, cameras), _link_gaps(evidence, cameras, held), cameras
    (_, _, distance), _, cameras = best
    return cameras, _loss(evidence, distance)


def _loss(evidence: Evidence, distance: Floats) -> float:
    marks = (loss(distance, INLIER) * evidence.score)[np.isfinite(distance)].sum()
    return float(marks) / evidence.alike


def _marks_terms(
    evidence: Evidence, cameras: Floats, final: bool = False
) -> tuple[Floats, Floats, Floats]:
    """Return descent (n, 8), curvature (n, 8, 8) and distances (n, landmarks) of the marks.

    Distances are in standard deviations, infinite for marks that are not there. `final` counts
    marks as they are, right or wrong, where a fit would weigh them.
    """
    parts = [
        _terms_of(evidence, cameras, slice(begin, begin + AT_ONCE), final)
        for begin in range(0, len(cameras), AT_ONCE)
    ]
    gradient, curves, distance = (np.concatenate(part) for part in zip(*parts, strict=True))
    # What is known of any camera, shared out over the frames.
    share = ANYWHERE.information / len(cameras)
    gradient = gradient + from_prior(cameras, ANYWHERE) @ share
    return gradient, curves + share, distance


def _terms_of(
    evidence: Evidence, cameras: Floats, rows: slice, final: bool
) -> tuple[Floats, Floats, Floats]:
    pixels, slopes = project_with_slopes(cameras[rows], evidence.points, evidence.size)
    noise = evidence.noise[rows]
    off = (evidence.pixels[rows] - pixels) / noise[..., None]
    distance = np.nan_to_num(np.linalg.norm(off, axis=-1), nan=np.inf)
    if final:
        weight = (distance < INLIER).astype(np.float64)
    else:
        near = np.minimum(distance, 1e6)
        weight = evidence.score[rows] * (INLIER**2 / (INLIER**2 + near**2)) ** 2
    weight = weight / evidence.alike
    flat = (np.nan_to_num(slopes) / noise[..., None, None]).reshape(len(noise), -1, 8)
    weighted = np.swapaxes(flat * np.repeat(weight, 2, axis=1)[..., None], 1, 2)
    gradient = (weighted @ np.nan_to_num(off).reshape(len(noise), -1, 1))[..., 0]
    return gradient, weighted @ flat, distance


def _link_gaps(evidence: Evidence, cameras: Floats, held: Held) -> Floats:
    """Return (n-1, 8) by how much cameras differ from where motion takes the one before."""
    motions = evidence.motions[1:] if held != "still" else np.full((len(cameras) - 1, 3, 3), np.nan)
    motions = np.where(sound(motions, (1, 2))[:, None, None], motions, np.eye(3))
    gaps = cameras[1:] - moved(cameras[:-1], motions, evidence.size)
    # A camera's roll stays, whatever the picture's motion says.
    gaps[:, ROLL] = np.diff(cameras[:, ROLL])
    gaps[:, [PAN, TILT, ROLL]] = wrapped(gaps[:, [PAN, TILT, ROLL]])
    return np.asarray(gaps, np.float64)


def _link_weights(evidence: Evidence, cameras: Floats, held: Held) -> Floats:
    """Return the inverse variances (n-1, 8) of the ties between neighbouring cameras."""
    seconds = np.maximum(np.diff(evidence.times), 1e-3)
    told = sound(evidence.motions[1:], (1, 2))
    turn, zoom = motion_noise(cameras[:-1], cameras[1:], evidence.size)
    if len(evidence.shake):
        turn, zoom = turn * evidence.shake, zoom * evidence.shake
    turn = np.where(told, turn, UNKNOWN_TURN * np.sqrt(seconds))
    zoom = np.where(told, zoom, UNKNOWN_ZOOM * np.sqrt(seconds))
    spread = np.empty((len(seconds), 8))
    stays = WANDER if held == "carried" else STAYS
    spread[:, X : Z + 1] = (stays * np.sqrt(seconds))[:, None]
    spread[:, PAN], spread[:, TILT] = turn, turn
    spread[:, ROLL] = (10 * ROLLS if held == "carried" else ROLLS) * np.sqrt(seconds)
    spread[:, LOG_FOCAL] = zoom
    spread[:, -1] = LENS_STAYS * np.sqrt(seconds)
    if held == "still":
        spread[:, PAN:] = (STIRS * np.sqrt(seconds))[:, None]
    return np.asarray(1 / spread**2, np.float64)


def _links_loss(ties: Floats, gaps: Floats, held: Held) -> float:
    """Return the loss of the ties: motion's is bounded, as that of the marks."""
    squares = ties * gaps**2
    if held == "still":
        return float(squares.sum())
    moved = squares[:, MOTION].sum(axis=1)
    bounded = MOTION_OUTLIER**2 * moved / (MOTION_OUTLIER**2 + moved)
    return float(squares.sum() - moved.sum() + bounded.sum())


def _link_trust(ties: Floats, gaps: Floats, held: Held) -> Floats:
    """Return by how much ties (n-1, 8) count: motion that all marks contradict counts little."""
    trust = np.ones_like(ties)
    if held != "still":
        moved = (ties * gaps**2)[:, MOTION].sum(axis=1)
        share = (MOTION_OUTLIER**2 / (MOTION_OUTLIER**2 + moved)) ** 2
        trust[:, MOTION] = share[:, None]
    return trust


def _step(
    gradient: Floats, curves: Floats, weights: Floats, gaps: Floats, damping: float
) -> Floats:
    """Return the step (n, 8) of all cameras together."""
    count = len(gradient)
    pull = weights * gaps
    right = gradient.copy()
    right[1:] -= pull
    right[:-1] += pull
    blocks = curves.copy()
    diagonal = np.einsum("nii->ni", blocks)
    diagonal[1:] += weights
    diagonal[:-1] += weights
    diagonal *= 1 + damping
    band = np.zeros((9, count * 8))
    for lower in range(8):
        rows = np.einsum("nii->ni", blocks[:, lower:, : 8 - lower])
        band[lower].reshape(count, 8)[:, : 8 - lower] = rows
    # A camera is tied to the next one number by number: eight places further down the band.
    band[8].reshape(count, 8)[:-1] = -weights
    solved = solveh_banded(band, right.ravel(), lower=True, check_finite=False)
    return np.asarray(solved, np.float64).reshape(count, 8)


def _covariances(curves: Floats, weights: Floats) -> Floats:
    """Return each frame's own covariance (n, 8, 8) from blocks and ties."""
    forward, backward = curves.copy(), curves.copy()
    for i in range(1, len(curves)):
        forward[i] += _through(forward[i - 1], weights[i - 1])
    for i in range(len(curves) - 2, -1, -1):
        backward[i] += _through(backward[i + 1], weights[i])
    return inverse(forward + backward - curves)


def _through(information: Floats, weight: Floats) -> Floats:
    """Return what a neighbour's information (8, 8) is worth through a tie of inverse variance."""
    tied = information + np.diag(weight)
    return np.diag(weight) - weight[:, None] * np.linalg.solve(tied, np.diag(weight))


def _with_noise_as_seen(evidence: Evidence, cameras: Floats) -> tuple[Evidence, float]:
    """Return the evidence with the noise that it shows, and how alike its errors are.

    Marks are right or wrong by their own noise, however many of them are wrong alike. With it comes
    the share, up to 1, of that noise which marks have that scatter less than is ever counted.
    """
    pixels, _ = project_with_slopes(cameras, evidence.points, evidence.size)
    off = (evidence.pixels - pixels) / evidence.noise[..., None]
    distance = np.linalg.norm(off, axis=-1)
    right = np.nan_to_num(distance, nan=np.inf) < 2 * INLIER
    if right.sum() < 8:
        return evidence, 1.0
    # The median of a Rayleigh distribution is 1.177 standard deviations; outliers hardly move it.
    scatter = float(np.median(distance[right])) / 1.177
    noise = float(np.clip(scatter, LEAST_NOISE, MOST_NOISE))
    likeness, frames = _likeness(np.where(right[..., None], off, np.nan), evidence.times)
    alike = (1 - likeness + likeness * frames) / TAILS**2
    seen = replace(evidence, noise=evidence.noise * noise * TAILS, alike=alike)
    return seen, min(STAY_TIMES * scatter / noise, 1.0)


def _likeness(errors: Floats, times: Floats) -> tuple[float, float]:
    """Return which share of the errors stays, and over how many frames.

    A net that puts a point beside its place does so again in the next frames: such errors do not
    average out. They show as the correlation of errors half a second apart.

    Args:
        errors: (n, landmarks, 2) in standard deviations, NaN where there is none.
        times: (n,) seconds.
    """
    step = max(float(np.median(np.diff(times))), 1e-3)
    lag = int(np.clip(round(LAG / step), 1, max(len(errors) // 2, 1)))
    first, second = errors[:-lag], errors[lag:]
    both = np.isfinite(first) & np.isfinite(second)
    if both.sum() < 8:
        return 0.0, 1.0
    power = ((first[both] ** 2 + second[both] ** 2) / 2).sum()
    likeness = float((first[both] * second[both]).sum() / max(power, 1e-9))
    return float(np.clip(likeness, 0.0, 1.0)), min(len(errors), LASTS / step)
