"""SAM 2.1 batched: the same masks as transformers' own session, and what that session cannot do."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from courtside.errors import InputError, MachineError
from courtside.masks.sam2 import Options, Sam2State
from courtside.masks.sam2_attend import attend
from courtside.masks.sam2_attention import rotate, rotations
from courtside.masks.sam2_rows import attend_by_rows, rows_of
from sam2_fakes import SIZE, Peer, film, overlaps, small_model
from sam2_side_by_side import add, assert_films_alike, assert_steps_alike


@pytest.fixture(scope="module")
def model() -> Any:
    return small_model()


@pytest.mark.parametrize("count", [3, 12])
def test_parity_of_each_step_from_the_same_memories(model: Any, count: int) -> None:
    assert_steps_alike(model, count, frames=12)


@pytest.mark.parametrize("count", [3, 12])
def test_parity_of_forty_frames_each_on_its_own(model: Any, count: int) -> None:
    assert_films_alike(model, count, frames=40, last=22)


def test_parity_when_an_object_is_prompted_again(model: Any) -> None:
    ours, peer, pictures = Sam2State(model), Peer(model), film(14)
    for frame, picture in enumerate(pictures):
        add((ours, peer), {0: [1, 2], 6: [2], 11: [1]}.get(frame, []))
        _, masks = ours.step(picture)
        assert overlaps(masks, peer.step(picture)[1]).min() >= 0.999


def test_small_batches_change_nothing(model: Any) -> None:
    whole, halves = Sam2State(model), Sam2State(model, Options(batch=2))
    add((whole, halves), [1, 2, 3, 4, 5])
    for picture in film(4):
        torch.testing.assert_close(
            whole.step(picture)[1], halves.step(picture)[1], atol=1e-3, rtol=0
        )


def test_short_gpu_memory_makes_batches_smaller_and_says_so(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, whole, pictures = Sam2State(model), Sam2State(model), film(3)
    add((state, whole), [1, 2, 3, 4, 5])
    state.step(pictures[0])
    whole.step(pictures[0])
    track, room = state._decoder._track, 2

    def tight(picture: Any, recall: Any) -> Any:
        if len(recall.rows) > room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return track(picture, recall)

    monkeypatch.setattr(state._decoder, "_track", tight)
    with pytest.warns(RuntimeWarning, match="2 at a time"):
        object_ids, masks = state.step(pictures[1])
    assert object_ids == [1, 2, 3, 4, 5]
    torch.testing.assert_close(masks, whole.step(pictures[1])[1], atol=1e-3, rtol=0)
    room = 0
    with pytest.warns(RuntimeWarning), pytest.raises(MachineError, match="too small to follow"):
        state.step(pictures[2])


def test_a_window_as_large_as_the_picture_changes_nothing(model: Any) -> None:
    whole, window = Sam2State(model), Sam2State(model, Options(window=(8, 8)))
    local = Sam2State(model, Options(window=(4, 3)))
    add((whole, window, local), [1, 2, 3])
    for frame, picture in enumerate(film(5)):
        masks = whole.step(picture)[1]
        torch.testing.assert_close(window.step(picture)[1], masks, atol=1e-3, rtol=0)
        assert (local.step(picture)[1].sub(masks).abs().max() > 0.1) == (frame > 0)


@pytest.mark.parametrize("strength", [1.0, 60.0])
def test_attention_in_blocks_is_softmax_attention(strength: float) -> None:
    generator = torch.Generator().manual_seed(0)
    query, key = (torch.randn(2, 1, n, 32, generator=generator) for n in (600, 1300))
    value = torch.randn(2, 1300, 16, generator=generator)
    # Strong scores far above those of the first block must not overflow; at 250 float32 itself is
    # good to a ten-thousandth.
    key[:, :, 700:] *= strength
    scores = (query.double() @ key.double().transpose(-1, -2)) / 32**0.5
    expected = torch.softmax(scores, dim=-1) @ value.double()[:, None]
    found = attend(query, key, value, "chunked")
    torch.testing.assert_close(found.double(), expected, atol=2e-4, rtol=0)


@pytest.mark.parametrize("strength", [1.0, 40.0])
def test_attention_row_by_row_is_attention_with_whole_keys(model: Any, strength: float) -> None:
    generator = torch.Generator().manual_seed(0)
    columns, rows, pointers = 6, 4, 5
    spatial = 3 * columns * rows
    part = model.memory_attention.layers[1].cross_attn_image
    width = part.k_proj.out_features
    turns = rotations(model.config, (columns, rows))
    query = torch.randn(2, columns * rows, width, generator=generator) * strength
    memories, values = (
        torch.randn(2, spatial + pointers, part.k_proj.in_features, generator=generator)
        for _ in range(2)
    )
    with torch.inference_mode():
        keys = rotate(part.k_proj(memories), turns, spatial)
        expected = attend(query[:, None], keys[:, None], values, "whole")[:, 0]
        found = attend_by_rows(rows_of(part, turns, columns), query, memories, values, spatial)
    torch.testing.assert_close(found, expected, atol=1e-4 * strength, rtol=0)


def test_removed_objects_leave_the_others_as_they_were(model: Any) -> None:
    state, alone, pictures = Sam2State(model), Sam2State(model), film(8)
    add((state,), [1, 2])
    add((alone,), [2])
    for frame, picture in enumerate(pictures):
        if frame == 4:
            state.remove(1)
        object_ids, masks = state.step(picture)
        assert object_ids == ([1, 2] if frame < 4 else [2])
        torch.testing.assert_close(masks[-1:], alone.step(picture)[1], atol=1e-2, rtol=0)


def test_frames_without_objects_are_allowed(model: Any) -> None:
    state, pictures = Sam2State(model), film(5)
    assert state.step(pictures[0])[1].shape == (0, SIZE // 4, SIZE // 4)
    add((state,), [7])
    assert state.step(pictures[1])[0] == [7]
    state.remove(7)
    assert state.step(pictures[2])[0] == []
    add((state,), [7])
    assert state.step(pictures[3])[1].shape == (1, SIZE // 4, SIZE // 4)


def test_memory_does_not_grow(model: Any) -> None:
    state = Sam2State(model, Options(capacity=3))
    add((state,), [1, 2, 3])
    before = state.nbytes
    for frame, picture in enumerate(film(25)):
        if frame % 5 == 4:
            state.remove(state.object_ids[0])
            add((state,), [10 + frame])
        state.step(picture)
    assert state.nbytes == before


def test_bad_input_is_one_clear_line(model: Any) -> None:
    state = Sam2State(model, Options(capacity=1))
    with pytest.raises(InputError, match="no object 5"):
        state.remove(5)
    with pytest.raises(InputError, match="box of object 5 is empty"):
        state.add(5, (10, 10, 10, 20))
    add((state,), [1])
    with pytest.raises(InputError, match="no room for object 2"):
        add((state,), [2])
    with pytest.raises(InputError, match="frames of 3 x 128 x 128"):
        state.step(torch.zeros(3, 64, 64))
