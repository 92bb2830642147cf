"""Heat maps and paths on the court, as PNG and SVG; needs the extra `plots`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from courtside.court.drawing import court_lines
from courtside.court.model import Floats
from courtside.court.paths import Path as Way
from courtside.court.paths import distance
from courtside.court.shapes import Court
from courtside.errors import MachineError, missing_extra
from courtside.game import Game, Player
from courtside.render.colours import team_looks
from courtside.sightings import Sightings

KINDS = ("png", "svg")
# Bins of the heat map, metres, and how far a presence spreads.
BIN, SPREAD = 0.25, 0.6
MARGIN = 1.5
# A path is not drawn over a longer gap, seconds; fewer places than this make no picture.
GAP, FEWEST = 1.0, 10


def plot_run(rows: Sightings, game: Game, court: Court, folder: Path) -> list[Path]:
    """Write each player's heat map and path, and everybody's paths; return the files.

    Args:
        rows: settled sightings.
        game: players and teams.
        court: what is played on.
        folder: where the pictures go; made if need be.

    Raises:
        MachineError: when matplotlib is not installed, or the pictures cannot be written.
    """
    _pyplot()
    written, ways = [], []
    for player in game.players:
        times, places = places_of(rows, player)
        if player.role != "player" or len(times) < FEWEST:
            continue
        ways.append((player, times, places))
        name = f"player-{player.id}" + (f"-number-{player.number}" if player.number else "")
        written += _saved(_of_player(player, times, places, court), folder, name)
    if ways:
        written += _saved(_of_everybody(ways, game, court), folder, "paths")
    return written


def places_of(rows: Sightings, player: Player) -> tuple[Floats, Floats]:
    """Return times (n,) and court places (n, 2) of a player, in order."""
    known = (rows["player"] == player.id) & np.isfinite(rows["court_x"])
    order = np.argsort(rows["time"][known], kind="stable")
    places = np.column_stack([rows["court_x"][known], rows["court_y"][known]])[order]
    return rows["time"][known][order], places.astype(np.float64)


def heat(places: Floats, court: Court) -> Floats:
    """Return how long each part of the court was visited: (rows, columns), sums to 1.

    Row 0 is the near side, column 0 the left end; cells measure `BIN` metres.
    """
    across, along = court.width / 2 + MARGIN, court.length / 2 + MARGIN
    rows, columns = round(2 * across / BIN), round(2 * along / BIN)
    limits = [[-across, across], [-along, along]]
    counted, _, _ = np.histogram2d(places[:, 1], places[:, 0], bins=(rows, columns), range=limits)
    spread = gaussian_filter(counted, SPREAD / BIN)
    return np.asarray(spread / max(spread.sum(), 1e-12), np.float64)


def _pyplot() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise missing_extra("matplotlib", "plots", "drawing heat maps and paths") from None
    return Figure


def _court_axes(court: Court, title: str) -> tuple[Any, Any]:
    along, across = court.length / 2 + MARGIN, court.width / 2 + MARGIN
    figure = _pyplot()(figsize=(9, 9 * across / along + 0.5), layout="constrained")
    axes = figure.add_subplot()
    for path in court_lines(court):
        axes.plot(path[:, 0], path[:, 1], color="0.25", linewidth=1.2, zorder=3)
    axes.set(xlim=(-along, along), ylim=(-across, across), aspect="equal", title=title)
    axes.axis("off")
    return figure, axes


def _of_player(player: Player, times: Floats, places: Floats, court: Court) -> Any:
    still = np.zeros(len(times))
    run = distance(Way(places, still, still > 0), times)
    name = " ".join(str(part) for part in (player.team, player.number, player.name) if part)
    seen = f"{run:.0f} m in {player.frames} frames"
    figure, axes = _court_axes(court, f"{name or f'player {player.id}'}: {seen}")
    along, across = court.length / 2 + MARGIN, court.width / 2 + MARGIN
    extent = (-along, along, -across, across)
    axes.imshow(heat(places, court), origin="lower", extent=extent, cmap="YlOrRd", zorder=1)
    for part in _unbroken(times, places):
        axes.plot(part[:, 0], part[:, 1], color="tab:blue", linewidth=0.9, alpha=0.8, zorder=4)
    return figure


def _of_everybody(ways: list[tuple[Player, Floats, Floats]], game: Game, court: Court) -> Any:
    figure, axes = _court_axes(court, "Paths")
    axes.add_patch(_ground(court))
    looks = team_looks(game.teams)
    for player, times, places in ways:
        look = looks.get(player.team or "")
        colour = "0.5" if look is None else tuple(value / 255 for value in look.main[::-1])
        for part in _unbroken(times, places):
            axes.plot(part[:, 0], part[:, 1], color=colour, linewidth=1.3, zorder=4)
        label = player.number or f"({player.id})"
        axes.annotate(label, places[-1], fontsize=8, zorder=5, ha="center", va="center")
    return figure


def _ground(court: Court) -> Any:
    """Return the floor: grey, so that white and dark teams both show."""
    from matplotlib.patches import Rectangle

    along, across = court.length / 2 + MARGIN, court.width / 2 + MARGIN
    return Rectangle((-along, -across), 2 * along, 2 * across, color="0.82", zorder=0)


def _unbroken(times: Floats, places: Floats) -> list[Floats]:
    """Return the pieces of a path between gaps."""
    return np.split(places, np.flatnonzero(np.diff(times) > GAP) + 1)


def _saved(figure: Any, folder: Path, name: str) -> list[Path]:
    files = [folder / f"{name}.{kind}" for kind in KINDS]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            figure.savefig(file, dpi=120)
    except OSError as error:
        raise MachineError(f"cannot write {folder}: {error.strerror}") from error
    return files
