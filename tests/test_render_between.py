"""Between two samples: figures glide, come and go softly, and never cross a cut."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from courtside import rle
from courtside.render import (
    Playback,
    moments,
)
from courtside.render.window import Moment
from render_scene import (
    EVERY,
    SIZE,
    ball,
    body_mask,
    covered,
    frame_table,
    middle,
    playback,
    row,
    table,
)


class TestBetween:
    def test_moves_along_the_line(self) -> None:
        rows = table(row(0, x=100, y=100), row(3, x=130, y=112))
        film = playback(rows, frame_table(range(0, 6, 3)))
        for share in np.linspace(0, 1, 11):
            (figure,) = film.at(share * EVERY, 0)
            np.testing.assert_allclose(middle(figure), [120 + 30 * share, 155 + 12 * share])
            assert figure.opacity == 1

    def test_mask_goes_with_the_box(self) -> None:
        rows = table(row(0, x=100, y=100), row(3, x=130, y=112))
        film = playback(rows, frame_table(range(0, 6, 3)))
        (figure,) = film.at(EVERY / 2, 0)
        expected = rle.decode(body_mask(115, 106, 40, 110), SIZE)
        found = covered(figure)
        assert (found & expected).sum() / (found | expected).sum() > 0.94

    def test_mask_changes_shape_on_the_way(self) -> None:
        rows = table(row(0, x=100, width=40), row(3, x=90, width=60))
        film = playback(rows, frame_table(range(0, 6, 3)))
        areas = [covered(film.at(share * EVERY, 0)[0]).sum() for share in (0, 0.25, 0.5, 0.75, 1)]
        assert all(one < two for one, two in pairwise(areas))

    def test_nothing_is_carried_over_a_cut(self) -> None:
        rows = table(row(0, x=100), row(3, x=110), row(6, x=400, segment=1))
        film = playback(rows, frame_table(range(0, 9, 3), [0, 0, 1]))
        before = film.at(0.15, 0)
        after = film.at(0.16, 1)
        assert [middle(figure)[0] < 200 for figure in before] == [True]
        assert [middle(figure)[0] > 300 for figure in after] == [True]
        # What is on the same side of the cut did not come or go: it is drawn in full.
        assert before[0].opacity == after[0].opacity == 1

    def test_same_track_over_a_cut_is_not_joined(self) -> None:
        rows = table(row(0, x=100), row(3, x=500, segment=1))
        film = playback(rows, frame_table(range(0, 6, 3), [0, 1]))
        for share in np.linspace(0.05, 0.95, 10):
            (figure,) = film.at(share * EVERY, 0 if share < 0.5 else 1)
            assert abs(middle(figure)[0] - (120 if share < 0.5 else 520)) < 1

    def test_comes_and_goes_softly(self) -> None:
        rows = table(row(3), row(6), row(9))
        film = playback(rows, frame_table(range(0, 15, 3)))
        times = np.arange(0, 0.4, EVERY / 6)
        shown = [sum(figure.opacity for figure in film.at(time, 0)) for time in times]
        assert shown[0] == 0
        assert max(abs(one - two) for one, two in pairwise(shown)) < 0.25
        assert shown[-1] < 0.4

    def test_one_missed_sample_does_not_flicker(self) -> None:
        rows = table(row(0, x=100), row(6, x=120))
        film = playback(rows, frame_table(range(0, 9, 3)))
        for time in np.linspace(0, 0.2, 9):
            (figure,) = film.at(time, 0)
            assert figure.opacity == 1
            assert middle(figure)[0] == pytest.approx(120 + 100 * time)

    def test_long_absence_is_not_filled(self) -> None:
        rows = table(row(0), row(15))
        film = playback(rows, frame_table(range(0, 18, 3)))
        assert film.at(0.25, 0) == []

    def test_hole_in_the_video_is_not_filled(self) -> None:
        rows = table(row(0), row(90))
        film = playback(rows, frame_table(range(0, 91, 90)))
        assert film.at(1.5, 0) == []

    def test_ball_does_not_leap(self) -> None:
        rows = table(ball(0, x=100, y=100), ball(3, x=130, y=100), ball(6, x=600, y=300))
        film = playback(rows, frame_table(range(0, 9, 3)))
        assert middle(film.at(0.05, 0)[0]) == pytest.approx([121, 106])
        for figure in film.at(0.15, 0):
            x = middle(figure)[0]
            assert x < 170 or x > 550

    def test_ball_missed_in_one_sample_keeps_its_trail(self) -> None:
        # A ball seen before and after a sample that missed it once ended the program.
        rows = table(*[ball(3 * n, x=100.0 + 10 * n, y=100) for n in (0, 1, 3)])
        for time in (0.2, 0.25, 0.29):
            playing = playback(rows, frame_table(range(0, 12, 3)))
            (figure,) = playing.at(time, 0)
            assert figure.trail is not None
            assert (np.diff(figure.trail[:, 0]) >= 0).all()

    def test_ball_leaves_a_trail_that_moves_with_the_camera(self) -> None:
        pan = np.array([[1, 0, -9], [0, 1, 0], [0, 0, 1]], np.float32).ravel()
        rows = table(*[ball(3 * n, x=200.0, y=100) for n in range(6)])
        film = playback(rows, frame_table(range(0, 18, 3), motion=np.tile(pan, (6, 1))))
        (figure,) = film.at(0.3, 0)
        np.testing.assert_allclose(figure.trail[:, 0], [179, 188, 197, 206, 206], atol=0.1)

    def test_trail_of_players_only_when_asked_for(self) -> None:
        rows = table(*[row(3 * n, x=100.0 + 10 * n) for n in range(6)])
        frames = frame_table(range(0, 18, 3))
        assert len(playback(rows, frames).at(0.4, 0)[0].trail) == 0
        trail = playback(rows, frames, trail=0.25).at(0.41, 0)[0].trail
        np.testing.assert_allclose(trail[:, 0], [140, 150, 160, 161], atol=0.5)

    def test_every_frame_sampled_draws_what_was_seen(self) -> None:
        rows = [row(n, x=100.0 + n) for n in range(12)]
        film = playback(table(*rows), frame_table(range(12)))
        for n in range(12):
            (figure,) = film.at(n * EVERY / 3, 0)
            assert figure.box[0] == 100 + n

    def test_pieces_make_no_difference(self) -> None:
        rows = table(*[row(3 * n, x=100.0 + n * n) for n in range(9)])
        frames = frame_table(range(0, 27, 3))
        pieces = [rows.select(np.arange(9) < 4), rows.select(np.arange(9) >= 4)]
        whole, cut = (Playback(moments(parts, frames, {}), SIZE, 1.0) for parts in ([rows], pieces))
        for time in np.arange(0, 0.8, 0.03):
            one, two = whole.at(time, 0), cut.at(time, 0)
            assert [figure.box.tolist() for figure in one] == [f.box.tolist() for f in two]

    def test_memory_does_not_grow(self) -> None:
        alive: weakref.WeakSet[Moment] = weakref.WeakSet()

        def endless() -> Iterator[Moment]:
            rows = table(row(mask=None), ball())
            (first,) = moments([rows], frame_table(range(1)), {})
            for n in range(1000):
                moment = replace(first, time=n * EVERY, shapes={}, fits={})
                alive.add(moment)
                yield moment

        film = Playback(endless(), SIZE, 1.0)
        most = 0
        for n in range(400):
            film.at(n * EVERY / 3, 0)
            if n % 50 == 49:
                gc.collect()
                most = max(most, len(alive))
        assert most < 40
