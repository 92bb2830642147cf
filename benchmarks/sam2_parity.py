"""Parity of our SAM 2.1 with transformers' own session at full size, in float32.

    python benchmarks/sam2_parity.py --models tiny,base-plus --objects 3,12 --frames 40

The same seeded random weights on both sides. First each step from identical memories, then both
on their own; objects are added later in both. On two cores a frame of twelve objects takes over a
minute; on a GPU 40 frames of all take minutes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

import torch
from transformers import Sam2VideoModel

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from courtside.masks.sam2 import Options, Sam2State
from courtside.masks.sam2_sizes import config_of
from sam2_fakes import Peer, copy_memories, film, lively, overlaps, place

LATER = 2  # frame in which the last object comes
LARGER = 0.2  # added to what decides over a pixel: at full size masks would shrink to nothing


def compared(model: Any, objects: int, frames: int, steps: bool = False) -> dict[str, float]:
    """Return how far both are apart; steps: from identical memories each time."""
    size, device = model.config.image_size, model.no_memory_embedding.device
    ours, peer = Sam2State(model, Options(capacity=objects)), Peer(model)
    apart, shared, area, pixels = [], [], [], torch.zeros(2, device=device)
    for frame, picture in enumerate(film(frames, size).to(device)):
        for number in range(objects - 1) if frame == 0 else [objects - 1] if frame == LATER else []:
            ours.add(number, place(number, size))
            peer.add(number, place(number, size))
        mine, theirs = ours.step(picture)[1].float(), peer.step(picture)[1].float()
        apart.append(float((mine - theirs).abs().max()))
        shared.append(float(overlaps(mine, theirs).min()))
        area.append(float((theirs > 0).float().mean()))
        both, either = (mine > 0) & (theirs > 0), (mine > 0) | (theirs > 0)
        pixels += torch.stack([both.sum(), either.sum()])
        if steps:
            copy_memories(peer, ours, frame)
    return {
        "frames": frames,
        "largest_logit_difference": max(apart),
        "least_mask_iou": min(shared),
        "iou_of_all_masks_together": float(pixels[0] / pixels[1]),
        "mean_area": statistics.mean(area),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default="tiny,base-plus")
    parser.add_argument("--objects", default="3,12")
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--steps", type=int, default=8, help="frames from identical memories")
    parser.add_argument("--larger", type=float, default=LARGER, help="added to what decides")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    given = parser.parse_args()
    for name in given.models.split(","):
        torch.manual_seed(1)
        with torch.device(given.device):
            model = lively(Sam2VideoModel(config_of(name))).eval()
        for head in model.mask_decoder.output_hypernetworks_mlps:
            head.proj_out.bias.data.add_(given.larger)
        for objects in map(int, given.objects.split(",")):
            for frames, steps in ((given.steps, True), (given.frames, False)):
                if frames:
                    with torch.inference_mode():
                        found = compared(model, objects, frames, steps)
                    kind = "from identical memories" if steps else "each on its own"
                    print(f"{name}, {objects} objects {kind}: {json.dumps(found)}", flush=True)


if __name__ == "__main__":
    main()
