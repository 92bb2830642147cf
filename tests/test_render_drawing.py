"""What a viewer sees of one frame: colours, outlines, ellipses, the ball."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from courtside.errors import InputError
from courtside.game import Team
from courtside.render import (
    draw,
    figures_in,
    style_for,
    team_looks,
)
from courtside.render.colours import PALETTE, difference
from courtside.video import image_of, planes_of
from courtside.video.planes import Matrix
from render_scene import SIZE, STYLE, TEAMS, ball, body_mask, changed, row, table, wall


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

    @pytest.mark.parametrize(
        ("white", "other"),
        [((178, 160, 188), (46, 37, 46)), ((115, 97, 107), (95, 47, 40))],
        ids=["tinted", "in a dim hall"],
    )
    def test_a_white_kit_as_filmed_is_white(
        self, white: tuple[int, int, int], other: tuple[int, int, int]
    ) -> None:
        assert min(team_looks([Team("a", white), Team("b", other)])["a"].main) > 240

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

    @settings(max_examples=20)
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
