"""Train a small SAM 2.1 from scratch on simulated films, to measure with where real weights lack.

    python benchmarks/small_sam2.py --films FILMS --out training/small/sam2 --minutes 60

FILMS holds folders that `courtside simulate` rendered. It goes on where it stopped. First what a
box is, over noise; then single pictures (a box gives a mask); then what a memory is, over noise;
then short films (a mask is followed through the memories), whose pictures are smaller.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from small_films import Film, load_film
from small_sam2_model import SIDE, fresh_model
from small_sam2_tasks import boxes_loss, choose, memory_loss, sequence_loss

from courtside.masks.sam2_sizes import resized

# Steps until which boxes, pictures and memories are taught, and films to the end.
BOXES, PICTURES, MEMORIES, END = 1200, 3900, 4300, 7500
FILM_SIDE = 256
WARM = 200


def taught(model: Any, step: int, films: list[Film], rng: np.random.Generator) -> Any:
    """Return the loss of a step and the IoU in each of its frames."""
    if step < BOXES:
        return boxes_loss(model, rng)
    if PICTURES <= step < MEMORIES:
        return memory_loss(model, rng)
    single = step < PICTURES or rng.random() < 0.25
    return sequence_loss(model, *choose(films, 1 if single else int(rng.integers(2, 5)), rng), rng)


def train(films: list[Film], out: Path, minutes: float, seed: int, rate: float) -> None:
    """Train until the time is over, keeping the model every hundred steps."""
    step, kept = 0, out / "training.pt"
    saved = torch.load(kept, weights_only=True) if kept.is_file() else None
    if saved:
        step = saved["step"]
    side = SIDE if step < PICTURES else FILM_SIDE
    model = fresh_model(seed, side).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    if saved:
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
    end, begun, recent = time.monotonic() + 60 * minutes, time.monotonic(), []
    until = PICTURES if step < PICTURES else END
    while time.monotonic() < end and step < until:
        rng = np.random.default_rng([seed, step])
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / WARM) * max(0.02, 1 - step / END)
        loss, shared = taught(model, step, films, rng)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        recent.append((float(loss.detach()), shared[0], shared[-1]))
        if step % 100 == 0:
            save(model, optimizer, step, out)
            means = " ".join(f"{value:.3f}" for value in np.mean(recent, 0))
            seconds = time.monotonic() - begun
            print(f"step {step}, {seconds:.0f} s: loss, IoU first, last {means}", flush=True)
            recent = []
    save(model, optimizer, step, out)
    if time.monotonic() < end and step < END:
        train(films, out, (end - time.monotonic()) / 60, seed, rate)


def save(model: Any, optimizer: Any, step: int, out: Path) -> None:
    """Write the checkpoint in the hub's format, and beside it what training goes on from."""
    resized(model, SIDE).half().save_pretrained(out)
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
    torch.save(state, out / "training.part")
    (out / "training.part").replace(out / "training.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=1e-3)
    given = parser.parse_args()
    torch.set_num_threads(1)
    given.out.mkdir(parents=True, exist_ok=True)
    folders = sorted(path.parent for path in given.films.glob("*/sightings.parquet"))
    films = [load_film(folder) for folder in folders]
    train(films, given.out, given.minutes, given.seed, given.rate)


if __name__ == "__main__":
    main()
