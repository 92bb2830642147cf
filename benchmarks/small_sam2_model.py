"""A small SAM 2.1 of random weights that can learn, and how it is run with gradients."""

from __future__ import annotations

from typing import Any

import torch
from transformers import Sam2VideoConfig, Sam2VideoMaskDecoderConfig, Sam2VideoModel

from courtside.masks import sam2_model as parts
from courtside.masks.sam2_attention import Memories, MemoryAttention

SIDE = 384
WIDTH = 128
# Of the random waves that encode places, beside transformers' own: one wave must span a person.
SPREAD = 0.3


def small_config(side: int = SIDE) -> Any:
    """Return the configuration: like tiny's, with a quarter of the channels and fewer blocks."""
    widths = [24, 48, 96, 192]
    sides = [side // 4, side // 8, side // 16]
    backbone = {
        "model_type": "sam2_hiera_det_model",
        "image_size": [side, side],
        "hidden_size": widths[0],
        "embed_dim_per_stage": widths,
        "num_attention_heads_per_stage": [1, 2, 4, 8],
        "blocks_per_stage": [1, 2, 4, 1],
        "global_attention_blocks": [4, 6],
        "window_size_per_stage": [8, 4, 8, 4],
    }
    return Sam2VideoConfig(
        vision_config={
            "model_type": "sam2_vision_model",
            "backbone_config": backbone,
            "backbone_channel_list": widths[::-1],
            "backbone_feature_sizes": [[one, one] for one in sides],
            "fpn_hidden_size": WIDTH,
        },
        prompt_encoder_config={"hidden_size": WIDTH, "image_size": side},
        mask_decoder_config=Sam2VideoMaskDecoderConfig(
            hidden_size=WIDTH, mlp_dim=256, num_attention_heads=4, iou_head_hidden_dim=WIDTH
        ),
        image_size=side,
        memory_attention_hidden_size=WIDTH,
        memory_attention_num_layers=4,
        memory_attention_feed_forward_hidden_size=256,
        memory_attention_dropout=0.0,
        memory_attention_rope_dropout=0.0,
        memory_attention_rope_feat_sizes=[sides[-1], sides[-1]],
        memory_encoder_hidden_size=WIDTH,
        mask_downsampler_embed_dim=WIDTH,
        memory_fuser_num_layers=1,
        memory_fuser_embed_dim=WIDTH,
        memory_fuser_intermediate_dim=256,
    )


def fresh_model(seed: int, side: int = SIDE) -> Any:
    """Return a model whose layers keep the size of their input.

    As transformers draws them signals fade: after 500 steps no mask had appeared.
    """
    torch.manual_seed(seed)
    model = Sam2VideoModel(small_config(side))
    with torch.no_grad():
        for name, weight in model.named_parameters():
            kept = any(part in name for part in ("embed", "token", "norm"))
            if weight.ndim >= 2 and not kept:
                weight.normal_(std=weight[0].numel() ** -0.5)
        for layer in model.vision_encoder.neck.convs:
            layer.weight.mul_(0.3)  # else places, encoded within 1, drown in the picture
        # Published checkpoints hold them alike: a corner of a box is a place in the picture.
        places = model.shared_image_embedding.positional_embedding
        places.mul_(SPREAD)
        model.prompt_encoder.shared_embedding.positional_embedding.copy_(places)
    return model


def remembered(
    model: Any, attention: MemoryAttention, picture: parts.Picture, past: list[Any]
) -> torch.Tensor:
    """Return the picture as each object sees it after the frames in `past`, the prompted first."""
    encodings = parts.memory_positions(model, picture.grid)
    ages = [0, *range(len(past) - 1, 0, -1)]
    values = torch.cat([features for features, _ in past], 1)
    positions = torch.cat([encodings[age] for age in ages])[None].expand(len(values), -1, -1)
    pointers = torch.stack([pointer for _, pointer in past], 1)
    split = pointers.unflatten(2, (-1, values.shape[2]))
    since = torch.arange(len(past), 0, -1)[None].expand(len(values), -1)
    longest = model.config.max_object_pointers_in_encoder - 1
    turned = parts.pointer_positions(model, since, longest)[:, :, None].expand(split.shape)
    memories = Memories(
        torch.cat([values, split.flatten(1, 2)], 1),
        torch.cat([positions, turned.flatten(1, 2)], 1),
        values.shape[1],
    )
    return attention(picture.coarse, picture.positions, memories)
