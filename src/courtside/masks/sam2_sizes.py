"""The published sizes of SAM 2.1; the same weights for other pictures, or in fewer layers."""

from __future__ import annotations

import copy
from typing import Any

import torch

from courtside.errors import InputError
from courtside.masks.sam2_edge import is_edge

# Hiera backbones of SAM 2.1: width, heads of the first stage, blocks per stage, blocks with global
# attention, windows per stage, background of the position encoding
# (https://github.com/facebookresearch/sam2, configs/sam2.1, Apache-2.0).
_HIERA: dict[str, tuple[int, int, list[int], list[int], list[int], list[int]]] = {
    "tiny": (96, 1, [1, 2, 7, 2], [5, 7, 9], [8, 4, 14, 7], [7, 7]),
    "small": (96, 1, [1, 2, 11, 2], [7, 10, 13], [8, 4, 14, 7], [7, 7]),
    "base-plus": (112, 2, [2, 3, 16, 3], [12, 16, 20], [8, 4, 14, 7], [14, 14]),
    "large": (144, 2, [2, 6, 36, 4], [23, 33, 43], [8, 4, 16, 8], [7, 7]),
}
SIZES = tuple(_HIERA)


def config_of(name: str, pixels: int = 1024) -> Any:
    """Return the `Sam2VideoConfig` of a published size, one of `SIZES`.

    Args:
        name: `tiny`, `small`, `base-plus` or `large`.
        pixels: side of the square input, a multiple of 64.
    """
    from transformers import Sam2VideoConfig

    width, heads, blocks, everywhere, windows, background = _HIERA[name]
    widths = [width * 2**stage for stage in range(4)]
    backbone = {
        "model_type": "sam2_hiera_det_model",
        "hidden_size": width,
        "num_attention_heads": heads,
        "embed_dim_per_stage": widths,
        "num_attention_heads_per_stage": [heads * 2**stage for stage in range(4)],
        "blocks_per_stage": blocks,
        "global_attention_blocks": everywhere,
        "window_size_per_stage": windows,
        "window_positional_embedding_background_size": background,
    }
    vision = {
        "model_type": "sam2_vision_model",
        "backbone_config": backbone,
        "backbone_channel_list": widths[::-1],
    }
    return resize(Sam2VideoConfig(vision_config=vision), pixels)


def resize(config: Any, pixels: int) -> Any:
    """Return a configuration for pictures of another size."""
    config = copy.deepcopy(config)
    sides = [pixels // stride for stride in (4, 8, 16)]
    config.image_size = pixels
    config.prompt_encoder_config.image_size = pixels
    if not is_edge(config):  # a net of convolutions alone takes any size
        config.vision_config.backbone_config.image_size = [pixels, pixels]
    config.vision_config.backbone_feature_sizes = [[side, side] for side in sides]
    config.memory_attention_rope_feat_sizes = [sides[-1], sides[-1]]
    return config


def resized(model: Any, pixels: int) -> Any:
    """Return a model with the same weights for pictures of another size."""
    weight = next(model.parameters())
    with torch.device(weight.device):
        other = type(model)(resize(model.config, pixels)).to(weight.dtype)
    other.load_state_dict(model.state_dict())
    return other.eval()


def pruned(model: Any, layers: int) -> Any:
    """Return a model with fewer layers in its memory attention; the weights are shared.

    The last layer stays, for the decoder knows its output, and the first ones; those right before
    the last change least (Men et al. 2024, https://arxiv.org/abs/2403.03853).

    Raises:
        InputError: it has not as many layers, or none are to stay.
    """
    whole = len(model.memory_attention.layers)
    if not 1 <= layers <= whole:
        raise InputError(f"sam2.layers must be between 1 and {whole}; got {layers}")
    model = sharing(model)
    kept = [*range(layers - 1), whole - 1]
    stack = model.memory_attention.layers
    model.memory_attention.layers = torch.nn.ModuleList(stack[number] for number in kept)
    model.config.memory_attention_num_layers = layers
    return model


def sharing(model: Any) -> Any:
    """Return a copy of a model that shares its weights."""
    shared = [*model.parameters(), *model.buffers()]
    return copy.deepcopy(model, {id(tensor): tensor for tensor in shared})
