"""What a viewer of the annotated video would notice."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from courtside import rle
from courtside.errors import InputError, MachineError
from courtside.game import Game, Player, Segment, Team
from courtside.render import (
    Figure,
    Playback,
    draw,
    figures_in,
    moments,
    place_tags,
    render_still,
    render_video,
    style_for,
    team_looks,
)
from courtside.render.colours import PALETTE, difference
from courtside.render.text import letters_of
from courtside.render.window import Moment
from courtside.settings import RenderSettings
from courtside.sightings import FrameTable, Sightings
from courtside.video import image_of, planes_of, probe
from courtside.video.planes import Matrix
from film import write_film

SIZE = (360, 640)
TEAMS = (Team("light", (235, 235, 235)), Team("dark", (30, 40, 90)))
STYLE = style_for(SIZE, TEAMS)
EVERY = 0.1

Image = NDArray[np.uint8]
COLUMNS = (
    *("frame", "time", "segment", "kind", "score", "x1", "y1", "x2", "y2"),
    *("track", "mask", "role", "on_court", "team", "number", "player"),
)


def body_mask(x: float, y: float, width: float, height: float, size: rle.Size = SIZE) -> bytes:
    canvas = np.zeros(size, np.uint8)
    axes = (max(1, int(width / 2)), max(1, int(height / 2)))
    cv2.ellipse(canvas, (int(x + width / 2), int(y + height / 2)), axes, 0, 0, 360, (1,), -1)
    return rle.encode(canvas.astype(bool))


def row(frame: int = 0, **given: Any) -> dict[str, Any]:
    """Return one sighting of a player of the light team at x y of 40 x 110 pixels."""
    x, y = given.pop("x", 300.0), given.pop("y", 150.0)
    width, height = given.pop("width", 40.0), given.pop("height", 110.0)
    usual = {
        "frame": frame,
        "time": frame * EVERY / 3,
        "segment": 0,
        "kind": "player",
        "score": 0.9,
        "x1": x,
        "y1": y,
        "x2": x + width,
        "y2": y + height,
        "track": 7,
        "mask": body_mask(x, y, width, height),
        "role": "player",
        "on_court": True,
        "team": "light",
        "number": "23",
        "player": 1,
    }
    return {**usual, **given}


def ball(frame: int = 0, **given: Any) -> dict[str, Any]:
    rest = {"kind": "ball", "track": -1, "mask": None, "role": None, "team": None, "number": None}
    return row(frame, width=12.0, height=12.0, **{**rest, **given})


def table(*rows: dict[str, Any], without: tuple[str, ...] = ()) -> Sightings:
    names = [name for name in COLUMNS if name not in without]
    return Sightings({name: [one[name] for one in rows] for name in names})


def frame_table(numbers: range, segments: list[int] | None = None, **more: Any) -> FrameTable:
    return FrameTable(
        {
            "frame": list(numbers),
            "pts": list(numbers),
            "time": [n * EVERY / 3 for n in numbers],
            "segment": segments or [0] * len(numbers),
            **more,
        }
    )


def playback(rows: Sightings, frames: FrameTable, trail: float = 0.0) -> Playback:
    return Playback(moments([rows], frames, {}), SIZE, STYLE.unit, trail)


def wall(seed: int = 0, size: rle.Size = SIZE) -> Image:
    noise = np.random.default_rng(seed).integers(60, 160, (*size, 3), np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 3), np.uint8)


def changed(*rows: dict[str, Any], without: tuple[str, ...] = ()) -> NDArray[np.bool_]:
    """Return which pixels drawing one frame's rows changes."""
    image = wall()
    figures = figures_in(table(*rows, without=without), SIZE, STYLE.unit)
    return np.asarray((draw(image.copy(), figures, STYLE) != image).any(axis=2), np.bool_)


def middle(figure: Figure) -> NDArray[np.float64]:
    return np.asarray((figure.box[:2] + figure.box[2:]) / 2, np.float64)


def covered(figure: Figure) -> NDArray[np.bool_]:
    """Return the picture's pixels inside a figure's outline."""
    assert figure.shape is not None
    canvas = np.zeros(SIZE, np.uint8)
    height, width = figure.shape.levels.shape
    assert figure.shape.scale == 1
    x, y = int(figure.shape.x), int(figure.shape.y)
    canvas[y : y + height, x : x + width] = figure.shape.levels
    return np.asarray(canvas >= 128, np.bool_)


class TestColours:
    rgb = st.tuples(*[st.integers(0, 255)] * 3)

    def test_palette_is_plainly_different(self) -> None:
        for one, two in combinations(PALETTE.values(), 2):
            assert difference(one[::-1], two[::-1]) >= 35

    @given(rgb, rgb)
    def test_two_teams_never_look_alike(
        self, one: tuple[int, int, int], two: tuple[int, int, int]
    ) -> None:
        looks = team_looks([Team("a", one), Team("b", two)])
        assert difference(looks["a"].main, looks["b"].main) >= 35
        for look in looks.values():
            assert difference(look.main, look.text) >= 35
            assert difference(look.main, look.rim) >= 35

    def test_colours_are_those_of_the_kits(self) -> None:
        looks = team_looks(
            [
                Team("white", (205, 198, 190)),
                Team("maroon", (95, 20, 35)),
                Team("navy", (25, 35, 75)),
            ]
        )
        assert min(looks["white"].main) > 240
        assert max(looks["white"].rim) < 60
        assert looks["maroon"].main[::-1] == PALETTE["red"]
        assert looks["navy"].main[::-1] == PALETTE["blue"]

    def test_order_of_teams_does_not_matter(self) -> None:
        assert team_looks(TEAMS) == team_looks(TEAMS[::-1])


class TestWhatIsDrawn:
    def test_nothing_without_rows(self) -> None:
        image = wall()
        np.testing.assert_array_equal(draw(image.copy(), [], STYLE), image)

    def test_only_round_people(self) -> None:
        touched = changed(row(x=300, y=150, number=None))
        near = np.zeros(SIZE, bool)
        near[145:272, 288:352] = True
        assert touched[150:260, 300:340].mean() > 0.5
        assert not touched[~near].any()

    @pytest.mark.parametrize(
        "hidden",
        [
            {"on_court": False},
            {"role": "other"},
            {"role": None},
            {"kind": "rim", "role": None},
            {"track": -1},
        ],
        ids=str,
    )
    def test_who_is_not_drawn(self, hidden: dict[str, Any]) -> None:
        assert not changed(row(**hidden)).any()

    def test_unknown_place_is_drawn(self) -> None:
        assert changed(row(on_court=None)).any()

    def test_kind_tells_before_roles_are_settled(self) -> None:
        unsettled = ("role", "on_court", "team", "number", "player")
        assert changed(row(), without=unsettled).any()
        assert changed(row(kind="person"), without=unsettled).any()
        assert changed(row(), without=(*unsettled, "track", "mask")).any()

    def test_team_decides_the_colour(self) -> None:
        def at_the_line(**given: Any) -> NDArray[np.uint8]:
            figures = figures_in(table(row(**given)), SIZE, STYLE.unit)
            return draw(wall(), figures, STYLE)[150:260, 300:340]

        light, dark = at_the_line(team="light"), at_the_line(team="dark")
        for drawn, team in ((light, "light"), (dark, "dark")):
            distance = np.abs(drawn.astype(int) - STYLE.looks[team].main).max(axis=2)
            assert (distance < 40).sum() > 100, team
        assert np.abs(light.astype(int) - dark).max() > 100

    def test_referee_is_no_player(self) -> None:
        player, referee = row(number=None), row(kind="referee", role="referee", team=None)
        drawn = [
            draw(wall(), figures_in(table(one), SIZE, STYLE.unit), STYLE)
            for one in (player, referee)
        ]
        assert (drawn[0] != drawn[1]).any()
        inside = (slice(190, 220), slice(312, 328))
        np.testing.assert_array_equal(drawn[1][inside], wall()[inside])

    def test_only_the_surest_ball_is_ringed(self) -> None:
        touched = changed(ball(x=100, y=100, score=0.9), ball(x=500, y=100, score=0.4))
        assert touched[90:122, 90:122].any()
        assert not touched[:, 400:].any()
        # The ball itself stays in sight.
        assert not touched[104:108, 104:108].any()

    def test_no_ellipse_where_feet_are_out_of_the_picture(self) -> None:
        touched = changed(row(x=300, y=250, number=None))
        assert not touched[:, :296].any()

    def test_ellipse_lies_behind_the_legs(self) -> None:
        figures = figures_in(table(row(kind="referee", role="referee", number=None)), SIZE, 1.0)
        drawn = draw(wall(), figures, STYLE)
        inside = (slice(248, 254), slice(318, 322))
        np.testing.assert_array_equal(drawn[inside], wall()[inside])

    def test_picture_must_be_colour(self) -> None:
        with pytest.raises(InputError, match="BGR uint8"):
            draw(np.zeros((20, 20), np.uint8), [], STYLE)

    @settings(max_examples=20, deadline=None)
    @given(
        st.integers(1, 90),
        st.integers(1, 90),
        st.floats(-60, 100),
        st.floats(-60, 100),
        st.floats(0, 120),
    )
    def test_any_size_and_place(
        self, height: int, width: int, x: float, y: float, tall: float
    ) -> None:
        size = (height, width)
        edges = np.clip([x, y, x + tall / 2, y + tall], 0, [width, height, width, height])
        box = dict(zip(("x1", "y1", "x2", "y2"), edges, strict=True))
        mask = body_mask(x, y, tall / 2, tall, size)
        style = style_for(size, TEAMS)
        rows = table(row(mask=mask, **box), ball(x=x, y=y))
        image = draw(wall(size=size), figures_in(rows, size, style.unit), style)
        assert image.shape == (*size, 3)

    @pytest.mark.parametrize("matrix", ["bt601", "bt709"])
    def test_planes_show_the_same_picture(self, matrix: Matrix) -> None:
        rows = table(row(), row(x=331, y=161, track=8, team="dark"), ball(x=201, y=97))
        figures = figures_in(rows, SIZE, STYLE.unit)
        planes = planes_of(wall(), matrix)
        plain = image_of(planes)
        drawn = image_of(draw(planes, figures, STYLE)).astype(int)
        expected = draw(plain.copy(), figures, STYLE)
        untouched = (expected == plain).all(axis=2)
        # Colour is kept for two by two pixels: lines differ a little, areas do not.
        assert np.abs(drawn - expected)[~untouched].mean() < 12
        assert np.abs(drawn - expected)[180:240, 312:328].max() < 6
        far = cv2.erode(untouched.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        np.testing.assert_array_equal(drawn[far], plain[far])

    def test_large_pictures_get_wide_lines(self) -> None:
        size = (1440, 2560)
        scale = 4.0
        mask = body_mask(300 * scale, 150 * scale, 40 * scale, 110 * scale, size)
        large = row(x=1200, y=600, width=160, height=440, mask=mask, number=None)
        style = style_for(size, TEAMS)
        before = wall(size=size)
        after = draw(before.copy(), figures_in(table(large), size, style.unit), style)
        share = (after != before).any(axis=2).mean()
        assert share == pytest.approx(changed(row(number=None)).mean(), rel=0.1)


class TestTags:
    def test_no_number_no_tag(self) -> None:
        with_number, without = changed(row()), changed(row(number=None))
        assert with_number[:145].any()
        assert not without[:145].any()

    def test_zero_and_double_zero_differ(self) -> None:
        assert letters_of("0", 20).shape != letters_of("00", 20).shape, (
            "a viewer could not tell the two numbers apart"
        )

    def test_name_stands_beside_the_number(self) -> None:
        player = Player(1, "player", True, "light", "23", "Šarić", 1.0, 1, 0.0, 0.0, (7,))
        game = Game(TEAMS, (player,), ())
        widths = [
            place_tags(figures_in(table(row()), SIZE, 1.0, known), STYLE, SIZE)[0].sprite.width
            for known in (None, game)
        ]
        assert widths[1] > 1.8 * widths[0]
        unnumbered = figures_in(table(row(number=None)), SIZE, 1.0, game)
        assert place_tags(unnumbered, STYLE, SIZE) == []

    @settings(max_examples=30, deadline=None)
    @given(
        st.lists(
            st.tuples(st.floats(0, 600), st.floats(0, 250), st.floats(40, 110)),
            min_size=1,
            max_size=10,
        )
    )
    def test_inside_the_picture(self, people: list[tuple[float, float, float]]) -> None:
        rows = [row(x=x, y=y, height=h, track=i, mask=None) for i, (x, y, h) in enumerate(people)]
        tags = place_tags(figures_in(table(*rows), SIZE, 1.0), STYLE, SIZE)
        assert len(tags) == len(people)
        for tag in tags:
            half = np.array([tag.sprite.width, tag.sprite.height]) * tag.scale / 2
            assert (tag.centre - half >= -1e-6).all()
            assert (tag.centre + half <= np.array(SIZE[::-1]) + 1e-6).all()

    def test_pushed_apart(self) -> None:
        rows = [row(x=300 + 6 * i, track=i, mask=None) for i in range(3)]
        tags = place_tags(figures_in(table(*rows), SIZE, 1.0), STYLE, SIZE)
        for one, two in combinations(tags, 2):
            room = np.array([one.sprite.width, one.sprite.height]) * one.scale
            assert (np.abs(one.centre - two.centre) > 0.85 * room).any()

    def test_not_over_another_face(self) -> None:
        # The head of the one behind is where the tag of the one in front would be.
        near, far = row(x=300, y=150), row(x=302, y=118, track=8, number=None)
        (tag,) = place_tags(figures_in(table(near, far), SIZE, 1.0), STYLE, SIZE)
        face = np.array([322, 118 + 0.07 * 110])
        room = np.array([tag.sprite.width, tag.sprite.height]) * tag.scale / 2
        assert (np.abs(tag.centre - face) > room).any()

    def test_does_not_hide_the_own_face_at_the_upper_edge(self) -> None:
        (tag,) = place_tags(figures_in(table(row(y=0.0)), SIZE, 1.0), STYLE, SIZE)
        room = np.array([tag.sprite.width, tag.sprite.height]) * tag.scale / 2
        assert (np.abs(tag.centre - (320, 8)) > room).any()

    def test_steadier_than_the_boxes(self) -> None:
        random = np.random.default_rng(3)
        rows = [row(3 * n, x=200 + 5 * n + random.normal(0, 3)) for n in range(30)]
        film = playback(table(*rows), frame_table(range(0, 90, 3)))
        offsets: dict[int, NDArray[np.float64]] = {}
        tags, boxes = [], []
        for n in range(85):
            figures = film.at(n * EVERY / 3, 0)
            (tag,) = place_tags(figures, STYLE, SIZE, offsets, EVERY / 3)
            offsets = {tag.key: tag.offset}
            tags.append(tag.centre)
            boxes.append(middle(figures[0]))
        shake = [np.abs(np.diff(np.array(path)[:, 0], 2)).mean() for path in (tags, boxes)]
        assert shake[0] < 0.3 * shake[1]
        assert np.abs(np.diff(np.array(tags), axis=0)).max() < 6
        # Steady does not mean late: a running player carries the tag above the head.
        lag = np.array(tags)[:, 0] - (220 + 5 * np.arange(85) / 3)
        assert abs(lag[10:75].mean()) < 1.5

    def test_crossing_players_do_not_make_tags_jump(self) -> None:
        rows = [
            row(3 * n, x=x, track=track, mask=None)
            for n in range(20)
            for track, x in ((1, 200.0 + 10 * n), (2, 400.0 - 10 * n))
        ]
        film = playback(table(*rows), frame_table(range(0, 60, 3)))
        offsets: dict[int, NDArray[np.float64]] = {}
        paths: dict[int, list[NDArray[np.float64]]] = {1: [], 2: []}
        for n in range(55):
            tags = place_tags(film.at(n * EVERY / 3, 0), STYLE, SIZE, offsets, EVERY / 3)
            offsets = {tag.key: tag.offset for tag in tags}
            for tag in tags:
                paths[tag.key].append(tag.centre)
        for path in paths.values():
            assert np.abs(np.diff(np.array(path), axis=0)).max() < 10


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


class TestVideo:
    @pytest.fixture
    def film(self, tmp_path: Path) -> Path:
        return write_film(tmp_path / "game.mp4", [wall(n // 15) for n in range(30)])

    @staticmethod
    def run(cut: int = 15) -> tuple[Sightings, FrameTable, Game]:
        """Return a run over 30 frames with a cut: one player runs to the right in each half."""
        numbers = range(0, 30, 3)
        rows = [row(n, x=200.0 + 4 * (n % cut), segment=n // cut, track=n // cut) for n in numbers]
        segments = (Segment(0, 0, 0.0), Segment(1, cut, cut / 30))
        return (
            table(*rows),
            frame_table(numbers, [n // cut for n in numbers]),
            Game(TEAMS, (), segments),
        )

    def render(self, film: Path, out: Path, **how: Any) -> list[tuple[int, float]]:
        rows, frames, game = self.run()
        told: list[tuple[int, float]] = []

        def tell(count: int, time: float) -> None:
            told.append((count, time))
            if how.get("fail_at") == count:
                raise how["error"]

        shown = RenderSettings(quality=12)
        end = how.get("end")
        render_video(
            film, probe(film), how.get("rows", rows), frames, game, out, shown, tell, end=end
        )
        return told

    @staticmethod
    def images(path: Path) -> tuple[list[Fraction], list[Image]]:
        times, images = [], []
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                assert frame.pts is not None
                assert frame.time_base is not None
                times.append(frame.pts * frame.time_base)
                images.append(frame.to_ndarray(format="bgr24").astype(np.uint8))
        return times, images

    def test_every_frame_at_its_time(self, film: Path, tmp_path: Path) -> None:
        told = self.render(film, tmp_path / "out.mp4")
        times, images = self.images(tmp_path / "out.mp4")
        assert times == [Fraction(n, 30) for n in range(30)]
        assert told[-1][0] == 30
        assert told[-1][1] == pytest.approx(29 / 30)
        _, plain = self.images(film)
        for n, (drawn, before) in enumerate(zip(images, plain, strict=True)):
            difference = np.abs(drawn.astype(int) - before).max(axis=2)
            x = 200 + 4 * (n % 15)
            assert difference[190:230, x : x + 40].mean() > 15, n
            assert difference[:, :120].mean() < 6, n

    def test_same_again(self, film: Path, tmp_path: Path) -> None:
        for name in ("one.mp4", "two.mp4"):
            self.render(film, tmp_path / name)
        assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()

    def test_rows_may_come_in_pieces(self, film: Path, tmp_path: Path) -> None:
        rows, _, _ = self.run()
        pieces = (piece for _, piece in rows.by_frame())
        self.render(film, tmp_path / "one.mp4")
        self.render(film, tmp_path / "two.mp4", rows=pieces)
        assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()

    def test_stops_where_the_run_stopped(self, film: Path, tmp_path: Path) -> None:
        assert len(self.render(film, tmp_path / "out.mp4", end=0.5)) == 15
        rows, frames, game = self.run()
        first = frames.select(np.arange(3))
        counts: list[int] = []
        render_video(
            film, probe(film), rows, first, game, tmp_path / "short.mp4", RenderSettings(),
            lambda count, _: counts.append(count),
        )  # fmt: skip
        assert counts[-1] == 9

    def test_begins_where_the_run_began(self, film: Path, tmp_path: Path) -> None:
        rows, frames, game = self.run()
        late = replace(game, segments=(Segment(0, 18, 18 / 30),))
        chosen = frames["frame"] >= 18
        frames = frames.select(chosen).with_columns(segment=np.zeros(chosen.sum(), int))
        rows = rows.select(rows["frame"] >= 18)
        rows = rows.with_columns(segment=np.zeros(len(rows), int))
        out = tmp_path / "late.mp4"
        render_video(film, probe(film), rows, frames, late, out, RenderSettings(), lambda *_: None)
        times, images = self.images(out)
        assert len(times) == 12
        assert np.abs(images[0].astype(int) - self.images(film)[1][18]).max() > 60

    @pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("told")], ids=repr)
    def test_failure_ends_everything(
        self, film: Path, tmp_path: Path, error: BaseException
    ) -> None:
        before = threading.active_count()
        with pytest.raises(type(error)):
            self.render(film, tmp_path / "out.mp4", fail_at=5, error=error)
        assert threading.active_count() == before
        assert [path.name for path in tmp_path.iterdir()] == ["game.mp4"]

    def test_failure_while_drawing_surfaces(self, film: Path, tmp_path: Path) -> None:
        def broken() -> Iterator[Sightings]:
            yield self.run()[0].select(np.arange(2))
            raise InputError("the table is damaged")

        with pytest.raises(InputError, match="the table is damaged"):
            self.render(film, tmp_path / "out.mp4", rows=broken())
        assert not (tmp_path / "out.mp4").exists()

    def test_still_is_the_frame_of_the_video(self, film: Path, tmp_path: Path) -> None:
        rows, frames, game = self.run()
        out = tmp_path / "still.png"
        render_still(film, probe(film), rows, frames, game, 20 / 30, out)
        self.render(film, tmp_path / "out.mp4")
        still = cv2.imread(str(out))
        assert still is not None
        drawn = self.images(tmp_path / "out.mp4")[1][20]
        assert np.abs(still.astype(int) - drawn).mean() < 4

    def test_still_beyond_the_end(self, film: Path, tmp_path: Path) -> None:
        rows, frames, game = self.run()
        with pytest.raises(InputError):
            render_still(film, probe(film), rows, frames, game, 9.0, tmp_path / "still.png")

    def test_still_in_a_missing_folder(self, film: Path, tmp_path: Path) -> None:
        rows, frames, game = self.run()
        missing = tmp_path / "none" / "still.png"
        with pytest.raises(MachineError, match="cannot write"):
            render_still(film, probe(film), rows, frames, game, 0.2, missing)
