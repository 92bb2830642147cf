"""Whether the court of a run stays where it is, and how honest its estimate of error is.

    courtside bench sim --cache DIR
    python benchmarks/court_in_time.py DIR

In every sampled frame places of the floor that the true camera sees are put back onto the floor by
the run's camera; the error of a frame is their mean way from where they are, metres. Drift is what
lies between the mean ways of a clip's first and last two seconds; lag is told where the camera pans
by more than eight degrees a second.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from courtside.bench.clips import CLIPS
from courtside.court.certainty import floor_in_view
from courtside.court.model import PAN, half_turned, project, sound, to_floor
from courtside.evaluate.court import frame_errors, load_court_points
from courtside.store.opened import Run, open_run

Floats = NDArray[np.float64]
BEGINNING = 2.0  # seconds whose mean is the beginning, and as many the end
FAST = 8.0  # degrees a second
FEW = 10  # fast frames of which nothing is said


def ways(run: Run, truth: Run) -> tuple[Floats, Floats]:
    """Return times (n,) and mean ways (n, 2) in metres of the frames both have a camera for."""
    both = _mean_ways(run, truth, False), _mean_ways(run, truth, True)
    return min(both, key=lambda found: float(np.abs(found[1]).sum()))


def _mean_ways(run: Run, truth: Run, turn: bool) -> tuple[Floats, Floats]:
    rows = np.searchsorted(truth.frames["frame"], run.frames["frame"])
    times, found = [], []
    for row, right in enumerate(rows):
        camera, true = (
            table["camera"][at].astype(np.float64)
            for table, at in ((run.frames, row), (truth.frames, right))
        )
        if not (sound(camera[None]).all() and sound(true[None]).all()):
            continue
        way = _way(half_turned(camera) if turn else camera, true, truth)
        if np.isfinite(way).all():
            times.append(float(run.frames["time"][row]))
            found.append(way)
    return np.array(times), np.array(found).reshape(-1, 2)


def _way(camera: Floats, true: Floats, truth: Run) -> Floats:
    assert truth.court is not None
    places = floor_in_view(true, truth.court, truth.size, apron=0.0)
    pixels = project(true, np.column_stack([places, np.zeros(len(places))]), truth.size)
    back = to_floor(camera, pixels, truth.size) - places
    return np.asarray(back.mean(axis=0)) if len(back) else np.full(2, np.nan)


def drift(times: Floats, found: Floats) -> float:
    """Metres between the mean way of the first two seconds and that of the last two."""
    first, last = times < times[0] + BEGINNING, times > times[-1] - BEGINNING
    return float(np.linalg.norm(found[last].mean(axis=0) - found[first].mean(axis=0)))


def pan_speeds(truth: Run, times: Floats) -> Floats:
    """Degrees a second by which the true camera pans at some times, (n,)."""
    frames = truth.frames
    pan = np.degrees(np.unwrap(frames["camera"][:, PAN].astype(np.float64)))
    return np.interp(times, frames["time"], np.gradient(pan, frames["time"]))


def lag(times: Floats, found: Floats, truth: Run) -> float:
    """Seconds by which the run's court is behind the picture at these times.

    By least squares: the way along the court is the lag times the speed at which the middle of
    the picture moves along it.
    """
    speed = np.interp(times, truth.frames["time"], _middle_speeds(truth))
    return float(-(found[:, 0] @ speed) / (speed @ speed))


def _middle_speeds(truth: Run) -> Floats:
    middles = np.array([truth.size[::-1]], np.float64) / 2 + [0, truth.size[0] / 8]
    along = [
        to_floor(camera.astype(np.float64), middles, truth.size)[0, 0]
        for camera in truth.frames["camera"]
    ]
    return np.gradient(np.array(along), truth.frames["time"])


def told(name: str, run: Run, truth: Run) -> str:
    """Return a line about one clip."""
    times, found = ways(run, truth)
    errors, fast = np.linalg.norm(found, axis=1), np.abs(pan_speeds(truth, times)) > FAST
    line = f"{name:20} {len(times):5} {np.median(errors):7.3f} {drift(times, found):7.3f}"
    if fast.sum() < FEW:
        return line
    last = np.percentile(errors[fast], 95)
    behind = 1000 * lag(times[fast], found[fast], truth)
    return f"{line} {fast.sum():8} {np.median(errors[fast]):8.3f} {last:8.3f} {behind:8.0f}"


def main() -> None:
    cache = Path(sys.argv[1])
    print(f"{'metres':20} frames   error   drift  panning    error     95 %   lag, ms")
    pairs = []
    for clip in CLIPS:
        run, truth = open_run(cache / f"{clip.name}.run"), open_run(cache / clip.folder)
        print(told(clip.name, run, truth))
        points = load_court_points(cache / clip.folder)
        pairs.append(frame_errors(run.frames, points, truth.size))
    errors, bounds = (np.concatenate(column) for column in zip(*pairs, strict=True))
    print(f"{len(errors)} frames of all clips together: the estimate covers the error in")
    print(f"{np.mean(errors <= bounds):.3f}; its median, {np.median(bounds):.3f} m, is")
    print(f"{np.median(bounds) / np.median(errors):.2f} times that of the error")


if __name__ == "__main__":
    main()
