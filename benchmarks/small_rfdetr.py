"""A small RF-DETR from scratch on simulation: to run the preset sam2 and to measure, not for use.

    courtside simulate --seconds 3 --resolution 360 --seed 52000 --out FILMS/52000   # and so on
    python benchmarks/small_rfdetr.py --films FILMS --work WORK --out OUT

First each cell of the picture learns what stands on it (`dense`): a decoder learns little from a
backbone that knows nothing. Then the model learns as `courtside train rfdetr` tunes it. Both go on
after a stop. Every tenth film is held out.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from small_pictures import CLASSES, Labelled, of_film, write_coco
from small_start import waves, whiten
from torch.nn import functional
from transformers import RfDetrConfig, RfDetrForObjectDetection
from transformers.image_transforms import center_to_corners_format
from transformers.loss.loss_for_object_detection import generalized_box_iou
from transformers.models.rf_detr.configuration_rf_detr import RfDetrDinov2Config
from transformers.models.rf_detr.modeling_rf_detr import refine_bboxes

from courtside.models.loading import load_pretrained
from courtside.train.rfdetr import Annotated, annotated, average_precision, batch_of, tune_rfdetr
from courtside.train.tuning import Tuning, tune

SIDE, PATCH, WIDTH = 320, 20, 128
START = 0.06  # spread of random weights: 0.02 is for widths of hundreds
HELD_OUT = 10
NAME = "RfDetrForObjectDetection"
LABELLED = ("player", "referee", "ball", "rim", "number")
# Where a focal loss begins that thinks one cell in a hundred holds something.
DOUBTFUL = -math.log(99)


def small_rfdetr() -> Any:
    """Return RF-DETR of 1.7 million random weights for pictures of SIDE."""
    torch.manual_seed(0)
    backbone = RfDetrDinov2Config(
        hidden_size=WIDTH, num_hidden_layers=4, num_attention_heads=4, mlp_ratio=3,
        image_size=SIDE, patch_size=PATCH, num_windows=2, out_indices=[2, 4],
        num_register_tokens=0, initializer_range=START,
    )  # fmt: skip
    config = RfDetrConfig(
        backbone_config=backbone, d_model=WIDTH, c2f_num_blocks=2, decoder_ffn_dim=256,
        decoder_layers=2, decoder_self_attention_heads=4, decoder_cross_attention_heads=4,
        num_queries=60, group_detr=3, dropout=0.0, num_labels=len(CLASSES), init_std=START,
        id2label=dict(enumerate(CLASSES)), label2id={name: i for i, name in enumerate(CLASSES)},
    )  # fmt: skip
    model: Any = RfDetrForObjectDetection(config)
    for head in (model.class_embed, *model.model.enc_out_class_embed):
        torch.nn.init.constant_(head.bias, DOUBTFUL)
    return model


def dense_loss(model: Any, data: Annotated, size: int, generator: torch.Generator) -> torch.Tensor:
    """Return the loss of the proposals of all cells: focal for what, L1 and GIoU for where."""
    pixels, labels = batch_of(model, data, size, generator)
    logits, boxes = proposals(model.model, pixels)
    cells = boxes.shape[1]
    what, where, inside = (
        torch.stack(s) for s in zip(*(targets(one, cells) for one in labels), strict=True)
    )
    known = (what < 0).logical_not()
    chance = logits.sigmoid()
    focus = torch.where(what > 0.5, 0.75 * (1 - chance) ** 2, 0.25 * chance**2) * known
    loss = functional.binary_cross_entropy_with_logits(logits, what.clamp(0), reduction="none")
    found = inside.nonzero(as_tuple=True)
    return (focus * loss).sum() / (what > 0.5).sum().clamp(1) + box_loss(boxes[found], where[found])


def proposals(model: Any, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return logits (n, cells, classes) and boxes (n, cells, 4) of the first group's proposals."""
    features, mask = model.backbone(pixels, torch.ones_like(pixels[:, 0]).long())
    flat, shapes = features.flatten(2).transpose(1, 2), [features.shape[2:]]
    queries, anchors, _ = model.gen_encoder_output_proposals(flat, ~mask.flatten(1), shapes)
    queries = model.enc_output_norm[0](model.enc_output[0](queries))
    boxes = refine_bboxes(anchors, model.enc_out_bbox_embed[0](queries))
    return model.enc_out_class_embed[0](queries), boxes


def targets(label: dict[str, torch.Tensor], cells: int) -> tuple[torch.Tensor, ...]:
    """Return for each cell: 1 for what has its middle here and -1 where that is open (cells,
    classes), the box to give (cells, 4), and whether there is one (cells,)."""
    side = math.isqrt(cells)
    what, where = torch.zeros(cells, len(CLASSES)), torch.zeros(cells, 4)
    inside = torch.zeros(cells, dtype=torch.bool)
    middles = (torch.arange(side) + 0.5) / side
    boxes, kinds = label["boxes"], label["class_labels"]
    # Small boxes are written last: who stands in front of a larger one keeps the cell.
    for row in boxes[:, 2:].prod(dim=1).argsort(descending=True).tolist():
        x, y, width, height = boxes[row]
        near = (middles[:, None] - y).abs() < height / 4, (middles[None] - x).abs() < width / 4
        mine = (near[0] & near[1]).flatten()
        cell = int(y.clamp(0, 0.999) * side) * side + int(x.clamp(0, 0.999) * side)
        what[mine, kinds[row]] = torch.where(what[mine, kinds[row]] > 0.5, 1.0, -1.0)
        mine[cell], what[cell, kinds[row]] = True, 1.0
        where[mine], inside = boxes[row], inside | mine
    return what, where, inside


def box_loss(boxes: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Return RF-DETR's loss of boxes given as centre and size (n, 4): 5 L1 and 2 GIoU."""
    if not len(boxes):
        return boxes.sum()
    corners = (center_to_corners_format(some) for some in (boxes, wanted))
    overlap = generalized_box_iou(*corners).diagonal()
    away = (boxes - wanted).abs().sum(dim=1)
    return (5 * away + 2 * (1 - overlap)).mean()


def learn_dense(model: Any, data: Annotated, tuning: Tuning, out: Path) -> None:
    """Train backbone and proposals, give all groups the first one's, and save the model."""
    pixels, _ = batch_of(model, data, 64, torch.Generator().manual_seed(tuning.seed))
    places = model.model.backbone.backbone.embeddings
    whiten(places.patch_embeddings.projection, pixels)
    places.position_embeddings.data[0, 1:] = waves(SIDE // PATCH, WIDTH)
    model.train()
    weights = [*model.model.backbone.parameters()]
    for part in heads(model.model):
        weights += [*part[0].parameters()]
    tune(weights, lambda g: dense_loss(model, data, tuning.batch, g), tuning, out, told)
    for part in heads(model.model):
        for other in part[1:]:
            other.load_state_dict(part[0].state_dict())
    model.save_pretrained(out)


def heads(model: Any) -> tuple[Any, ...]:
    """Return what makes proposals, each a list with a module for every group."""
    norms = model.enc_output, model.enc_output_norm
    return (*norms, model.enc_out_class_embed, model.enc_out_bbox_embed)


def told(step: int, loss: float) -> None:
    """Print the loss now and then."""
    if step % 20 == 0:
        print(f"step {step}, loss {loss:.3f}", flush=True)


def write_data(films: Path, out: Path) -> None:
    """Write `train` and `valid` of the films in a folder, unless they are there."""
    if out.exists():
        return
    part = out.with_suffix(".part")
    write_coco(_things(films, held=False, every=4), part / "train")
    write_coco(_things(films, held=True, every=15), part / "valid")
    part.replace(out)


def _things(films: Path, held: bool, every: int) -> Iterator[Labelled]:
    for path in sorted(films.glob("*/manifest.json")):
        if (int(path.parent.name) % HELD_OUT == 0) == held:
            yield from of_film(path.parent, every)


def of_class(data: Annotated, name: str) -> Annotated:
    """Return the same pictures with the truth of one class alone."""
    number = {one["name"]: one["id"] for one in data.content["categories"]}[name]
    rows = [one for one in data.content["annotations"] if one["category_id"] == number]
    return replace(data, content={**data.content, "annotations": rows})


def finish(folder: Path, data: Path, out: Path) -> dict[str, float]:
    """Save the model in half precision and return COCO's AP50 of it, class by class."""
    load_pretrained(NAME, folder, dtype=torch.float16).save_pretrained(out)
    model, valid = load_pretrained(NAME, out), annotated(data / "valid")
    return {name: average_precision(model, of_class(valid, name)) for name in LABELLED}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    for name in ("films", "work", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--dense", type=int, default=2000, help="batches of the first part")
    parser.add_argument("--steps", type=int, default=1000, help="batches of the second")
    given = parser.parse_args()
    torch.set_num_threads(1)
    data, dense, tuned = given.work / "data", given.work / "dense", given.work / "tuned"
    write_data(given.films, data)
    model = small_rfdetr()
    if not (dense / "config.json").exists():
        learn_dense(model, annotated(data / "train"), Tuning(given.dense, 8, 2e-3), dense)
    tune_rfdetr(data, dense, tuned, Tuning(given.steps, 8, 4e-4), told=told)
    print(json.dumps(finish(tuned, data, given.out), indent=1))


if __name__ == "__main__":
    main()
