"""Following people through one frame: predict, match, keep the undetected, remember."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from courtside.geometry import Boxes, Matrix, clip_boxes, iou, share_inside
from courtside.masks.appearance import looks
from courtside.masks.association import Seen, associate, beginnings
from courtside.masks.cuts import Drawn
from courtside.masks.motion import VOTED, correct, predict, resize
from courtside.masks.ownership import (
    Territory,
    divide,
    supports,
    visible_shares,
    voted_centre,
)
from courtside.masks.state import PEOPLE, Tracks
from courtside.masks.tracks import begin, detected, plays, remember
from courtside.matching import assign
from courtside.sightings import Sightings

if TYPE_CHECKING:
    from courtside.detect.embedded import Trunk

# Two boxes of one frame that agree by more than this are one person.
SAME_PERSON = 0.75
# Undetected people are followed while they own this share of their typical area, for so long (s).
LEAST_SUPPORT, FOLLOW = 0.35, 0.6
# Behind a detection that agrees by more than this IoU, or holds more than this share of the box,
# votes cannot be told apart: such a person is hidden.
COVERED, SWALLOWED = 0.5, 0.75
# Outlines are drawn of players and referees, of those who were taken for one so lately (s), and of
# whoever is on the court: half of the people near it are benches, staff and photographers.
PLAYED = 2.0
# A doubtful box of the net that agrees this much with a prediction prolongs it.
HINT = 0.4


@dataclass(frozen=True)
class Frame:
    """What one step works on.

    Attributes:
        trunk: the detector's map of people.
        colours: samples of the picture, four a cell, BGR (h, w, 2, 2, 3).
        draw: tells mask and looks of people of a territory from their last shapes; the last
            argument tells whose.
        size: height and width of the picture in pixels.
        time: of the frame, seconds.
        seconds: since the last frame.
        motion: 3x3 homography of the last frame's pixels to this one's, null where unknown.
        on_court: which boxes (n, 4) stand on the court, as far as that is known, (n,).
    """

    trunk: Trunk
    colours: NDArray[np.uint8]
    draw: Callable[[Territory, NDArray[np.float32], NDArray[np.bool_]], Drawn]
    size: tuple[int, int]
    time: float
    seconds: float
    motion: Matrix | None
    on_court: Callable[[Boxes], NDArray[np.bool_]]


@dataclass(frozen=True)
class People:
    """People in this frame, n of them, the detected ones first and in the order of their rows.

    Attributes:
        track: index into the tracks, -1 for a detection that nobody follows, (n,).
        territory: their boxes and what they own of the map.
        visible: estimated visible share, (n,).
        drawn: their masks and looks.
    """

    track: NDArray[np.intp]
    territory: Territory
    visible: NDArray[np.float32]
    drawn: Drawn


def people_rows(rows: Sightings) -> NDArray[np.intp]:
    """Return the rows of people without doubles, best score first."""
    found = np.flatnonzero(np.isin(rows["kind"].astype(str), PEOPLE))
    found = found[np.argsort(-rows["score"][found], kind="stable")]
    boxes = rows.boxes[found]
    return found[~np.triu(iou(boxes, boxes) > SAME_PERSON, k=1).any(axis=0)]


def follow_people(
    tracks: Tracks, frame: Frame, rows: Sightings, reach: float
) -> tuple[Tracks, People]:
    """Return the tracks of this frame and the people in it.

    Args:
        tracks: of the last frame.
        frame: this frame.
        rows: its detected people, without doubles.
        reach: how fast people run, body heights a second.
    """
    tracks = predict(tracks, frame.seconds, frame.motion)
    boxes, kinds = rows.boxes, np.array([PEOPLE.index(kind) for kind in rows["kind"]], np.int8)
    territory = divide(frame.trunk, boxes)
    look = looks(frame.colours, territory)
    seen = Seen(territory, rows["score"], look)
    pairs = associate(tracks, seen, frame.time, reach)
    matched, found = pairs.T
    fresh = beginnings(seen, pairs)
    tracks = detected(tracks, matched, boxes[found], kinds[found], frame.time, frame.seconds)
    track = np.full(len(boxes), -1, np.intp)
    track[found] = matched
    track[fresh] = len(tracks) + np.arange(len(fresh))
    tracks = Tracks.concat(tracks, begin(boxes[fresh], kinds[fresh], frame.time))
    tracks, people = _with_undetected(frame, tracks, territory, track, plays(kinds))
    return _remembered(tracks, people, look, frame.seconds), people


def _with_undetected(
    frame: Frame,
    tracks: Tracks,
    territory: Territory,
    track: NDArray[np.intp],
    play: NDArray[np.bool_],
) -> tuple[Tracks, People]:
    """Return tracks and people, with those added whom the map still shows without a detection.

    play: which of the detected are taken for players and referees.
    """
    tracks, index = _undetected(frame, tracks, territory.boxes, track)
    if len(index):
        claimed = _joined(frame, territory, tracks.boxes[index])
        held = np.flatnonzero(supports(claimed)[len(track) :] >= LEAST_SUPPORT)
        centres = [voted_centre(frame.trunk, claimed, int(one)) for one in len(track) + held]
        index = index[held]
        tracks = correct(tracks, index, np.array(centres).reshape(-1, 2), VOTED)
    if len(index):
        territory = _joined(frame, territory, tracks.boxes[index])
    everybody = np.concatenate([track, index])
    wanted = frame.on_court(territory.boxes)
    wanted[: len(play)] |= play
    followed = everybody >= 0
    wanted[followed] |= frame.time - tracks.played[everybody[followed]] <= PLAYED
    drawn = frame.draw(territory, _last_shapes(tracks, everybody), wanted)
    return tracks, People(everybody, territory, visible_shares(territory), drawn)


def _last_shapes(tracks: Tracks, which: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return the remembered shapes of tracks at `which` (n,), zero where that is -1."""
    shapes = np.zeros((len(which), *tracks.shape.shape[1:]), np.float32)
    shapes[which >= 0] = tracks.shape[which[which >= 0]]
    return shapes


def _joined(frame: Frame, territory: Territory, boxes: Boxes) -> Territory:
    """Divide the map again between the people of a territory and those in further boxes."""
    clipped = clip_boxes(boxes, frame.size[1], frame.size[0])
    return divide(frame.trunk, np.concatenate([territory.boxes, clipped]), territory)


def _undetected(
    frame: Frame, tracks: Tracks, boxes: Boxes, track: NDArray[np.intp]
) -> tuple[Tracks, NDArray[np.intp]]:
    """Return the tracks, and which of them may be in the picture though not detected."""
    lost = tracks.number >= 0
    lost[track[track >= 0]] = False
    index = np.flatnonzero(lost)
    tracks, hinted = _hinted(frame, tracks, boxes, index)
    index = index[hinted | (frame.time - tracks.seen[index] <= FOLLOW)]
    covered = iou(tracks.boxes[index], boxes) > COVERED
    covered |= share_inside(tracks.boxes[index], boxes) > SWALLOWED
    return tracks, index[~covered.any(axis=1)]


def _hinted(
    frame: Frame, tracks: Tracks, boxes: Boxes, index: NDArray[np.intp]
) -> tuple[Tracks, NDArray[np.bool_]]:
    """Return the tracks drawn to boxes the net hardly believes in, and which of `index` were.

    What is too doubtful to be a row may still tell where somebody is who was there before.
    """
    people = np.isin(np.array(frame.trunk.kinds, str), PEOPLE)
    hints = frame.trunk.boxes[people]
    hints = hints[~(iou(hints, boxes) > COVERED).any(axis=1)]
    overlap = iou(tracks.boxes[index], hints)
    first, second = assign(-overlap)
    good = overlap[first, second] >= HINT
    which, found = index[first[good]], hints[second[good]].astype(np.float64)
    tracks = correct(tracks, which, (found[:, :2] + found[:, 2:]) / 2, VOTED)
    tracks = resize(tracks, which, found[:, 2:] - found[:, :2], frame.seconds)
    return tracks, np.isin(index, which)


def _remembered(
    tracks: Tracks, people: People, look: NDArray[np.float32], seconds: float
) -> Tracks:
    """Return the tracks with the memory of detected people refreshed; `look` is (m, LOOK_BINS)."""
    followed = np.flatnonzero(people.track[: len(look)] >= 0)
    shape = people.drawn.shapes[followed]
    which, visible = people.track[followed], people.visible[followed]
    return remember(tracks, which, look[followed], shape, visible, seconds)
