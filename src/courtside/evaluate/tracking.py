"""HOTA, MOTA and identity switches, by trackeval's own classes in memory.

Luiten et al., HOTA: a higher order metric for evaluating multi-object tracking, 2020; Bernardin
and Stiefelhagen, Evaluating multiple object tracking performance, 2008. trackeval comes with the
extra `evaluate`: beside much else it brings a second build of OpenCV, too much for everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from courtside.errors import MachineError, missing_extra
from courtside.evaluate.identity import names
from courtside.evaluate.matching import PERSON_IOU, Matches, by_frame
from courtside.geometry import iou
from courtside.sightings import Sightings

Rows = NDArray[np.intp]
# Likeness, 0 to 1, of some rows of the truth (t,) to some of the run (f,): shape (t, f).
Likeness = Callable[[Rows, Rows], NDArray[np.float64]]
TRACKING = ("hota", "deta", "assa", "mota", "switches")


def missing_scorer() -> MachineError | None:
    """Return the sentence that tells how to get trackeval, null where it is installed."""
    if find_spec("trackeval") is None:
        return missing_extra("trackeval", "evaluate", "scoring HOTA, MOTA and GS-HOTA")
    return None


def tracking_scores(people: Matches, frames: NDArray[np.int32]) -> dict[str, float | int | None]:
    """Return `hota`, `deta`, `assa`, `mota` and `switches` over the annotated frames.

    HOTA and its parts are means over IoU 0.05 to 0.95, `mota` and `switches` are at IoU 0.5. MOTA
    below 0 (more false boxes than people) is given as 0. All are null without trackeval, and
    where the truth has nobody.

    Args:
        people: who was to be found, and who was.
        frames: shape (f,) int32, the annotated frames.
    """
    if missing_scorer() or len(people.truth) == 0:
        return dict.fromkeys(TRACKING)
    there, seen = people.truth.boxes, people.found.boxes
    data = sequence(people, frames, lambda t, f: iou(there[t], seen[f]).astype(np.float64))
    clear = _metrics().CLEAR({"THRESHOLD": PERSON_IOU, "PRINT_CONFIG": False}).eval_sequence(data)
    # Where nothing was found, trackeval leaves the early answer 0.
    return {
        **hota(data),
        "mota": max(0.0, float(clear["MOTA"])),
        "switches": int(clear["IDSW"]),
    }


def hota(data: dict[str, Any]) -> dict[str, float]:
    """Return `hota`, `deta` and `assa` of one sequence as `sequence` makes it."""
    result = _metrics().HOTA().eval_sequence(data)
    return {name: float(np.mean(result[key])) for name, key in _HOTA_NAMES.items()}


_HOTA_NAMES = {"hota": "HOTA", "deta": "DetA", "assa": "AssA"}


def sequence(people: Matches, frames: NDArray[np.int32], likeness: Likeness) -> dict[str, Any]:
    """Return truth and run as trackeval's metrics take them.

    Args:
        people: who was to be found, and who was.
        frames: shape (f,) int32, the annotated frames.
        likeness: of people of one frame.
    """
    true, own = (_numbered(rows) for rows in (people.truth, people.found))
    first, second = by_frame(people.truth), by_frame(people.found)
    none = np.zeros(0, np.intp)
    steps = [(first.get(int(f), none), second.get(int(f), none)) for f in frames]
    return {
        "num_timesteps": len(steps),
        "num_gt_dets": len(true),
        "num_tracker_dets": len(own),
        "num_gt_ids": int(true.max(initial=-1)) + 1,
        "num_tracker_ids": int(own.max(initial=-1)) + 1,
        "gt_ids": [true[rows] for rows, _ in steps],
        "tracker_ids": [own[rows] for _, rows in steps],
        "similarity_scores": [likeness(t, f) for t, f in steps],
    }


def _numbered(rows: Sightings) -> NDArray[np.intp]:
    """Return who each row shows, from 0; the second of a name in a frame is somebody of its own."""
    said = names(rows)
    _, firsts = np.unique(np.stack([rows["frame"], said]), axis=1, return_index=True)
    again = np.setdiff1d(np.arange(len(rows)), firsts)
    said[again] = said.min(initial=0) - 1 - np.arange(len(again))
    return np.unique(said, return_inverse=True)[1].astype(np.intp)


def _metrics() -> Any:
    from trackeval import metrics

    return metrics
