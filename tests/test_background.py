"""Items drawn ahead arrive in order, errors surface, and leaving early stops the thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from courtside.background import ahead


def test_all_items_arrive_in_order() -> None:
    assert list(ahead(range(500), 4)) == list(range(500))


def test_error_surfaces_after_the_items_before_it() -> None:
    def broken() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("torn")

    seen: list[int] = []
    with pytest.raises(ValueError, match="torn"):
        seen.extend(ahead(broken(), 4))
    assert seen == [1, 2]


def test_leaving_early_stops_the_thread() -> None:
    before = threading.active_count()
    for item in ahead(iter(int, 1), 3):
        assert item == 0
        break
    assert threading.active_count() == before
