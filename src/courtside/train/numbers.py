"""Train the number reader of the `embedded` preset on rendered digits alone.

    train_numbers(Path("src/courtside/weights"), minutes=25, seed=1, fonts=Path("fonts"))

One worker renders crops into a work folder, chunk after chunk, while the net learns from those
that are ready; a stopped training goes on from its last checkpoint. It ends with temperatures
fitted on held-out fonts, an ONNX file and its card.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from courtside.errors import InputError, missing_extra
from courtside.train.numbers_card import Figures, figures_of, write_card
from courtside.train.numbers_data import Chunk, render_chunk
from courtside.train.numbers_digits import font_files

if TYPE_CHECKING:
    import torch

    from courtside.train.numbers_net import NumberNet

CHUNK = 4000
BATCH = 96
CHUNKS_AT_ONCE = 4
LEARNING_RATE = 2e-3
CROPS_A_SECOND = 150
"""Crops rendered for each second of learning: each is shown about twice."""
WARM_UP = 0.02
"""Share of the time in which the learning rate rises."""
AVERAGE_DECAY = 0.99
CHECKPOINT_SECONDS = 30.0
HELD_OUT_FONT = 9
"""One font in so many is kept for measuring."""


@dataclass(frozen=True)
class Trained:
    """What a training made: the net's file, its card and figures on held-out rendered crops."""

    weights: Path
    card: Path
    figures: Figures


def train_numbers(
    out: Path, minutes: float, seed: int, fonts: Path | None = None, work: Path | None = None
) -> Trained:
    """Train, calibrate and export the number reader.

    Args:
        out: folder that gets `numbers.onnx` and `numbers.md`.
        minutes: processor time of the learning process (one thread), so that other work on the
            machine changes how long it takes but not how much is learnt.
        seed: of rendering and of learning; what is rendered depends on it alone, how far the
            net gets also on the speed of the machine.
        fonts: folder with .ttf, .otf or .woff files; null for block digits only.
        work: folder for rendered chunks and checkpoints, to go on from; `out`/numbers.work if null.

    Raises:
        InputError: when `fonts` holds no font.
        MachineError: when torch is not installed.
    """
    try:
        from courtside.train import numbers_net
    except ImportError as error:
        raise missing_extra("torch", "train", "training the number reader") from error
    learn_with, kept = split_fonts(fonts)
    work = work or out / "numbers.work"
    work.mkdir(parents=True, exist_ok=True)
    count = max(2, round(minutes * 60 * CROPS_A_SECOND / CHUNK))
    arguments = (work, seed, learn_with, count)
    worker = multiprocessing.get_context("spawn").Process(target=render_chunks, args=arguments)
    worker.start()
    try:
        net, seen = _learn(work, minutes * 60, seed)
    finally:
        worker.terminate()
        worker.join()
    held_out = render_chunk(CHUNK, (seed, 1_000_001), kept)
    temperatures = numbers_net.calibrate(net, held_out.images, _labels(held_out))
    weights = out / "numbers.onnx"
    numbers_net.export(net, temperatures, weights)
    figures = figures_of(weights, seed, kept)
    card = write_card(weights, figures, _settings(minutes, seed, seen), [*learn_with, *kept], kept)
    return Trained(weights, card, figures)


def split_fonts(folder: Path | None) -> tuple[list[Path], list[Path]]:
    """Return fonts to learn with and fonts kept for measuring.

    Raises:
        InputError: when a folder is given that holds no font.
    """
    fonts = font_files(folder) if folder else []
    if folder and not fonts:
        raise InputError(f"no fonts in {folder}: expected .ttf, .otf or .woff files")
    kept = fonts[HELD_OUT_FONT // 2 :: HELD_OUT_FONT]
    return [font for font in fonts if font not in kept], kept


def render_chunks(work: Path, seed: int, fonts: Sequence[Path], count: int) -> None:
    """Render `count` chunks into `work`, leaving out those that are there."""
    import cv2

    cv2.setNumThreads(1)
    for index in range(count):
        path = work / f"chunk-{index:05d}.npz"
        if not path.is_file():
            save_chunk(path, render_chunk(CHUNK, (seed, index), fonts))


def save_chunk(path: Path, chunk: Chunk) -> None:
    """Write a chunk; it gets its name only when it is whole."""
    part = path.with_name(f"part-{path.name}")
    labels = np.stack([chunk.tens, chunk.ones, chunk.readable], axis=1)
    np.savez(part, images=chunk.images, labels=labels)
    part.rename(path)


def _labels(chunk: Chunk) -> torch.Tensor:
    import torch

    labels = np.stack([chunk.tens, chunk.ones, chunk.readable], axis=1)
    return torch.from_numpy(labels.astype(np.int64))


def _settings(minutes: float, seed: int, seen: int) -> dict[str, object]:
    return {
        "minutes": minutes,
        "seed": seed,
        "crops seen (repeats counted)": seen,
        "batch": BATCH,
        "AdamW, highest learning rate": LEARNING_RATE,
        "averaging of weights": AVERAGE_DECAY,
    }


def _learn(work: Path, seconds: float, seed: int) -> tuple[NumberNet, int]:
    """Learn for so many processor seconds, going on from a checkpoint; return the averaged net."""
    import torch

    from courtside.train.numbers_net import NumberNet, loss, normalised, varied

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    net = NumberNet().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), LEARNING_RATE, weight_decay=0.03)
    average = torch.optim.swa_utils.AveragedModel(
        net,
        multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGE_DECAY),
        use_buffers=True,
    )
    parts: dict[str, Any] = {"net": net, "optimizer": optimizer, "average": average}
    used, seen, before = _restore(work, parts)
    start = saved = time.process_time()
    for images, labels in _batches(work, used, np.random.default_rng([seed, seen])):
        done = before + time.process_time() - start
        if done >= seconds:
            break
        for group in optimizer.param_groups:
            group["lr"] = _learning_rate(done / seconds)
        net.train()
        crops = varied(normalised(torch.from_numpy(images)), generator)
        cost = loss(net(crops.contiguous(memory_format=torch.channels_last)), _as_labels(labels))
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        average.update_parameters(net)
        seen += len(images)
        if time.process_time() - saved > CHECKPOINT_SECONDS:
            saved = time.process_time()
            _save(work, parts, used, seen, done)
            print(f"{done:.0f} s, {seen} crops, loss {float(cost.detach()):.3f}", flush=True)
    _save(work, parts, used, seen, seconds)
    averaged: NumberNet = average.module
    return averaged.eval(), seen


def _as_labels(labels: NDArray[np.int8]) -> torch.Tensor:
    import torch

    return torch.from_numpy(labels.astype(np.int64))


def _learning_rate(share: float) -> float:
    """Rise, then fall along a cosine; `share` is the part of the time that has passed."""
    rise = min(1.0, (share + 1e-3) / WARM_UP)
    return LEARNING_RATE * rise * (0.5 + 0.5 * float(np.cos(np.pi * min(share, 1.0)))) + 1e-5


def _batches(
    work: Path, used: Counter[str], rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int8]]]:
    """Yield shuffled batches for ever, always from the chunks shown least so far."""
    while True:
        names = sorted(path.name for path in work.glob("chunk-*.npz"))
        if not names:
            time.sleep(1)
            continue
        chosen = sorted(names, key=lambda name: (used[name], name))[:CHUNKS_AT_ONCE]
        loaded = [np.load(work / name) for name in chosen]
        images = np.concatenate([part["images"] for part in loaded])
        labels = np.concatenate([part["labels"] for part in loaded])
        used.update(chosen)
        order = rng.permutation(len(images))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            pick = order[start : start + BATCH]
            yield images[pick], labels[pick]


def _save(work: Path, parts: dict[str, Any], used: Counter[str], seen: int, seconds: float) -> None:
    import torch

    state = {name: part.state_dict() for name, part in parts.items()}
    state |= {"used": dict(used), "seen": seen, "seconds": seconds}
    torch.save(state, work / "checkpoint.part")
    (work / "checkpoint.part").rename(work / "checkpoint.pt")


def _restore(work: Path, parts: dict[str, Any]) -> tuple[Counter[str], int, float]:
    """Load the last checkpoint into the parts; return chunks used, crops seen, seconds spent."""
    import torch

    path = work / "checkpoint.pt"
    if not path.is_file():
        return Counter(), 0, 0.0
    state = torch.load(path, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return Counter(state["used"]), int(state["seen"]), float(state["seconds"])
