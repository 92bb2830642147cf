"""What was seen of the court in the frames of one segment, and the noise that it shows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from courtside.court.follow import LEAST_NOISE, MOST_NOISE
from courtside.court.model import Floats, Size, project_with_slopes
from courtside.court.solve import INLIER

# Errors of marks have longer tails than the middle one of them shows: which are wrong is judged
# by so many times that noise.
TAILS = 2.0
# Marks that painted lines move scatter far less about one place than the least noise a net is
# believed. What of their errors stays is about so many times what scatters.
STAY_TIMES = 6.0
# Errors that stay show over so many seconds, and last so many.
LAG, LASTS = 0.5, 5.0


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


def with_noise_as_seen(evidence: Evidence, cameras: Floats) -> tuple[Evidence, float]:
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
