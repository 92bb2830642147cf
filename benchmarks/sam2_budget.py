"""Operations per frame of the sam2 preset, counted without running it, and a budget for a GPU.

    PYTHONPATH=src python3 benchmarks/sam2_budget.py --tflops 65 --share 0.27 --objects 12

The models are built on the meta device, so nothing is computed and nothing downloaded; torch's
counter sees every matrix product and convolution of one step with full memories. EdgeTAM's image
encoder, timm's RepViT, is not counted.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import (
    EdgeTamVideoModel,
    Sam2VideoModel,
    SiglipVisionConfig,
    SiglipVisionModel,
)  # fmt: skip

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from courtside.masks.sam2 import Options, Sam2State
from courtside.masks.sam2_sizes import config_of, pruned, resize
from edgetam_fakes import published_config

# Vendors' and authors' own figure: RF-DETR small, TensorRT fp16, T4, milliseconds a picture.
DETECTOR_MS = 3.5
# Crops a second and object: SigLIP looks once a second until eight looks, SmolVLM2 at most once.
SIGLIP_CROPS, SMOLVLM_CROPS = 0.3, 0.2


@dataclass(frozen=True)
class Variant:
    """One setting: size of SAM 2.1 or `edgetam`, of the picture, options, and what is cut."""

    model: str
    pixels: int
    options: Options
    layers: int | None = None
    int8: bool = False

    @property
    def name(self) -> str:
        parts = [self.model, f"{self.pixels} px"]
        if self.options.memories is not None:
            parts.append(f"{self.options.memories + 1} memories")
        if self.options.window:
            parts.append("window {}x{}".format(*self.options.window))
        if self.layers:
            parts.append(f"{self.layers} layers")
        if self.int8:
            parts.append("int8 encoder")
        return ", ".join(parts)


def variants() -> list[Variant]:
    exact = Options(attention="whole")
    window, fewer = replace(exact, window=(24, 16)), replace(exact, memories=3)
    listed = [Variant(model, 1024, exact) for model in ("tiny", "base-plus", "large")]
    listed += [Variant("tiny", pixels, exact) for pixels in (768, 512)]
    listed += [Variant("tiny", pixels, fewer) for pixels in (1024, 512)]
    listed += [Variant("tiny", 1024, window), Variant("base-plus", 1024, window)]
    listed += [Variant("tiny", 1024, exact, layers=layers) for layers in (3, 2, 1)]
    listed += [Variant(model, 1024, exact, int8=True) for model in ("tiny", "base-plus")]
    listed += [Variant("tiny", 512, fewer, layers=2, int8=True)]
    return [*listed, *(Variant("edgetam", pixels, exact) for pixels in (1024, 512))]


def build(variant: Variant) -> Any:
    """Return the model on the meta device."""
    with torch.device("meta"):
        if variant.model == "edgetam":
            model = EdgeTamVideoModel(resize(published_config(), variant.pixels)).eval()
            return model.requires_grad_(False)  # torch's counter fails on views of parameters
        model = Sam2VideoModel(config_of(variant.model, variant.pixels)).eval()
    return pruned(model, variant.layers) if variant.layers else model


def per_frame(variant: Variant, objects: int) -> tuple[float, float]:
    """Return TFLOP of one frame with all memories full, and TOP of it that are done in 8 bits."""
    model = build(variant)
    state = Sam2State(model, replace(variant.options, capacity=max(objects, 1)))
    picture = torch.empty(3, variant.pixels, variant.pixels, device="meta")
    for number in range(objects):
        state.add(number, (10, 10, 60, 90))
    state.step(picture)
    state._bank.memory_frames[:, state._bank.prompted :] = 1
    state._bank.pointer_frames[:, state._bank.prompted :] = 1
    state.frame = 2
    work, small = counted(lambda: state.step(picture)), 0.0
    if variant.model == "edgetam":  # what stands in for its image encoder
        work -= counted(lambda: model.vision_encoder.backbone(picture[None]))
    if variant.int8:
        small = in_linear_layers(model.vision_encoder, picture[None])
    return work - small, small


def in_linear_layers(encoder: Any, picture: torch.Tensor) -> float:
    """Return the TOP of an encoder's linear layers on one picture."""
    found: list[float] = []
    for layer in encoder.modules():
        if isinstance(layer, torch.nn.Linear):
            layer.register_forward_hook(
                lambda layer, _, out: found.append(2 * layer.in_features * out.numel() / 1e12)
            )
    with torch.inference_mode():
        encoder(picture)
    return sum(found)


def counted(work: Any) -> float:
    """Return the TFLOP of a call; a multiplication and an addition count as two."""
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        work()
    return counter.get_total_flops() / 1e12


def siglip(pixels: int = 224) -> float:
    """Return TFLOP of SigLIP base on one crop."""
    with torch.device("meta"):
        model = SiglipVisionModel(SiglipVisionConfig(image_size=pixels, patch_size=16)).eval()
    return counted(lambda: model(torch.empty(1, 3, pixels, pixels, device="meta")))


def smolvlm() -> float:
    """Return TFLOP of SmolVLM2-500M for one crop: a question of 94 tokens, three of answer.

    Its eye is SigLIP base at 512 px, its language model SmolLM2-360M.
    """
    layer = 2 * 960 * 960 + 2 * 960 * 320 + 3 * 960 * 2560  # weights; two operations each
    told = 2 * 32 * layer * (64 + 30) / 1e12
    return siglip(512) + 3 * told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tflops", type=float, default=65, help="peak of the GPU; T4 fp16: 65")
    parser.add_argument("--tops", type=float, default=130, help="peak in 8 bits; T4: 130")
    parser.add_argument("--share", type=float, default=0.27, help="of the peak that is reached")
    parser.add_argument("--objects", type=int, default=12)
    parser.add_argument("--rate", type=float, default=10, help="frames a second, for the crops")
    given = parser.parse_args()
    speed = given.tflops * given.share / 1000  # TFLOP a millisecond
    looks = given.objects * SIGLIP_CROPS / given.rate * siglip() / speed
    reads = given.objects * SMOLVLM_CROPS / given.rate * smolvlm() / speed
    print(f"SigLIP {siglip():.3f} TFLOP a crop, SmolVLM2 {smolvlm():.3f}")
    print(f"a frame: detector {DETECTOR_MS} ms, SigLIP {looks:.1f} ms, SmolVLM2 {reads:.1f} ms")
    for variant in variants():
        work, small = per_frame(variant, given.objects)
        tracking = work / speed + small / (given.tops * given.share / 1000)
        whole = DETECTOR_MS + looks + reads + tracking
        line = {"tflop": round(work, 3), "tracking_ms": round(tracking, 1)}
        if small:
            line["int8_top"] = round(small, 3)
        print(variant.name, json.dumps(line), f"whole preset {1000 / whole:.1f} frames/s")


if __name__ == "__main__":
    main()
