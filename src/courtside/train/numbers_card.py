"""Figures of a trained number reader on held-out rendered crops, and its card."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from courtside.engine import load_net
from courtside.numbers.embedded import ANSWER_SCORE, answers, read
from courtside.train.numbers_data import HIDDEN, UNSEEN, Chunk, render_chunk

MEASURED = 3000


@dataclass(frozen=True)
class Figures:
    """Shares, 0 to 1, on rendered crops in fonts never learnt.

    Attributes:
        right: right of all crops that show a number, each forced to an answer.
        answered: share of them answered at a score of `ANSWER_SCORE`.
        right_of_answered: right of those answered.
        calibration_error: mean gap between score and share of right answers, ten bins.
        two_digits_right: right of all crops with numbers of two digits that were learnt.
        unseen_right: the same for numbers (of two digits) never rendered for learning.
    """

    right: float
    answered: float
    right_of_answered: float
    calibration_error: float
    two_digits_right: float
    unseen_right: float


def figures_of(weights: Path, seed: int, fonts: Sequence[Path]) -> Figures:
    """Measure an exported net on rendered crops in the given fonts."""
    chunk = render_chunk(MEASURED, (seed, 1_000_002), fonts)
    sure, right = _measured(weights, chunk)
    two_digits = chunk.tens[chunk.ones != HIDDEN] > 0
    _, unseen = _measured(weights, render_chunk(MEASURED, (seed, 1_000_003), fonts, unseen=True))
    answered = sure >= ANSWER_SCORE
    return Figures(
        right=float(right.mean()),
        answered=float(answered.mean()),
        right_of_answered=float(right[answered].mean()) if answered.any() else 0.0,
        calibration_error=_calibration_error(sure, right),
        two_digits_right=float(right[two_digits].mean()),
        unseen_right=float(unseen.mean()),
    )


def write_card(
    weights: Path,
    figures: Figures,
    settings: Mapping[str, object],
    fonts: Sequence[Path],
    kept: Sequence[Path],
) -> Path:
    """Write the card beside the weights: data, settings, figures, hashes."""
    lines = [
        "# numbers.onnx: the jersey-number reader",
        "",
        "Reads one or two digits from a crop of a kit; made by `courtside.train.numbers`.",
        "Input `crops` (n, 40, 40, 3) uint8 BGR; outputs `readable` (n,), `tens` (n, 11; blank",
        "first) and `ones` (n, 10), probabilities.",
        "",
        "**Data.** Rendered crops only, no real picture: block digits drawn from parameters and",
        f"the fonts below. Numbers never rendered for learning: {', '.join(sorted(UNSEEN))}.",
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
        "| font | used for | sha256 (first 16) |",
        "|---|---|---|",
        *(_font_line(font, font in kept) for font in sorted(fonts)),
    ]
    card = weights.with_suffix(".md")
    card.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return card


def _font_line(font: Path, kept: bool) -> str:
    use = "measuring" if kept else "learning"
    return f"| {font.stem} | {use} | {_sha256(font)[:16]} |"


def _measured(weights: Path, chunk: Chunk) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return score and rightness of each crop that shows a number."""
    shown = chunk.ones != HIDDEN
    found = answers(read(load_net(weights), [*chunk.images[shown]]))
    truth = [
        (str(tens - 1) if tens else "") + str(ones)
        for tens, ones in zip(chunk.tens[shown], chunk.ones[shown], strict=True)
    ]
    return found.scores, found.numbers == np.array(truth, object)


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
