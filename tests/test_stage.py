"""Stages put together wrongly are refused before anything is looked at."""

from __future__ import annotations

import pytest

from courtside.errors import SettingsError
from courtside.stage import check_order, stateless

DETECT = stateless("detect", ["image"], ["kind"], lambda _, rows: rows)
MASKS = stateless("masks", ["kind"], ["mask"], lambda _, rows: rows)


def test_right_order_passes() -> None:
    check_order([DETECT, MASKS])


def test_wrong_order_names_the_stage_and_what_brings_it() -> None:
    with pytest.raises(SettingsError, match="'masks' needs kind; it comes from detect"):
        check_order([MASKS, DETECT])


def test_missing_stage() -> None:
    with pytest.raises(SettingsError, match="'masks' needs kind; no stage here brings it"):
        check_order([MASKS])
