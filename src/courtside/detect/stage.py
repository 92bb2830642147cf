"""The detect stage: what one picture shows becomes rows; number regions stay in the trunk."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from courtside.detect.embedded import Trunk, look
from courtside.engine import Net
from courtside.settings import DetectSettings
from courtside.sightings import Sightings, View
from courtside.stage import LookStage, stateless

PEOPLE = ("player", "referee", "person")


def build_detector(load: Callable[[], Net], settings: DetectSettings) -> LookStage:
    """Return the stage that finds people, ball and rim and shares the net's features.

    It shares `trunk` in the view and adds rows with `kind` and `score`. Number regions are no
    rows of their own: the numbers stage gives them to the players that wear them.

    Args:
        load: returns the net; called with the first picture.
        settings: which scores count.
    """
    net = cache(load)

    def detect(view: View, _: Sightings) -> Sightings:
        trunk = view.shared("trunk", lambda: look(net(), view.image))
        keep = _wanted(trunk, settings)
        kinds = np.array(trunk.kinds, object)[keep]
        return view.rows(trunk.boxes[keep], kinds, trunk.scores[keep])

    return stateless("detect", ["image"], ["kind", "score", "box", "trunk"], detect)


def build_ground(load: Callable[[], Net]) -> LookStage:
    """Return the stage that shares what the net sees of the court, for detectors that see none.

    It shares `ground` in the view and leaves the rows as they are.

    Args:
        load: returns the net; called with the first picture.
    """
    net = cache(load)

    def see(view: View, rows: Sightings) -> Sightings:
        view.shared("ground", lambda: look(net(), view.image))
        return rows

    return stateless("ground", ["image"], [], see)


def _wanted(trunk: Trunk, settings: DetectSettings) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    least = {
        **dict.fromkeys(PEOPLE, settings.people),
        "ball": settings.ball,
        "rim": settings.rim,
    }
    return np.array(
        [
            row
            for row, (kind, score) in enumerate(zip(trunk.kinds, trunk.scores, strict=True))
            if kind in least and score >= least[kind]
        ],
        np.intp,
    )
