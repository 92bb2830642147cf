"""transformers' own SAM 2.1 session on the frames of a film, to stand beside our speed."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from time import perf_counter

import torch
from common import middle
from transformers import Sam2VideoModel

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from courtside import open_run
from courtside.masks.sam2_sizes import config_of
from courtside.models.pixels import as_pixels
from courtside.video import probe, read
from sam2_fakes import Peer, lively

OBJECTS, TIMED = 10, 3


def peer_seconds(video: Path, run: Path) -> float:
    """Return the seconds that a sampled frame takes with all memories full, median of `TIMED`.

    The model is tiny with random weights, float32, in evaluation; the objects are the first ten
    people of a run of ours on the same film, prompted by their boxes.
    """
    torch.manual_seed(1)
    model = lively(Sam2VideoModel(config_of("tiny"))).eval()
    peer, size = Peer(model), model.config.image_size
    begin = _prompt(peer, run, size)
    sampled = (frame for frame in read(video, probe(video), cuts=False) if frame.sampled)
    frames = (frame for frame in sampled if frame.index >= begin)
    times = []
    with torch.inference_mode():
        for frame in islice(frames, 1 + model.config.num_maskmem + TIMED):
            pixels = as_pixels([frame.image], size)[0]
            begun = perf_counter()
            peer.step(pixels)
            times.append(perf_counter() - begun)
    return middle(times[-TIMED:])


def _prompt(peer: Peer, run: Path, size: int) -> int:
    """Prompt ten people in the first frame that has as many; return the frame."""
    opened = open_run(run)
    rows = opened.sightings
    people = rows.select(rows["kind"] == "player")
    index = next(one for one in people["frame"] if (people["frame"] == one).sum() >= OBJECTS)
    here = people.select(people["frame"] == index)
    tall, wide = opened.size
    for number in range(OBJECTS):
        x1, y1, x2, y2 = (float(here[side][number]) for side in ("x1", "y1", "x2", "y2"))
        peer.add(number, (x1 * size / wide, y1 * size / tall, x2 * size / wide, y2 * size / tall))
    return int(index)
