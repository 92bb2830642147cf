"""SmolVLM2 reading jersey numbers: one question, digits or nothing, and how sure it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from courtside.errors import InputError, missing_extra
from courtside.models.loading import architecture, load_pretrained
from courtside.models.pixels import HALF, as_pixels

QUESTION = "Read the number."
# A number has two digits at most; one token more for the end.
ANSWER_TOKENS = 3
# Allowed are 0, 00 and 1 to 99: a zero in front is worn in 00 alone.
_NUMBER = re.compile(r"0|00|[1-9][0-9]?")
_IMAGE, _AROUND, _GLOBAL, _END = (
    "<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>",
)  # fmt: skip


@dataclass(frozen=True)
class SmolVlm:
    """A loaded reader.

    Attributes:
        model: `SmolVLMForConditionalGeneration`, with its adapter if there is one.
        tokenizer: of the `tokenizers` package.
        prompt: tokens of the question with room for one picture.
        end: token that ends an answer.
    """

    model: Any
    tokenizer: Any
    prompt: tuple[int, ...]
    end: int


@dataclass(frozen=True)
class Answer:
    """What was read on one crop: digits, or null, and the probability of every token of it."""

    number: str | None
    score: float


def load_smolvlm(folder: Path, device: str = "cpu", dtype: Any = None) -> SmolVlm:
    """Load SmolVLM2, and the LoRA adapter in the folder `adapter` inside if there is one.

    Raises:
        InputError: when the folder holds another model, or its tokenizer is missing.
        MachineError: when there is an adapter but peft is not installed.
    """
    kind = architecture(folder)
    if kind != "SmolVLMForConditionalGeneration":
        raise InputError(f"{folder} holds {kind}, not SmolVLM2")
    tokenizer = _tokenizer(folder)
    model = load_pretrained(kind, folder, device, dtype)
    end = _token(tokenizer, _END, folder)
    prompt = _prompt(tokenizer, model.config, folder)
    return SmolVlm(with_adapter(model, folder / "adapter"), tokenizer, prompt, end)


def with_adapter(model: Any, folder: Path) -> Any:
    """Return the model with a LoRA adapter merged in; the model itself where there is none.

    Raises:
        InputError: when the adapter does not fit.
    """
    if not folder.is_dir():
        return model
    try:
        from peft import PeftModel
    except ImportError:
        raise missing_extra("peft", "sam2", "an adapter") from None
    if not any(folder.glob("*.safetensors")):
        raise InputError(f"{folder} holds no adapter: expected adapter_model.safetensors")
    try:
        return PeftModel.from_pretrained(model, folder).merge_and_unload().eval()
    except Exception as error:
        raise InputError(f"the adapter in {folder} does not fit: {error}") from error


def read(reader: SmolVlm, crops: Sequence[NDArray[np.uint8]]) -> list[Answer]:
    """Read the numbers on crops, all in one batch.

    Args:
        reader: of `load_smolvlm`.
        crops: BGR (height, width, 3).
    """
    if not crops:
        return []
    tokens, chances = _generate(reader, crops)
    return [_answer(reader, t, c) for t, c in zip(tokens.tolist(), chances.tolist(), strict=True)]


def parse(text: str) -> str | None:
    """Return the number that a text is, null when it is anything else."""
    found = _NUMBER.fullmatch(text.strip())
    return found[0] if found else None


def _generate(
    reader: SmolVlm, crops: Sequence[NDArray[np.uint8]]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the likeliest tokens of each answer and their probabilities, (n, ANSWER_TOKENS).

    The picture is seen once. The text runs anew for each token: an answer has three.
    """
    model, config = reader.model, reader.model.config
    weight = next(model.parameters())
    pixels = as_pixels(crops, config.vision_config.image_size, HALF, like=weight)[:, None]
    asked = torch.tensor(reader.prompt, device=weight.device).repeat(len(crops), 1)
    tokens, chances = [], []
    with torch.inference_mode():
        words = model.get_input_embeddings()
        told = words(asked)
        seen = torch.cat([*model.model.get_image_features(pixels).pooler_output])
        told[asked == config.image_token_id] = seen.to(told.dtype)
        for _ in range(ANSWER_TOKENS):
            out = model(inputs_embeds=told, use_cache=False)
            chance, token = out.logits[:, -1].float().softmax(dim=-1).max(dim=-1)
            told = torch.cat([told, words(token)[:, None]], dim=1)
            tokens.append(token)
            chances.append(chance)
    return torch.stack(tokens, dim=1), torch.stack(chances, dim=1)


def _answer(reader: SmolVlm, tokens: list[int], chances: list[float]) -> Answer:
    length = tokens.index(reader.end) if reader.end in tokens else len(tokens)
    number = parse(reader.tokenizer.decode(tokens[:length]))
    # An answer that does not end is none: 23 might go on as 230.
    if number is None or reader.end not in tokens:
        return Answer(None, 0.0)
    return Answer(number, float(np.prod(chances[: length + 1])))


def _tokenizer(folder: Path) -> Any:
    from tokenizers import Tokenizer

    path = folder / "tokenizer.json"
    if not path.is_file():
        raise InputError(f"{folder} holds no tokenizer.json")
    return Tokenizer.from_file(str(path))


def _prompt(tokenizer: Any, config: Any, folder: Path) -> tuple[int, ...]:
    """Return the tokens of the question as SmolVLM2's chat template writes it, unsplit picture."""
    vision = config.vision_config
    count = (vision.image_size // vision.patch_size) ** 2 // config.scale_factor**2
    picture = f"{_AROUND}{_GLOBAL}{_IMAGE * count}{_AROUND}"
    text = f"<|im_start|>User:{picture}{QUESTION}{_END}\nAssistant:"
    if _token(tokenizer, _IMAGE, folder) != config.image_token_id:
        raise InputError(f"tokenizer and model in {folder} do not belong together")
    return tuple(tokenizer.encode(text, add_special_tokens=False).ids)


def _token(tokenizer: Any, text: str, folder: Path) -> int:
    number = tokenizer.token_to_id(text)
    if number is None:
        raise InputError(f"the tokenizer in {folder} does not know {text}: not SmolVLM2's")
    return int(number)
