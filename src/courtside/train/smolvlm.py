"""Tune SmolVLM2 to a league's jersey numbers: a LoRA adapter from crops in folders by number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from courtside.errors import InputError, missing_extra
from courtside.models.pixels import HALF, as_pixels
from courtside.numbers.smolvlm import ANSWER_TOKENS, SmolVlm, load_smolvlm, parse, read
from courtside.train.numbers_vary import varied
from courtside.train.tuning import Tuning, tune, write_card

# One crop in so many is kept for measuring.
HELD_OUT = 5
# All projections of the language model and of its eye: a league's digits look their own way.
TARGETS = (
    r".*(text_model.*\.(q|k|v|o|gate|up|down)_proj|vision_model.*\.((q|k|v|out)_proj|fc1|fc2))"
)
RANK = 8
PICTURES = {".png", ".jpg", ".jpeg"}


@dataclass(frozen=True)
class Crop:
    """A picture of a number, and the number."""

    path: Path
    number: str


@dataclass(frozen=True)
class Tuned:
    """What a tuning made, and the share of held-out crops read right before and after."""

    adapter: Path
    before: float
    after: float


def tune_smolvlm(
    data: Path,
    folder: Path,
    out: Path,
    tuning: Tuning,
    device: str = "cpu",
    told: Callable[[int, float], None] = lambda _step, _loss: None,
) -> Tuned:
    """Learn an adapter; after a stop the same call goes on.

    Args:
        data: folders named by number, with pictures.
        folder: SmolVLM2 in the hub's format.
        out: gets the adapter, its card and the state of the training.
        tuning: how.
        device: `cpu` or `cuda`.
        told: called after each step.

    Raises:
        InputError: when there are too few crops, or the model is another.
        MachineError: when peft is not installed.
    """
    learn, kept = split(data)
    reader = load_smolvlm(folder, device)
    before = right(reader, kept)
    wrapped = _with_lora(reader.model)
    weights = [weight for weight in wrapped.parameters() if weight.requires_grad]
    tune(weights, lambda generator: _loss(reader, learn, tuning, generator), tuning, out, told)
    reader.model.eval()
    after = right(reader, kept)
    wrapped.save_pretrained(out)
    facts = {"crops learnt from": len(learn), "crops held out": len(kept), "steps": tuning.steps}
    facts |= {"right before": before, "right after": after}  # type: ignore[dict-item]
    write_card(out / "card.md", "SmolVLM2 tuned to numbers", facts)
    return Tuned(out, before, after)


def split(data: Path) -> tuple[list[Crop], list[Crop]]:
    """Return the crops to learn from and those held out, every fifth of each number.

    Raises:
        InputError: when a folder is no number, or there are fewer than two crops of every number.
    """
    learn: list[Crop] = []
    kept: list[Crop] = []
    folders = sorted(path for path in data.glob("*") if path.is_dir())
    for folder in folders:
        if parse(folder.name) is None:
            raise InputError(f"{folder} is no number: folders are named 0, 00 or 1 to 99")
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)
        for index, path in enumerate(paths):
            (kept if index % HELD_OUT == 1 else learn).append(Crop(path, folder.name))
    if not learn or not kept:
        raise InputError(f"{data} has too few crops: expected folders by number, two pictures each")
    return learn, kept


def right(reader: SmolVlm, crops: list[Crop], batch: int = 8) -> float:
    """Return the share of crops read right."""
    hits = 0
    for begin in range(0, len(crops), batch):
        some = crops[begin : begin + batch]
        answers = read(reader, [picture(crop.path) for crop in some])
        hits += sum(a.number == crop.number for a, crop in zip(answers, some, strict=True))
    return hits / len(crops)


def picture(path: Path) -> NDArray[np.uint8]:
    """Return a picture as BGR (height, width, 3).

    Raises:
        InputError: when it cannot be read.
    """
    image = cv2.imread(str(path))
    if image is None:
        raise InputError(f"{path} is no picture")
    return np.asarray(image, np.uint8)


def _with_lora(model: Any) -> Any:
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError:
        raise missing_extra("peft", "sam2", "tuning SmolVLM2") from None
    return get_peft_model(model, LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules=TARGETS))


def answer_loss(reader: SmolVlm, pixels: torch.Tensor, numbers: Sequence[str]) -> torch.Tensor:
    """Return the loss of the answers' tokens.

    Args:
        reader: of `load_smolvlm`.
        pixels: crops as the model takes them, (n, 3, side, side).
        numbers: of each crop; empty where nothing is to be read.
    """
    answers = [_tokens(reader, number) for number in numbers]
    told = torch.tensor([[*reader.prompt, *answer] for answer in answers], device=pixels.device)
    begin = len(reader.prompt)
    out = reader.model(input_ids=told, pixel_values=pixels[:, None], use_cache=False)
    logits, wanted = out.logits[:, begin - 1 : -1].float(), told[:, begin:]
    losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), wanted, reduction="none")
    # What follows the end of an answer is filled up and not learnt.
    counted = torch.cumsum(wanted == reader.end, dim=1) - (wanted == reader.end).int() == 0
    return (losses * counted).sum() / counted.sum()


def _loss(
    reader: SmolVlm, crops: list[Crop], tuning: Tuning, generator: torch.Generator
) -> torch.Tensor:
    """Return the loss of the answers' tokens on a batch of crops."""
    chosen = torch.randint(len(crops), (tuning.batch,), generator=generator).tolist()
    weight = next(reader.model.parameters())
    images = [picture(crops[index].path) for index in chosen]
    side = reader.model.config.vision_config.image_size
    # A league has hundreds of crops, not millions: each showing differs in place and colours.
    pixels = varied(2 * as_pixels(images, side, HALF), generator) / 2
    pixels = pixels.to(weight.device, weight.dtype)
    return answer_loss(reader, pixels, [crops[index].number for index in chosen])


def _tokens(reader: SmolVlm, number: str) -> list[int]:
    digits = reader.tokenizer.encode(number, add_special_tokens=False).ids
    return [*digits, *[reader.end] * ANSWER_TOKENS][:ANSWER_TOKENS]
