"""Draws a produced game frame by frame: bodies, ball, crowd; then lens, graphics and truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.backdrop import Backdrop, wide_camera
from courtside.simulate.ball import RADIUS
from courtside.simulate.body import Bodies
from courtside.simulate.buffers import Cast
from courtside.simulate.camera import Camera
from courtside.simulate.crowd import fill_house
from courtside.simulate.description import RATE
from courtside.simulate.fans import fans_of, moved
from courtside.simulate.filming import Shot
from courtside.simulate.kit import random_shirt
from courtside.simulate.lens import Lens
from courtside.simulate.library import WATCHING, PoseLibrary, pose_library
from courtside.simulate.looks import in_trousers, look_of
from courtside.simulate.match import ROWS
from courtside.simulate.raster import Renderer
from courtside.simulate.scene import Scene, cast_rows
from courtside.simulate.scoreboard import Scoreboard
from courtside.simulate.skin import pose_all, troupe
from courtside.simulate.stage_play import Production, still_bodies
from courtside.simulate.stances import PoseKind
from courtside.simulate.statics import BALL_ID, Triangles
from courtside.simulate.truth import Truth, find_truth

Picture = NDArray[np.uint8]
SPARE: list[PoseKind] = ["sit", "slump", "sit", "slump", "sit", "slump", "sit", "stand"]
SMOOTH = 1.25  # pixels drawn for one of the film, along each side
MOST_NEAR, MOST_FAR = 200, 3000  # spectators in one picture


@dataclass(frozen=True, slots=True)
class FilmFrame:
    """One finished frame. picture: BGR (h, w, 3); ids: (h, w, 4) as `Renderer.draw`, after lens and
    graphics; truth: boxes in the picture's pixels before the lens, without numbers; pan: pixels a
    frame."""

    number: int
    segment: int
    game_frame: int
    view: str
    replay: bool
    picture: Picture
    ids: Picture
    truth: Truth
    camera: Camera
    pan: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """A frame as the renderer leaves it. colours: RGBA (H, W, 4), ids alike, SMOOTH times as large
    as the film; motion: pixels of the film by which the camera's aim moves in a frame."""

    number: int
    segment: int
    game_frame: int
    shot: Shot
    colours: Picture
    ids: Picture
    truth: Truth
    camera: Camera
    motion: tuple[float, float]


class Projector:
    """Everything that is loaded once for a film. What draws belongs to the thread that made it;
    `finish` may run in another."""

    def __init__(
        self, production: Production, bodies: Bodies, size: tuple[int, int], lens: Lens
    ) -> None:
        """size: width and height of the film in pixels."""
        self.production, self.bodies, self.size, self.lens = production, bodies, size, lens
        rng = np.random.default_rng([production.plan.seed, 4])
        drawn = (round(size[0] * SMOOTH), round(size[1] * SMOOTH))
        self.renderer = Renderer(*drawn, bodies.near, bodies.far)
        self.still = still_bodies(bodies, production.bystanders, SPARE, rng)
        far = pose_library(bodies, bodies.far, WATCHING, np.zeros((0, 19, 3, 3)), rng)
        self.renderer.far.set_poses(far.vertices, far.normals)
        moving = np.zeros((ROWS, *self.still.vertices.shape[1:]), np.float32)
        self.vertices = np.concatenate([moving, self.still.vertices])
        self.renderer.near.set_poses(self.vertices, np.concatenate([moving, self.still.normals]))
        self.troupe = troupe(
            bodies,
            bodies.near,
            [motion.shape for motion in production.motions],
            [in_trousers(actor.look) for actor in production.actors],
        )
        venue = production.venue
        self.renderer.set_stage(venue.stage)
        self.house = fill_house(venue.stand, venue.light.crowd, venue.fans, far, len(SPARE), rng)
        self.fans = fans_of(self.house, far.kinds, production.diary.events, RATE, rng)
        self.looks = self._looks(rng)
        self.ball_tint = np.array([rng.uniform(0.66, 0.8), rng.uniform(0.32, 0.4), 0.15])
        self.backdrop: Backdrop | None = None
        self.scoreboard = Scoreboard(production, size, rng)

    def _looks(self, rng: np.random.Generator) -> NDArray[np.float32]:
        """Looks of actors, bystanders and fans, one table."""
        production, shirt = self.production, random_shirt(rng)
        still = [
            look_of(p.role, production.venue.kits[max(p.side, 0)], shirt, rng)
            for p in production.bystanders
        ]
        actors = np.stack([a.look for a in production.actors])
        return np.concatenate([actors, *(s[None] for s in still), self.house.fans])

    def show(self, shots: Sequence[Shot]) -> Iterator[FilmFrame]:
        """All frames of the film in order."""
        return map(self.finish, self.draw(shots))

    def draw(self, shots: Sequence[Shot]) -> Iterator[Drawn]:
        """All frames in order, before lens and graphics."""
        number = 0
        for segment, shot in enumerate(shots):
            drawn = [
                replace(c, width=self.renderer.size[0], height=self.renderer.size[1])
                for c in shot.cameras
            ]
            shown = self.house.allowed(drawn[:: max(1, len(drawn) // 12)])
            large = self.house.large(drawn[len(drawn) // 2])
            wide = wide_camera(drawn)
            self.backdrop = None if wide is None else self._backdrop(wide, shown, large)
            for k, (game_frame, camera) in enumerate(zip(shot.frames.tolist(), drawn, strict=True)):
                scene = self._scene(game_frame, camera, shown, large)
                motion = pan_of(drawn, k, SMOOTH)
                colours, ids = self._draw(scene)
                truth = find_truth(scene, self._library(), self.renderer, ids, numbers=False)
                facts = (colours, ids, truth, camera, motion)
                yield Drawn(number, segment, game_frame, shot, *facts)
                number += 1

    def _backdrop(
        self, wide: Camera, shown: NDArray[np.bool_], large: NDArray[np.bool_]
    ) -> Backdrop:
        """Everything that does not move, for one shot."""
        if self.backdrop is not None:
            self.backdrop.release()
        scene = self._scene(0, wide, shown, large)
        still = Cast(scene.near.rows[ROWS:], scene.near.looks)
        light = self.production.venue.light
        _, back = self._seats(wide, shown, large)
        calm = Cast(self.house.rows[back[~self.fans.who[back]]], self.house.fans)
        return Backdrop(self.renderer, wide, light, still, calm)

    def _scene(
        self, frame: int, camera: Camera, shown: NDArray[np.bool_], large: NDArray[np.bool_]
    ) -> Scene:
        """What is where at a game frame, with the bodies loaded."""
        production = self.production
        self._load_bodies(frame)
        people = production.people(frame)
        near = cast_rows(list(people), list(range(len(people))))
        front, back = self._seats(camera, shown, large)
        rows = self.house.rows[front].copy()
        rows[:, 4] = len(people) + self.house.near_pose[front]
        rows[:, 8] += len(people)
        x, y, z = (float(v) for v in production.ball[frame])
        moving = Triangles()
        moving.ball(np.array([x, y, z]), RADIUS, self.ball_tint, BALL_ID, _spin(frame))
        if self.backdrop is not None:  # it shows all others
            back = back[self.fans.who[back]]
        seated = moved(self.fans, self.house, back, frame / RATE, production.ball[frame])
        far = Cast(seated, self.house.fans)
        cast = Cast(np.vstack([near, rows]), self.looks)
        side = float(np.sign(x)) or 1.0
        return Scene(production.venue, camera, cast, far, people, (x, y, z), moving.array(), side)

    def _seats(
        self, camera: Camera, shown: NDArray[np.bool_], large: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Seats in view whose people are drawn finely, and the others, the nearest first."""
        seats = self.house.in_view(camera, shown)
        fine = large[seats] & (np.cumsum(large[seats]) <= MOST_NEAR)
        return seats[fine], seats[~fine][:MOST_FAR]

    def _load_bodies(self, frame: int) -> None:
        """Skin everybody who moves."""
        motions = self.production.motions
        poses = np.stack([m.poses[frame] for m in motions]).astype(np.float64)
        pelvis = np.array([m.pelvis[frame] for m in motions])
        self.vertices[:ROWS], normals = pose_all(self.troupe, poses, pelvis)
        self.renderer.near.renew_poses(self.vertices[:ROWS], normals)

    def finish(self, drawn: Drawn) -> FilmFrame:
        """The frame after lens, sensor and editing room."""
        motion, shot, size = drawn.motion, drawn.shot, self.size
        picture = self.lens.develop(drawn.colours, size, motion[0])
        ids = self.lens.develop_ids(drawn.ids, size, motion[0])
        seed = self.production.plan.seed * 1000 + drawn.number
        picture = self.lens.expose(picture, motion, seed)
        self.scoreboard.draw(picture, ids, drawn.number, drawn.game_frame, shot.replay)
        camera = replace(drawn.camera, width=size[0], height=size[1])
        truth = replace(drawn.truth, boxes=drawn.truth.boxes / np.float32(SMOOTH))
        facts = (shot.view, shot.replay, picture, ids, truth, camera, motion[0])
        return FilmFrame(drawn.number, drawn.segment, drawn.game_frame, *facts)

    def _draw(self, scene: Scene) -> tuple[Picture, Picture]:
        """Colours and ids of a scene; leaves all its people loaded."""
        light = self.production.venue.light
        if self.backdrop is None:
            return self.renderer.draw(scene.camera, light, scene.near, scene.far, scene.moving)
        moving = Cast(scene.near.rows[:ROWS], scene.near.looks)
        drawn = self.renderer.draw_over(
            self.backdrop, scene.camera, light, moving, scene.far, scene.moving
        )
        self.renderer.near.load(scene.near)
        return drawn

    def _library(self) -> PoseLibrary:
        return replace(self.still, vertices=self.vertices)


def pan_of(cameras: Sequence[Camera], k: int, smooth: float) -> tuple[float, float]:
    """Pixels of the film by which a panning camera moves what it aims at, in one frame."""
    if len(cameras) < 2:
        return 0.0, 0.0
    a, b = (cameras[k - 1], cameras[k]) if k else (cameras[0], cameras[1])
    target = np.array([a.target])
    (x1, y1, _), (x2, y2, _) = a.project(target)[0], b.project(target)[0]
    return float(x2 - x1) / smooth, float(y2 - y1) / smooth


def _spin(frame: int) -> NDArray[np.float64]:
    """How the ball is turned: it spins about the axis across its way, twice a second."""
    angle = 2 * np.pi * 2.0 * frame / 30
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
