"""How well the court is found on real clips, before a net finds its points.

`python benchmarks/court.py ../shared/data/real` takes each clip's annotated court points for its
cameras, makes of them what a net would find (noisy, some missed, some wrong, some always beside
their place), lets the court stages run over the real pictures, and prints how far the annotated
points are off, in pixels at 720 lines and metres.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from time import thread_time

import numpy as np
from numpy.typing import NDArray

from courtside.court.league import Reading
from courtside.court.marks import seen_landmarks
from courtside.court.model import Floats
from courtside.court.settle import settle_cameras
from courtside.court.shapes import LANDMARKS, NBA
from courtside.court.shown import SetPoint
from courtside.court.stage import build_court
from courtside.evaluate.court import court_scores, load_court_points
from courtside.evaluate.truth import load_truth
from courtside.sightings import FrameTable, Sightings, View
from courtside.stage import LookStage
from courtside.video.motion import build_camera
from courtside.video.probe import probe
from courtside.video.read import read

EVERY = 0.0999  # seconds


@dataclass(frozen=True)
class Found:
    """What a net would share."""

    court_points: NDArray[np.float32]


def main() -> None:
    """Print a line for each clip and each quality of points."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", type=Path)
    for path in sorted(parser.parse_args().clips.glob("*/truth.json")):
        points = load_court_points(path)
        if len(points) < 2:
            continue
        views = _views(path.parent / "clip.mp4", {point.frame for point in points})
        shown = [
            SetPoint(p.frame, (float(px[0]), float(px[1])), (float(m[0]), float(m[1]), 0.0))
            for p in points
            for px, m in zip(p.pixels, p.places, strict=True)
        ]
        size = views[0].size
        true, _ = settle_cameras(_table(views), size, (Reading(NBA),), shown)
        for noise, missed, wrong in ((2.0, 0.4, 0.1), (4.0, 0.6, 0.15)):
            found = [
                _found(c, size, noise, missed, wrong, i)
                for i, c in enumerate(true["camera"].astype(np.float64))
            ]
            looked, seconds = _look(build_court(), views, found)
            settled, reading = settle_cameras(looked, size)
            scores = court_scores(Sightings.empty(), settled, load_truth(path), points)
            told = {n: round(v, 2) for n, v in scores.items() if np.isfinite(v)}
            league = reading.court.name if reading else None
            print(f"{path.parent.name} noise {noise} missed {missed}: {league} {told}", end=" ")
            print(f"{1000 * seconds:.1f} ms a frame")


def _views(clip: Path, wanted: set[int]) -> list[View]:
    """Return views ten a second and of the wanted frames, with the camera's motion."""
    stage, views = build_camera(), list[View]()
    state = stage.start()
    for frame in read(clip, probe(clip), every=None):
        late = not views or float(frame.time - views[-1].time) >= EVERY
        if late or frame.index in wanted:
            view = View(frame.index, frame.pts, frame.time, frame.segment, frame.image)
            state, _ = stage.step(state, view, Sightings.empty())
            views.append(view)
    return views


def _table(views: list[View]) -> FrameTable:
    none = np.full(9, np.nan)
    return FrameTable(
        {
            "frame": [v.frame for v in views],
            "pts": [v.pts for v in views],
            "time": [float(v.time) for v in views],
            "segment": [v.segment for v in views],
            "motion": [none if v.motion is None else v.motion.ravel() for v in views],
        }
    )


def _found(
    camera: Floats, size: tuple[int, int], noise: float, missed: float, wrong: float, seed: int
) -> NDArray[np.float32]:
    """Return a net's points (k, 4) of a frame; half as much again is the same in all frames."""
    rng, always = np.random.default_rng(seed), np.random.default_rng(99)
    stays = always.normal(0, noise / 2, (len(LANDMARKS), 2))
    rows = []
    for index, pixel in enumerate(seen_landmarks(camera, NBA, size)):
        if not np.isfinite(pixel).all() or rng.random() < missed:
            continue
        at = pixel + (rng.normal(0, noise, 2) + stays[index]) * size[0] / 720
        if rng.random() < wrong:
            at = rng.uniform(0, size[::-1])
        rows.append((index, *at, rng.uniform(0.3, 1.0)))
    return np.array(rows, np.float32).reshape(-1, 4)


def _look(
    stage: LookStage, views: list[View], found: list[NDArray[np.float32]]
) -> tuple[FrameTable, float]:
    """Return the frames after the court stage, and its median seconds of processor time."""
    state, columns, seconds = stage.start(), [], []
    for view, points in zip(views, found, strict=True):
        own = View(view.frame, view.pts, view.time, view.segment, view.image, view.motion)
        shared = Found(points)
        own.shared("trunk", lambda shared=shared: shared)
        begun = thread_time()
        state, _ = stage.step(state, own, Sightings.empty())
        seconds.append(thread_time() - begun)
        columns.append(own.columns)
    told = {name: [column[name] for column in columns] for name in columns[0]}
    return _table(views).with_columns(**told), float(np.median(seconds))


if __name__ == "__main__":
    main()
