"""Rendered crops of numbers: of leagues to learn from, and of one with fonts of its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.engine import load_net
from courtside.numbers import embedded
from courtside.numbers.smolvlm import SmolVlm, read
from courtside.train.numbers import joined
from courtside.train.numbers_data import READABLE, render_chunk
from courtside.train.numbers_glyphs import Font
from courtside.train.numbers_render import CHUNK, load_chunk, save_chunk, split_fonts
from courtside.weights import weights_path

# The league's family: wide and square. All other fonts are for learning.
LEAGUE = ("michroma", "zen-dots", "orbitron")
Crops = list[tuple[NDArray[np.uint8], str]]


@dataclass(frozen=True)
class Score:
    """Shares of crops: right, and wrong at a score from which an answer counts."""

    right: float
    wrong: float


def league_fonts() -> tuple[Font, ...]:
    """Return the league's fonts, of those that the small reader never learnt."""
    return tuple(font for font in split_fonts()[1] if font.name.startswith(LEAGUE))


def other_fonts() -> tuple[Font, ...]:
    """Return the fonts to learn with, less the league's families."""
    return tuple(font for font in split_fonts()[0] if not font.name.startswith(LEAGUE))


def rendered(work: Path, seed: int, chunks: int, fonts: tuple[Font, ...]) -> Crops:
    """Return crops that can be read, about half a thousand a chunk, rendered where missing."""
    work.mkdir(parents=True, exist_ok=True)
    found = []
    for index in range(chunks):
        path = work / f"{seed}-{index:03d}.npz"
        if not path.is_file():
            save_chunk(path, render_chunk(CHUNK, (seed, index), fonts))
        found.append(load_chunk(path))
    chunk = joined(found)
    crops: Crops = []
    for row in np.flatnonzero(chunk.readable == READABLE).tolist():
        tens, ones = int(chunk.tens[row]), int(chunk.ones[row])
        crops.append((chunk.images[row], f"{tens - 1 if tens > 0 else ''}{ones}"))
    return crops


def write_league(crops: Crops, folder: Path) -> None:
    """Write crops as `courtside train smolvlm` takes them."""
    for index, (crop, number) in enumerate(crops):
        (folder / number).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / number / f"{index:05d}.png"), crop)


def score_small(crops: Crops) -> Score:
    """Return how the small reader of the package reads."""
    reading = embedded.read(load_net(weights_path("numbers")), [crop for crop, _ in crops])
    found = embedded.answers(reading)
    return _score(found.numbers.tolist(), found.scores, crops)


def score(reader: SmolVlm, crops: Crops, batch: int = 64) -> Score:
    """Return how a SmolVLM2 reads."""
    images = [crop for crop, _ in crops]
    parts = [images[begin : begin + batch] for begin in range(0, len(images), batch)]
    found = [answer for part in parts for answer in read(reader, part)]
    return _score([a.number for a in found], np.array([a.score for a in found]), crops)


def _score(numbers: list[Any], scores: NDArray[Any], crops: Crops) -> Score:
    right = np.array([number == told for number, (_, told) in zip(numbers, crops, strict=True)])
    sure = scores >= embedded.ANSWER_SCORE
    return Score(float(right.mean()), float((~right & sure).mean()))
