"""Tiny checkpoints in the hub's own format, written by `save_pretrained`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import (
    RfDetrConfig,
    RfDetrForObjectDetection,
    SiglipVisionConfig,
    SiglipVisionModel,
)  # fmt: skip
from transformers.models.rf_detr.configuration_rf_detr import RfDetrDinov2Config

from courtside.detect.rfdetr import BASKETBALL
from sam2_fakes import small_model
from smolvlm_fakes import save_smolvlm

CLASSES = tuple(BASKETBALL)


def small_rfdetr(classes: tuple[str, ...] = CLASSES, queries: int = 8) -> Any:
    """Return RF-DETR with random weights; `show` gives it something to say."""
    torch.manual_seed(3)
    backbone = RfDetrDinov2Config(
        hidden_size=32,
        num_hidden_layers=4,
        num_attention_heads=2,
        image_size=64,
        patch_size=8,
        num_windows=2,
        out_indices=[1, 2, 3, 4],
        num_register_tokens=0,
    )
    config = RfDetrConfig(
        backbone_config=backbone,
        d_model=32,
        decoder_ffn_dim=32,
        decoder_layers=2,
        decoder_self_attention_heads=2,
        decoder_cross_attention_heads=2,
        num_queries=queries,
        group_detr=2,
        num_labels=len(classes),
        id2label=dict(enumerate(classes)),
        label2id={name: number for number, name in enumerate(classes)},
    )
    return RfDetrForObjectDetection(config).eval()


def see_people(model: Any) -> Any:
    """Make the detector see upright players at fixed places, whatever the picture shows."""
    with torch.no_grad():
        model.class_embed.bias.fill_(-4.0)
        model.class_embed.bias[CLASSES.index("player")] = 1.0
        for layer in model.bbox_embed.layers:
            layer.weight.zero_()
            layer.bias.zero_()
        # Sizes are given as factors of the reference's, in logarithms.
        model.bbox_embed.layers[-1].bias[2:] = torch.tensor([0.3, 1.5])
    return model


def save_models(folder: Path) -> Path:
    """Write the four models of the preset into a folder and return it."""
    small_model().save_pretrained(folder / "sam2")
    see_people(small_rfdetr()).save_pretrained(folder / "rfdetr")
    look = SiglipVisionConfig(
        hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        image_size=32, patch_size=8,
    )  # fmt: skip
    SiglipVisionModel(look).save_pretrained(folder / "siglip")
    save_smolvlm(folder / "smolvlm")
    return folder
