"""Number crops cut out of simulated games: bodies in poses, as the pipeline sees them.

Flat kits folded by rule (`numbers_data`) are cheap and vary without end; here cloth hangs on posed
bodies among others, and the crops are what the reader meets: number regions and torsos.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.numbers.embedded import CROP_SIDE, resize_crop
from courtside.numbers.look import cut
from courtside.numbers.torso import torso_boxes
from courtside.rle import Mask, encode
from courtside.simulate.body import Bodies, load_bodies
from courtside.simulate.dataset import (
    DRAWN,
    SCENES_PER_VENUE,
    VENUES_PER_LIBRARY,
    load_poses,
    read_takes,
)
from courtside.simulate.degrade import degrade
from courtside.simulate.finish import finish
from courtside.simulate.library import PoseLibrary
from courtside.simulate.raster import Renderer
from courtside.simulate.scene import Scene, random_scene
from courtside.simulate.seeds import training_seed
from courtside.simulate.textures import BACK, CHEST, INKED, NUMBERS, PRINTED
from courtside.simulate.venue import Venue, random_venue
from courtside.train.numbers_camera import separation, wavering
from courtside.train.numbers_data import DOUBTFUL, HIDDEN, READABLE, UNREADABLE, UNSEEN, Chunk

# A picture is seen so often, each time at another size, through another camera.
TAKES = 4
# Share of the drawn size at which it is seen: 480 to 810 lines.
SIZES = (0.6, 1.0)
# Share of the crops that are torsos: what is read where no number region was found.
TORSOS = 0.5
# Share of torsos without any printed pixel that are kept, as counter-examples.
BLANKS = 0.3
LEAST_INK, LEAST_BODY = 12, 56.0
# How much of either half of a number is seen, as a share of what somebody of `TALL` metres shows
# from straight ahead: from where on both are clear, and below what a half is lost.
TALL, CLEAR, LOST = 1.9, 0.45, 0.2
# Lines of a number's height from which on it is readable, and below which it is not.
SHARP, SMALL = 10.0, 6.0
# How far digits stand off their cloth in the crop (`separation`), likewise.
STRONG, FAINT = 0.9, 0.4

Picture = NDArray[np.uint8]
Box = NDArray[np.float32]
Row = tuple[Picture, tuple[int, int, int]]


@dataclass(frozen=True)
class _Seen:
    """A drawn picture (h, w, 3) BGR with the ids of `Renderer.draw`, both at one size."""

    picture: Picture
    ids: Picture
    scene: Scene


class Games:
    """A renderer of simulated games with bodies in poses, which are dear to make."""

    def __init__(self, seed: int) -> None:
        """Raise MachineError when the extra `simulate` or OpenGL is missing."""
        training_seed(seed)
        self.seed = seed
        self.bodies: Bodies = load_bodies()
        self.renderer = Renderer(*DRAWN, self.bodies.fine, self.bodies.far)
        self.poses: tuple[PoseLibrary, PoseLibrary] | None = None
        self.block = -1

    def chunk(self, number: int) -> Chunk:
        """Return the crops of one venue's pictures; they depend on seed and number alone."""
        block = number // VENUES_PER_LIBRARY
        if block != self.block:
            self.poses = load_poses(self.renderer, self.bodies, read_takes(None), self.seed, block)
            self.block = block
        venue = random_venue(np.random.default_rng([self.seed, number]))
        self.renderer.set_stage(venue.stage)
        rows = [row for i in range(SCENES_PER_VENUE) for row in self._scene(venue, number, i)]
        images = np.array([image for image, _ in rows], np.uint8)
        images = images.reshape(-1, CROP_SIDE, CROP_SIDE, 3)
        labels = np.array([label for _, label in rows], np.int8).reshape(-1, 3)
        return Chunk(images, *labels.T)

    def _scene(self, venue: Venue, number: int, index: int) -> Iterator[Row]:
        assert self.poses is not None
        rng = np.random.default_rng([self.seed, number, index])
        scene = random_scene(venue, *self.poses, DRAWN, rng)
        drawn, ids = self.renderer.draw(
            scene.camera, venue.light, scene.near, scene.far, scene.moving
        )
        colours = np.asarray(cv2.cvtColor(drawn, cv2.COLOR_RGBA2RGB), np.uint8)
        colours, ids, _ = finish(scene, colours, ids, rng)
        picture = np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2BGR), np.uint8)
        for _ in range(TAKES):
            yield from _crops(_filmed(_Seen(picture, ids, scene), rng), rng)


def _filmed(seen: _Seen, rng: np.random.Generator) -> _Seen:
    """Return a picture as a camera of some quality leaves it."""
    share = rng.uniform(*SIZES)
    height, width = (round(side * share) for side in seen.picture.shape[:2])
    small = cv2.resize(seen.picture, (width, height), interpolation=cv2.INTER_AREA)
    ids = cv2.resize(seen.ids, (width, height), interpolation=cv2.INTER_NEAREST)
    return _Seen(degrade(np.asarray(small, np.uint8), rng), np.asarray(ids, np.uint8), seen.scene)


def _crops(seen: _Seen, rng: np.random.Generator) -> Iterator[Row]:
    """Yield a crop of everybody large enough who may wear a number, with its labels."""
    for index, person in enumerate(seen.scene.people):
        own = seen.ids[..., 0] == index + 1
        if person.kind != "player" or own.any(axis=1).sum() < LEAST_BODY:
            continue
        printed = np.where(own, seen.ids[..., 1], 0)
        body, ink = _extent(own), printed > 0
        if ink.sum() >= LEAST_INK and person.number not in UNSEEN:
            box = _box(own, body, _extent(ink), rng)
            crop, inside = cut(seen.picture, box), cut(printed, box)
            scale = (body[3] - body[1]) / TALL
            whole = _whole_halves(seen.scene, person.number, inside) * scale**2
            yield resize_crop(crop), _labels(person.number, inside, whole, crop)
        elif not ink.any() and rng.random() < BLANKS:
            crop = cut(seen.picture, _box(own, body, None, rng))
            yield resize_crop(crop), (HIDDEN, HIDDEN, UNREADABLE)


def _extent(mask: Mask) -> Box:
    """Return the box of a mask, x1 y1 x2 y2."""
    ys, xs = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    return np.array([xs[0], ys[0], xs[-1] + 1, ys[-1] + 1], np.float32)


def _box(own: Mask, body: Box, tight: Box | None, rng: np.random.Generator) -> Box:
    """Return where a number is read: about its region, or on the torso, as the pipeline does."""
    if tight is not None and rng.random() >= TORSOS:
        return wavering(rng, tight.astype(np.float64)).astype(np.float32)
    size = own.shape[0], own.shape[1]
    torso = torso_boxes(body[None], [encode(own)], size)[0]
    shake = rng.normal(0, 0.06, 4) * (torso[3] - torso[1])
    return np.asarray(torso + shake, np.float32)


def _whole_halves(scene: Scene, number: str, seen: Picture) -> NDArray[np.float64]:
    """Return the ink of both halves of a number (2,), square metres.

    seen: ids of what is printed, which tell chest and back apart.
    """
    ink = scene.venue.stage.numbers[NUMBERS.index(number), ..., 0] > 255 * INKED
    side = BACK if (seen >= PRINTED + 2).sum() > (seen > 0).sum() / 2 else CHEST
    return np.asarray(ink.reshape(len(ink), 2, -1).mean(axis=(0, 2)) * side**2 / 2, np.float64)


def _labels(
    number: str, seen: Picture, whole: NDArray[np.float64], crop: Picture
) -> tuple[int, int, int]:
    """Return tens, ones and readable, as of flat kits.

    seen: ids of what is printed, (h, w); whole: pixels of both halves in full view, (2,).
    """
    ink = (seen > 0).astype(np.float32)
    halves = np.array([((seen > 0) & (seen % 2 == side)).sum() for side in (0, 1)])
    least, most = np.sort(halves / np.maximum(whole, 1))
    rows = np.nonzero(ink.any(axis=1))[0]
    lines = float(np.ptp(rows)) + 1 if len(rows) else 0.0
    contrast = separation(crop, [ink, ink])
    if most < LOST or lines < SMALL or contrast < FAINT:
        return HIDDEN, HIDDEN, UNREADABLE
    two = len(number) == 2
    tens, lost = int(number[0]) + 1 if two else 0, least < LOST
    ones = HIDDEN if two and lost and halves[1] < halves[0] else int(number[-1])
    if least > CLEAR and lines > SHARP and contrast > STRONG:
        return tens, ones, READABLE
    return tens, ones, UNREADABLE if lost else DOUBTFUL
