"""Scores of a run against truth, and the counts behind them.

People are counted by `role` and `on_court` and matched at IoU 0.5; people of whom less than 0.3
is visible and ignore boxes are neither right nor wrong. All is judged in the annotated frames
alone. Every score but `switches`, a count, is 0 to 1, null where there is nothing to judge:

- `recall`, `precision` of people; `role`: share right among those matched;
- `idf1` over the annotated frames, by player (by track where there is none);
- `hota`, `deta`, `assa`, `mota`, `switches`, see `tracking`; `gs_hota`, see `positions`;
- `team`: share right among matched players whose team is known; names matched by permutation;
- `mask_iou` and `j_and_f`, and both of people who overlap, see `masks`;
- `number_precision`: of the numbers drawn on matched players whose number is known, the share
  that is right; `number_coverage`: of all players in all frames whose number is known, the share
  that carries it;
- `ball_recall`, `ball_precision`, `rim_recall`, `rim_precision` at IoU 0.3, in frames where the
  truth has one. A kind that the run does not follow is scored in sampled frames only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from courtside.evaluate.between import rows_at, unsampled
from courtside.evaluate.identity import idf1
from courtside.evaluate.masks import mask_scores
from courtside.evaluate.matching import Matches, match_people, match_things
from courtside.evaluate.positions import column, gs_hota
from courtside.evaluate.tracking import tracking_scores
from courtside.evaluate.truth import Truth
from courtside.matching import assign
from courtside.sightings import FrameTable, Sightings
from courtside.store.people import roles

Flags = NDArray[np.bool_]


def evaluate_run(rows: Sightings, frames: FrameTable, truth: Truth) -> dict[str, Any]:
    """Return the scores of a run, as the head of this module tells, and their `counts`.

    Args:
        rows: sightings of the run.
        frames: its sampled frames.
        truth: what is right.
    """
    found = rows_at(rows, frames, truth.frames, truth.size)
    people = match_people(truth, found)
    numbers, number_counts = _numbers(people)
    scores: dict[str, Any] = {
        **_detection(people),
        **tracking_scores(people, truth.frames),
        "idf1": idf1(people),
        "role": _role(people),
        "team": _team(people),
        **numbers,
        **gs_hota(people, team_names(people), truth.frames),
        **mask_scores(truth, people),
    }
    for kind in ("ball", "rim"):
        things = _detection(match_things(*_followed(truth, found, frames, kind), kind))
        scores |= {f"{kind}_{name}": value for name, value in things.items()}
    return {**scores, "counts": _counts(truth, frames, people) | number_counts}


def _detection(matches: Matches) -> dict[str, float | None]:
    return {
        "recall": _share(len(matches.pairs), len(matches.truth)),
        "precision": _share(len(matches.pairs), len(matches.found)),
    }


def _role(people: Matches) -> float | None:
    truth, found = _matched(people)
    return _share(int((roles(truth) == roles(found)).sum()), len(truth))


def _team(people: Matches) -> float | None:
    truth, found = _matched(people)
    asked = (truth["role"] == "player") & _known(truth, "team")
    names = team_names(people)
    own = np.array([names.get(name) for name in column(found, "team")], object)
    right = asked & (own == column(truth, "team"))
    return _share(int(right.sum()), int(asked.sum()))


def team_names(people: Matches) -> dict[str, str]:
    """Return the run's name of each team -> the truth's, so that most matched players agree."""
    truth, found = _matched(people)
    said = (truth["role"] == "player") & _known(truth, "team") & _known(found, "team")
    if not said.any():
        return {}
    names, true = np.unique(truth["team"][said].astype(str), return_inverse=True)
    own_names, own = np.unique(found["team"][said].astype(str), return_inverse=True)
    agreed = np.zeros((len(own_names), len(names)), np.int64)
    np.add.at(agreed, (own, true), 1)
    rows, columns = assign(agreed, maximize=True)
    return {str(own_names[i]): str(names[j]) for i, j in zip(rows, columns, strict=True)}


def _numbers(people: Matches) -> tuple[dict[str, float | None], dict[str, int]]:
    truth, found = _matched(people)
    drawn = _known(found, "number")
    player, known = truth["role"] == "player", _known(truth, "number")
    judged = drawn & player & known
    right = int((truth["number"][judged] == found["number"][judged]).sum()) if judged.any() else 0
    asked = int(((people.truth["role"] == "player") & _known(people.truth, "number")).sum())
    scores = {
        "number_precision": _share(right, int(judged.sum())),
        "number_coverage": _share(right, asked),
    }
    return scores, {
        "numbers_known": asked,
        "numbers_drawn": int(judged.sum()),
        "numbers_right": right,
        "numbers_on_unknown": int((drawn & player & ~known).sum()),
        "numbers_on_referees": int((drawn & ~player).sum()),
        "numbers_on_nobody": int(_known(people.found, "number").sum() - drawn.sum()),
    }


def _followed(
    truth: Truth, found: Sightings, frames: FrameTable, kind: str
) -> tuple[Truth, Sightings]:
    """Return truth and rows, without unsampled frames where a kind has no tracks to fill them."""
    own = found.select(found["kind"] == kind)
    if "track" in own and (own["track"] >= 0).any():
        return truth, found
    sampled = np.isin(truth.rows["frame"], frames["frame"])
    return _only(truth, sampled), found


def _only(truth: Truth, rows: Flags) -> Truth:
    return Truth(
        rows=truth.rows.select(rows),
        hidden=truth.hidden[rows],
        frames=truth.frames,
        ignore_frames=truth.ignore_frames,
        ignore_boxes=truth.ignore_boxes,
        size=truth.size,
    )


def _counts(truth: Truth, frames: FrameTable, people: Matches) -> dict[str, int]:
    sampled = int(np.isin(truth.frames, frames["frame"]).sum())
    filled = len(unsampled(frames, truth.frames)[0])
    return {
        "frames": len(truth.frames),
        "frames_sampled": sampled,
        "frames_outside_samples": len(truth.frames) - sampled - filled,
        "people": len(people.truth),
        "people_found": len(people.found),
        "people_matched": len(people.pairs),
        "people_hidden": int(truth.hidden.sum()),
        "found_left_out": people.left_out,
    }


def _matched(matches: Matches) -> tuple[Sightings, Sightings]:
    pairs = matches.pairs
    return matches.truth.select(pairs[:, 0]), matches.found.select(pairs[:, 1])


def _known(rows: Sightings, name: str) -> Flags:
    if name not in rows:
        return np.zeros(len(rows), np.bool_)
    return np.array([value is not None for value in rows[name]], np.bool_)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
