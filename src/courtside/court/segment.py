"""All cameras of a segment at once: marks of every frame, motion between them, one place.

The whole is a least-squares problem over a chain (`chain.py`), solved with marks (`evidence.py`)
and ties (`ties.py`) that count the less the more they are contradicted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from courtside.court.chain import own_covariances, step_together
from courtside.court.evidence import Evidence, with_noise_as_seen
from courtside.court.follow import motion_noise, moved
from courtside.court.model import PAN, TILT, Floats, project_with_slopes, sound
from courtside.court.solve import ANYWHERE, INLIER, from_prior, loss
from courtside.court.ties import Held, tie_gaps, tie_trust, tie_weights, ties_loss

# Errors of a net are likelier alike over a segment than its frames show: by this much in variance,
# found on simulated segments with and without errors that stay and on the simulated benchmark
# (docs/court.md); settling adds what frames with few marks lean on.
ALIKE = 1.44
# How little marks scatter shows over so many seconds of panning: a camera that is carried, or does
# not stir, follows its marks' errors.
SCATTER_SECONDS = 2.0
STEPS = 12
# The stricter way to be held is taken unless it costs that much more of the marks' loss.
WORTH_SHARE, WORTH_LEAST = 1.25, 30.0
# Pans by less than this many radians may be none.
STILL_PAN = 0.01
# Motion is judged over so many frames, and trusted this many times less at most.
AROUND, MOST_SHAKE = 9, 50.0
# Frames whose derivatives are held at once.
AT_ONCE = 1500


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
    evidence, calm = with_noise_as_seen(evidence, cameras)
    cameras, _ = _solve(evidence, cameras, held)
    _, curves, distance = _marks_terms(evidence, cameras, final=True)
    ties, gaps = tie_weights(evidence, cameras, held), tie_gaps(evidence, cameras, held)
    covariances = own_covariances(curves, ties * tie_trust(ties, gaps, held))
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
    gaps = tie_gaps(evidence, filled, "tripod")[:, [PAN, TILT]]
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
    terms = best = _marks_terms(evidence, cameras), tie_gaps(evidence, cameras, held), cameras
    for _ in range(STEPS):
        (_, _, distance), gaps, cameras = terms
        ties = tie_weights(evidence, cameras, held)
        total = _loss(evidence, distance) + ties_loss(ties, gaps, held)
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
        weights = ties * tie_trust(ties, gaps, held)
        cameras = cameras + step_together(gradient, curves, weights, gaps, damping)
        terms = _marks_terms(evidence, cameras), tie_gaps(evidence, cameras, held), cameras
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
