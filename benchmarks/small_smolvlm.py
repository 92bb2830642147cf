"""A small SmolVLM2 from scratch on rendered crops, tuned to a league that it has never seen.

    python benchmarks/small_smolvlm.py --work WORK --out OUT

Its eye learns digits first, with a head that is thrown away; then all weights learn to answer.
The league writes in fonts that no training has seen. The model is tuned to it as `courtside train
smolvlm` does, and read beside the small reader before and after. Goes on after a stop.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import torch
from torch.nn import functional
from transformers import LlamaConfig, SmolVLMConfig, SmolVLMForConditionalGeneration
from transformers.models.smolvlm.configuration_smolvlm import SmolVLMVisionConfig

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from small_crops import (
    Crops,
    league_fonts,
    other_fonts,
    rendered,
    score,
    score_small,
    write_league,
)
from small_start import waves, whiten

from courtside.models.pixels import HALF, as_pixels
from courtside.numbers.smolvlm import SmolVlm, load_smolvlm, with_adapter
from courtside.train.smolvlm import answer_loss, tune_smolvlm
from courtside.train.tuning import Tuning, tune
from smolvlm_fakes import tokenizer

WIDTH, SIDE, PATCH, TOGETHER = 96, 48, 8, 2
START = 0.06  # spread of random weights: 0.02 is for widths of hundreds
# Seeds of the rendering; the last two are only measured on.
LEARN, LEAGUE_LEARN, MEASURE, LEAGUE_MEASURE = 71, 72, 73, 74


def small_smolvlm(folder: Path) -> None:
    """Write a SmolVLM2 of 0.6 million random weights that spells, one character a token."""
    torch.manual_seed(0)
    words = tokenizer()
    config = SmolVLMConfig(
        vision_config=SmolVLMVisionConfig(
            hidden_size=WIDTH, intermediate_size=3 * WIDTH, num_hidden_layers=4,
            num_attention_heads=4, image_size=SIDE, patch_size=PATCH, initializer_range=START,
        ),
        text_config=LlamaConfig(
            hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_hidden_layers=2,
            num_attention_heads=4, num_key_value_heads=4, vocab_size=words.get_vocab_size(),
            pad_token_id=0, initializer_range=START,
        ),
        scale_factor=TOGETHER, initializer_range=START,
        image_token_id=words.token_to_id("<image>"),
    )  # fmt: skip
    model: Any = SmolVLMForConditionalGeneration(config)
    model.save_pretrained(folder)
    words.save(str(folder / "tokenizer.json"))


def batches(crops: Crops, size: int) -> Callable[[torch.Generator], Any]:
    """Return what draws pixels (size, 3, SIDE, SIDE) and numbers."""

    def draw(generator: torch.Generator) -> tuple[torch.Tensor, list[str]]:
        chosen = torch.randint(len(crops), (size,), generator=generator).tolist()
        pixels = as_pixels([crops[row][0] for row in chosen], SIDE, HALF)
        return pixels, [crops[row][1] for row in chosen]

    return draw


def learn_eye(reader: SmolVlm, draw: Callable[[Any], Any], tuning: Tuning, out: Path) -> None:
    """Train the eye and its connection to the text with a head for two digits."""
    count = (SIDE // PATCH // TOGETHER) ** 2
    eye = reader.model.model.vision_model.embeddings
    whiten(eye.patch_embedding, draw(torch.Generator().manual_seed(tuning.seed))[0])
    eye.position_embedding.weight.data[:] = waves(SIDE // PATCH, WIDTH)
    torch.manual_seed(0)
    head = torch.nn.Linear(count * WIDTH, 22)
    model = reader.model.model

    def loss(generator: torch.Generator) -> torch.Tensor:
        pixels, numbers = draw(generator)
        seen = model.get_image_features(pixels[:, None]).pooler_output
        tens, ones = head(torch.stack([*seen]).flatten(1)).split(11, dim=1)
        # The first class of each is that there is no such digit.
        wanted = [(int(n[0]) + 1 if len(n) == 2 else 0, int(n[-1]) + 1) for n in numbers]
        first, last = torch.tensor(wanted).T
        return functional.cross_entropy(tens, first) + functional.cross_entropy(ones, last)

    weights = [*model.vision_model.parameters(), *model.connector.parameters()]
    tune([*weights, *head.parameters()], loss, tuning, out, told)


def learn_answers(reader: SmolVlm, draw: Callable[[Any], Any], tuning: Tuning, out: Path) -> None:
    """Train all weights to answer."""
    weights = [*reader.model.parameters()]
    tune(weights, lambda g: answer_loss(reader, *draw(g)), tuning, out, told)


def told(step: int, loss: float) -> None:
    """Print the loss now and then."""
    if step % 50 == 0:
        print(f"step {step}, loss {loss:.3f}", flush=True)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--chunks", type=int, default=20, help="of a thousand crops to learn from")
    parser.add_argument("--eye", type=int, default=1500, help="batches of the first part")
    parser.add_argument("--answers", type=int, default=2000, help="batches of the second")
    parser.add_argument("--tuning", type=int, default=300, help="batches of the tuning")
    given = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    train(given.work, given.out, given.chunks, (given.eye, given.answers))
    compare(given.work, given.out, given.tuning)


def train(work: Path, out: Path, chunks: int, steps: tuple[int, int]) -> None:
    """Train from scratch and save in half precision."""
    if (out / "config.json").exists():
        return
    small_smolvlm(work / "begin")
    reader = load_smolvlm(work / "begin")
    reader.model.train()
    draw = batches(rendered(work / "crops", LEARN, chunks, other_fonts()), 32)
    learn_eye(reader, draw, Tuning(steps[0], 32, 1e-3), work / "eye")
    learn_answers(reader, draw, Tuning(steps[1], 32, 1e-3), work / "answers")
    reader.model.half().save_pretrained(out)
    tokenizer().save(str(out / "tokenizer.json"))


def compare(work: Path, out: Path, steps: int) -> None:
    """Tune to the league and print one table."""
    work_crops, league = work / "crops", league_fonts()
    crops = {
        "other leagues": rendered(work_crops, MEASURE, 1, other_fonts()),
        "the league": rendered(work_crops, LEAGUE_MEASURE, 2, league),
    }
    write_league(rendered(work_crops, LEAGUE_LEARN, 3, league), work / "league")
    before = load_smolvlm(out)
    scores = {"small reader": {name: score_small(some) for name, some in crops.items()}}
    scores["before tuning"] = {name: score(before, some) for name, some in crops.items()}
    tune_smolvlm(work / "league", out, work / "adapter", Tuning(steps, 32, 2e-3), told=told)
    after = load_smolvlm(out)
    after = SmolVlm(with_adapter(after.model, work / "adapter"), *_rest(after))
    scores["after tuning"] = {name: score(after, some) for name, some in crops.items()}
    print("| reader |", " | ".join(f"{n}: right | wrong" for n in crops), "|")
    for who, row in scores.items():
        print(f"| {who} |", " | ".join(f"{s.right:.3f} | {s.wrong:.3f}" for s in row.values()), "|")


def _rest(reader: SmolVlm) -> tuple[Any, ...]:
    return reader.tokenizer, reader.prompt, reader.end


if __name__ == "__main__":
    main()
