"""courtside: every player of a game video, outlined, followed, numbered and drawn.

The public names below are loaded when first used, so that importing courtside stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from courtside.errors import CourtsideError as CourtsideError
    from courtside.errors import InputError as InputError
    from courtside.errors import MachineError as MachineError
    from courtside.errors import RunConflictError as RunConflictError
    from courtside.errors import SettingsError as SettingsError
    from courtside.evaluate import score_run as score_run
    from courtside.game import Game as Game
    from courtside.game import Player as Player
    from courtside.game import Segment as Segment
    from courtside.game import Team as Team
    from courtside.pipeline import render_run as render_run
    from courtside.settings import Settings as Settings
    from courtside.settings import load_settings as load_settings
    from courtside.sightings import FrameTable as FrameTable
    from courtside.sightings import Sightings as Sightings
    from courtside.sightings import View as View
    from courtside.sport import Sport as Sport
    from courtside.store.export import export_run as export_run
    from courtside.store.opened import Run as Run
    from courtside.store.opened import open_run as open_run
    from courtside.tracking import track as track

__version__ = "0.1.0"

_HOMES = {
    "CourtsideError": "errors",
    "FrameTable": "sightings",
    "Game": "game",
    "InputError": "errors",
    "MachineError": "errors",
    "Player": "game",
    "Run": "store.opened",
    "RunConflictError": "errors",
    "Segment": "game",
    "Settings": "settings",
    "SettingsError": "errors",
    "Sightings": "sightings",
    "Sport": "sport",
    "Team": "game",
    "View": "sightings",
    "export_run": "store.export",
    "load_settings": "settings",
    "open_run": "store.opened",
    "render_run": "pipeline",
    "score_run": "evaluate",
    "track": "tracking",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"courtside has no {name!r}; it has: {', '.join(__all__)}")
    value = getattr(import_module(f"courtside.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
