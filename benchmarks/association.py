"""Who is who from the same boxes: our tracks and players beside trackers of PyPI's `trackers`.

    python benchmarks/association.py [RUN TRUTH ...]

Without arguments: the runs that `courtside bench sim` left in its cache, against their truth. Needs
`pip install 'courtside[bench]'`.

All get the boxes that our detector found in the sampled frames, with the roles and the on-court
decision of our run, so that only the identities differ; people followed though not detected are
left out. The others are given the settings, of a grid, with the best mean HOTA over these very
clips. "Each box its true name" is the most that these boxes allow. Scored in the sampled frames;
HOTA is the mean over clips.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import supervision
import trackers
from numpy.typing import NDArray

from courtside.bench import CLIPS
from courtside.commands.bench import default_cache
from courtside.evaluate import Truth, load_truth
from courtside.evaluate.identity import idf1
from courtside.evaluate.matching import match_people
from courtside.evaluate.tracking import tracking_scores
from courtside.identity.settle import settle_identity
from courtside.settings import IdentitySettings
from courtside.sightings import Sightings
from courtside.sport import BASKETBALL
from courtside.store.opened import Run, open_run, source_of
from courtside.video import probe, read

COLUMNS = ("hota", "deta", "assa", "idf1", "switches")
PEOPLE = ("player", "referee", "person")
COMMON: dict[str, tuple[Any, ...]] = {
    "high_conf_det_threshold": (0.3, 0.5),
    "lost_track_buffer": (30, 90),  # thirtieths of a second
    "minimum_consecutive_frames": (1, 2),
}
GRIDS: dict[str, tuple[type, dict[str, tuple[Any, ...]]]] = {
    "ByteTrack": (
        trackers.ByteTrackTracker,
        {"minimum_iou_threshold": (0.1, 0.2, 0.3), "track_activation_threshold": (0.3, 0.5)},
    ),
    "OC-SORT": (
        trackers.OCSORTTracker,
        {"minimum_iou_threshold": (0.1, 0.2, 0.3), "direction_consistency_weight": (0.0, 0.2)},
    ),
    "BoT-SORT": (
        trackers.BoTSORTTracker,
        {
            "minimum_iou_threshold_first_assoc": (0.1, 0.2, 0.3),
            "track_activation_threshold": (0.3, 0.5),
        },
    ),
}


@dataclass(frozen=True)
class Clip:
    """One clip: our run of it, and the truth in the sampled frames."""

    run: Run
    truth: Truth
    # By threshold and frame: what BoT-SORT finds out about the camera, found once.
    motions: dict[tuple[float, int], Any] = field(default_factory=dict)

    @cached_property
    def everything(self) -> Sightings:
        """All rows of the run, with evidence."""
        return self.run.sightings

    @cached_property
    def detected(self) -> Sightings:
        """People the detector found, in the order of the frames."""
        rows = self.everything
        people = np.isin(rows["kind"].astype(str), PEOPLE) & np.isfinite(rows["score"])
        rows = rows.select(people)
        return rows.select(np.argsort(rows["frame"], kind="stable"))

    @cached_property
    def pictures(self) -> dict[int, NDArray[np.uint8]]:
        """The sampled frames by index, BGR."""
        wanted = set(self.run.frames["frame"].tolist())
        source = source_of(self.run)
        frames = read(source, probe(source), every=None)
        return {frame.index: frame.image for frame in frames if frame.index in wanted}


def main() -> None:
    clips = [_clip(run, truth) for run, truth in _pairs(sys.argv[1:])]
    print(f"{len(clips)} clips; {' | '.join(COLUMNS)}")
    best = 0.0
    for name in GRIDS:
        figures, chosen = max(
            ((_figures(clips, _followed(clips, name, s)), s) for s in _settings(name)),
            key=lambda pair: pair[0]["hota"],
        )
        best = max(best, figures["hota"])
        _print(name, figures, str(chosen))
    tracks = [clip.detected.without("player") for clip in clips]
    _print("our tracks", _figures(clips, tracks))
    unnumbered = [_without_numbers(clip) for clip in clips]
    _print("our players, numbers unread", _figures(clips, unnumbered))
    ours = _figures(clips, [clip.detected for clip in clips])
    _print("our players", ours)
    _print("all that our run says", _figures(clips, [clip.everything for clip in clips]))
    _print("each box its true name", _figures(clips, [_truly_named(clip) for clip in clips]))
    print(f"of the way from the best of them to 1: {(ours['hota'] - best) / (1 - best):+.2f}")


def _pairs(arguments: list[str]) -> Iterator[tuple[Path, Path]]:
    if arguments:
        yield from zip(map(Path, arguments[::2]), map(Path, arguments[1::2]), strict=True)
        return
    cache = default_cache()
    for clip in CLIPS:
        yield cache / f"{clip.name}.run", cache / clip.folder


def _clip(run: Path, truth: Path) -> Clip:
    opened, right = open_run(run), load_truth(truth)
    sampled = np.isin(right.rows["frame"], opened.frames["frame"])
    frames = right.frames[np.isin(right.frames, opened.frames["frame"])]
    rows, hidden = right.rows.select(sampled), right.hidden[sampled]
    return Clip(opened, replace(right, rows=rows, hidden=hidden, frames=frames))


def _settings(name: str) -> Iterator[dict[str, Any]]:
    grid = COMMON | GRIDS[name][1]
    for values in product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def _followed(clips: list[Clip], name: str, settings: dict[str, Any]) -> list[Sightings]:
    return [_tracked(clip, name, GRIDS[name][0](**settings)) for clip in clips]


def _tracked(clip: Clip, name: str, tracker: Any) -> Sightings:
    """Return the rows that a tracker gives an identity."""
    rows = clip.detected
    track = np.full(len(rows), -1)
    times = dict(zip(clip.run.frames["frame"].tolist(), clip.run.frames["time"], strict=True))
    for frame, time in times.items():
        index = np.flatnonzero(rows["frame"] == frame)
        boxes, scores = rows.boxes[index], rows["score"][index]
        seen = supervision.Detections(boxes, confidence=scores, class_id=index.astype(int))
        picture = _picture(clip, tracker, frame) if name == "BoT-SORT" else None
        said = tracker.update(seen, frame=picture, timestamp=float(time))
        if len(said):
            track[said.class_id] = said.tracker_id
    return rows.with_columns(track=track).without("player").select(track >= 0)


def _picture(clip: Clip, tracker: Any, frame: int) -> NDArray[np.uint8]:
    """Return the picture for BoT-SORT, whose view of the camera is remembered between tries."""
    look, key = type(tracker.cmc).estimate, (tracker.high_conf_det_threshold, frame)

    def estimate(picture: NDArray[np.uint8], boxes: NDArray[np.float32] | None) -> Any:
        if key not in clip.motions:
            clip.motions[key] = look(tracker.cmc, picture, boxes)
        return clip.motions[key]

    tracker.cmc.estimate = estimate
    return clip.pictures[frame]


def _without_numbers(clip: Clip) -> Sightings:
    evidence = clip.everything.without("readable", "tens", "ones", "number", "player")
    settled, _, _ = settle_identity(evidence, None, BASKETBALL, IdentitySettings())
    people = np.isin(settled["kind"].astype(str), PEOPLE) & np.isfinite(settled["score"])
    return settled.select(people)


def _truly_named(clip: Clip) -> Sightings:
    """Return the boxes under the name of whom they show: the best that these boxes allow."""
    rows = clip.detected.select(np.isin(clip.detected["frame"], clip.truth.frames))
    people = match_people(clip.truth, rows)
    true, own = people.pairs.T
    track = clip.truth.rows["player"].max() + 1 + np.arange(len(people.found))
    track[own] = people.truth["player"][true]
    return people.found.with_columns(track=track).without("player")


def _figures(clips: list[Clip], runs: list[Sightings]) -> dict[str, float]:
    """Return the mean over the clips of each score."""
    each = []
    for clip, rows in zip(clips, runs, strict=True):
        rows = rows.select(np.isin(rows["frame"], clip.truth.frames))
        people = match_people(clip.truth, rows)
        each.append({**tracking_scores(people, clip.truth.frames), "idf1": idf1(people)})
    return {name: float(np.mean([scores[name] or 0 for scores in each])) for name in COLUMNS}


def _print(name: str, figures: dict[str, float], note: str = "") -> None:
    print(f"{name:28} {' '.join(f'{figures[c]:6.3f}' for c in COLUMNS)}  {note}", flush=True)


if __name__ == "__main__":
    main()
