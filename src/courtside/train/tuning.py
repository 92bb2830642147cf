"""What fine-tunings share: a schedule, going on after a stop, and a card with before and after."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from courtside.errors import InputError

STATE = "training.pt"
SAVE_EVERY = 50
WARM_UP = 0.1


@dataclass(frozen=True)
class Tuning:
    """How to tune.

    Attributes:
        steps: batches to learn from.
        batch: examples in one.
        rate: highest learning rate.
        seed: of the order of the examples.
    """

    steps: int
    batch: int
    rate: float
    seed: int = 0


def tune(
    weights: list[torch.nn.Parameter],
    loss_of: Callable[[torch.Generator], torch.Tensor],
    tuning: Tuning,
    folder: Path,
    told: Callable[[int, float], None] = lambda _step, _loss: None,
) -> None:
    """Learn; after a stop the same call goes on from the last save.

    Args:
        weights: what is learnt.
        loss_of: returns the loss of a batch drawn with a generator.
        tuning: how.
        folder: gets the state of the training.
        told: called after each step.

    Raises:
        InputError: when the saved state is of another training.
    """
    optimizer = torch.optim.AdamW(weights, lr=tuning.rate, weight_decay=0.01)
    begin = _resume(weights, optimizer, folder / STATE)
    for step in range(begin, tuning.steps):
        generator = torch.Generator().manual_seed(tuning.seed * 1_000_003 + step)
        for group in optimizer.param_groups:
            group["lr"] = tuning.rate * _share(step, tuning.steps)
        loss = loss_of(generator)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        told(step, float(loss.detach()))
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == tuning.steps:
            _save(weights, optimizer, step + 1, folder / STATE)


def write_card(path: Path, title: str, facts: Mapping[str, Any]) -> None:
    """Write a card for people, and beside it the same as JSON."""
    lines = [f"# {title}", "", "| what | value |", "|---|---|"]
    lines += [f"| {name} | {_shown(value)} |" for name, value in facts.items()]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    path.with_suffix(".json").write_text(json.dumps(dict(facts), indent=1) + "\n", "utf-8")


def _share(step: int, steps: int) -> float:
    """Return the share of the highest rate: a rise, then half a cosine down to a twentieth."""
    warm = max(1, round(WARM_UP * steps))
    if step < warm:
        return (step + 1) / warm
    turn = torch.tensor((step - warm) / max(1, steps - warm) * torch.pi)
    return 0.05 + 0.95 * float(1 + torch.cos(turn)) / 2


def _save(weights: list[Any], optimizer: Any, step: int, path: Path) -> None:
    values = [weight.detach().cpu() for weight in weights]
    part = path.with_suffix(".part")
    torch.save({"weights": values, "optimizer": optimizer.state_dict(), "step": step}, part)
    part.replace(path)


def _resume(weights: list[Any], optimizer: Any, path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file():
        return 0
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        with torch.no_grad():
            for weight, value in zip(weights, saved["weights"], strict=True):
                weight.copy_(value)
        optimizer.load_state_dict(saved["optimizer"])
        return int(saved["step"])
    except Exception as error:
        raise InputError(f"{path} is of another training: remove it or choose another --out") from (
            error
        )


def _shown(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
