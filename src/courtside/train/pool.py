"""Rendered pictures with their truth, kept as tensors on the device that trains.

Decoding a picture takes longer than learning from it, so each is decoded once; the graphics card
then cuts, turns and spoils it anew every time it is shown.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from courtside.court.shapes import HALF_TURN, LANDMARKS, Court, landmarks, needs_half_turn
from courtside.errors import InputError
from courtside.simulate.camera import Camera
from courtside.simulate.dataset import (
    SCENES_PER_VENUE,
    STORED,
    Example,
    as_camera,
    as_court,
    load_example,
)
from courtside.simulate.degrade import add_graphics
from courtside.train.detector_net import VIEWS

MOST_THINGS = 96  # people, balls, rims and numbers in one picture
NOTHING = -1  # kind of the rows that fill up

THINGS = ("boxes", "kinds", "owner", "visibility", "identity")  # what has a row for each thing

Records = dict[str, Tensor]


@dataclass(frozen=True)
class Pool:
    """Up to `capacity` pictures, the newest replacing the oldest.

    Attributes:
        records: by name (capacity, ...): `picture` uint8 (3, h, w) BGR, `ids` uint8 (h, w), and of
            up to MOST_THINGS things in pixels `boxes`, `kinds`, `owner`, `visibility`, `identity`;
            `floor` (3, 3) court metres to pixels, `points` (landmarks, 2) pixels or NaN, `eye`
            (2,) where the camera stands, `view` and `venue`.
        loaded: names of the files read so far.
        venues: the places in the records that hold pictures of each venue.
    """

    records: Records
    loaded: set[str]
    venues: dict[int, list[int]]

    @property
    def capacity(self) -> int:
        return len(self.records["view"])

    def take_in(self, path: Path, record: Mapping[str, NDArray[np.generic]]) -> None:
        """Keep a picture of `to_record` on the device; it is shown only when all of it is there."""
        place = len(self.loaded) % self.capacity
        for name, value in record.items():
            self.records[name][place] = torch.from_numpy(np.asarray(value))
        if self.records["view"].is_cuda:
            torch.cuda.current_stream().synchronize()
        if len(self.loaded) >= self.capacity:
            self._forget(place)
        self.venues.setdefault(_venue_of(path), []).append(place)
        self.loaded.add(path.name)

    def _forget(self, place: int) -> None:
        for venue, places in list(self.venues.items()):
            if place in places:
                places.remove(place)
                if not places:
                    del self.venues[venue]
                return

    def choose(self, pairs: int, rng: np.random.Generator) -> Records:
        """Two random pictures of each of `pairs` venues, side by side in the batch.

        Raises:
            InputError: while the pool is empty.
        """
        venues = list(self.venues)
        if not venues:
            raise InputError("no training pictures yet: render them first")
        places: list[int] = []
        for venue in rng.integers(0, len(venues), pairs):
            both = self.venues[venues[venue]]
            places += [int(p) for p in rng.choice(both, 2, replace=len(both) < 2)]
        chosen = torch.tensor(places, device=self.records["view"].device)
        batch = {name: values[chosen] for name, values in self.records.items()}
        most = max(1, int((batch["kinds"] > NOTHING).sum(dim=1).max()))
        return {name: v[:, :most] if name in THINGS else v for name, v in batch.items()}


def empty_pool(capacity: int, device: torch.device) -> Pool:
    """A pool that holds nothing yet, with its memory taken."""
    width, height = STORED
    shapes: dict[str, tuple[tuple[int, ...], torch.dtype]] = {
        "picture": ((3, height, width), torch.uint8),
        "ids": ((height, width), torch.uint8),
        "boxes": ((MOST_THINGS, 4), torch.float32),
        "kinds": ((MOST_THINGS,), torch.int64),
        "owner": ((MOST_THINGS,), torch.int64),
        "visibility": ((MOST_THINGS,), torch.float32),
        "identity": ((MOST_THINGS,), torch.int64),
        "floor": ((3, 3), torch.float32),
        "points": ((len(LANDMARKS), 2), torch.float32),
        "eye": ((2,), torch.float32),
        "view": ((), torch.int64),
        "venue": ((), torch.int64),
    }
    records = {
        name: torch.zeros((capacity, *shape), dtype=dtype, device=device)
        for name, (shape, dtype) in shapes.items()
    }
    return Pool(records, set(), {})


def to_record(path: Path, seed: int) -> dict[str, NDArray[np.generic]]:
    """One rendered picture as `Pool.records` keeps it, graphics drawn over it at random."""
    example = load_example(path)
    rng = np.random.default_rng([seed, int(path.stem)])
    ids, visibility = _with_graphics(example, rng)
    truth = example.truth
    count = min(len(truth.kinds), MOST_THINGS)
    record: dict[str, NDArray[np.generic]] = {
        "picture": np.moveaxis(example.picture, -1, 0),
        "ids": ids,
        "boxes": _filled(truth.boxes, count, 0.0),
        "kinds": _filled(truth.kinds.astype(np.int64), count, NOTHING),
        "owner": _filled(truth.owner.astype(np.int64), count, 0),
        "visibility": _filled(visibility, count, 0.0),
        "identity": _filled(truth.identity.astype(np.int64), count, -1),
        "view": np.array(VIEWS.index(example.view)),
        "venue": np.array(_venue_of(path)),
    }
    court = Court("painted", restricted=0.0, **asdict(as_court(example.court)))
    return record | court_record(as_camera(example.camera, *STORED), court)


def _with_graphics(
    example: Example, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The ids without what graphics cover, and how much of each thing is still seen."""
    before = np.bincount(example.ids.ravel(), minlength=256)
    covered = add_graphics(example.picture, rng)
    ids = np.where(covered, np.uint8(0), example.ids)
    left = np.bincount(ids.ravel(), minlength=256) / np.maximum(before, 1)
    return ids, (example.truth.visibility * left[example.truth.owner]).astype(np.float32)


def court_record(camera: Camera, court: Court) -> dict[str, NDArray[np.generic]]:
    """Where the court lies in a picture, named as seen from its camera (`needs_half_turn`)."""
    world = landmarks(court)
    turned = needs_half_turn(camera.place[0], camera.place[1])
    sign = -1.0 if turned else 1.0
    seen = camera.project(np.nan_to_num(world))
    points = np.where((seen[:, 2:] > 0.3) & np.isfinite(world[:, :1]), seen[:, :2], np.nan)
    axes = camera.axes()
    lens = np.array(
        [
            [camera.focal * camera.height, 0, camera.width / 2],
            [0, camera.focal * camera.height, camera.height / 2],
            [0, 0, 1.0],
        ]
    )
    pose = np.column_stack([axes[:, 0] * sign, axes[:, 1] * sign, -axes @ camera.place])
    return {
        "points": points[list(HALF_TURN)] if turned else points,
        "floor": lens @ pose @ np.diag([court.length / 2, court.width / 2, 1.0]),
        "eye": np.array(camera.place[:2]) * sign,
    }


def _filled(values: NDArray[np.generic], count: int, filler: float) -> NDArray[np.generic]:
    out = np.full((MOST_THINGS, *values.shape[1:]), filler, values.dtype)
    out[:count] = values[:count]
    return out


def _venue_of(path: Path) -> int:
    return int(path.stem) // SCENES_PER_VENUE
