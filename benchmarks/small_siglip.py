"""A small SigLIP that puts torsos of one kit together, from scratch on simulated films.

    python benchmarks/small_siglip.py --films FILMS --work WORK --out OUT

Crops are cut as the preset cuts them. The loss is SigLIP's own, of pairs: the same team of the same
game, or another. Every tenth film is held out. Goes on after a stop.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from small_pictures import looked_at
from torch.nn import functional
from transformers import SiglipVisionConfig, SiglipVisionModel

from courtside.models.loading import load_pretrained
from courtside.models.pixels import HALF, as_pixels
from courtside.sightings import Sightings
from courtside.teams.siglip import LEAST_VISIBILITY, Siglip, embed, torso
from courtside.train.tuning import Tuning, tune

SIDE, WIDTH = 48, 96
NAME = "SiglipVisionModel"
HELD_OUT = 10
EVERY = 10  # frames between looks at a film
LEAST_HEIGHT = 30  # pixels of a body worth a look
# SigLIP's own beginning: pairs are rarely the same.
SHARPNESS, SHIFT = 10.0, -10.0
Crop = NDArray[np.uint8]
Teams = dict[str, list[Crop]]


def small_siglip() -> Any:
    """Return a vision tower of 0.4 million random weights."""
    torch.manual_seed(0)
    return SiglipVisionModel(
        SiglipVisionConfig(
            hidden_size=WIDTH, intermediate_size=3 * WIDTH, num_hidden_layers=3,
            num_attention_heads=4, image_size=SIDE, patch_size=8,
        )
    )  # fmt: skip


def torsos(folder: Path) -> Iterator[tuple[str, Crop]]:
    """Yield the torsos of a film's players with the name of their team."""
    for image, rows in looked_at(folder, EVERY):
        yield from _torsos(image, rows.select(rows["kind"] == "player"), folder.name)


def _torsos(image: Crop, rows: Sightings, game: str) -> Iterator[tuple[str, Crop]]:
    tall = rows.boxes[:, 3] - rows.boxes[:, 1] >= LEAST_HEIGHT
    for row in np.flatnonzero(tall & (rows["visibility"] >= LEAST_VISIBILITY)):
        team, mask = rows["team"][row], rows["mask"][row]
        if team is not None and mask is not None:
            yield f"{game} {team}", torso(image, rows.boxes[row], mask)


def teams_of(films: Path, held: bool) -> Teams:
    """Return the torsos of each team in the films that are held out, or in the others."""
    teams: Teams = {}
    for path in sorted(films.glob("*/manifest.json")):
        if (int(path.parent.name) % HELD_OUT == 0) == held:
            for team, crop in torsos(path.parent):
                teams.setdefault(team, []).append(crop)
    return {team: crops for team, crops in teams.items() if len(crops) > 1}


def pair_loss(model: Any, teams: Teams, size: int, generator: torch.Generator) -> torch.Tensor:
    """Return the loss of all pairs of two crops of each of some teams."""
    names = sorted(teams)
    chosen = torch.randperm(len(names), generator=generator)[:size].tolist()
    crops: list[list[Crop]] = [[], []]
    for index in chosen:
        some = teams[names[index]]
        for half, row in zip(crops, torch.randperm(len(some), generator=generator), strict=False):
            half.append(some[int(row)])
    pixels = _varied(as_pixels([*crops[0], *crops[1]], SIDE, HALF), generator)
    looks = functional.normalize(model(pixel_values=pixels).last_hidden_state.mean(dim=1), dim=1)
    alike = SHARPNESS * looks[: len(chosen)] @ looks[len(chosen) :].T + SHIFT
    same = 2 * torch.eye(len(chosen)) - 1
    return -functional.logsigmoid(same * alike).sum() / len(chosen)


def _varied(pixels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Vary light and mirror half of them; colours stay, they are what is told apart."""
    gain = 1 + 0.1 * torch.randn(len(pixels), 1, 1, 1, generator=generator)
    mirrored = torch.rand(len(pixels), 1, 1, 1, generator=generator) < 0.5
    return gain * torch.where(mirrored, pixels.flip(3), pixels)


def told_apart(model: Any, teams: Teams) -> float:
    """Return the share of torsos nearer to the mean of their own team than to the opponent's."""
    siglip, right, count = Siglip(model), 0, 0
    for game in sorted({name.split()[0] for name in teams}):
        looks = [embed(siglip, crops) for name, crops in teams.items() if name.split()[0] == game]
        if len(looks) != 2:
            continue
        for own, other in (looks, looks[::-1]):
            # Without the torso itself, or its own mean would favour it.
            rest = (own.sum(axis=0) - own) / (len(own) - 1)
            right += int(((own * rest).sum(axis=1) > own @ other.mean(axis=0)).sum())
            count += len(own)
    return right / count


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for name in ("films", "work", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=400)
    given = parser.parse_args()
    torch.set_num_threads(1)
    model, learn, kept = small_siglip(), teams_of(given.films, False), teams_of(given.films, True)
    before = told_apart(model.eval(), kept)
    tuning = Tuning(given.steps, 48, 1e-3)
    weights = [*model.parameters()]
    tune(weights, lambda g: pair_loss(model, learn, tuning.batch, g), tuning, given.work, _told)
    model.half().save_pretrained(given.out)
    after = told_apart(load_pretrained(NAME, given.out), kept)
    print(
        json.dumps({"teams": len(learn), "held out": len(kept), "random": before, "after": after})
    )


def _told(step: int, loss: float) -> None:
    if step % 20 == 0:
        print(f"step {step}, loss {loss:.3f}", flush=True)


if __name__ == "__main__":
    main()
