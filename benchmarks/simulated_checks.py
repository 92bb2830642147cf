"""Self-checks of simulated films: python benchmarks/simulated_checks.py RUN...

Per film: masks inside their boxes (2 pixels to spare), digits' boxes inside the mask's box and
digits to be seen in the picture there, planted soles within 2 cm of the floor, nobody more than
15 cm inside another (`simulated_overlap.py`), crossings of court lines within 1 pixel of where they
are painted (`simulated_court.py`; RUN's pictures are of the simulator as it is now).
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from simulated_court import court_errors
from simulated_overlap import deepest

from courtside import rle
from courtside.sightings import Sightings
from courtside.simulate.body import Bodies, load_bodies
from courtside.simulate.description import GamePlan, TeamPlan
from courtside.simulate.filming import Shot
from courtside.simulate.game import staged
from courtside.simulate.pose import PARTS
from courtside.simulate.stage_play import Production
from courtside.store.opened import open_run

INK = 15.0  # grey levels between digits and cloth, twice what grain alone makes of either


def filmed(folder: Path, bodies: Bodies) -> tuple[Production, list[Shot]]:
    """The game of a film, played and filmed again."""
    plan = json.loads((folder / "simulated.json").read_text())["plan"]
    plan["teams"] = tuple(TeamPlan(**team) for team in plan["teams"])
    game = GamePlan(**plan)
    rng = np.random.default_rng([game.seed, 5, len(game.view)])
    return staged(game, game.view, bodies, None, rng)


def masks_outside(folder: Path) -> tuple[int, int, int]:
    """Masks, those that leave their box, and digits outside their wearer's mask."""
    run = open_run(folder)
    rows, count, outside, loose = run.sightings, 0, 0, 0
    for mask, box, digits in zip(rows["mask"], rows.boxes, rows["number_box"], strict=True):
        if mask is None:
            continue
        own = rle.bounding_box(mask, run.size)
        count += 1
        outside += bool((own[:2] < box[:2] - 2).any() or (own[2:] > box[2:] + 2).any())
        if np.isfinite(digits).all():
            loose += bool((digits[:2] < own[:2]).any() or (digits[2:] > own[2:]).any())
    return count, outside, loose


def soles(game: Production, bodies: Bodies) -> float:
    """The farthest a planted sole is from the floor, metres."""
    part, worst = bodies.near.weights.argmax(axis=1), 0.0
    for motion in game.motions:
        frames = np.arange(0, len(motion.places), 3)
        poses = motion.poses[frames].astype(np.float64)
        body, _ = bodies.skin_many(bodies.near, motion.shape, poses, motion.pelvis[frames])
        for k, side in enumerate("LR"):
            low = body[:, part == PARTS.index(f"foot.{side}"), 2].min(axis=1)
            down = motion.steps.planted[frames, k] & (motion.lift[frames] < 0.005)
            worst = max(worst, float(np.abs(low[down]).max(initial=0.0)))
    return worst


def pictures(folder: Path) -> Iterator[NDArray[np.uint8]]:
    """All frames of a film, BGR (h, w, 3)."""
    video = cv2.VideoCapture(str(folder / "video.mp4"))
    while (read := video.read())[0]:
        yield np.asarray(read[1], np.uint8)


def unseen_digits(folder: Path) -> tuple[int, int]:
    """Boxes of digits, and those where the picture shows no ink on the cloth."""
    run, count, unseen = open_run(folder), 0, 0
    rows = dict(run.sightings.by_frame())
    for frame, picture in enumerate(pictures(folder)):
        if frame in rows:
            spreads = digit_spreads(picture, rows[frame], run.size)
            count, unseen = count + len(spreads), unseen + sum(s < INK for s in spreads)
    return count, unseen


def digit_spreads(
    picture: NDArray[np.uint8], rows: Sightings, size: tuple[int, int]
) -> list[float]:
    """Grey levels between the dark and the light pixels of a wearer in each box of digits, in the
    colour channel that tells them best."""
    found = []
    for mask, box in zip(rows["mask"], rows["number_box"], strict=True):
        if mask is None or not np.isfinite(box).all():
            continue
        x1, y1, x2, y2 = box.astype(int)
        inside = picture[y1:y2, x1:x2][rle.decode_window(mask, size, (x1, y1, x2, y2))]
        low, high = np.percentile(inside, [8, 92], axis=0)
        found.append(float((high - low).max()))
    return found


def point_figures(points: NDArray[np.float64]) -> tuple[int, float, float, int]:
    """How many crossings were seen; median and largest error in pixels; how many above one."""
    known = points if len(points) else np.array([np.nan])
    return len(points), float(np.median(known)), float(known.max()), int((points > 1).sum())


def main() -> None:
    """Check every film named."""
    bodies, total = load_bodies(), 0
    print(
        "film frames masks outside digits digits_unseen digits_outside worst_sole_m "
        "overlap_99_m overlap_max_m points point_median_px point_max_px points_beyond_1px"
    )
    for folder in map(Path, sys.argv[1:]):
        game, shots = filmed(folder, bodies)
        count, outside, loose = masks_outside(folder)
        overlaps, points = deepest(game, bodies), court_errors(folder, game, shots, bodies)
        frames = len(open_run(folder).frames)
        total += frames
        figures = (
            *(folder.name, frames, count, outside, *unseen_digits(folder), loose),
            *(soles(game, bodies), float(np.percentile(overlaps, 99)), float(overlaps.max())),
            *point_figures(points),
        )
        print(*(f"{v:.3f}" if isinstance(v, float) else v for v in figures), flush=True)
    print("frames in all:", total)


if __name__ == "__main__":
    main()
