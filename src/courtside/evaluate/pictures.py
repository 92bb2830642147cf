"""Pictures of a run beside the truth: what was found, missed and drawn though not there.

Truth is a thin white box, what was found has its mask in the team's colour and its box; who was
missed is red and crossed out, what nobody is behind is orange. A wrong number is written
beside the right one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside import rle
from courtside.evaluate.between import rows_at
from courtside.evaluate.matching import Matches, match_people, match_things
from courtside.evaluate.positions import column
from courtside.evaluate.truth import Truth
from courtside.game import Team
from courtside.render.colours import Bgr
from courtside.render.style import Style, style_for
from courtside.sightings import FrameTable, Sightings
from courtside.store.atomic import whole_file
from courtside.store.people import roles
from courtside.store.run import writing
from courtside.video import probe, read

TRUE: Bgr = (255, 255, 255)
MISSED: Bgr = (40, 40, 255)
FALSE: Bgr = (0, 150, 255)
# Pictures at most, evenly over the annotated frames.
MOST = 24
TINT = 0.45


def write_pictures(
    rows: Sightings,
    frames: FrameTable,
    teams: Sequence[Team],
    truth: Truth,
    source: Path,
    folder: Path,
) -> list[Path]:
    """Write `frame_000042.png` for up to 24 annotated frames and return the paths.

    Args:
        rows: sightings of the run.
        frames: its sampled frames.
        teams: of the run, for their colours.
        truth: what is right.
        source: the video.
        folder: where the pictures go; made if need be.

    Raises:
        InputError: when the video cannot be read.
        MachineError: when a picture cannot be written.
    """
    wanted = _evenly(truth.frames)
    found = rows_at(rows, frames, wanted, truth.size)
    things = [match_things(truth, found, kind) for kind in ("rim", "ball")]
    matches = [match_people(truth, found), *things]
    style, paths = style_for(truth.size, teams), []
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for frame in read(source, probe(source), every=None):
        if frame.index in wanted:
            path = folder / f"frame_{frame.index:06d}.png"
            image = np.array(frame.image)
            for each in matches:
                draw_matches(image, each, frame.index, style)
            _save(path, image)
            paths.append(path)
        if frame.index >= wanted.max(initial=-1):
            break
    return paths


def draw_matches(image: NDArray[np.uint8], people: Matches, frame: int, style: Style) -> None:
    """Draw truth and run over the picture of one frame.

    Args:
        image: BGR uint8 (height, width, 3), drawn upon.
        people: who (or what) was to be found, and who was.
        frame: index of the frame.
        style: colours of the run's teams.
    """
    partner = dict(people.pairs[:, ::-1].tolist())
    matched = set(partner.values())
    for row in np.flatnonzero(people.found["frame"] == frame):
        _draw_found(image, people, int(row), partner.get(int(row)), style)
    for row in np.flatnonzero(people.truth["frame"] == frame):
        if int(row) in matched:
            _box(image, people.truth.boxes[row], TRUE, 1)
        else:
            _cross(image, people.truth.boxes[row], MISSED)


def _draw_found(
    image: NDArray[np.uint8], people: Matches, row: int, true: int | None, style: Style
) -> None:
    found = people.found
    kind = str(roles(found)[row] or found["kind"][row])
    colour = style.look(kind, column(found, "team")[row]).main
    mask = found["mask"][row] if "mask" in found else None
    if mask:
        inside = rle.decode(mask, image.shape[:2])
        image[inside] = (image[inside] * (1 - TINT) + np.array(colour) * TINT).astype(np.uint8)
    _box(image, found.boxes[row], FALSE if true is None else colour, 2)
    right = None if true is None else column(people.truth, "number")[true]
    text = _number(column(found, "number")[row], right)
    left, top = found.boxes[row, :2].astype(int).tolist()
    cv2.putText(image, text, (left, max(top - 4, 12)), cv2.FONT_HERSHEY_SIMPLEX, 0.5, TRUE, 1)


def _number(own: str | None, right: str | None) -> str:
    if own is None:
        return ""
    return own if right in (own, None) else f"{own} not {right}"


def _box(image: NDArray[np.uint8], box: NDArray[np.float32], colour: Bgr, width: int) -> None:
    x1, y1, x2, y2 = np.round(box).astype(int).tolist()
    cv2.rectangle(image, (x1, y1), (x2 - 1, y2 - 1), colour, width)


def _cross(image: NDArray[np.uint8], box: NDArray[np.float32], colour: Bgr) -> None:
    x1, y1, x2, y2 = np.round(box).astype(int).tolist()
    _box(image, box, colour, 2)
    cv2.line(image, (x1, y1), (x2, y2), colour, 1, cv2.LINE_AA)
    cv2.line(image, (x1, y2), (x2, y1), colour, 1, cv2.LINE_AA)


def _evenly(frames: NDArray[np.int32]) -> NDArray[np.int32]:
    if len(frames) <= MOST:
        return frames
    return np.asarray(frames[np.linspace(0, len(frames) - 1, MOST).astype(int)], np.int32)


def _save(path: Path, image: NDArray[np.uint8]) -> None:
    _, encoded = cv2.imencode(".png", image)
    with whole_file(path) as file:
        file.write(encoded.tobytes())
