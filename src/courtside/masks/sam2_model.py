"""The parts of SAM 2.1 as plain functions over transformers' `Sam2VideoModel`, objects batched.

EdgeTAM's `EdgeTamVideoModel` has the same parts; what differs is in `sam2_edge`.

Coordinates are pixels of the model's square input (1024 x 1024 unless the model was made for
another size). Masks are logits at a quarter of that size.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn.functional import interpolate

from courtside.masks.sam2_edge import as_tokens, place_encodings, squeezed

# Logit of every pixel of an object that is not in the picture; transformers' value.
NO_OBJECT = -1024.0
# Labels by which the prompt encoder knows the corners of a box.
_CORNERS = (2, 3)


@dataclass(frozen=True)
class Picture:
    """What the image encoder says about one frame; n = h * w tokens.

    Attributes:
        coarse: (1, n, channels).
        positions: encoding of the coarse tokens, (1, n, channels).
        fine: maps at a quarter and an eighth of the input, as the mask decoder takes them.
        grid: h and w.
    """

    coarse: torch.Tensor
    positions: torch.Tensor
    fine: list[torch.Tensor]
    grid: tuple[int, int]


@dataclass(frozen=True)
class Decoded:
    """Masks of b objects in one frame.

    Attributes:
        masks: logits, (b, 1, 4 h, 4 w).
        pointers: (b, channels).
        presence: logit of the object being in the picture, (b, 1, 1).
        quality: IoU the model expects of its mask, (b,).
        others: logits of the alternatives that were not chosen, (b, k, 4 h, 4 w).
    """

    masks: torch.Tensor
    pointers: torch.Tensor
    presence: torch.Tensor
    quality: torch.Tensor
    others: torch.Tensor


def join(parts: list[Decoded]) -> Decoded:
    """Return several batches as one; alternatives are kept only where all have as many."""
    counts = {part.others.shape[1] for part in parts}
    least = min(counts)
    return Decoded(
        torch.cat([part.masks for part in parts]),
        torch.cat([part.pointers for part in parts]),
        torch.cat([part.presence for part in parts]),
        torch.cat([part.quality for part in parts]),
        torch.cat([part.others[:, :least] for part in parts]),
    )


def pick(decoded: Decoded, order: torch.Tensor) -> Decoded:
    """Return the objects in another order."""
    return Decoded(
        decoded.masks[order],
        decoded.pointers[order],
        decoded.presence[order],
        decoded.quality[order],
        decoded.others[order],
    )


def encode_picture(model: torch.nn.Module, pixels: torch.Tensor) -> Picture:
    """Run the image encoder on one normalised picture, (1, 3, height, width)."""
    encoded = model.vision_encoder(pixels, return_dict=True)
    maps = list(encoded.fpn_hidden_states)
    fine = [model.mask_decoder.conv_s0(maps[0]), model.mask_decoder.conv_s1(maps[1])]
    height, width = maps[-1].shape[-2:]
    positions = encoded.fpn_position_encoding[-1]
    return Picture(as_tokens(maps[-1]), as_tokens(positions), fine, (height, width))


def without_memory(model: torch.nn.Module, picture: Picture) -> torch.Tensor:
    """Return the coarse tokens for objects prompted in this frame, (1, n, channels)."""
    return picture.coarse + model.no_memory_embedding


def decode(
    model: torch.nn.Module,
    picture: Picture,
    conditioned: torch.Tensor,
    boxes: torch.Tensor | None = None,
) -> Decoded:
    """Return the masks of b objects.

    Args:
        model: `Sam2VideoModel`.
        picture: the frame.
        conditioned: coarse tokens as each object sees them, (b, n, channels); with boxes one set
            of tokens may serve all.
        boxes: corners x1, y1, x2, y2, (b, 4), for prompted objects; null for followed ones.
    """
    return _choose(model, *candidates(model, picture, conditioned, boxes))


def candidates(
    model: torch.nn.Module,
    picture: Picture,
    conditioned: torch.Tensor,
    boxes: torch.Tensor | None = None,
) -> tuple[torch.Tensor, ...]:
    """Return all masks, expected IoUs and tokens of each object, and presence; see `decode`."""
    count = len(conditioned) if boxes is None else len(boxes)
    sparse, dense = _prompts(model, boxes, conditioned)
    image = conditioned.transpose(1, 2).unflatten(2, picture.grid).expand(count, -1, -1, -1)
    masks, quality, tokens, presence = model.mask_decoder(
        image_embeddings=image,
        image_positional_embeddings=model.get_image_wide_positional_embeddings(),
        sparse_prompt_embeddings=sparse.expand(count, -1, -1, -1),
        dense_prompt_embeddings=dense,
        multimask_output=boxes is None,
        high_resolution_features=picture.fine,
    )[:4]
    return masks[:, 0], quality[:, 0], tokens[:, 0], presence


def encode_memories(
    model: torch.nn.Module, picture: Picture, decoded: Decoded, binary: torch.Tensor
) -> torch.Tensor:
    """Return memories of b objects, (b, tokens, 64).

    Args:
        model: `Sam2VideoModel`.
        picture: the frame.
        decoded: the masks.
        binary: which masks are cut at zero first, (b,).
    """
    config = model.config
    masks = full_size(model, decoded.masks)
    cut = (masks > 0).to(masks.dtype)
    shares = torch.where(binary[:, None, None, None], cut, torch.sigmoid(masks))
    shares = shares * config.sigmoid_scale_for_mem_enc + config.sigmoid_bias_for_mem_enc
    coarse = picture.coarse.transpose(1, 2).unflatten(2, picture.grid)
    features, positions = model.memory_encoder(coarse, shares)
    hidden = model.occlusion_spatial_embedding_parameter
    if hidden is not None:
        absent = (decoded.presence <= 0).to(features.dtype)
        features = features + absent[..., None] * hidden[..., None, None]
    return squeezed(model, features, positions)


def full_size(model: torch.nn.Module, masks: torch.Tensor) -> torch.Tensor:
    """Return masks at the size of the model's input."""
    size = (model.config.image_size, model.config.image_size)
    large = interpolate(masks.float(), size=size, mode="bilinear", align_corners=False)
    return large.to(masks.dtype)


def memory_positions(model: torch.nn.Module, grid: tuple[int, int]) -> torch.Tensor:
    """Return encodings of memory tokens by age in frames, (ages, tokens, 64); 0 is a prompt."""
    temporal = model.memory_temporal_positional_encoding
    # Age k lies at k - 1, the age of prompted frames last.
    return place_encodings(model, grid) + temporal[:, 0].roll(1, 0)


def pointer_positions(model: torch.nn.Module, ages: torch.Tensor, longest: int) -> torch.Tensor:
    """Return encodings of object pointers, (..., 64), for ages in frames of any shape.

    Args:
        model: `Sam2VideoModel`.
        ages: frames since the pointer was made.
        longest: the age that counts as one.
    """
    from transformers.models.sam2_video.modeling_sam2_video import get_1d_sine_pe

    weight = model.no_object_pointer
    if not model.config.enable_temporal_pos_encoding_for_object_pointers:
        return weight.new_zeros(*ages.shape, model.mem_dim)
    waves = get_1d_sine_pe(ages.float() / longest, dim=weight.shape[-1])
    return model.temporal_positional_encoding_projection_layer(waves.to(weight.dtype))


def _prompts(
    model: torch.nn.Module, boxes: torch.Tensor | None, like: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    if boxes is None:
        # transformers stands an empty point in for no prompt.
        points = like.new_zeros(1, 1, 1, 2)
        labels = torch.full((1, 1, 1), -1, dtype=torch.int32, device=like.device)
    else:
        points = boxes.reshape(-1, 1, 2, 2)
        labels = torch.tensor(_CORNERS, dtype=torch.int32, device=like.device)
        labels = labels.expand(len(boxes), 1, 2)
    sparse, dense = model.prompt_encoder(
        input_points=points, input_labels=labels, input_boxes=None, input_masks=None
    )
    return sparse, dense[:1]


def _choose(
    model: torch.nn.Module,
    masks: torch.Tensor,
    quality: torch.Tensor,
    tokens: torch.Tensor,
    presence: torch.Tensor,
) -> Decoded:
    """Keep of each object's masks, (b, k, h, w), the one of best expected quality."""
    present = presence > 0
    masks = torch.where(present[..., None], masks, NO_OBJECT)
    best = quality.argmax(dim=-1, keepdim=True)
    every = torch.arange(len(masks), device=masks.device)
    token = tokens[every, best[:, 0].clamp(max=tokens.shape[1] - 1)]
    shown = present[:, 0].to(token.dtype)
    pointers = shown * model.object_pointer_proj(token) + (1 - shown) * model.no_object_pointer
    ranks = torch.arange(masks.shape[1], device=masks.device)
    rest = (best + 1 + ranks[:-1]) % masks.shape[1]
    return Decoded(
        masks[every, best[:, 0]][:, None],
        pointers,
        presence,
        quality[every, best[:, 0]],
        masks[every[:, None], rest],
    )
