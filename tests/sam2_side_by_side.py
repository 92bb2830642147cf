"""A state of ours beside transformers' own session of the same model: what parity means."""

from __future__ import annotations

from typing import Any

import torch

from courtside.masks.sam2 import Sam2State
from sam2_fakes import Peer, copy_memories, film, overlaps, place


def add(drivers: tuple[Any, ...], object_ids: list[int]) -> None:
    for object_id in object_ids:
        for driver in drivers:
            driver.add(object_id, place(object_id))


def assert_steps_alike(model: Any, count: int, frames: int) -> None:
    """Each step from the same memories; the last object comes later."""
    ours, peer = Sam2State(model), Peer(model)
    add((ours, peer), list(range(count - 1)))
    for frame, picture in enumerate(film(frames)):
        if frame == 4:
            add((ours, peer), [20])
        object_ids, masks = ours.step(picture)
        expected_ids, expected = peer.step(picture)
        assert object_ids == expected_ids
        torch.testing.assert_close(masks, expected, atol=1e-3, rtol=0)
        copy_memories(peer, ours, frame)


def assert_films_alike(model: Any, count: int, frames: int, last: int) -> None:
    """Both on their own; two objects come later, the second in frame `last`."""
    ours, peer = Sam2State(model), Peer(model)
    later = {0: list(range(count - 2)), 5: [20], last: [21]}
    first: dict[int, list[torch.Tensor]] = {}
    second: dict[int, list[torch.Tensor]] = {}
    for frame, picture in enumerate(film(frames)):
        add((ours, peer), later.get(frame, []))
        for driver, films in ((ours, first), (peer, second)):
            for object_id, mask in zip(*driver.step(picture), strict=True):
                films.setdefault(object_id, []).append(mask)
    assert list(first) == list(second)
    for object_id, masks in first.items():
        # Each object's masks of all frames, laid side by side: one pixel of a small mask is much.
        mine, theirs = torch.cat(masks)[None], torch.cat(second[object_id])[None]
        assert overlaps(mine, theirs).item() >= 0.999
        assert 0.01 < (mine > 0).float().mean() < 0.6
    between = overlaps(torch.stack(first[0][5:]), torch.stack(first[20]))
    assert between.median() < 0.98, "objects have masks of their own"
