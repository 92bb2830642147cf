"""The sample game: eight seconds of a simulated match with a cut, and its truth.

`python -m courtside.simulate.sample --out examples` writes `sample.mp4` and `sample.truth.json`.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from courtside.simulate.body import load_bodies
from courtside.simulate.description import RATE, GamePlan, TeamPlan
from courtside.simulate.filming import Play, Shot, follow
from courtside.simulate.game import write_video
from courtside.simulate.lens import Lens
from courtside.simulate.projector import FilmFrame, Projector
from courtside.simulate.raster import Light
from courtside.simulate.sample_truth import Frame, truth_document
from courtside.simulate.stage_play import Production, produce

SIZE, SECONDS, CUT_AT = (1280, 720), 8, 6.0
TRUTH_EVERY = 5  # frames
MAIN_EYE, CLOSE_EYE = (1.0, -24.5, 9.0), (4.0, -10.5, 3.0)
HOME = TeamPlan("home", (0.93, 0.93, 0.93), ("4", "7", "12", "23", "35"))
AWAY = TeamPlan("away", (0.55, 0.05, 0.1), ("0", "8", "11", "21", "44"))
LIGHT = Light(
    np.array([0.6, 0.59, 0.57]),
    np.array([[0.05, -0.05, 0.2], [-0.1, -0.06, 0.12], [0.05, -0.12, 0.1]]),
    gloss=0.15,
    shadow=0.08,
    contact=0.4,
    crowd=0.85,
)


def write_sample(out: Path, seed: int) -> None:
    """Render the sample game into folder `out`."""
    plan = GamePlan(seed, SECONDS, teams=(HOME, AWAY), cuts=False, graphics=False, pace=1.3)
    bodies = load_bodies()
    production = produce(plan, bodies, MAIN_EYE)
    production = replace(production, venue=replace(production.venue, light=LIGHT))
    projector = Projector(production, bodies, SIZE, Lens(noise=1.0))
    out.mkdir(parents=True, exist_ok=True)
    truths: list[Frame] = []
    frames = _noted(projector.show(_shots(production)), truths)
    write_video(out / "sample.mp4", frames, "sample", SIZE, crf=26)
    document = truth_document(truths, production.people(0), SIZE, RATE, plan.frames)
    (out / "sample.truth.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


def _shots(production: Production) -> list[Shot]:
    """The main camera, then after a cut one at the sideline."""
    ten = np.array([
        [production.motions[r].places[f] for r in rows]
        for f, rows in enumerate(production.diary.active)
    ])  # fmt: skip
    play = Play(production.ball, ten, production.plan.court)
    rng = np.random.default_rng([production.plan.seed, 8])
    main = follow("broadcast", MAIN_EYE, play, RATE, rng)
    close = follow("tripod", CLOSE_EYE, play, RATE, rng)
    cut, count = round(CUT_AT * RATE), len(main)
    return [
        Shot("main", False, np.arange(cut), main[:cut]),
        Shot("main", False, np.arange(cut, count), close[cut:]),
    ]


def _noted(frames: Iterator[FilmFrame], truths: list[Frame]) -> Iterator[FilmFrame]:
    for frame in frames:
        if frame.number % TRUTH_EVERY == 0:
            truths.append(Frame(frame.number, frame.ids, frame.truth, frame.camera))
        yield frame


def main() -> None:
    """Read the command line and render."""
    parser = argparse.ArgumentParser(description="render the sample game and its truth")
    parser.add_argument("--out", type=Path, default=Path("examples"))
    parser.add_argument("--seed", type=int, default=21)
    options = parser.parse_args()
    write_sample(options.out, options.seed)


if __name__ == "__main__":
    main()
