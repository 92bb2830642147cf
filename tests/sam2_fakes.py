"""SAM 2.1 at a reduced size with seeded random weights that give masks worth comparing."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from transformers import (
    EdgeTamVideoModel,
    Sam2VideoConfig,
    Sam2VideoMaskDecoderConfig,
    Sam2VideoModel,
)  # fmt: skip
from transformers.models.edgetam_video.modeling_edgetam_video import EdgeTamVideoInferenceSession
from transformers.models.sam2_video.modeling_sam2_video import Sam2VideoInferenceSession

SIZE = 128


def small_config(size: int = SIZE) -> Any:
    """Return a configuration like tiny's with fewer channels and blocks, for pictures of `size`."""
    widths = [16, 32, 64, 128]
    backbone = {
        "model_type": "sam2_hiera_det_model",
        "image_size": [size, size],
        "hidden_size": widths[0],
        "embed_dim_per_stage": widths,
        "num_attention_heads_per_stage": [1, 1, 2, 2],
        "blocks_per_stage": [1, 1, 2, 1],
        "global_attention_blocks": [3],
        "window_size_per_stage": [8, 4, 4, 2],
    }
    return Sam2VideoConfig(
        vision_config=small_vision("sam2_vision_model", backbone, widths, size),
        mask_decoder_config=Sam2VideoMaskDecoderConfig(**SMALL_DECODER),
        memory_attention_feed_forward_hidden_size=256,
        **small_sizes(size),
    )


SMALL_DECODER = {
    "hidden_size": 128, "mlp_dim": 256, "num_attention_heads": 4, "iou_head_hidden_dim": 128,
}  # fmt: skip


def small_vision(kind: str, backbone: dict[str, Any], widths: list[int], size: int) -> Any:
    """Return the image encoder's part of a small configuration."""
    sides = [size // stride for stride in (4, 8, 16)]
    return {
        "model_type": kind,
        "backbone_config": backbone,
        "backbone_channel_list": widths[::-1],
        "backbone_feature_sizes": [[side, side] for side in sides],
        "fpn_hidden_size": 128,
    }


def small_sizes(size: int) -> dict[str, Any]:
    """Return what the small configurations of SAM 2.1 and EdgeTAM have in common."""
    return {
        "prompt_encoder_config": {"hidden_size": 128, "image_size": size},
        "image_size": size,
        "memory_attention_hidden_size": 128,
        "memory_attention_num_layers": 2,
        "memory_attention_rope_feat_sizes": [size // 16, size // 16],
        "memory_encoder_hidden_size": 128,
        "mask_downsampler_embed_dim": 128,
        "memory_fuser_embed_dim": 128,
        "memory_fuser_intermediate_dim": 256,
    }


def small_model(seed: int = 1, size: int = SIZE) -> Any:
    """Return a model whose signals neither fade nor explode, so that masks depend on everything."""
    torch.manual_seed(seed)
    return lively(Sam2VideoModel(small_config(size))).eval()


def lively(model: Any) -> Any:
    """Scale random weights so that each layer keeps its input's size; the first draw fades away."""
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith("bias"):
                weight.normal_(std=0.1)
            elif "norm" in name:
                weight.fill_(1.0)
            elif weight.ndim >= 2 and "embed" not in name and "token" not in name:
                weight.normal_(std=weight[0].numel() ** -0.5)
            else:
                weight.normal_(std=0.5)
            # At full strength the loop through the memories amplifies every rounding error.
            if name.startswith(("memory_attention", "memory_encoder")) and weight.ndim >= 2:
                weight.mul_(0.7)
        # Memories tell objects apart: where they are weighs more than what the picture shows.
        model.memory_encoder.mask_downsampler.final_conv.weight.mul_(1.5)
        for layer in model.memory_attention.layers:
            layer.cross_attn_image.v_proj.weight.mul_(4)
            layer.cross_attn_image.k_proj.weight.mul_(2)
        # Objects are mostly present, not always, and cover a part of the picture.
        model.mask_decoder.pred_obj_score_head.proj_out.bias.fill_(1.0)
        for head in model.mask_decoder.output_hypernetworks_mlps:
            head.proj_out.bias.sub_(0.2)
    return model


def film(frames: int, size: int = SIZE, seed: int = 1) -> torch.Tensor:
    """Return normalised pictures of coloured blobs that move over a steady ground, float32."""
    generator = torch.Generator().manual_seed(seed)
    ground = torch.randn(3, size // 8, size // 8, generator=generator)
    ground = torch.nn.functional.interpolate(ground[None], size=(size, size))[0] * 0.5
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    pictures = ground.repeat(frames, 1, 1, 1)
    for blob in range(4):
        colour = torch.randn(3, 1, generator=generator)
        for frame in range(frames):
            centre_x = size * (0.2 + 0.2 * blob) + frame
            centre_y = size * (0.3 + 0.15 * blob) + (-1) ** blob * frame
            inside = (x - centre_x).abs() < size / 12
            inside &= (y - centre_y).abs() < size / 8
            pictures[frame][:, inside] = colour
    return pictures


def place(object_id: int, size: int = SIZE) -> tuple[float, float, float, float]:
    """Return a box for an object, another for each."""
    x = size * (0.2 + 0.2 * (object_id % 4)) + object_id % 8
    y = size * (0.3 + 0.15 * (object_id % 4))
    return (x - size / 12, y - size / 8, x + size / 12, y + size / 8 - object_id % 8)


def overlaps(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Return the IoU of each pair of masks given as logits, (n, h, w); 1 where both are empty."""
    both = ((first > 0) & (second > 0)).sum((1, 2))
    either = ((first > 0) | (second > 0)).sum((1, 2))
    return torch.where(either > 0, both / either.clamp(min=1), 1.0)


class Peer:
    """The same model driven by transformers' own video session, picture by picture."""

    def __init__(self, model: Any) -> None:
        self.model = model
        weight = model.no_memory_embedding
        device = weight.device
        edge = isinstance(model, EdgeTamVideoModel)
        session = EdgeTamVideoInferenceSession if edge else Sam2VideoInferenceSession
        self.session = session(
            inference_device=device,
            inference_state_device=device,
            video_storage_device=device,
            dtype=weight.dtype,
        )
        self.frame = 0

    def add(self, object_id: int, box: tuple[float, ...]) -> None:
        index = self.session.obj_id_to_idx(object_id)
        points = {
            "point_coords": torch.tensor(box, dtype=torch.float32).reshape(1, 1, 2, 2),
            "point_labels": torch.tensor([2, 3], dtype=torch.int32).reshape(1, 1, 2),
        }
        self.session.add_point_inputs(index, self.frame, points)
        self.session.obj_with_new_inputs.append(object_id)

    def step(self, pixels: torch.Tensor) -> tuple[list[int], torch.Tensor]:
        found = self.model(self.session, frame=pixels, frame_idx=self.frame)
        self.frame += 1
        return list(found.object_ids), found.pred_masks[:, 0]


def copy_memories(peer: Peer, ours: Any, frame: int) -> None:
    """Put what the peer wrote in this frame where ours wrote; EdgeTAM's placed tokens come last."""
    bank = ours._bank
    flat = getattr(peer.model.config, "perceiver_resampler_num_latents", 0)
    for object_id in ours.object_ids:
        stored = peer.session.output_dict_per_obj[peer.session.obj_id_to_idx(object_id)]
        output = {**stored["non_cond_frame_outputs"], **stored["cond_frame_outputs"]}[frame]
        row = bank.row(object_id)
        slot = np.flatnonzero(bank.memory_frames[row] == frame)
        tokens = output["maskmem_features"].reshape(bank.features.shape[2:])
        bank.features[row, slot] = tokens.roll(-flat, dims=0)
        slot = np.flatnonzero(bank.pointer_frames[row] == frame)
        bank.pointers[row, slot] = output["object_pointer"][0]
