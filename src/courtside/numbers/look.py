"""Number evidence for each player of a frame: which region, readable or not, which digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from courtside.engine import Net
from courtside.errors import InputError
from courtside.geometry import Boxes, as_boxes, clip_boxes, share_inside
from courtside.numbers.embedded import Reading, read
from courtside.numbers.torso import torso_boxes, window_of
from courtside.rle import Mask, Size, decode_window
from courtside.sightings import Sightings, View
from courtside.stage import LookStage

MINIMUM_IOS = 0.9
"""Least share of a number region inside a player's mask; the reference pipeline's value."""
PADDING = 0.15
"""Margin round a number region, as a share of its height; the net was trained with such crops."""
CROPS_A_FRAME = 12
# Seconds from one reading to the next. Readings within a second show nearly the same picture and
# count as little more than one: ten a second told no more of four real and three simulated clips.
READ_EVERY, SLACK = 0.2, 0.02
# Digits are about an eighth of the body: below this height they have under 8 pixels.
LEAST_HEIGHT = 64.0
LEAST_VISIBILITY = 0.5


class Regions(Protocol):
    """What the numbers stage reads of the detector's trunk.

    `boxes` (n, 4) x1 y1 x2 y2 in pixels of the upright picture, `kinds` and `scores` of length n.
    """

    @property
    def boxes(self) -> Boxes: ...
    @property
    def kinds(self) -> Sequence[str]: ...
    @property
    def scores(self) -> NDArray[np.float32]: ...


@dataclass(frozen=True)
class Wearing:
    """Number regions and the rows of the players that wear them, both of length n."""

    rows: NDArray[np.intp]
    boxes: Boxes


NOTHING_WORN = Wearing(np.zeros(0, np.intp), np.zeros((0, 4), np.float32))


@dataclass(frozen=True)
class ReadLast:
    """When numbers were read last, in seconds; null before the first time."""

    time: float | None = None


def build_reader(net: Net, least_score: float) -> LookStage:
    """Return the stage that adds `readable tens ones number_box` to the players' rows.

    `least_score` is that of a number region. The stage reads the picture, masks and the number
    regions in the detector's trunk, at most once in `READ_EVERY`.
    """
    columns = {"readable", "tens", "ones", "number_box"}

    def step(last: ReadLast, view: View, rows: Sightings) -> tuple[ReadLast, Sightings]:
        time = float(view.time)
        if last.time is not None and 0 <= time - last.time < READ_EVERY - SLACK:
            return last, _with_readings(rows, NOTHING_WORN, read(net, []))
        return ReadLast(time), look_numbers(net, view, rows, least_score)

    return LookStage(
        name="numbers",
        needs=frozenset({"image", "box", "mask", "trunk"}),
        adds=frozenset(columns),
        start=ReadLast,
        step=step,
        state_type=ReadLast,
    )


def look_numbers(net: Net, view: View, rows: Sightings, least_score: float = 0.3) -> Sightings:
    """Return the rows with `readable tens ones number_box`, null for all without a reading.

    Players without a number region are read on the middle of the torso, the tallest first, as
    long as the frame has fewer than `CROPS_A_FRAME` crops.

    Args:
        net: the number net.
        view: the frame, with the detector's `trunk` shared.
        rows: sightings of this frame with `mask`.
        least_score: least score of a number region.
    """
    worn = find_numbers(view, rows, least_score)
    return _with_readings(rows, worn, read(net, [cut(view.image, box) for box in worn.boxes]))


def _with_readings(rows: Sightings, worn: Wearing, reading: Reading) -> Sightings:
    readable = np.full(len(rows), np.nan, np.float32)
    tens = np.full((len(rows), 11), np.nan, np.float32)
    ones = np.full((len(rows), 10), np.nan, np.float32)
    boxes = np.full((len(rows), 4), np.nan, np.float32)
    readable[worn.rows] = reading.readable
    tens[worn.rows], ones[worn.rows] = reading.tens, reading.ones
    boxes[worn.rows] = worn.boxes
    return rows.with_columns(readable=readable, tens=tens, ones=ones, number_box=boxes)


def find_numbers(view: View, rows: Sightings, least_score: float) -> Wearing:
    """Return where to read: number regions on players, then torsos of players without one."""
    trunk: Regions = view.shared("trunk", _no_trunk)
    chosen = np.array([kind == "number" for kind in trunk.kinds], bool)
    chosen &= np.asarray(trunk.scores) >= least_score
    regions, scores = as_boxes(trunk.boxes[chosen]), np.asarray(trunk.scores)[chosen]
    players = np.array([i for i in range(len(rows)) if rows["kind"][i] == "player"], np.intp)
    masks = [rows["mask"][index] for index in players]
    owners = match_numbers_to_people(regions, rows.boxes[players], masks, view.size, scores)
    given = np.flatnonzero(owners >= 0)
    given = given[np.argsort(-scores[given], kind="stable")][:CROPS_A_FRAME]
    found = players[owners[given]]
    spare = _torsos(rows, np.setdiff1d(players, found), CROPS_A_FRAME - len(found), view.size)
    boxes = np.concatenate([_padded(regions[given], view.size), spare.boxes])
    return Wearing(np.concatenate([found, spare.rows]), boxes)


def match_numbers_to_people(
    number_boxes: NDArray[np.float32],
    people_boxes: NDArray[np.float32],
    people_masks: Sequence[bytes | None],
    size: Size,
    number_scores: NDArray[np.float32] | None = None,
    minimum_ios: float = MINIMUM_IOS,
) -> NDArray[np.intp]:
    """Return for each number region the index of the person that wears it, or -1.

    A region belongs to a person when at least `minimum_ios` of it lies inside the mask, gaps
    between mask pixels of the same row or column counted as inside: digits are often holes. Of
    several such persons the one whose mask itself covers more of it is in front and gets it, of
    equals the one whose feet are lower in the picture. A person keeps the best-scored region.

    Args:
        number_boxes: (m, 4) x1 y1 x2 y2 in pixels of the upright picture.
        people_boxes: (n, 4) likewise.
        people_masks: COCO compressed counts; where null, the whole box counts as inside.
        size: height and width of the picture in pixels.
        number_scores: (m,), 0 to 1; null for equal scores.
        minimum_ios: share of the region that must be inside, 0 to 1.

    Raises:
        InputError: when there are not as many masks as people.
    """
    regions, people = as_boxes(number_boxes), as_boxes(people_boxes)
    if len(people) != len(people_masks):
        raise InputError(f"{len(people)} people need as many masks; got {len(people_masks)}")
    scores = np.ones(len(regions)) if number_scores is None else number_scores
    covered = _covered(regions, people, people_masks, size, minimum_ios)
    owners = np.full(len(regions), -1, np.intp)
    taken: set[int] = set()
    for index in np.argsort(-scores, kind="stable"):
        wearer = _in_front(covered[index], people)
        if wearer >= 0 and wearer not in taken:
            owners[index] = wearer
            taken.add(wearer)
    return owners


def cut(image: NDArray[np.uint8], box: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the pixels of a box, at least one, inside the picture."""
    height, width = image.shape[:2]
    left, top = min(max(0, int(box[0])), width - 1), min(max(0, int(box[1])), height - 1)
    right, bottom = max(left + 1, int(np.ceil(box[2]))), max(top + 1, int(np.ceil(box[3])))
    return image[top:bottom, left:right]


def _covered(
    regions: Boxes,
    people: Boxes,
    masks: Sequence[bytes | None],
    size: Size,
    minimum_ios: float,
) -> NDArray[np.float64]:
    """Return the share of each region that each mask itself covers, -1 where it is outside."""
    covered = np.full((len(regions), len(people)), -1.0)
    boxed = share_inside(regions, people)
    for person in np.flatnonzero((boxed >= minimum_ios).any(axis=0)).tolist():
        mask = masks[person]
        if mask is None:
            covered[:, person] = np.where(boxed[:, person] >= minimum_ios, 0.0, -1.0)
            continue
        window = window_of(people[person], size)
        body = decode_window(mask, size, window)
        corner = np.array(window[:2] * 2, np.float32)
        for region in np.flatnonzero(boxed[:, person] >= minimum_ios):
            closed, itself = _shares(body, regions[region] - corner)
            if closed >= minimum_ios:
                covered[region, person] = itself
    return covered


def _shares(body: Mask, region: NDArray[np.float32]) -> tuple[float, float]:
    """Return the shares of a region inside the closed mask and inside the mask itself."""
    height, width = body.shape
    left, top = np.floor(np.maximum(region[:2], 0)).astype(int)
    right, bottom = np.ceil(np.minimum(region[2:], (width, height))).astype(int)
    if right <= left or bottom <= top:
        return 0.0, 0.0
    rows = _between(body[top:bottom])[:, left:right]
    columns = _between(body[:, left:right].T).T[top:bottom]
    return float((rows | columns).mean()), float(body[top:bottom, left:right].mean())


def _between(mask: Mask) -> Mask:
    """Return each row filled between its first and its last pixel."""
    before = np.logical_or.accumulate(mask, axis=1)
    after = np.logical_or.accumulate(mask[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(before & after, np.bool_)


def _in_front(covered: NDArray[np.float64], people: Boxes) -> int:
    best = covered.max(initial=-1.0)
    if best < 0:
        return -1
    equals = np.flatnonzero(covered >= best - 0.05)
    return int(equals[np.argmax(people[equals, 3])])


def _torsos(rows: Sightings, players: NDArray[np.intp], limit: int, size: Size) -> Wearing:
    boxes = rows.boxes[players]
    heights = boxes[:, 3] - boxes[:, 1]
    fit = heights >= LEAST_HEIGHT
    if "visibility" in rows:
        fit &= ~(rows["visibility"][players] < LEAST_VISIBILITY)  # unknown hides nobody
    order = np.flatnonzero(fit)
    order = order[np.argsort(-heights[order], kind="stable")][: max(0, limit)]
    masks = [rows["mask"][index] for index in players[order]]
    return Wearing(players[order], torso_boxes(boxes[order], masks, size))


def _padded(boxes: Boxes, size: Size) -> Boxes:
    height, width = size
    margin = PADDING * (boxes[:, 3:] - boxes[:, 1:2])
    grown = boxes + margin * np.array([-1, -1, 1, 1], np.float32)
    return clip_boxes(grown.astype(np.float32), width, height)


def _no_trunk() -> Regions:
    raise InputError("the numbers stage needs the detector's trunk in the view; run detect first")
