"""The sam2 preset's follower: SAM 2.1 draws masks, the detector says who is new and corrects."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from courtside import rle
from courtside.masks.sam2 import Options, Sam2State
from courtside.masks.sam2_outlines import box_of, disc, outline
from courtside.masks.sam2_saved import SavedState
from courtside.masks.sam2_tracks import (
    DISAGREE_FRAMES,
    KINDS,
    Followed,
    Matching,
    followed_twice,
    is_lost,
    match,
    updated,
)  # fmt: skip
from courtside.models.pixels import as_pixels
from courtside.sightings import Sightings, View
from courtside.stage import LookStage

Masks = dict[int, NDArray[np.bool_]]


@dataclass(frozen=True)
class SavedFollower:
    """The follower between two frames as plain data.

    Attributes:
        segment: of the last frame, -1 before the first.
        next_id: of the next object.
        next_number: of the next track.
        people: by object.
        sam: memories; null before the first frame.
    """

    segment: int = -1
    next_id: int = 0
    next_number: int = 0
    people: dict[int, Followed] = field(default_factory=dict)
    sam: SavedState | None = None


class Follower:
    """SAM 2.1 and what is known of the people it follows; changes from frame to frame."""

    def __init__(self, sam: Sam2State, saved: SavedFollower) -> None:
        self.sam = sam
        self.now = saved
        self.people: dict[int, Followed] = dict(saved.people)
        if saved.sam is not None:
            sam.restore(saved.sam)

    def plain(self) -> SavedFollower:
        """Return everything as plain data; called when a chunk is saved."""
        return replace(self.now, people=dict(self.people), sam=self.sam.saved())


def build_sam2_follower(model: Any, options: Options) -> LookStage:
    """Return the stage that adds `track`, `mask` and `visibility`, and rows of the undetected.

    Args:
        model: `Sam2VideoModel`.
        options: of the state.
    """

    def step(state: Any, view: View, rows: Sightings) -> tuple[Follower, Sightings]:
        live = state if isinstance(state, Follower) else Follower(Sam2State(model, options), state)
        return live, follow(live, view, rows)

    return LookStage(
        name="masks",
        needs=frozenset({"image", "kind", "score", "box"}),
        adds=frozenset({"track", "mask", "visibility"}),
        start=SavedFollower,
        step=step,
        state_type=SavedFollower,
    )


def follow(live: Follower, view: View, rows: Sightings) -> Sightings:
    """Follow everybody into one frame and return its rows with masks and tracks."""
    first = view.segment != live.now.segment
    if first:
        live.sam.cut()
        live.now = replace(live.now, segment=view.segment)
    pixels = as_pixels([view.image], live.sam.model.config.image_size)
    masks = _outlines(*live.sam.step(pixels), view.size)
    where = np.flatnonzero(np.isin(rows["kind"].astype(str), KINDS))
    boxes, scores = rows.boxes[where], rows["score"][where]
    ids = list(live.people)
    matching = match(_boxes(ids, masks), boxes, scores)
    shown = {one: int(matching.detection[i]) for i, one in enumerate(ids)}
    _update(live, ids, matching, rows["kind"][where], masks, float(view.time))
    if first:
        _after_cut(live, shown)
    _prompt(live, view, boxes, shown, matching, masks, rows["kind"][where])
    _give_up(live, masks, shown, float(view.time), view.size)
    _number(live, first)
    return _written(live, view, rows, where, masks, shown)


def _outlines(ids: list[int], logits: torch.Tensor, size: tuple[int, int]) -> Masks:
    found = {
        one: outline(mask, size)
        for one, mask in zip(ids, logits.float().cpu().numpy(), strict=True)
    }
    return {one: mask for one, mask in found.items() if mask is not None}


def _boxes(ids: list[int], masks: Masks) -> NDArray[np.float32]:
    nothing = np.zeros(4, np.float32)
    boxes = [box_of(masks[one]) if one in masks else nothing for one in ids]
    return np.array(boxes, np.float32).reshape(-1, 4)


def _update(
    live: Follower,
    ids: list[int],
    matching: Matching,
    kinds: NDArray[np.object_],
    masks: Masks,
    time: float,
) -> None:
    for index, one in enumerate(ids):
        box = int(matching.detection[index])
        kind = str(kinds[box]) if box >= 0 else None
        wrong = index in matching.wrong
        live.people[one] = updated(live.people[one], kind, wrong, one in masks, time)


def _after_cut(live: Follower, shown: dict[int, int]) -> None:
    """After a cut only whom the detector confirms is kept, as a new track."""
    for one, box in shown.items():
        if box < 0:
            _forget(live, one)
        else:
            live.people[one] = replace(live.people[one], number=-1)


def _forget(live: Follower, one: int) -> None:
    live.sam.remove(one)
    del live.people[one]


def _prompt(
    live: Follower,
    view: View,
    boxes: NDArray[np.float32],
    shown: dict[int, int],
    matching: Matching,
    masks: Masks,
    kinds: NDArray[np.object_],
) -> None:
    """Prompt people who are new, and those whose mask the detector contradicts for long."""
    time, room = float(view.time), live.sam.options.capacity - len(live.people)
    prompts = {}
    for one, person in live.people.items():
        if person.doubts >= DISAGREE_FRAMES and shown.get(one, -1) >= 0:
            prompts[one] = shown[one]
            live.people[one] = replace(person, doubts=0)
    for box in matching.new[:room]:
        one, live.now = live.now.next_id, replace(live.now, next_id=live.now.next_id + 1)
        votes = [int(kind == kinds[box]) for kind in KINDS]
        live.people[one] = Followed(-1, votes, 1, time, time)
        prompts[one] = shown[one] = box
    if prompts:
        scale = live.sam.model.config.image_size / np.array([*view.size[::-1], *view.size[::-1]])
        given = {one: (boxes[box] * scale).tolist() for one, box in prompts.items()}
        masks.update(_outlines(list(given), live.sam.prompt(given), view.size))


def _give_up(
    live: Follower, masks: Masks, shown: dict[int, int], time: float, size: tuple[int, int]
) -> None:
    seen = [one for one in live.people if one in masks]
    codes = [rle.encode(masks[one]) for one in seen]
    hits = [live.people[one].hits for one in seen]
    doubles = {seen[index] for index in followed_twice(rle.iou(codes, codes, size), hits)}
    for one in list(live.people):
        if one in doubles or is_lost(live.people[one], time):
            _forget(live, one)
            masks.pop(one, None)
            shown.pop(one, None)


def _number(live: Follower, first: bool) -> None:
    """Number people detected twice; in the first frame of a shot once is enough."""
    for one, person in live.people.items():
        if person.number < 0 and (person.hits >= 2 or first):
            number = live.now.next_number
            live.people[one] = replace(person, number=number)
            live.now = replace(live.now, next_number=number + 1)


def _written(
    live: Follower,
    view: View,
    rows: Sightings,
    where: NDArray[np.intp],
    masks: Masks,
    shown: dict[int, int],
) -> Sightings:
    """Return the rows with the columns filled; people seen but not detected are appended."""
    extra = [one for one in masks if shown.get(one, -1) < 0]
    if extra:
        kinds = [live.people[one].kind for one in extra]
        new = view.rows(_boxes(extra, masks), kinds, np.full(len(extra), np.nan))
        rows = Sightings.concat([rows, new])
    begin = len(rows) - len(extra)
    row_of = {one: int(where[box]) for one, box in shown.items() if box >= 0}
    row_of |= {one: begin + index for index, one in enumerate(extra)}
    track = np.full(len(rows), -1, np.int32)
    mask = np.full(len(rows), None, object)
    visibility = np.full(len(rows), np.nan, np.float32)
    for one, row in row_of.items():
        track[row] = live.people[one].number
        if one in masks:
            mask[row] = rle.encode(masks[one])
            visibility[row] = _visibility(live, one, masks[one], rows.boxes[row])
        else:
            visibility[row] = 0.0
    for ball in np.flatnonzero(rows["kind"] == "ball").tolist():
        mask[ball] = disc(rows.boxes[ball], view.size)
    return rows.with_columns(track=track, mask=mask, visibility=visibility)


def _visibility(
    live: Follower, one: int, mask: NDArray[np.bool_], box: NDArray[np.float32]
) -> float:
    """Return the visible share: the area for this height against the fullest seen lately."""
    person = live.people[one]
    height = max(float(box[3] - box[1]), 1.0)
    full = np.count_nonzero(mask) / height**2
    # Forgets slowly: who turns sideways is narrower for good.
    fullness = max(full, 0.99 * person.fullness)
    live.people[one] = replace(person, fullness=fullness)
    return float(full / fullness)
