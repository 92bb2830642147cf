"""Number crops cut out of simulated games."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("moderngl")
pytest.importorskip("torch")

from courtside.numbers.embedded import CROP_SIDE
from courtside.train.numbers_data import HIDDEN, READABLE, UNREADABLE, UNSEEN
from courtside.train.numbers_games import Games
from test_simulate import has_renderer

pytestmark = pytest.mark.skipif(not has_renderer(), reason="no OpenGL")


@pytest.fixture(scope="module")
def games() -> Games:
    return Games(3)


def test_crops_of_games_carry_the_numbers_that_are_worn(games: Games) -> None:
    chunk = games.chunk(1)
    assert chunk.images.shape[1:] == (CROP_SIDE, CROP_SIDE, 3)
    assert len(chunk.images) > 40
    unread = chunk.readable == UNREADABLE
    assert (chunk.ones[unread] == HIDDEN).all()
    assert (chunk.tens[unread] == HIDDEN).all()
    worn = {
        f"{tens - 1 if tens else ''}{ones}"
        for tens, ones in zip(chunk.tens[~unread], chunk.ones[~unread], strict=True)
    }
    assert 2 <= len(worn) <= 10  # five a side
    assert not worn & UNSEEN


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
