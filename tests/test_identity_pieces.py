"""Pieces of tracks measured together give what each gives alone."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from courtside.geometry import iou
from courtside.identity import pieces
from courtside.identity.camera import camera_of
from courtside.identity.case import Given, open_case
from courtside.identity.hidden import Behind
from courtside.identity.meetings import touching
from courtside.identity.pieces import in_pieces, sums
from courtside.identity.scenes import scenes_of
from courtside.identity.stretches import Measures, Stretch
from courtside.identity.summarise import summarise
from courtside.settings import IdentitySettings
from courtside.sport import BASKETBALL
from identity_games import Recipe, play


def stretches() -> list[Stretch]:
    game = play(Recipe(seconds=20, cut=8, court=True))
    case = open_case(game.rows, BASKETBALL, IdentitySettings(), Given(frames=game.frames))
    measures = Measures(
        case.reading,
        ("dark", "light"),
        BASKETBALL,
        camera_of(game.frames),
        scenes_of(game.rows, BASKETBALL),
    )
    return summarise(game.rows, case.parts, measures, {})


def test_stretches_are_the_same_alone_and_among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    together = stretches()
    monkeypatch.setattr(pieces, "AT_ONCE", 1)
    alone = stretches()
    assert len(together) == len(alone) > 20
    for one, other in zip(together, alone, strict=True):
        for field in fields(Stretch):
            if field.name not in ("presence", "evidence"):
                np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name))
        assert one.presence == other.presence
        np.testing.assert_allclose(one.evidence.log_likelihood, other.evidence.log_likelihood)
        np.testing.assert_allclose(one.evidence.votes, other.evidence.votes)


def test_pieces_are_the_rows_asked_for_in_their_order() -> None:
    rows = play(Recipe(seconds=5)).rows
    places = [np.array([7, 3]), np.array([0]), np.array([9, 8, 5])]
    (together,) = in_pieces(rows, places)
    assert together.lasts.tolist() == [1, 2, 5]
    for own, found in zip(places, together.each(), strict=True):
        assert found["x1"].tolist() == rows["x1"][own].tolist()


def test_empty_pieces_sum_up_to_nothing() -> None:
    found = sums(np.array([[1.0], [2.0], [4.0]]), np.array([0, 0, 2, 3]))
    assert found.ravel().tolist() == [0, 3, 4, 0]


def test_who_touches_whom_is_told_for_frames_of_any_number_of_people() -> None:
    rows = play(Recipe(seconds=10)).rows
    nobody = Behind(np.zeros(len(rows)), np.full(len(rows), -1))
    found = touching(rows, np.zeros(len(rows)), nobody)
    for frame in np.unique(rows["frame"])[::7]:
        own = np.flatnonzero(rows["frame"] == frame)
        overlap = iou(rows.boxes[own], rows.boxes[own])
        np.fill_diagonal(overlap, 0)
        np.testing.assert_array_equal(found.overlap[own], overlap.max(axis=1))
