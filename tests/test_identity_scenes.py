"""Places on court are compared across a cut only where the game goes on across it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from courtside.identity.camera import camera_of
from courtside.identity.likeness import UNKNOWN
from courtside.identity.motion import Judge, follow_odds
from courtside.identity.rules import Presence, too_fast
from courtside.identity.scenes import scenes_of
from courtside.sightings import Sightings
from courtside.sport import BASKETBALL
from identity_games import Recipe, play

HERE, FAR = ((0.0, 0.0), (0.0, 0.0)), ((12.0, 0.0), (12.0, 0.0))
FEET, JUDGE = (
    ((300.0, 300.0), (300.0, 300.0)),
    Judge(BASKETBALL, camera_of(None), UNKNOWN, np.zeros(0)),
)


def game() -> Sightings:
    return play(Recipe(seconds=45, cut=15, court=True)).rows


def with_another_moment(rows: Sightings) -> Sightings:
    """Return the first segment, and the third as if it followed at once."""
    rows = rows.select(rows["segment"] != 1)
    later = rows["segment"] == 2
    return rows.with_columns(
        time=np.where(later, rows["time"] - 15, rows["time"]),
        frame=np.where(later, rows["frame"] - 150, rows["frame"]),
    )


def test_another_camera_shows_the_same_scene() -> None:
    assert scenes_of(game(), BASKETBALL) == {0: 0, 1: 0, 2: 0}


def test_another_moment_is_another_scene() -> None:
    assert scenes_of(with_another_moment(game()), BASKETBALL) == {0: 0, 2: 2}


def test_without_places_every_segment_is_a_scene() -> None:
    rows = play(Recipe(seconds=45, cut=15)).rows
    assert scenes_of(rows, BASKETBALL) == {0: 0, 1: 1, 2: 2}


def test_place_tells_nothing_of_another_scene() -> None:
    early = Presence((0, 9), (0.0, 0.9), 0, FEET, (100.0, 100.0), court=HERE)
    late = Presence((10, 19), (1.0, 1.9), 1, FEET, (100.0, 100.0), court=HERE)
    assert (follow_odds(early, late, JUDGE) or 0) > 2
    assert follow_odds(early, replace(late, scene=1), JUDGE) is None
    away = replace(late, court=FAR)
    assert too_fast(early, away, BASKETBALL)
    assert too_fast(early, replace(away, scene=1), BASKETBALL) is None
