"""What ties the cameras of neighbouring frames: the picture's motion and a place that stays."""

from __future__ import annotations

from typing import Literal

import numpy as np

from courtside.court.evidence import Evidence
from courtside.court.follow import UNKNOWN_TURN, UNKNOWN_ZOOM, motion_noise, moved
from courtside.court.model import LOG_FOCAL, PAN, ROLL, TILT, Floats, X, Z, sound, wrapped

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
# The numbers that the picture's motion tells, and the standard deviations from which on what it
# tells of two frames hardly counts: a graphic that comes up misleads it for a single frame.
MOTION, MOTION_OUTLIER = [PAN, TILT, LOG_FOCAL], 3.0


def tie_gaps(evidence: Evidence, cameras: Floats, held: Held) -> Floats:
    """Return (n-1, 8) by how much cameras differ from where motion takes the one before."""
    motions = evidence.motions[1:] if held != "still" else np.full((len(cameras) - 1, 3, 3), np.nan)
    motions = np.where(sound(motions, (1, 2))[:, None, None], motions, np.eye(3))
    gaps = cameras[1:] - moved(cameras[:-1], motions, evidence.size)
    # A camera's roll stays, whatever the picture's motion says.
    gaps[:, ROLL] = np.diff(cameras[:, ROLL])
    gaps[:, [PAN, TILT, ROLL]] = wrapped(gaps[:, [PAN, TILT, ROLL]])
    return np.asarray(gaps, np.float64)


def tie_weights(evidence: Evidence, cameras: Floats, held: Held) -> Floats:
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


def ties_loss(ties: Floats, gaps: Floats, held: Held) -> float:
    """Return the loss of the ties: motion's is bounded, as that of the marks."""
    squares = ties * gaps**2
    if held == "still":
        return float(squares.sum())
    moved = squares[:, MOTION].sum(axis=1)
    bounded = MOTION_OUTLIER**2 * moved / (MOTION_OUTLIER**2 + moved)
    return float(squares.sum() - moved.sum() + bounded.sum())


def tie_trust(ties: Floats, gaps: Floats, held: Held) -> Floats:
    """Return by how much ties (n-1, 8) count: motion that all marks contradict counts little."""
    trust = np.ones_like(ties)
    if held != "still":
        moved = (ties * gaps**2)[:, MOTION].sum(axis=1)
        share = (MOTION_OUTLIER**2 / (MOTION_OUTLIER**2 + moved)) ** 2
        trust[:, MOTION] = share[:, None]
    return trust
