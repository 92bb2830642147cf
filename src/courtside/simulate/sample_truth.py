"""The sample's truth as a `truth.json` document: boxes, masks, ball, rim, court points."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.simulate.camera import Camera
from courtside.simulate.court_size import NBA
from courtside.simulate.place import Person
from courtside.simulate.truth import KINDS, LEAST_NUMBER_PIXELS, Truth

PLAYERS = (KINDS.index("player"), KINDS.index("referee"))
LEAST_SEEN = 0.02  # of the silhouette; below, nobody would call a person visible
TEAMS = {"A": "white home", "B": "red away"}


@dataclass(frozen=True, slots=True)
class Frame:
    """Truth of one drawn frame. ids: uint8 (h, w, 4) and truth in pixels as drawn."""

    number: int
    ids: NDArray[np.uint8]
    truth: Truth
    camera: Camera


def truth_document(
    frames: Sequence[Frame], people: Sequence[Person], size: tuple[int, int], rate: int, count: int
) -> dict[str, Any]:
    """All truth of the sample, in pixels of its frames of (width, height) `size`."""
    playing = [(i + 1, p) for i, p in enumerate(people) if p.kind in ("player", "referee")]
    document: dict[str, Any] = {
        "clip": "sample",
        "width": size[0],
        "height": size[1],
        "fps": rate,
        "frame_count": count,
        "frames": [f.number for f in frames],
        "teams": TEAMS,
        "people": [_identity(number, person) for number, person in playing],
        "boxes": [],
        "ball": [],
        "rim": [],
        "court": [],
        "masks": [],
        "ignore": [],
        "notes": "Simulated: exact by construction. Hard cut at frame 180.",
    }
    for frame in frames:
        _add_frame(document, frame, size)
    return document


def _identity(number: int, person: Person) -> dict[str, Any]:
    team = "AB"[person.side] if person.side >= 0 else None
    return {"id": number, "kind": person.kind, "team": team, "number": person.number or None}


def _add_frame(document: dict[str, Any], frame: Frame, size: tuple[int, int]) -> None:
    truth, scale = frame.truth, size[0] / frame.ids.shape[1]
    limits = np.array([*size, *size], np.float64)
    pixels = np.bincount(frame.ids[..., 0][frame.ids[..., 1] > 127], minlength=256)
    numbered = set(np.flatnonzero(pixels >= LEAST_NUMBER_PIXELS).tolist())
    whose = cv2.resize(frame.ids[..., 0], size, interpolation=cv2.INTER_NEAREST)
    for box, kind, owner, seen in zip(
        truth.boxes, truth.kinds, truth.owner, truth.visibility, strict=True
    ):
        clipped = [round(float(v), 1) for v in np.clip(box * scale, 0, limits)]
        name = KINDS[int(kind)]
        if name in ("ball", "rim"):
            document[name].append({"frame": frame.number, "box": clipped})
        if kind not in PLAYERS or seen < LEAST_SEEN:
            continue
        row = {"frame": frame.number, "id": int(owner)}
        facts = {"visibility": round(float(seen), 2), "number_visible": int(owner) in numbered}
        document["boxes"].append(row | {"box": clipped} | facts)
        document["masks"].append(row | {"rle": _rle(whose == owner)})
    document["court"].append(_court(frame.camera, frame.number, size))


def _rle(mask: NDArray[np.bool_]) -> dict[str, Any]:
    """COCO run-length code, uncompressed: column-major runs, background first."""
    flat = mask.reshape(-1, order="F").astype(np.int8)
    changes = np.flatnonzero(np.diff(flat)) + 1
    bounds = np.concatenate([[0], changes, [len(flat)]])
    runs = np.diff(bounds).tolist()
    return {"size": list(mask.shape), "counts": ([0] if flat[0] else []) + runs}


def _court(camera: Camera, number: int, size: tuple[int, int]) -> dict[str, Any]:
    """Points of the lines that lie in the picture."""
    half_l, half_w = NBA.length / 2, NBA.width / 2
    free, lane = half_l - NBA.lane_length, NBA.lane_width / 2
    named = {
        "half-court line x far sideline": (0.0, half_w),
        "half-court line x near sideline": (0.0, -half_w),
    }
    for end, side in (("right", 1.0), ("left", -1.0)):
        for away, across in (("far", 1.0), ("near", -1.0)):
            baseline, line = f"{end} baseline x {away}", f"{end} free-throw line x {away}"
            named[f"{baseline} sideline"] = (side * half_l, across * half_w)
            named[f"{baseline} lane line"] = (side * half_l, across * lane)
            named[f"{line} lane line"] = (side * free, across * lane)
    scale = size[0] / camera.width
    points = []
    for name, (x, y) in named.items():
        px, py, depth = camera.project(np.array([[x, y, 0.0]]))[0]
        px, py = px * scale, py * scale
        if depth > 0 and 0 <= px < size[0] and 0 <= py < size[1]:
            at = [round(float(px), 1), round(float(py), 1)]
            points.append({"name": name, "px": at, "court_m": [round(x, 3), round(y, 3)]})
    return {"frame": number, "court": "NBA", "points": points}
