"""Self-checks of simulated films: python benchmarks/simulated_checks.py RUN...

Per film: masks inside their boxes (2 pixels to spare), digits' boxes inside the mask's box, planted
soles within 2 cm of the floor, no two players' middles closer than 0.37 m (torsos of 0.26 m radius
would lie 15 cm in one another), court cameras that put the far corner where the drawing did.
"""

import json
import sys
from pathlib import Path

import numpy as np

from courtside import rle
from courtside.simulate.body import Bodies, load_bodies
from courtside.simulate.description import GamePlan, TeamPlan
from courtside.simulate.pose import PARTS
from courtside.simulate.stage_play import Production, produce
from courtside.store.opened import open_run

EYE = (0.0, -24.0, 8.5)  # motion does not depend on it


def production_of(folder: Path) -> Production:
    """The game of a film, played again."""
    plan = json.loads((folder / "simulated.json").read_text())["plan"]
    plan["teams"] = tuple(TeamPlan(**team) for team in plan["teams"])
    return produce(GamePlan(**plan), load_bodies(), EYE)


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


def closest(game: Production) -> float:
    """The smallest distance between the middles of two who play, metres."""
    least = np.inf
    for frame, rows in enumerate(game.diary.active):
        places = np.stack([game.motions[r].places[frame] for r in rows])
        gaps = np.linalg.norm(places[:, None] - places[None], axis=2) + 9 * np.eye(len(rows))
        least = min(least, float(gaps.min()))
    return least


def main() -> None:
    """Check every film named."""
    bodies = load_bodies()
    print("film frames masks outside digits_outside worst_sole_m closest_m")
    for folder in map(Path, sys.argv[1:]):
        game = production_of(folder)
        figures = (*masks_outside(folder), soles(game, bodies), closest(game))
        frames = len(open_run(folder).frames)
        print(folder.name, frames, *(f"{v:.3f}" if isinstance(v, float) else v for v in figures))


if __name__ == "__main__":
    main()
