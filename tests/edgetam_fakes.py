"""EdgeTAM at a reduced size with seeded random weights; its backbone is played by convolutions.

The published backbone is timm's RepViT-M1. Whatever gives maps at 4, 8, 16 and 32 pixels will do.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModel,
    EdgeTamVideoConfig,
    EdgeTamVideoMaskDecoderConfig,
    EdgeTamVideoModel,
    PreTrainedConfig,
    PreTrainedModel,
)  # fmt: skip
from transformers.modeling_outputs import BaseModelOutput

from sam2_fakes import SIZE, SMALL_DECODER, lively, small_sizes, small_vision

WIDTHS = [48, 96, 192, 384]


class MapsConfig(PreTrainedConfig):  # type: ignore[misc]
    """Channels of the four maps."""

    model_type = "courtside_maps"

    def __init__(self, widths: list[int] | None = None, **others: Any) -> None:
        self.widths = widths or WIDTHS
        super().__init__(**others)


class Maps(PreTrainedModel):  # type: ignore[misc]
    """Four maps of a picture, each of half the size of the one before."""

    config_class = MapsConfig
    config: Any

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        before = [3, *config.widths[:-1]]
        self.steps = torch.nn.ModuleList(
            torch.nn.Conv2d(last, width, stride, stride)
            for last, width, stride in zip(before, config.widths, (4, 2, 2, 2), strict=True)
        )
        self.post_init()

    def forward(self, pixel_values: torch.Tensor, **_: Any) -> Any:
        maps, seen = [], pixel_values
        for step in self.steps:
            seen = torch.tanh(step(seen))
            maps.append(seen)
        return BaseModelOutput(last_hidden_state=maps)


AutoConfig.register(MapsConfig.model_type, MapsConfig)
AutoModel.register(MapsConfig, Maps)


def published_config() -> Any:
    """Return the published configuration, all but the backbone."""
    vision = {
        "model_type": "edgetam_vision_model",
        "backbone_config": {"model_type": MapsConfig.model_type},
    }
    return EdgeTamVideoConfig(vision_config=vision)


def small_edge_config(size: int = SIZE) -> Any:
    """Return a configuration with fewer channels and 12 + 16 tokens a memory."""
    widths = [16, 32, 64, 128]
    backbone = {"model_type": MapsConfig.model_type, "widths": widths}
    return EdgeTamVideoConfig(
        vision_config=small_vision("edgetam_vision_model", backbone, widths, size),
        mask_decoder_config=EdgeTamVideoMaskDecoderConfig(**SMALL_DECODER),
        memory_attention_mlp_hidden_size=256,
        memory_attention_rope_k_sizes=[4, 4],
        perceiver_resampler_num_latents=12,
        perceiver_resampler_num_latents_2d=16,
        **small_sizes(size),
    )


def small_edge(seed: int = 1, size: int = SIZE) -> Any:
    """Return a model whose masks depend on everything, also on what it remembers."""
    torch.manual_seed(seed)
    return lively(EdgeTamVideoModel(small_edge_config(size))).eval()
