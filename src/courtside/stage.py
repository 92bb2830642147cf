"""The contract of stages: what each needs, what it adds, checked before a pixel is decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from courtside.errors import SettingsError
from courtside.sightings import Sightings, View


@dataclass(frozen=True)
class LookStage:
    """A stage that needs pixels, frame after frame.

    Attributes:
        name: as it is timed and reported.
        needs: columns of `Sightings` and names shared in the `View` that must be there.
        adds: columns and shared names it brings.
        start: returns the state before the first frame.
        step: `(state, view, rows) -> (state, rows)`; pure, so that a saved state goes on exactly.
        state_type: dataclass of plain data (numbers, text, bytes, arrays), saved with each chunk;
            null for a stage without memory.
    """

    name: str
    needs: frozenset[str]
    adds: frozenset[str]
    start: Callable[[], Any]
    step: Callable[[Any, View, Sightings], tuple[Any, Sightings]]
    state_type: Any = None


# The stages before people are followed, and those from there on.
Halves = tuple[list[LookStage], list[LookStage]]


def stateless(
    name: str,
    needs: Iterable[str],
    adds: Iterable[str],
    look: Callable[[View, Sightings], Sightings],
) -> LookStage:
    """Return a look stage without memory from a function of the view and its rows."""
    return LookStage(
        name=name,
        needs=frozenset(needs),
        adds=frozenset(adds),
        start=lambda: None,
        step=lambda _, view, rows: (None, look(view, rows)),
    )


def check_order(stages: Sequence[LookStage], given: Iterable[str] = ("image", "motion")) -> None:
    """Refuse stages put together so that one would miss its input.

    Raises:
        SettingsError: naming the stage, what it misses and which stage would bring it.
    """
    present = set(given)
    for stage in stages:
        missing = sorted(stage.needs - present)
        if missing:
            later = [other.name for other in stages if set(missing) & other.adds]
            hint = f"; it comes from {', '.join(later)}" if later else "; no stage here brings it"
            raise SettingsError(f"stage {stage.name!r} needs {', '.join(missing)}{hint}")
        present |= stage.adds
