"""Tune RF-DETR to a league's own pictures: COCO annotations in, a checkpoint and a card out."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from courtside.detect.rfdetr import RfDetr, find
from courtside.errors import InputError
from courtside.models.catalogue import check_folder
from courtside.models.loading import architecture, quiet, torch_and_transformers
from courtside.models.pixels import as_pixels
from courtside.train.smolvlm import picture
from courtside.train.tuning import Tuning, tune, write_card

ANNOTATIONS = "_annotations.coco.json"


@dataclass(frozen=True)
class Annotated:
    """Pictures with boxes, as COCO's JSON has them.

    Attributes:
        folder: of the pictures.
        content: the JSON: `images`, `annotations`, `categories`.
    """

    folder: Path
    content: dict[str, Any]

    @property
    def classes(self) -> list[str]:
        """Names of the classes in the order of their numbers."""
        return [one["name"] for one in sorted(self.content["categories"], key=lambda c: c["id"])]

    def boxes(self, image: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the annotations of a picture."""
        return [one for one in self.content["annotations"] if one["image_id"] == image["id"]]


@dataclass(frozen=True)
class TunedDetector:
    """What a tuning made, and COCO's AP at IoU 0.5 on held-out pictures before and after."""

    folder: Path
    before: float
    after: float


def tune_rfdetr(
    data: Path,
    folder: Path,
    out: Path,
    tuning: Tuning,
    device: str = "cpu",
    told: Callable[[int, float], None] = lambda _step, _loss: None,
) -> TunedDetector:
    """Learn from `data/train`, measure on `data/valid`; after a stop the same call goes on.

    Args:
        data: folders `train` and `valid`, each with pictures and `_annotations.coco.json`.
        folder: RF-DETR in the hub's format; its classes are replaced by those of the data.
        out: gets the checkpoint, its card and the state of the training.
        tuning: how.
        device: `cpu` or `cuda`.
        told: called after each step.

    Raises:
        InputError: when data or model cannot be used.
    """
    learn, kept = annotated(data / "train"), annotated(data / "valid")
    if kept.classes != learn.classes:
        raise InputError(f"{data}: train and valid must have the same classes in the same order")
    model = _with_classes(folder, learn.classes).to(device)
    before = average_precision(model, kept)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    model.train()
    tune(weights, lambda generator: _loss(model, learn, tuning, generator), tuning, out, told)
    model.eval()
    after = average_precision(model, kept)
    model.save_pretrained(out)
    facts: dict[str, Any] = {
        "pictures learnt from": len(learn.content["images"]),
        "pictures held out": len(kept.content["images"]),
        "classes": ", ".join(learn.classes),
        "steps": tuning.steps,
        "AP50 before": before,
        "AP50 after": after,
    }
    write_card(out / "card.md", "RF-DETR tuned", facts)
    return TunedDetector(out, before, after)


def annotated(folder: Path) -> Annotated:
    """Return the annotated pictures of a folder.

    Raises:
        InputError: when there are none, or the file is damaged.
    """
    path = folder / ANNOTATIONS
    if not path.is_file():
        raise InputError(f"no {path}: expected COCO annotations beside the pictures")
    try:
        content = json.loads(path.read_text("utf-8"))
        found = Annotated(folder, content)
        complete = bool(content["images"]) and bool(found.classes)
        _ = content["annotations"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is no COCO file: {error}") from None
    if not complete:
        raise InputError(f"{path} has no pictures or no classes")
    return found


def average_precision(model: Any, data: Annotated) -> float:
    """Return COCO's AP at IoU 0.5 over all classes, 0 to 1, as pycocotools computes it."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    number = {one["name"]: one["id"] for one in data.content["categories"]}
    detector = RfDetr(model, tuple(data.classes), _side(model))
    found = []
    for image in data.content["images"]:
        seen = find(detector, picture(data.folder / image["file_name"]), least=0.01)
        for box, score, name in zip(seen.boxes, seen.scores, seen.classes, strict=True):
            size = [float(box[2] - box[0]), float(box[3] - box[1])]
            found.append(
                {
                    "image_id": image["id"],
                    "category_id": number[name],
                    "bbox": [float(box[0]), float(box[1]), *size],
                    "score": float(score),
                }
            )
    if not found:
        return 0.0
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = _complete(data.content)
        truth.createIndex()
        scored = COCOeval(truth, truth.loadRes(found), "bbox")
        scored.evaluate()
        scored.accumulate()
        scored.summarize()
    return max(float(scored.stats[1]), 0.0)


def _complete(content: dict[str, Any]) -> dict[str, Any]:
    """Return annotations with what scoring needs and hand-made files often lack."""
    rows = []
    for index, one in enumerate(content["annotations"], start=1):
        area = one["bbox"][2] * one["bbox"][3]
        rows.append({"area": area, "iscrowd": 0, **one, "id": index})
    return {**content, "annotations": rows, "info": {}}


def _with_classes(folder: Path, classes: list[str]) -> Any:
    check_folder(folder)
    kind = architecture(folder)
    if kind != "RfDetrForObjectDetection":
        raise InputError(f"{folder} holds {kind}, not RF-DETR for detection")
    _, transformers = torch_and_transformers()
    torch.manual_seed(0)  # new classes begin with the same weights in every run
    try:
        with contextlib.redirect_stderr(io.StringIO()), quiet(transformers):
            return transformers.RfDetrForObjectDetection.from_pretrained(
                folder,
                num_labels=len(classes),
                id2label=dict(enumerate(classes)),
                label2id={name: number for number, name in enumerate(classes)},
                ignore_mismatched_sizes=True,
                local_files_only=True,
                use_safetensors=True,
            )
    except Exception as error:
        raise InputError(f"{folder} cannot be loaded: {error}") from error


def _side(model: Any) -> int:
    side = model.config.backbone_config.image_size
    return int(side if isinstance(side, int) else side[0])


def batch_of(
    model: Any, data: Annotated, size: int, generator: torch.Generator
) -> tuple[torch.Tensor, list[dict[str, torch.Tensor]]]:
    """Return random pictures, half of them mirrored, and labels as the model's own loss takes them.

    Pixels are (size, 3, side, side); each label has `class_labels` (n,) and `boxes` (n, 4), centre
    and size in shares of the picture.
    """
    images = data.content["images"]
    chosen = torch.randint(len(images), (size,), generator=generator).tolist()
    mirrored = (torch.rand(size, generator=generator) < 0.5).tolist()
    weight = next(model.parameters())
    pictures, labels = [], []
    for index, mirror in zip(chosen, mirrored, strict=True):
        image = picture(data.folder / images[index]["file_name"])
        boxes, classes = _targets(data, images[index], image.shape)
        if mirror:
            image = np.ascontiguousarray(image[:, ::-1])
            boxes[:, 0] = 1 - boxes[:, 0]
        pictures.append(image)
        labels.append({"class_labels": classes.to(weight.device), "boxes": boxes.to(weight.device)})
    return as_pixels(pictures, _side(model), like=weight), labels


def _loss(model: Any, data: Annotated, tuning: Tuning, generator: torch.Generator) -> torch.Tensor:
    """Return RF-DETR's own loss on a batch of pictures."""
    pixels, labels = batch_of(model, data, tuning.batch, generator)
    loss: torch.Tensor = model(pixel_values=pixels, labels=labels).loss
    return loss


def _targets(
    data: Annotated, image: dict[str, Any], shape: tuple[int, ...]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return boxes as centre and size in shares of the picture, (n, 4), and class numbers (n,)."""
    numbers = sorted(one["id"] for one in data.content["categories"])
    found = data.boxes(image)
    boxes = torch.tensor([one["bbox"] for one in found], dtype=torch.float32).reshape(-1, 4)
    scale = torch.tensor([shape[1], shape[0], shape[1], shape[0]])
    centred = torch.cat([boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:]], dim=1) / scale
    classes = torch.tensor([numbers.index(one["category_id"]) for one in found], dtype=torch.long)
    return centred, classes
