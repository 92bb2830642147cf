"""The lines of each export format, made from sightings in plain Python values."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from courtside import rle
from courtside.game import Game
from courtside.sightings import FrameTable

CATEGORIES = {"player": 1, "referee": 2, "ball": 3}
HEADER = (
    "time", "frame", "segment", "player", "name", "team", "number", "role",
    "left", "top", "right", "bottom", "court_x", "court_y",
)  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """One row in plain values, rounded as far as measuring goes; null: could not tell.

    Attributes:
        frame: index of the decoded frame, from 0.
        time: seconds.
        segment: index of the stretch between two cuts.
        identity: the player, or the track of somebody who is no player yet, -1 for neither.
        role: `player`, `referee` or `ball`.
        team: name of the team.
        number: jersey number.
        box: x1 y1 x2 y2 in pixels.
        score: the detector's score, 0 to 1.
        court: place on the court in metres from its centre.
        mask: COCO compressed counts.
    """

    frame: int
    time: float
    segment: int
    identity: int
    role: str
    team: str | None
    number: str | None
    box: tuple[float, float, float, float]
    score: float | None
    court: tuple[float, float] | None
    mask: bytes | None

    @property
    def rectangle(self) -> tuple[float, float, float, float]:
        """Left, top, width and height of the box in pixels."""
        left, top, right, bottom = self.box
        return left, top, round(right - left, 2), round(bottom - top, 2)


def mot_lines(people: Iterable[Seen]) -> Iterator[str]:
    """Yield MOTChallenge lines: frame from 1, id, left, top, width, height, conf, x, y, z.

    conf is the detector's score, 1 where the person was followed without being detected; x y are
    the place on the court in metres with z 0, all three -1 where it is not known.
    """
    for one in people:
        conf = 1 if one.score is None else one.score
        place = (*one.court, 0) if one.court else (-1, -1, -1)
        cells = (one.frame + 1, one.identity, *one.rectangle, conf, *place)
        yield ",".join(map(str, cells)) + "\n"


def csv_lines(people: Iterable[Seen], game: Game) -> Iterator[str]:
    """Yield the lines of a table for a spreadsheet, with a header; empty: could not tell."""
    names = {player.id: player.name for player in game.players}
    yield _csv_line(HEADER)
    for one in people:
        yield _csv_line(
            (one.time, one.frame, one.segment, one.identity, names.get(one.identity), one.team,
             one.number, one.role, *one.box, *(one.court or (None, None)))
        )  # fmt: skip


def gsr_lines(people: Iterable[Seen]) -> Iterator[str]:
    """Yield a SoccerNet game-state file; `team` is the run's own name, not left or right.

    The place on the court is one point, in metres from its centre: left, middle and right of
    `bbox_pitch` are the same, as in SoccerNet's own files; null where it is not known.
    """
    yield '{"predictions": [\n'
    yield from _joined(_gsr_prediction(one, index) for index, one in enumerate(people))
    yield "\n]}\n"


def coco_lines(
    things: Iterable[Seen], frames: FrameTable, name: str, size: tuple[int, int]
) -> Iterator[str]:
    """Yield a COCO file of people and ball: an image for each sampled frame, masks as RLE.

    `bbox` is the full extent of the body, which may be larger than the visible part in the mask;
    an annotation without a mask has no `segmentation`.

    Args:
        things: people and balls.
        frames: the sampled frames.
        name: of the video.
        size: height and width of the picture in pixels.
    """
    images = (
        _coco_image(int(frame), float(time), size)
        for frame, time in zip(frames["frame"], frames["time"], strict=True)
    )
    categories = [{"id": number, "name": name} for name, number in CATEGORIES.items()]
    yield f'{{"info": {_json({"description": name})},\n'
    yield f'"categories": {_json(categories)},\n"images": [\n'
    yield from _joined(images)
    yield '\n],\n"annotations": [\n'
    yield from _joined(_coco_annotation(one, i, size) for i, one in enumerate(things, 1))
    yield "\n]}\n"


def _coco_image(frame: int, time: float, size: tuple[int, int]) -> dict[str, Any]:
    return {
        "id": frame + 1,
        "file_name": f"{frame + 1:06d}.jpg",
        "height": size[0],
        "width": size[1],
        "frame": frame,
        "time": round(time, 6),
    }


def _coco_annotation(one: Seen, index: int, size: tuple[int, int]) -> dict[str, Any]:
    left, top, width, height = one.rectangle
    annotation: dict[str, Any] = {
        "id": index,
        "image_id": one.frame + 1,
        "category_id": CATEGORIES[one.role],
        "bbox": [left, top, width, height],
        "area": round(width * height, 2),
        "iscrowd": 0,
        "track_id": one.identity,
        "score": one.score,
        "team": one.team,
        "number": one.number,
    }
    if one.mask:
        annotation["area"] = rle.area(one.mask, size)
        annotation["segmentation"] = {"size": list(size), "counts": one.mask.decode("ascii")}
    return annotation


def _gsr_prediction(one: Seen, index: int) -> dict[str, Any]:
    return {
        "id": str(index),
        "image_id": f"{one.frame + 1:06d}",
        "track_id": one.identity,
        "supercategory": "object",
        "category_id": 1,
        "attributes": {"role": one.role, "jersey": one.number, "team": one.team},
        "bbox_image": _gsr_box(one),
        "bbox_pitch": _gsr_place(one.court) if one.court else None,
    }


def _gsr_box(one: Seen) -> dict[str, float]:
    left, top, width, height = one.rectangle
    centre = {"x_center": round(left + width / 2, 2), "y_center": round(top + height / 2, 2)}
    return {"x": left, "y": top, "w": width, "h": height, **centre}


def _gsr_place(court: tuple[float, float]) -> dict[str, float]:
    return {
        f"{axis}_bottom_{side}": value
        for side in ("left", "middle", "right")
        for axis, value in zip("xy", court, strict=True)
    }


def _joined(items: Iterable[dict[str, Any]]) -> Iterator[str]:
    for index, item in enumerate(items):
        yield (",\n" if index else "") + _json(item)


def _json(item: Any) -> str:
    return json.dumps(item, ensure_ascii=False)


def _csv_line(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()
