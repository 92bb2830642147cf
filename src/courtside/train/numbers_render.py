"""Rendering of number crops in the background, and the growing store that learning draws from."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from courtside.errors import MachineError
from courtside.numbers.embedded import CROP_SIDE
from courtside.train.numbers_data import Chunk, render_chunk
from courtside.train.numbers_glyphs import Font, load_fonts

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

    import torch

    from courtside.train.numbers_games import Games

CHUNK = 1000
"""Crops in a file."""
MOST_CROPS = 1_000_000
POLITENESS = 5
"""On a busy machine learning goes first: a crop can be shown more than once."""
FLAT_FIRST = 10
"""Chunks of flat kits that each process renders before those of games, which take ten times as
long a crop: learning begins with them."""
HELD_OUT_FONT = 9
"""One font in so many is kept for measuring."""
HELD_OUT, UNSEEN_HELD_OUT, HELD_OUT_GAMES = 6, 3, 16
"""Chunks in kept fonts for calibrating and measuring, those of numbers never learnt, and venues of
games for measuring."""
GAMES_SHARE = 0.5
"""Share of what is learnt from that comes out of games, however few there are yet."""
_HELD_OUT_SEED = 1_000_000


def split_fonts() -> tuple[tuple[Font, ...], tuple[Font, ...]]:
    """Return fonts to learn with and fonts kept for measuring."""
    fonts = load_fonts()
    kept = fonts[HELD_OUT_FONT // 2 :: HELD_OUT_FONT]
    return tuple(font for font in fonts if font not in kept), kept


@contextlib.contextmanager
def rendering(data: Path, seed: int, workers: int) -> Iterator[list[SpawnProcess]]:
    """Render chunks into `data` with so many processes for as long as the block runs."""
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=render_share, args=(data, seed, worker, workers), daemon=True)
        for worker in range(workers)
    ]
    for process in processes:
        process.start()
    try:
        yield processes
    finally:
        for process in processes:
            process.terminate()
            process.join()


def render_share(data: Path, seed: int, worker: int, workers: int) -> None:
    """Render one worker's chunks, leaving out those that are there."""
    import cv2

    cv2.setNumThreads(1)
    if hasattr(os, "nice"):
        os.nice(POLITENESS)
    learn_with, _ = split_fonts()
    parent, games = multiprocessing.parent_process(), _games(seed)
    for index in range(worker, MOST_CROPS // CHUNK, workers):
        if parent and not parent.is_alive():  # killed: nobody is left to render for
            return
        flat = partial(render_chunk, CHUNK, (seed, index), learn_with)
        _render(data / f"learn-{seed}-{index:05d}.npz", flat)
        if index == worker and worker == 0:
            held_out(data, seed)
        if games and index >= workers * FLAT_FIRST:
            _render(data / f"learn-{seed}-game-{index:05d}.npz", partial(games.chunk, index))


def _games(seed: int) -> Games | None:
    """Return what renders games; null, and a word of it, where this machine cannot."""
    from courtside.train.numbers_games import Games

    try:
        return Games(seed)
    except MachineError as error:
        print(f"crops of simulated games are left out: {error}", flush=True)
        return None


def _render(path: Path, chunk: Callable[[], Chunk]) -> None:
    """Render a chunk unless it is there; one that fails is told and left out."""
    import cv2

    if path.is_file():
        return
    try:
        save_chunk(path, chunk())
    except (ValueError, IndexError, ArithmeticError, cv2.error) as error:
        # One odd crop among a million must not end a training of hours.
        print(f"{path.name} is left out: {error}", flush=True)


def held_out(data: Path, seed: int) -> tuple[list[Chunk], list[Chunk]]:
    """Return chunks in fonts never learnt and chunks of numbers never learnt, made when missing."""
    _, kept = split_fonts()
    chunks = []
    for index in range(HELD_OUT + UNSEEN_HELD_OUT):
        path = data / f"held-{seed}-{index:05d}.npz"
        if not path.is_file():
            seeds = (seed, _HELD_OUT_SEED + index)
            save_chunk(path, render_chunk(CHUNK, seeds, kept, unseen=index >= HELD_OUT))
        chunks.append(load_chunk(path))
    return chunks[:HELD_OUT], chunks[HELD_OUT:]


def held_out_games(data: Path, seed: int) -> list[Chunk]:
    """Return crops of games never learnt, made when missing; none where this machine cannot."""
    paths = [data / f"held-{seed}-game-{index:05d}.npz" for index in range(HELD_OUT_GAMES)]
    games = None if all(path.is_file() for path in paths) else _games(seed)
    for index, path in enumerate(paths):
        if games and not path.is_file():
            save_chunk(path, games.chunk(_HELD_OUT_SEED + index))
    return [load_chunk(path) for path in paths if path.is_file()]


def save_chunk(path: Path, chunk: Chunk) -> None:
    """Write a chunk; it gets its name only when it is whole."""
    part = path.with_name(f"part-{path.name}")
    np.savez(part, images=chunk.images, labels=chunk.labels)
    part.rename(path)


def load_chunk(path: Path) -> Chunk:
    """Read a chunk."""
    with np.load(path) as kept:
        return Chunk(kept["images"], *kept["labels"].T)


class Crops:
    """Rendered crops on a device; those rendered meanwhile join in.

    Attributes:
        images: (MOST_CROPS, side, side, 3) uint8, filled up to `count`.
        labels: (MOST_CROPS, 3) int64: tens, ones, readable.
        of_games: (MOST_CROPS,) bool: cut out of a simulated game.
    """

    def __init__(self, data: Path, seed: int, device: str) -> None:
        import torch

        self.data, self.seed, self.count = data, seed, 0
        self.images = torch.empty(
            (MOST_CROPS, CROP_SIDE, CROP_SIDE, 3), dtype=torch.uint8, device=device
        )
        self.labels = torch.empty((MOST_CROPS, 3), dtype=torch.int64, device=device)
        self.of_games = torch.zeros(MOST_CROPS, dtype=torch.bool, device=device)
        self._kinds: list[torch.Tensor] = []
        self._loaded: set[str] = set()

    def load_new(self) -> int:
        """Take in chunks finished since the last call; return how many crops there are."""
        import torch

        for path in sorted(self.data.glob(f"learn-{self.seed}-*.npz")):
            if path.name in self._loaded or self.count + CHUNK > MOST_CROPS:
                continue
            chunk = load_chunk(path)
            stop = self.count + len(chunk.images)
            self.images[self.count : stop] = torch.from_numpy(chunk.images)
            self.labels[self.count : stop] = torch.from_numpy(chunk.labels)
            self.of_games[self.count : stop] = "-game-" in path.name
            self._loaded.add(path.name)
            self.count = stop
        known = self.of_games[: self.count]
        self._kinds = [torch.nonzero(kind)[:, 0] for kind in (known, ~known)]
        return self.count

    def batch(self, size: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        """Return random crops (size, side, side, 3) and their labels (size, 3)."""
        import torch

        games, flat = self._kinds
        share = GAMES_SHARE if len(games) and len(flat) else float(len(games) > 0)
        first, device = round(size * share), self.images.device
        chosen = [
            kind[torch.randint(len(kind), (count,), generator=generator, device=device)]
            for kind, count in ((games, first), (flat, size - first))
            if count
        ]
        rows = torch.cat(chosen)
        return self.images[rows], self.labels[rows]


def check_alive(processes: list[SpawnProcess]) -> None:
    """Raise when no renderer is left because they failed.

    Raises:
        MachineError: with the exit codes.
    """
    codes = [process.exitcode for process in processes]
    if codes and all(codes):
        raise MachineError(f"all rendering processes failed, with codes {codes}")
