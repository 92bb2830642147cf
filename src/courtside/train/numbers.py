"""Train the number reader of the `embedded` preset on rendered digits alone.

    python -m courtside.train.numbers --data DIR --out DIR --minutes 60

Processes render crops into DATA, chunk after chunk, while the net learns from those that are
there; a stopped training goes on from its last checkpoint. It ends with temperatures fitted on
held-out fonts, an ONNX file and its card.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from courtside.errors import missing_extra
from courtside.train.numbers_card import Figures, figures_of, write_card
from courtside.train.numbers_data import Chunk
from courtside.train.numbers_render import Crops, check_alive, held_out, held_out_games, rendering

if TYPE_CHECKING:
    from courtside.train.numbers_learn import Learner


@dataclass(frozen=True)
class Trained:
    """What a training made: the net's file, its card and figures on held-out rendered crops."""

    weights: Path
    card: Path
    figures: Figures


def train_numbers(
    data: Path,
    out: Path,
    minutes: float,
    seed: int = 1,
    workers: int = 1,
    device: str = "cpu",
    start: Path | None = None,
) -> Trained:
    """Train, calibrate and export the number reader.

    Args:
        data: folder for rendered crops; those that are there are used again.
        out: folder that gets `numbers.onnx`, `numbers.md`, `weights.pt` to start others from, and
            the checkpoint `numbers.pt`.
        minutes: time of learning, earlier parts of a stopped training counted.
        seed: of rendering and of learning; what is rendered depends on it alone, how far the
            net gets also on the speed of the machine.
        workers: rendering processes.
        device: `cpu` (one thread) or `cuda`.
        start: `weights.pt` of an earlier training; null begins afresh.

    Raises:
        InputError: when there are no weights at `start`.
        MachineError: when torch is not installed, or a renderer died.
    """
    try:
        import torch

        from courtside.train import numbers_learn
    except ImportError as error:
        raise missing_extra("torch", "train", "training the number reader") from error
    for folder in (data, out):
        folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    learner = numbers_learn.new_learner(seed, device, start)
    numbers_learn.restore(learner, out)
    with rendering(data, seed, workers) as renderers:
        crops = Crops(data, seed, device)
        check = lambda: check_alive(renderers)  # noqa: E731
        numbers_learn.learn(learner, crops, out, minutes * 60, seed, check)
    torch.set_num_threads(workers)
    return finish(learner, data, out, seed)


def finish(learner: Learner, data: Path, out: Path, seed: int) -> Trained:
    """Calibrate, measure and export the averaged net of a learner."""
    from courtside.train import numbers_export
    from courtside.train.checkpoint import save_weights

    known, unseen = (joined(chunks) for chunks in held_out(data, seed))
    half = len(known.images) // 2
    net = learner.average.to("cpu").eval()
    temperatures = numbers_export.calibrate(net, part_of(known, slice(half)))
    weights = out / "numbers.onnx"
    numbers_export.export(net, temperatures, weights)
    save_weights(net, out / "weights.pt")
    games = held_out_games(data, seed)
    rest = part_of(known, slice(half, None))
    figures = figures_of(net, temperatures, rest, unseen, joined(games) if games else None)
    settings = {"seed": seed, "device": learner.device, **vars(learner.progress)}
    settings |= {"chunks of flat kits": len([*data.glob(f"learn-{seed}-[0-9]*.npz")])}
    settings |= {"venues of simulated games": len([*data.glob(f"learn-{seed}-game-*.npz")])}
    return Trained(weights, write_card(weights, figures, settings), figures)


def joined(chunks: Sequence[Chunk]) -> Chunk:
    """Return several chunks as one."""
    labels = np.concatenate([chunk.labels for chunk in chunks])
    return Chunk(np.concatenate([chunk.images for chunk in chunks]), *labels.T)


def part_of(chunk: Chunk, rows: slice) -> Chunk:
    """Return some crops of a chunk."""
    return Chunk(chunk.images[rows], *chunk.labels[rows].T)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `train_numbers` from a command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder for rendered crops")
    parser.add_argument("--out", type=Path, required=True, help="folder for net and checkpoint")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="rendering processes")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--start", type=Path, help="weights.pt of an earlier training")
    trained = train_numbers(**vars(parser.parse_args(arguments)))
    print(trained.card.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
