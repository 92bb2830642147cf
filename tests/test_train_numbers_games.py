"""Number crops cut out of simulated games."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("moderngl")
pytest.importorskip("torch")

from courtside.numbers.embedded import CROP_SIDE
from courtside.simulate.textures import PRINTED
from courtside.train.numbers_data import HIDDEN, READABLE, UNREADABLE, UNSEEN
from courtside.train.numbers_games import Games, _labels
from test_simulate import has_renderer

pytestmark = pytest.mark.skipif(not has_renderer(), reason="no OpenGL")


@pytest.fixture(scope="module")
def games() -> Games:
    return Games(3)


def test_crops_of_games_carry_the_numbers_that_are_worn(games: Games) -> None:
    chunk = games.chunk(1)
    assert chunk.images.shape[1:] == (CROP_SIDE, CROP_SIDE, 3)
    assert len(chunk.images) > 40
    known = chunk.ones != HIDDEN
    assert (chunk.readable[~known] == UNREADABLE).all()
    worn = {
        f"{tens - 1 if tens else ''}{ones}"
        for tens, ones in zip(chunk.tens[known], chunk.ones[known], strict=True)
    }
    assert 2 <= len(worn) <= 10  # five a side
    assert not worn & UNSEEN


@pytest.mark.parametrize(
    ("columns", "label"),
    [
        ((0, 40), (3, 6, READABLE)),
        ((0, 20), (3, HIDDEN, UNREADABLE)),
        ((20, 40), (3, 6, UNREADABLE)),
        ((0, 0), (HIDDEN, HIDDEN, UNREADABLE)),
    ],
)
def test_a_number_cut_in_half_is_not_readable(
    columns: tuple[int, int], label: tuple[int, int, int]
) -> None:
    seen = np.zeros((30, 60), np.uint8)
    seen[5:25, 10:30:3], seen[5:25, 30:50:3] = PRINTED, PRINTED + 1
    whole = np.array([(seen == PRINTED + side).sum() for side in (0, 1)], np.float64)
    crop = np.where(seen[..., None] > 0, 220, 30).astype(np.uint8).repeat(3, axis=2)
    cut = slice(10 + columns[0], 10 + columns[1])
    assert _labels("26", seen[:, cut], whole, crop[:, cut]) == label


def test_readable_crops_show_more_than_unreadable_ones(games: Games) -> None:
    chunk = games.chunk(2)
    spread = chunk.images.astype(np.float32).std(axis=(1, 2)).max(axis=1)
    clear, lost = chunk.readable == READABLE, chunk.readable == UNREADABLE
    assert clear.sum() > 5 < lost.sum()
    assert np.median(spread[clear]) > np.median(spread[lost])


def test_the_same_venue_gives_the_same_crops(games: Games) -> None:
    first, again = games.chunk(3), games.chunk(3)
    np.testing.assert_array_equal(first.images, again.images)
    np.testing.assert_array_equal(first.labels, again.labels)
