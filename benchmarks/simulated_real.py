"""How simulated films look beside real clips: python benchmarks/simulated_real.py FOLDER...

A folder holds a run (simulated) or clip.mp4 and truth.json (real). Printed per folder, medians over
eight of its frames: height of people as a share of the picture's (that of a tenth, half and nine
tenths of them is not larger), share of them that overlap another's box by more than 30 % of their
own, sharpness (variance of the Laplacian of the grey picture at 1280 pixels wide), contrast of a
torso against the floor at its feet (difference of mean grey levels), share of pixels that change by
more than 12 grey levels to the next frame.
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.store.opened import open_run

MOST_FRAMES = 8


def boxes_of(folder: Path) -> tuple[Path, dict[int, NDArray[np.float64]]]:
    """The video and, by frame, boxes (n, 4) of players and referees of whom half is to be seen."""
    if (folder / "truth.json").is_file():
        truth = json.loads((folder / "truth.json").read_text())
        frames: dict[int, list[list[float]]] = {f: [] for f in truth["frames"]}
        for row in truth["boxes"]:
            if (row.get("visibility") or 1.0) > 0.5:
                frames[row["frame"]].append(row["box"])
        kept = sorted(frames)[:: max(1, len(frames) // MOST_FRAMES)]
        return folder / "clip.mp4", {f: np.array(frames[f]).reshape(-1, 4) for f in kept}
    rows = open_run(folder).sightings
    people = np.isin(rows["kind"].astype(str), ("player", "referee")) & (rows["visibility"] > 0.5)
    rows = rows.select(people)
    found = {f: part.boxes.astype(np.float64) for f, part in rows.by_frame()}
    step = max(1, len(found) // MOST_FRAMES)
    return folder / "video.mp4", {f: found[f] for f in sorted(found)[::step]}


def overlapped(boxes: NDArray[np.float64]) -> float:
    """Share of boxes of which another covers more than 30 %."""
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    area = np.clip(high - low, 0, None).prod(axis=2)
    np.fill_diagonal(area, 0)
    own = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return float((area.max(axis=1, initial=0) > 0.3 * own).mean()) if len(boxes) else 0.0


def contrast(grey: NDArray[np.uint8], boxes: NDArray[np.float64]) -> float:
    """Median difference between torsos and the floor left and right of the feet."""
    found = []
    for x1, y1, x2, y2 in boxes.astype(int):
        w, h = x2 - x1, y2 - y1
        torso = grey[y1 + h // 5 : y1 + h // 2, x1 + w // 4 : x2 - w // 4]
        floor = grey[y2 - h // 12 : y2 + h // 12, max(0, x1 - w) : x2 + w]
        if torso.size and floor.size:
            found.append(abs(float(torso.mean()) - float(np.median(floor))))
    return float(np.median(found)) if found else np.nan


def figures(folder: Path) -> list[float]:
    """Heights that a tenth, half and nine tenths of the people stay under, then the other four."""
    video, frames = boxes_of(folder)
    film, rows, heights = cv2.VideoCapture(str(video)), [], list[NDArray[np.float64]]()
    for frame, boxes in frames.items():
        film.set(cv2.CAP_PROP_POS_FRAMES, frame)
        (ok, picture), (more, following) = film.read(), film.read()
        if not ok or not more or len(boxes) == 0:
            continue
        first, second = (cv2.cvtColor(p, cv2.COLOR_BGR2GRAY) for p in (picture, following))
        wide = cv2.resize(first, (1280, round(first.shape[0] * 1280 / first.shape[1])))
        heights.append((boxes[:, 3] - boxes[:, 1]) / first.shape[0])
        rows.append([
            overlapped(boxes),
            float(cv2.Laplacian(wide, cv2.CV_64F).var()),
            contrast(np.asarray(first, np.uint8), boxes),
            float((cv2.absdiff(first, second) > 12).mean()),
        ])  # fmt: skip
    spread = np.percentile(np.concatenate(heights), [10, 50, 90])
    return [float(v) for v in (*spread, *np.nanmedian(np.array(rows), axis=0))]


def main() -> None:
    """Print a row for every folder."""
    print("folder height10 height50 height90 overlapped sharpness contrast moving")
    for folder in (Path(a) for a in sys.argv[1:] if a != "--"):
        print(folder.name, *(f"{v:.3g}" for v in figures(folder)))


if __name__ == "__main__":
    main()
