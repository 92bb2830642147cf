"""`courtside simulate`: a game on film with complete truth, as a run folder beside the video."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np

from courtside.background import ahead
from courtside.errors import InputError
from courtside.simulate.body import Bodies, load_bodies
from courtside.simulate.description import RATE, GamePlan, plan_game
from courtside.simulate.filming import Play, Shot, film, size_of, stand_of
from courtside.simulate.game_truth import GameTruth
from courtside.simulate.lens import Lens
from courtside.simulate.projector import FilmFrame, Projector
from courtside.simulate.stage_play import Production, produce
from courtside.simulate.takes import read_takes
from courtside.store.run import MANIFEST, is_complete, write_json, writing

VIDEO = "video.mp4"
DRAWN_AHEAD = 2  # frames drawn while earlier ones are finished, 12 MB each
Tell = Callable[[int, int], None]


def simulate_game(
    folder: Path,
    seed: int,
    seconds: float,
    view: str = "broadcast",
    description: Path | None = None,
    motion: Path | None = None,
    tell: Tell | None = None,
    resolution: int = 720,
) -> None:
    """Render a game into a folder: `video.mp4` and, beside it, its truth as a run folder.

    description: a game in TOML (`docs/simulate.md`); motion: folder of BVH takes, blended with the
    procedural motion; tell: told how many frames are done, of how many; resolution: pixels of the
    shorter side of the pictures.

    A folder that is whole stays as it is. Two cameras make `a`, `b` and `game.json`. Rendering
    needs the `simulate` extra; equal arguments give the same game.

    Raises:
        InputError: for an unknown view, a resolution beyond 144 to 2160, or a description that
            cannot be used.
        MachineError: when the extra or OpenGL is missing, or the folder cannot be written.
    """
    if not 144 <= resolution <= 2160:
        raise InputError(f"expected a resolution from 144 to 2160, got {resolution}")
    plan = plan_game(seed, seconds, view, description)
    if view == "two-cameras":
        _two_cameras(folder, plan, motion, tell, resolution)
        return
    _one_camera(folder, plan, plan.view, motion, tell, resolution)


def _two_cameras(
    folder: Path, plan: GamePlan, motion: Path | None, tell: Tell | None, resolution: int
) -> None:
    views = {"a": "two-cameras", "b": "baseline"}
    for name, view in views.items():
        _one_camera(folder / name, replace(plan, cuts=False), view, motion, tell, resolution)
    cameras = [{"run": name, "offset": 0.0, "video": f"{name}/{VIDEO}"} for name in views]
    write_json(folder / "game.json", {"cameras": cameras})


def _one_camera(
    folder: Path,
    plan: GamePlan,
    view: str,
    motion: Path | None,
    tell: Tell | None,
    resolution: int,
) -> None:
    if is_complete(folder):
        return
    if (folder / MANIFEST).exists():
        raise InputError(f"{folder} holds another run: choose another --out")
    bodies = load_bodies()
    rng = np.random.default_rng([plan.seed, 5, len(view)])
    production, shots = staged(plan, view, bodies, motion, rng)
    lens, size = lens_of(view, rng), size_of(view, resolution)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    truth = GameTruth(production, size, lens)
    total = sum(len(shot.frames) for shot in shots)
    drawn = ahead(_drawn(production, bodies, size, lens, shots), DRAWN_AHEAD)
    frames = _noted((finish() for finish in drawn), truth, total, tell)
    # Broadcasts are cleaner than phones.
    crf = int(
        rng.integers(20, 25) if view in ("broadcast", "two-cameras") else rng.integers(22, 28)
    )
    write_video(folder / VIDEO, frames, f"simulated game {plan.seed}", size, crf)
    truth.save(folder, folder / VIDEO)


def staged(
    plan: GamePlan, view: str, bodies: Bodies, motion: Path | None, rng: np.random.Generator
) -> tuple[Production, list[Shot]]:
    """A game and how it is filmed."""
    eye = stand_of(view, plan.court, rng)
    production = produce(plan, bodies, eye, read_takes(motion))
    return production, _shots(production, view, eye, rng)


def _drawn(
    production: Production, bodies: Bodies, size: tuple[int, int], lens: Lens, shots: list[Shot]
) -> Iterator[Callable[[], FilmFrame]]:
    """Drawn frames, each to be finished by whoever takes it."""
    projector = Projector(production, bodies, size, lens)
    for drawn in projector.draw(shots):
        yield partial(projector.finish, drawn)


def _shots(
    production: Production, view: str, eye: tuple[float, float, float], rng: np.random.Generator
) -> list[Shot]:
    ten = np.array([
        [production.motions[r].places[f] for r in rows]
        for f, rows in enumerate(production.diary.active)
    ])  # fmt: skip
    cuts = production.plan.cuts
    cuts = view == "broadcast" if cuts is None else cuts
    play = Play(production.ball, ten, production.plan.court)
    return list(film(view, eye, play, production.diary, cuts, RATE, rng))


def _noted(
    frames: Iterator[FilmFrame], truth: GameTruth, total: int, tell: Tell | None
) -> Iterator[FilmFrame]:
    for frame in frames:
        truth.add(frame)
        if tell is not None:
            tell(frame.number + 1, total)
        yield frame


def lens_of(view: str, rng: np.random.Generator) -> Lens:
    """The lens and sensor of a view: good ones for broadcasts, small ones in phones."""
    if view in ("broadcast", "two-cameras"):
        return Lens(rng.uniform(-0.02, 0.0), 0.0, rng.uniform(0.8, 2.0))
    if view in ("tripod", "baseline"):
        return Lens(rng.uniform(-0.06, 0.0), 0.2, rng.uniform(1.5, 3.0))
    return Lens(rng.uniform(-0.09, 0.02), 0.6, rng.uniform(2.0, 4.5))


def write_video(
    path: Path, frames: Iterator[FilmFrame], title: str, size: tuple[int, int], crf: int
) -> None:
    """Write frames as H.264 that players show from the first byte on. size: width, height."""
    import av

    options = {"crf": str(crf), "preset": "veryfast"}
    with writing(path), av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        container.metadata["title"] = title
        stream = container.add_stream("libx264", rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.time_base = Fraction(1, RATE)
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(frame.picture, format="bgr24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
