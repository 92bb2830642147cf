"""What a person sees in the terminal: progress, tables, and one line for an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from time import monotonic
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from courtside.progress import Report, Tick, silent

if TYPE_CHECKING:
    from courtside.doctor import Finding
    from courtside.game import Player
    from courtside.store.opened import Run

# Seconds below which a person without a number is not worth a line.
BRIEF = 1.0

_TITLES = {"look": "looking", "settle": "settling", "draw": "drawing"}


@contextmanager
def shown(quiet: bool) -> Iterator[Report]:
    """Yield a report that draws progress bars: frames, speed against real time, time left."""
    if quiet:
        yield silent
        return
    columns = (
        TextColumn("{task.description:>9}"),
        BarColumn(),
        TextColumn("{task.fields[pace]}"),
        TimeRemainingColumn(),
    )
    bars = _Bars(Progress(*columns, console=Console(stderr=True)))
    try:
        yield bars.report
    finally:
        bars.stop()


class _Bars:
    """One bar for each phase, begun when its first tick comes."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}
        self._begun: dict[str, tuple[float, float]] = {}

    def stop(self) -> None:
        # Stopping bars that never began would print an empty line before an error.
        if self._tasks:
            self._progress.stop()

    def report(self, tick: Tick) -> None:
        if not self._tasks:
            self._progress.start()
        if tick.phase not in self._tasks:
            self._fill()
            self._tasks[tick.phase] = self._progress.add_task(
                _TITLES[tick.phase], total=tick.total, pace=""
            )
            self._begun[tick.phase] = (monotonic(), tick.done)
        clock, done = self._begun[tick.phase]
        speed = (tick.done - done) / max(monotonic() - clock, 1e-3)
        pace = f"{tick.frames:>6} frames  {speed:>5.1f} × real time" if speed > 0 else ""
        self._progress.update(self._tasks[tick.phase], completed=tick.done, pace=pace)

    def _fill(self) -> None:
        """Fill the bars of phases that are over: the last tick comes a frame before the end."""
        for task in self._progress.tasks:
            self._progress.update(task.id, total=task.completed or 1, completed=task.completed or 1)


def print_summary(run: Run) -> None:
    """Print who was found and where the results lie."""
    print_players(run)
    console = Console()
    if damage := _damage(run):
        console.print(f"[yellow]{'damaged video':>16}[/]  {damage}", highlight=False)
    for name, meaning in _results(run).items():
        console.print(f"{meaning:>16}  {run.path / name}", highlight=False, soft_wrap=True)


def _results(run: Run) -> dict[str, str]:
    named = {
        "annotated.mp4": "annotated video",
        "minimap.mp4": "minimap",
        "sightings.parquet": "data",
        "players.json": "players and why",
        "report.json": "quality",
    }
    return {name: meaning for name, meaning in named.items() if (run.path / name).is_file()}


def _damage(run: Run) -> str:
    """Return what was broken in the video, empty when it was whole."""
    damage = run.video["measured"]["damage"]
    missing = float(Fraction(damage["cut_off"]))
    told = [
        f"{damage[key]} {what}"
        for key, what in (
            ("packets", "packets could not be read"),
            ("frames", "frames have errors"),
            ("times", "times were mended"),
        )
        if damage[key]
    ]
    return ", ".join([*told, *([f"{missing:.1f} s are missing at the end"] if missing else [])])


def print_players(run: Run) -> None:
    """Print players with number, team, time seen and confidence; referees after them.

    People without a number who were seen for a moment only are counted below the table.
    """
    table = Table(title=str(run.video["name"]), title_justify="left")
    for heading in ("player", "role", "team", "number", "name"):
        table.add_column(heading)
    for heading in ("seen", "from", "to", "sure"):
        table.add_column(heading, justify="right", no_wrap=True)
    people = [player for player in run.players if player.role != "other"]
    shown = [p for p in people if p.number or p.frames * _seconds_per_frame(run) >= BRIEF]
    for player in sorted(shown, key=_order):
        table.add_row(*_cells(player, run))
    Console().print(table)
    if brief := len(people) - len(shown):
        print(f"and {brief} without a number seen for less than {BRIEF:g} s")


def _order(player: Player) -> tuple[Any, ...]:
    number = int(player.number) if player.number else 1000
    return player.role, player.team or "~", number, -player.frames, player.id


def _cells(player: Player, run: Run) -> tuple[str, ...]:
    seen = player.frames * _seconds_per_frame(run)
    return (
        str(player.id),
        player.role,
        player.team or "–",
        player.number or "–",
        player.name or "–",
        f"{seen:.1f} s",
        _clock(player.first_seen),
        _clock(player.last_seen),
        f"{player.confidence:.2f}" if player.confidence else "–",
    )


def _seconds_per_frame(run: Run) -> float:
    times = run.frames["time"]
    return float(times[-1] - times[0]) / max(len(times) - 1, 1) if len(times) else 0.0


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"


def print_court(known: Mapping[str, Any]) -> None:
    """Print how well a run's court is known, and where its pictures lie."""
    error = "–" if known["error"] is None else f"{known['error']:.2f} m"
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"court: {known['league'] or 'not known'}")
    console.print(f"frames with a camera: {known['frames']:.0%}, typical bound of error: {error}")
    for path in (known["overlay"], *known.get("plots", ())):
        console.print(str(path))


def print_findings(findings: Sequence[Finding]) -> None:
    """Print what the doctor found, a line each."""
    colours = {"ok": "green", "missing": "yellow", "broken": "red"}
    console = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        state = f"[{colours[finding.state]}]{finding.state:>7}[/]"
        console.print(f"{state}  {finding.name}: {escape(finding.text)}")
