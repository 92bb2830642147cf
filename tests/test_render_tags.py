"""Tags: steady, apart from each other, off faces, inside the picture."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from courtside.game import Game, Player
from courtside.render import (
    figures_in,
    place_tags,
)
from courtside.render.text import letters_of
from render_scene import (
    EVERY,
    SIZE,
    STYLE,
    TEAMS,
    changed,
    frame_table,
    middle,
    playback,
    row,
    table,
)


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

    @settings(max_examples=30)
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
