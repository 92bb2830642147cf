"""RF-DETR as the detector: people, ball, rim and number regions with the classes it was tuned on.

Weights trained on COCO know people and balls; basketball fine-tunes know the ten classes of the
reference pipeline, which tell more about a player than that it is one: they are kept as `action`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from courtside.errors import InputError
from courtside.geometry import iou
from courtside.models.loading import architecture, load_pretrained
from courtside.models.pixels import as_pixels
from courtside.settings import DetectSettings
from courtside.sightings import Sightings, View
from courtside.stage import LookStage, stateless

PEOPLE = ("player", "referee", "person")
# What the ten classes of the basketball fine-tunes are to courtside.
BASKETBALL = {
    "ball": "ball",
    "ball-in-basket": "ball",
    "number": "number",
    "player": "player",
    "player-in-possession": "player",
    "player-jump-shot": "player",
    "player-layup-dunk": "player",
    "player-shot-block": "player",
    "referee": "referee",
    "rim": "rim",
}
# COCO's people may be anybody, so on court until shown otherwise.
KIND_OF = BASKETBALL | {"person": "player", "sports ball": "ball"}
# Of two boxes of one group that overlap more, the weaker goes; the reference pipeline's value.
SAME = 0.9


@dataclass(frozen=True)
class Found:
    """What was found in one picture, n things, best first.

    Attributes:
        boxes: x1 y1 x2 y2 in pixels of the picture, clipped to it, (n, 4).
        kinds: what they are to courtside.
        scores: 0 to 1, (n,).
        classes: names of the model's own classes.
    """

    boxes: NDArray[np.float32]
    kinds: tuple[str, ...]
    scores: NDArray[np.float32]
    classes: tuple[str, ...]


@dataclass(frozen=True)
class RfDetr:
    """A loaded detector.

    Attributes:
        model: `RfDetrForObjectDetection` or `RfDetrForInstanceSegmentation`.
        kinds: of each class number, empty for classes that are of no interest.
        side: of the square input in pixels.
    """

    model: Any
    kinds: tuple[str, ...]
    side: int


def load_rfdetr(
    folder: Path, classes: Mapping[str, str] | None = None, device: str = "cpu", dtype: Any = None
) -> RfDetr:
    """Load RF-DETR for detection or segmentation.

    Args:
        folder: checkpoint in the hub's format.
        classes: kind of each class, on top of `KIND_OF`.
        device: `cpu` or `cuda`.
        dtype: of torch; null for float32.

    Raises:
        InputError: when it cannot be loaded, or knows no class that means anything here.
    """
    model = _load(folder, device, dtype)
    labels = [model.config.id2label[number] for number in range(model.config.num_labels)]
    known = {**KIND_OF, **(classes or {})}
    kinds = tuple(known.get(label, "") for label in labels)
    if not any(kind in PEOPLE for kind in kinds):
        raise InputError(
            f"none of the {len(labels)} classes of {folder} is known to mean people "
            f"({', '.join(labels[:3])}, ...): name them in the settings under [sam2.classes]"
        )
    side = model.config.backbone_config.image_size
    return RfDetr(model, kinds, int(side if isinstance(side, int) else side[0]))


def find(detector: RfDetr, image: NDArray[np.uint8], least: float = 0.2) -> Found:
    """Return what the detector finds in a picture.

    Args:
        detector: of `load_rfdetr`.
        image: BGR (height, width, 3).
        least: lowest score reported.
    """
    weight = next(detector.model.parameters())
    with torch.inference_mode():
        out = detector.model(pixel_values=as_pixels([image], detector.side, like=weight))
        scores = out.logits[0].float().sigmoid().cpu().numpy()
        boxes = out.pred_boxes[0].float().cpu().numpy()
    best = scores.argmax(axis=1)
    chance = scores[np.arange(len(scores)), best]
    wanted = np.array([detector.kinds[number] != "" for number in best], np.bool_)
    order = np.argsort(-chance, kind="stable")
    order = order[wanted[order] & (chance[order] >= least)]
    corners = _corners(boxes[order], image.shape[1], image.shape[0])
    kinds = np.array([detector.kinds[number] for number in best[order]], object)
    kept = _without_doubles(corners, kinds)
    names = detector.model.config.id2label
    return Found(
        corners[kept],
        tuple(kinds[kept]),
        chance[order][kept].astype(np.float32),
        tuple(names[number] for number in best[order][kept].tolist()),
    )


def build_rfdetr(detector: RfDetr, settings: DetectSettings) -> LookStage:
    """Return the stage that finds things; number regions are shared in the view as `trunk`."""
    lowest = min(settings.people, settings.ball, settings.number, settings.rim)

    def detect(view: View, _: Sightings) -> Sightings:
        found = view.shared("trunk", lambda: find(detector, view.image, lowest))
        least = {**dict.fromkeys(PEOPLE, settings.people), "ball": settings.ball}
        least["rim"] = settings.rim
        rows = [
            row
            for row, kind in enumerate(found.kinds)
            if kind in least and found.scores[row] >= least[kind]
        ]
        seen = view.rows(found.boxes[rows], [found.kinds[r] for r in rows], found.scores[rows])
        actions = [found.classes[row] for row in rows]
        return seen.with_columns(action=actions, action_score=found.scores[rows])

    adds = ["kind", "score", "box", "trunk", "action", "action_score"]
    return stateless("detect", ["image"], adds, detect)


def _load(folder: Path, device: str, dtype: Any) -> Any:
    kind = architecture(folder)
    if kind not in ("RfDetrForObjectDetection", "RfDetrForInstanceSegmentation"):
        raise InputError(f"{folder} holds {kind}, not RF-DETR")
    return load_pretrained(kind, folder, device, dtype)


def _corners(boxes: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """Return centre and size as shares of the picture (n, 4) as clipped corners in pixels."""
    middle, half = boxes[:, :2], boxes[:, 2:] / 2
    scale = np.array([width, height, width, height], np.float32)
    corners = np.concatenate([middle - half, middle + half], axis=1) * scale
    return np.clip(corners, 0, scale).astype(np.float32)


def _without_doubles(boxes: NDArray[np.float32], kinds: NDArray[np.object_]) -> NDArray[np.intp]:
    """Return which boxes, best first, no better one of the same group covers."""
    groups = np.array(["person" if kind in PEOPLE else kind for kind in kinds], object)
    same = (iou(boxes, boxes) > SAME) & (groups[:, None] == groups[None])
    sized = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    free = sized.copy()
    for row in range(len(boxes)):
        if free[row]:
            free[row + 1 :] &= ~same[row, row + 1 :]
    return np.flatnonzero(free)
