"""Who takes part, told by where people stand."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from courtside.game import Role
from courtside.identity.evidence import NumberEvidence
from courtside.identity.person import alone
from courtside.identity.roles import decide_standing
from courtside.identity.rules import Presence
from courtside.identity.stretches import Stretch

NOTHING = np.zeros(0)


@pytest.mark.parametrize(
    ("role", "inside", "near", "on_court"),
    [
        ("referee", 0, 95, True),  # works behind the baseline
        ("referee", 0, 10, False),  # somebody in grey in the stands
        ("referee", 5, 5, True),
        ("player", 0, 95, False),  # a substitute before the bench
        ("player", 30, 95, True),  # throws in
    ],
)
def test_referees_work_from_the_apron_and_players_do_not(
    role: str, inside: int, near: int, on_court: bool
) -> None:
    point = (0.0, 0.0)
    presence = Presence((0, 99), (0.0, 9.9), 0, (point, point), (100.0, 100.0), (point, point))
    stretch = Stretch(
        0, 0, False, NOTHING.astype(int), 100, presence, cast(Role, role), None, NOTHING, 0,
        (100, inside, near), NOTHING, NOTHING, 0, NumberEvidence(NOTHING, NOTHING), 0.0,
    )  # fmt: skip
    assert decide_standing(alone(stretch), ()).on_court is on_court
