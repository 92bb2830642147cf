"""No more referees work a game than the sport has; the least sure of them takes no part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from courtside.identity.crowds import CREW, thin_out
from courtside.identity.person import Person, alone
from courtside.identity.roles import Standing
from courtside.identity.rules import Presence
from courtside.sightings import Sightings
from courtside.sport import BASKETBALL
from test_identity_pairs import somebody

FRAMES = 20
REFEREE = Standing("referee", True, None, 0.0)


def officials(shares: list[float]) -> tuple[Sightings, list[Person]]:
    """Return people seen side by side, each taken for a referee in a share of the frames."""
    frame = np.tile(np.arange(FRAMES), len(shares))
    kind = [
        "referee" if index < share * FRAMES else "person"
        for share in shares
        for index in range(FRAMES)
    ]
    box = dict.fromkeys(("x1", "y1", "x2", "y2"), 1.0 * frame)
    rows = Sightings(
        {"frame": frame, "time": frame / 10, "segment": 0 * frame, "kind": kind, **box}
    )
    presence = Presence((0, FRAMES - 1), (0.0, 1.9), 0, ((5.0, 40.0),) * 2, (40.0, 40.0))
    people = [
        alone(replace(somebody(presence), rows=np.arange(FRAMES) + FRAMES * place, role="referee"))
        for place in range(len(shares))
    ]
    return rows, people


@pytest.mark.parametrize("least", range(4))
def test_of_four_referees_the_one_mostly_taken_for_staff_takes_no_part(least: int) -> None:
    shares = [0.9, 0.8, 0.7]
    shares.insert(least, 0.2)
    rows, people = officials(shares)
    standings, found = thin_out(rows, people, [REFEREE] * 4, [], BASKETBALL)
    assert [standing.on_court for standing in standings] == [n != least for n in range(4)]
    assert [told.rule for told in found] == [CREW]
    assert found[0].reason == "4 referees at once, 3 work a game"


def test_three_referees_stay() -> None:
    rows, people = officials([0.9, 0.5, 0.3])
    assert thin_out(rows, people, [REFEREE] * 3, [], BASKETBALL) == ([REFEREE] * 3, [])
