"""EdgeTAM in SAM 2.1's place: the same masks as transformers' own session of it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import EdgeTamVideoModel

from courtside.errors import InputError
from courtside.masks.sam2 import Options, Sam2State
from courtside.masks.sam2_edge import memory_tokens
from courtside.masks.sam2_sizes import resized
from edgetam_fakes import published_config, small_edge
from sam2_fakes import Peer, film
from sam2_side_by_side import add, assert_films_alike, assert_steps_alike


@pytest.fixture(scope="module")
def model() -> Any:
    return small_edge()


@pytest.mark.parametrize("count", [3, 12])
def test_parity_of_each_step_from_the_same_memories(model: Any, count: int) -> None:
    assert_steps_alike(model, count, frames=10)


@pytest.mark.parametrize("count", [3, 12])
def test_parity_of_many_frames_each_on_its_own(model: Any, count: int) -> None:
    assert_films_alike(model, count, frames=24, last=17)


def test_parity_when_an_object_is_prompted_again(model: Any) -> None:
    ours, peer = Sam2State(model), Peer(model)
    for frame, picture in enumerate(film(10)):
        add((ours, peer), {0: [1, 2], 4: [2], 7: [1]}.get(frame, []))
        masks = ours.step(picture)[1]
        torch.testing.assert_close(masks, peer.step(picture)[1], atol=1e-2, rtol=0)


def test_what_an_object_remembers_counts(model: Any) -> None:
    state, forgetful, pictures = Sam2State(model), Sam2State(model), film(5)
    add((state, forgetful), [1, 2])
    for picture in pictures[:4]:
        state.step(picture)
        forgetful.step(picture)
    forgetful._bank.features.zero_()
    masks = state.step(pictures[4])[1]
    assert (masks - forgetful.step(pictures[4])[1]).abs().max() > 0.1


def test_stopped_and_gone_on_and_games(model: Any) -> None:
    game = Options(mode="game", capacity=4)
    whole, second, pictures = Sam2State(model, game), Sam2State(model, game), film(6)
    add((whole,), [1, 2, 3])
    for picture in pictures[:3]:
        whole.step(picture)
    second.restore(whole.saved())
    for picture in pictures[3:]:
        masks = whole.step(picture)[1]
        torch.testing.assert_close(second.step(picture)[1], masks, atol=0, rtol=0)


def test_pictures_of_another_size(model: Any) -> None:
    larger = resized(model, 192)
    state = Sam2State(larger)
    add((state,), [1])
    assert [state.step(picture)[1].shape for picture in film(2, 192)] == [(1, 48, 48)] * 2


def test_a_window_is_refused(model: Any) -> None:
    with pytest.raises(InputError, match="EdgeTAM takes no window"):
        Sam2State(model, Options(window=(4, 4)))


def test_the_published_configuration_fits() -> None:
    with torch.device("meta"):
        model = EdgeTamVideoModel(published_config())
    state = Sam2State(model, Options(attention="whole", capacity=2))
    assert memory_tokens(model.config) == 512
    assert state.nbytes == 2 * (10 * 512 * 64 + 19 * 256) * 4
    add((state,), [1, 2])
    for _ in range(2):
        masks = state.step(torch.empty(3, 1024, 1024, device="meta"))[1]
    assert masks.shape == (2, 256, 256)
