"""What each approximation of SAM 2.1 costs in masks, on simulated films the model has not seen.

    python benchmarks/sam2_loss.py --model training/small/sam2 --films FILMS

FILMS holds folders that `courtside simulate` rendered. Of each a part is cut out in which people
are about as large as the model learnt them; they get a box in the first frame and are followed for
`FRAMES` frames. Printed are the mean IoU with the masks of `exact`, and that with the truth.
The model is a small one, trained from scratch by `small_sam2.py`: speeds are measured at full size
by `sam2_speed.py`, whose approximations these are.
"""

from __future__ import annotations

import argparse
import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from sam2_speed import approximations
from small_films import Film, boxes_of, load_film, masks_of, pixels_of
from torch.nn.functional import interpolate
from transformers import Sam2VideoModel

from courtside.masks.sam2 import Options, Sam2State

PEOPLE, FRAMES = 8, 10
# Share of the picture's sides that is cut out.
PART = 0.4
Masks = torch.Tensor  # (frames, people, side, side), true where somebody is seen


def followed(model: Any, options: Options, film: Film, people: list[int], side: int) -> Masks:
    """Return the masks of people prompted in the first frame, at `side` x `side`."""
    own = model.config.image_size
    state = Sam2State(model, replace(options, capacity=len(people)))
    boxes = boxes_of(masks_of(film.ids[0], people, own), 1.0)
    for person, box in zip(people, boxes.tolist(), strict=True):
        state.add(person, box)
    found = []
    for frame in range(len(film.ids)):
        logits = state.step(pixels_of(film, [frame], own)[0])[1].float()
        grown = interpolate(logits[None], size=(side, side), mode="bilinear")[0]
        found.append(grown > 0)
    return torch.stack(found)


def near(film: Film) -> Film:
    """Return the part of the first frames that most people stand in."""
    height, width = film.ids.shape[1:]
    tall, wide = round(PART * height), round(PART * width)
    there = (film.ids[0] > 0).astype(np.float32)
    crowd = cv2.boxFilter(there, -1, (wide, tall), normalize=False)
    inner = crowd[tall // 2 : height - tall // 2, wide // 2 : width - wide // 2]
    top, left = np.unravel_index(int(inner.argmax()), inner.shape)
    rows, columns = slice(top, top + tall), slice(left, left + wide)
    pictures = np.ascontiguousarray(film.pictures[:FRAMES, rows, columns])
    return Film(pictures, np.ascontiguousarray(film.ids[:FRAMES, rows, columns]))


def truth_of(film: Film, people: list[int], side: int) -> Masks:
    """Return the true masks, at `side` x `side`."""
    return torch.stack([masks_of(ids, people, side) > 0.5 for ids in film.ids])


def mean_overlap(first: Masks, second: Masks) -> float:
    """Return the mean IoU of all masks that are in either."""
    union = (first | second).sum((2, 3))
    return float(((first & second).sum((2, 3))[union > 0] / union[union > 0]).mean())


def variants(model: Any) -> dict[str, tuple[Any, Options]]:
    """Return what is measured: name, model and options."""
    found: dict[str, tuple[Any, Options]] = {"exact": (model, Options())}
    for name, (build, options) in approximations(model).items():
        found[name] = (build(), options)
    found["bf16"] = (copy.deepcopy(model).to(torch.bfloat16), Options())
    found["fp16"] = (copy.deepcopy(model).to(torch.float16), Options())
    found["game"] = (model, Options(mode="game"))
    return found


def measure(model: Any, films: list[Film], tell: Callable[[str], None]) -> None:
    """Print a line for each approximation."""
    side = model.config.image_size // 4
    chosen = [film.people(0)[:PEOPLE] for film in films]
    truths = [truth_of(film, people, side) for film, people in zip(films, chosen, strict=True)]
    exact: list[Masks] = []
    for name, (other, options) in variants(model).items():
        found = [
            followed(other, options, film, people, side)
            for film, people in zip(films, chosen, strict=True)
        ]
        exact = exact or found
        alike, true = (
            np.mean([mean_overlap(mine, theirs) for mine, theirs in zip(found, masks, strict=True)])
            for masks in (exact, truths)
        )
        tell(f"| {name} | {alike:.3f} | {true:.3f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--films", type=Path, required=True)
    given = parser.parse_args()
    folders = sorted(path.parent for path in given.films.glob("*/sightings.parquet"))
    model = Sam2VideoModel.from_pretrained(given.model).float().eval()
    films = [near(load_film(folder)) for folder in folders]
    measure(model, [film for film in films if film.people(0)], lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
