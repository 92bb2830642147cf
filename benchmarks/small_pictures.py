"""Simulated films as COCO annotations, the way `courtside train rfdetr` takes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.detect.rfdetr import BASKETBALL
from courtside.sightings import Sightings
from courtside.store.opened import open_run
from courtside.train.rfdetr import ANNOTATIONS

CLASSES = tuple(BASKETBALL)  # simulation labels five of them
SIZE = (640, 360)
LEAST_VISIBLE = 0.3
Image = NDArray[np.uint8]
Labelled = tuple[Image, NDArray[np.float64], list[str]]


def write_coco(found: Iterable[Labelled], folder: Path) -> None:
    """Write pictures of SIZE and their annotations."""
    folder.mkdir(parents=True, exist_ok=True)
    images: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for number, (image, boxes, kinds) in enumerate(found):
        name = f"{number:06d}.jpg"
        cv2.imwrite(str(folder / name), cv2.resize(image, SIZE, interpolation=cv2.INTER_AREA))
        images.append({"id": number, "file_name": name, "width": SIZE[0], "height": SIZE[1]})
        scale = np.tile(np.array(SIZE) / image.shape[1::-1], 2)
        rows += _annotations(boxes * scale, kinds, number, len(rows))
    categories = [{"id": number, "name": name} for number, name in enumerate(CLASSES)]
    content = {"images": images, "annotations": rows, "categories": categories}
    (folder / ANNOTATIONS).write_text(json.dumps(content), "utf-8")


def looked_at(folder: Path, every: int) -> Iterator[tuple[Image, Sightings]]:
    """Yield every so many-th picture of a film of `courtside simulate`, and who is in it."""
    rows = open_run(folder).sightings
    if not len(rows):
        return
    with av.open(str(folder / "video.mp4")) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % every == 0:
                image = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
                yield image, rows.select(rows["frame"] == number)


def of_film(folder: Path, every: int) -> Iterator[Labelled]:
    """Yield every so many-th picture of a film, and what is to be found in it."""
    for image, rows in looked_at(folder, every):
        yield image, *_things(rows)


def _things(rows: Sightings) -> tuple[NDArray[np.float64], list[str]]:
    seen = rows.select(~(rows["visibility"] < LEAST_VISIBLE))
    boxes, kinds = [*seen.boxes.astype(np.float64)], [*seen["kind"]]
    for box in seen["number_box"]:
        if box is not None and np.isfinite(box).all():
            boxes.append(np.asarray(box, np.float64))
            kinds.append("number")
    return np.array(boxes, np.float64).reshape(-1, 4), kinds


def _annotations(
    boxes: NDArray[np.float64], kinds: list[str], image: int, begin: int
) -> list[dict[str, Any]]:
    """Return what of the boxes lies in the picture, and is of a class; sidelines are none."""
    rows: list[dict[str, Any]] = []
    clipped = np.clip(boxes, 0, np.tile(SIZE, 2))
    for whole, box, kind in zip(boxes, clipped, kinds, strict=True):
        width, height = (box[2:] - box[:2]).tolist()
        area = float(np.prod(whole[2:] - whole[:2]))
        if kind not in CLASSES or min(width, height) < 2 or width * height < area / 3:
            continue
        row = {"id": begin + len(rows) + 1, "image_id": image, "area": width * height}
        row |= {"iscrowd": 0, "category_id": CLASSES.index(kind)}
        rows.append({**row, "bbox": [*box[:2].tolist(), width, height]})
    return rows
