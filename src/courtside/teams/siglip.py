"""How players look to SigLIP: an embedding of the torso, a few times for each track."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from courtside.errors import InputError
from courtside.models.loading import architecture, load_pretrained
from courtside.models.pixels import HALF, as_pixels
from courtside.rle import decode_window
from courtside.sightings import Sightings, View
from courtside.stage import LookStage

# The part of the box about its centre that is looked at; the reference pipeline's value.
TORSO = 0.4
# A track is looked at once in so many seconds until so many looks are enough.
EVERY, ENOUGH = 1.0, 8
LEAST_VISIBILITY = 0.5
# What lies beside the body; becomes zero, the mean, to the model.
GREY = 128
# Patches of a picture that Siglip2 looks at, each way.
_PATCHES = 16


@dataclass(frozen=True)
class Siglip:
    """A loaded vision tower, `SiglipVisionModel` or `Siglip2VisionModel`."""

    model: Any

    @property
    def side(self) -> int:
        """Side of the square input in pixels."""
        config = self.model.config
        return int(getattr(config, "image_size", None) or _PATCHES * config.patch_size)


@dataclass(frozen=True)
class Looked:
    """How often each track was looked at, and when last.

    Attributes:
        times: by track, times of its looks, seconds.
    """

    times: dict[int, list[float]] = field(default_factory=dict)


def load_siglip(folder: Path, device: str = "cpu", dtype: Any = None) -> Siglip:
    """Load the vision tower of SigLIP or SigLIP 2.

    Raises:
        InputError: when the folder holds another model, or is broken.
    """
    kind = architecture(folder)
    match kind:
        case "SiglipModel" | "SiglipVisionModel":
            return Siglip(load_pretrained("SiglipVisionModel", folder, device, dtype))
        case "Siglip2Model" | "Siglip2VisionModel":
            return Siglip(load_pretrained("Siglip2VisionModel", folder, device, dtype))
    raise InputError(f"{folder} holds {kind}, not SigLIP")


def embed(siglip: Siglip, crops: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Return the mean of the last hidden state of each crop, of length 1, (n, d).

    Args:
        siglip: of `load_siglip`.
        crops: BGR (height, width, 3).
    """
    weight = next(siglip.model.parameters())
    pixels = as_pixels(crops, siglip.side, HALF, like=weight)
    with torch.inference_mode():
        hidden = siglip.model(**_inputs(siglip, pixels)).last_hidden_state.float().mean(dim=1)
        return np.asarray(torch.nn.functional.normalize(hidden, dim=1).cpu().numpy(), np.float32)


def build_siglip(siglip: Siglip) -> LookStage:
    """Return the stage that adds `torso` to players seen anew or still undecided."""
    return LookStage(
        name="looks",
        needs=frozenset({"image", "track", "mask", "visibility"}),
        adds=frozenset({"torso"}),
        start=Looked,
        step=partial(_step, siglip),
        state_type=Looked,
    )


def torso(image: NDArray[np.uint8], box: NDArray[np.float32], mask: bytes) -> NDArray[np.uint8]:
    """Return the middle of a person, grey beside the body.

    Args:
        image: BGR (height, width, 3).
        box: x1 y1 x2 y2 in pixels.
        mask: COCO compressed counts.
    """
    height, width = image.shape[:2]
    middle, half = (box[:2] + box[2:]) / 2, TORSO * (box[2:] - box[:2]) / 2
    left, top = np.clip(np.floor(middle - half), 0, [width - 1, height - 1]).astype(int)
    right, bottom = np.ceil(middle + half).astype(int)
    right, bottom = min(max(right, left + 1), width), min(max(bottom, top + 1), height)
    window = (int(left), int(top), int(right), int(bottom))
    inside = decode_window(mask, (height, width), window)
    cut = np.where(inside[..., None], image[top:bottom, left:right], np.uint8(GREY))
    return np.asarray(cut, np.uint8)


def _inputs(siglip: Siglip, pixels: torch.Tensor) -> dict[str, torch.Tensor]:
    if type(siglip.model).__name__ == "SiglipVisionModel":
        return {"pixel_values": pixels}
    size = siglip.model.config.patch_size
    patches = pixels.unflatten(3, (-1, size)).unflatten(2, (-1, size))
    patches = patches.permute(0, 2, 4, 3, 5, 1).flatten(3).flatten(1, 2)
    count, side = len(pixels), pixels.shape[-1] // size
    return {
        "pixel_values": patches,
        "pixel_attention_mask": torch.ones(count, side**2, dtype=torch.int32, device=pixels.device),
        "spatial_shapes": torch.full((count, 2), side, device=pixels.device),
    }


def _step(siglip: Siglip, state: Looked, view: View, rows: Sightings) -> tuple[Looked, Sightings]:
    time = float(view.time)
    which = [row for row in range(len(rows)) if _worth_a_look(state, rows, row, time)]
    width = siglip.model.config.hidden_size
    embedding = np.full((len(rows), width), np.nan, np.float32)
    if which:
        boxes = rows.boxes
        crops = [torso(view.image, boxes[row], rows["mask"][row]) for row in which]
        embedding[which] = embed(siglip, crops)
    times = dict(state.times)
    for track in rows["track"][which].tolist():
        times[track] = [*times.get(track, []), time]
    return replace(state, times=times), rows.with_columns(torso=embedding)


def _worth_a_look(state: Looked, rows: Sightings, row: int, time: float) -> bool:
    if rows["kind"][row] != "player" or rows["track"][row] < 0 or rows["mask"][row] is None:
        return False
    if rows["visibility"][row] < LEAST_VISIBILITY:
        return False
    looks = state.times.get(int(rows["track"][row]), [])
    return not looks or (len(looks) < ENOUGH and time - looks[-1] >= EVERY)
