"""The clips of the simulated benchmark, by seed and settings."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from courtside.errors import missing_extra
from courtside.simulate.seeds import BENCH_SEEDS
from courtside.store.run import writing

Tell = Callable[[str], None]

SECONDS = 15.0
TOLD_EVERY = 90  # frames
# Raised when the simulator draws the same seeds differently: clips are rendered again, and
# figures of different editions cannot be compared.
EDITION = 5


@dataclass(frozen=True)
class BenchClip:
    """One clip; equal values are equal pictures.

    Attributes:
        name: what it tries.
        seed: of the game, of those kept for the benchmark.
        view: how it is filmed, as `courtside simulate --view` names it.
        description: what is not left to chance, in TOML as `courtside simulate` reads it.
        seconds: its length.
    """

    name: str
    seed: int
    view: str = "broadcast"
    description: str = ""
    seconds: float = SECONDS

    @property
    def folder(self) -> str:
        """Name of its folder in the cache: another one when any value or the edition changes."""
        digest = hashlib.sha256(f"{EDITION} {self!r}".encode()).hexdigest()
        return f"{self.name}-{digest[:12]}"


CLIPS = (
    BenchClip("broadcast", BENCH_SEEDS[0], description="cuts = false\n"),
    BenchClip("crowd-under-the-rim", BENCH_SEEDS[1], description="cuts = false\ncrowded = 1.0\n"),
    BenchClip("fast-pan", BENCH_SEEDS[8], description="cuts = false\npace = 1.6\n"),
    BenchClip("cuts-and-replays", BENCH_SEEDS[18], description="cuts = true\n"),
    BenchClip("school-gym", BENCH_SEEDS[4], view="tripod"),
    BenchClip("portrait-phone", BENCH_SEEDS[5], view="phone-portrait"),
    BenchClip("outdoor", BENCH_SEEDS[6], view="outdoor"),
)


def render_clip(clip: BenchClip, folder: Path, tell: Tell) -> None:
    """Render a clip's `video.mp4` and its truth into a folder; `tell` hears how far it is.

    Raises:
        MachineError: when the extra `simulate` is missing, or the folder cannot be written.
    """
    try:
        from courtside.simulate.game import simulate_game
    except ImportError as error:
        raise missing_extra(str(error.name), "simulate", "rendering the benchmark") from None
    description = folder.with_suffix(".toml")
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        description.write_text(clip.description, "utf-8")

    def count(done: int, of: int) -> None:
        if done % TOLD_EVERY == 0:
            tell(f"{clip.name}: {done} of {of} frames rendered")

    simulate_game(folder, clip.seed, clip.seconds, clip.view, description, tell=count)
