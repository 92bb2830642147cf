"""Figures of a trained number reader on held-out rendered crops, and its card."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from courtside.numbers.embedded import ANSWER_SCORE, CROP_SIDE, Reading, answers
from courtside.train.numbers_data import HIDDEN, READABLE, UNSEEN, Chunk
from courtside.train.numbers_glyphs import GLYPHS
from courtside.train.numbers_render import split_fonts

if TYPE_CHECKING:
    from torch import nn

    from courtside.train.numbers_export import Temperatures


@dataclass(frozen=True)
class Figures:
    """Shares, 0 to 1, on rendered crops in fonts never learnt.

    Attributes:
        right: right of all crops whose number can be told, each forced to an answer.
        answered: share of them answered at a score of `ANSWER_SCORE`.
        right_of_answered: right of those answered.
        calibration_error: mean gap between score and share of right answers, ten bins.
        two_digits_right: right of all crops with numbers of two digits that were learnt.
        unseen_right: the same for numbers (of two digits) never rendered for learning.
        readable_in_games: right of the readable crops of simulated games never learnt; NaN where
            there are none.
    """

    right: float
    answered: float
    right_of_answered: float
    calibration_error: float
    two_digits_right: float
    unseen_right: float
    readable_in_games: float


def figures_of(
    net: nn.Module, temperatures: Temperatures, known: Chunk, unseen: Chunk, games: Chunk | None
) -> Figures:
    """Measure a net on held-out rendered crops: learnt numbers, numbers never learnt, and games."""
    from courtside.train.numbers_export import reading_of

    sure, right = _measured(reading_of(net, temperatures, known.images), known)
    _, new_right = _measured(reading_of(net, temperatures, unseen.images), unseen)
    two_digits = known.tens[_shown(known)] > 0
    answered = sure >= ANSWER_SCORE
    return Figures(
        right=float(right.mean()),
        answered=float(answered.mean()),
        right_of_answered=float(right[answered].mean()) if answered.any() else 0.0,
        calibration_error=_calibration_error(sure, right),
        two_digits_right=float(right[two_digits].mean()),
        unseen_right=float(new_right.mean()),
        readable_in_games=_readable_right(net, temperatures, games) if games else float("nan"),
    )


def _readable_right(net: nn.Module, temperatures: Temperatures, games: Chunk) -> float:
    from courtside.train.numbers_export import reading_of

    rows = games.readable == READABLE
    chunk = Chunk(games.images[rows], games.tens[rows], games.ones[rows], games.readable[rows])
    return float(_measured(reading_of(net, temperatures, chunk.images), chunk)[1].mean())


def write_card(weights: Path, figures: Figures, settings: Mapping[str, object]) -> Path:
    """Write the card beside the weights: data, settings, figures, hashes."""
    learnt, kept = split_fonts()
    side = CROP_SIDE
    lines = [
        "# numbers.onnx: the jersey-number reader",
        "",
        "Reads one or two digits from a crop of a kit; made by `courtside.train.numbers`.",
        f"Input `crops` (n, {side}, {side}, 3) uint8 BGR; outputs `readable` (n,), `tens` (n, 11;",
        "blank first) and `ones` (n, 10), probabilities.",
        "",
        "**Data.** Rendered crops only, no real picture: block digits drawn from parameters and",
        f"{len(learnt)} free fonts (`glyphs.npz`, sha256 `{_sha256(GLYPHS)[:16]}`). Numbers never",
        f"rendered for learning: {', '.join(sorted(UNSEEN))}.",
        "",
        f"**sha256** `{_sha256(weights)}`, {weights.stat().st_size} bytes",
        "",
        "| setting | value |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in settings.items()),
        "",
        "| on rendered crops in held-out fonts | value |",
        "|---|---|",
        *(f"| {name.replace('_', ' ')} | {value:.3f} |" for name, value in vars(figures).items()),
        "",
        f"Held-out fonts: {', '.join(font.name for font in kept)}.",
    ]
    card = weights.with_suffix(".md")
    card.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return card


def _shown(chunk: Chunk) -> NDArray[np.bool_]:
    """Return which crops show a whole number."""
    return np.asarray((chunk.ones != HIDDEN) & (chunk.tens != HIDDEN), np.bool_)


def _measured(reading: Reading, chunk: Chunk) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return score and rightness of each crop that shows a number."""
    shown, found = _shown(chunk), answers(reading)
    truth = [
        (str(tens - 1) if tens else "") + str(ones)
        for tens, ones in zip(chunk.tens[shown], chunk.ones[shown], strict=True)
    ]
    right: NDArray[np.bool_] = found.numbers[shown] == np.array(truth, object)
    return found.scores[shown], right


def _calibration_error(scores: NDArray[np.float32], right: NDArray[np.bool_]) -> float:
    bins = np.minimum((scores * 10).astype(int), 9)
    gaps = [
        abs(scores[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean()
        for b in range(10)
        if (bins == b).any()
    ]
    return float(sum(gaps))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
