"""People who become one, pair by pair, still found under the places they had."""

from __future__ import annotations

from collections.abc import Sequence

from courtside.identity.person import Person


class Groups:
    """People who become one, pair by pair, under the places they had."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._now = dict(enumerate(people))
        self._home = [*range(len(people))]

    def of(self, place: int) -> Person:
        """Return who somebody's group is by now."""
        return self._now[self._find(place)]

    def heads(self, *places: int) -> bool:
        """Tell whether all of them stand for their groups: nobody was put before them."""
        return all(self._home[place] == place for place in places)

    def join(self, first: int, second: int, both: Person) -> None:
        """Put the groups of two together."""
        first, second = self._find(first), self._find(second)
        self._home[second] = first
        del self._now[second]
        self._now[first] = both

    def people(self) -> list[Person]:
        """Return all groups."""
        return [*self._now.values()]

    def _find(self, place: int) -> int:
        while self._home[place] != place:
            place = self._home[place]
        return place
