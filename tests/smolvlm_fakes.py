"""A tiny SmolVLM2 with a tokenizer of single characters, in the hub's own format."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Regex, Tokenizer
from tokenizers.decoders import Fuse
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split
from transformers import LlamaConfig, SmolVLMConfig, SmolVLMForConditionalGeneration
from transformers.models.smolvlm.configuration_smolvlm import SmolVLMVisionConfig

SPECIAL = (
    "<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>", "<|im_start|>",
)  # fmt: skip


def tokenizer() -> Tokenizer:
    """Return a tokenizer that knows every printable character and the special tokens."""
    letters = [*string.printable, "<unk>"]
    made = Tokenizer(WordLevel({text: i for i, text in enumerate(letters)}, unk_token="<unk>"))
    made.pre_tokenizer = Split(Regex(r"[\s\S]"), "isolated")
    made.decoder = Fuse()
    made.add_special_tokens([AddedToken(text) for text in SPECIAL])
    return made


def save_smolvlm(folder: Path, seed: int = 0) -> Path:
    """Write a tiny reader with random weights into a folder and return it."""
    torch.manual_seed(seed)
    words = tokenizer()
    config = SmolVLMConfig(
        vision_config=SmolVLMVisionConfig(
            hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
            image_size=32, patch_size=8,
        ),
        text_config=LlamaConfig(
            hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
            num_key_value_heads=2, vocab_size=words.get_vocab_size(), pad_token_id=0,
        ),
        scale_factor=2,
        image_token_id=words.token_to_id("<image>"),
    )  # fmt: skip
    model: Any = SmolVLMForConditionalGeneration(config)
    model.save_pretrained(folder)
    words.save(str(folder / "tokenizer.json"))
    return folder
