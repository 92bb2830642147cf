"""SAM 2.1 in games: prompts in the same frame, cuts, what is remembered, and going on exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from courtside.errors import InputError
from courtside.masks.sam2 import Options, Sam2State
from courtside.masks.sam2_game import GameMemory
from courtside.masks.sam2_model import Decoded
from courtside.store.state import decode_state, encode_state
from sam2_fakes import film, overlaps, place, small_model

GAME = Options(mode="game", capacity=6)


@pytest.fixture(scope="module")
def model() -> Any:
    return small_model()


def blob(left: int, right: int, height: int = 8) -> torch.Tensor:
    mask = torch.full((16, 32), -5.0)
    mask[2 : 2 + height, left:right] = 5.0
    return mask


def seen(mask: torch.Tensor, other: torch.Tensor, quality: float = 0.9) -> Decoded:
    one = torch.ones(1)
    return Decoded(mask[None, None], one[None], one[None, None], one * quality, other[None, None])


def judge(memory: GameMemory, frame: int, decoded: Decoded) -> tuple[bool, bool]:
    found = memory.judge(np.array([0]), frame, np.array([False]), decoded)
    return bool(found.keep[0]), bool(found.anchor[0])


def test_doubtful_and_hidden_frames_are_not_remembered() -> None:
    memory, same = GameMemory(1), blob(4, 8)
    assert judge(memory, 0, seen(same, same)) == (True, False)
    assert judge(memory, 1, seen(same, same, quality=0.3)) == (False, False)
    assert judge(memory, 2, seen(blob(0, 0), same)) == (False, False)


def test_a_look_alike_makes_an_anchor_when_the_mask_is_sure_and_steady() -> None:
    memory, mask, twin = GameMemory(1), blob(4, 8), blob(20, 24)
    assert judge(memory, 0, seen(mask, twin)) == (True, False), "no usual area yet"
    assert judge(memory, 1, seen(mask, mask)) == (True, False), "no look-alike"
    assert judge(memory, 2, seen(blob(4, 14), twin)) == (True, False), "not steady"
    assert judge(memory, 3, seen(mask, twin, quality=0.7)) == (True, False), "not sure"
    assert judge(memory, 4, seen(mask, twin)) == (True, True)
    assert judge(memory, 5, seen(mask, twin)) == (True, False), "too soon"
    assert judge(memory, 9, seen(mask, twin)) == (True, True)


def test_memories_last_in_a_game_and_fade_in_exact_mode(model: Any) -> None:
    for options, expected in ((GAME, 3), (Options(capacity=6), 1)):
        bank = Sam2State(model, options)._bank
        row, values = np.array([bank.add(1)]), torch.ones(1, 64, 64)
        for frame in (0, 1, 2):
            prompted = np.array([frame == 0])
            bank.write(row, prompted, frame, values, torch.ones(1, 128))
        recall = bank.recall(row, 30)
        assert recall.memory_slots.shape[1] == expected
        assert recall.memory_ages.max() == (2 if options.mode == "game" else 0)


def test_prompting_in_the_same_frame_equals_prompting_before_it(model: Any) -> None:
    before, after, pictures = Sam2State(model), Sam2State(model), film(4)
    before.add(1, place(1))
    expected = before.step(pictures[0])[1]
    assert after.step(pictures[0])[0] == []
    torch.testing.assert_close(after.prompt({1: place(1)}), expected)
    for picture in pictures[1:]:
        assert overlaps(after.step(picture)[1], before.step(picture)[1]).min() >= 0.999


def test_a_cut_keeps_looks_and_forgets_places(model: Any) -> None:
    state, pictures = Sam2State(model, GAME), film(6)
    state.add(1, place(1))
    for picture in pictures[:5]:
        state.step(picture)
    rows = np.array([state._bank.row(1)])
    known = state._bank.recall(rows, 5)
    state.cut()
    left = state._bank.recall(rows, 5)
    assert left.memory_slots.shape[1] < known.memory_slots.shape[1]
    assert left.pointer_slots.shape == known.pointer_slots.shape
    assert state.step(pictures[5])[0] == [1]


def test_goes_on_exactly_from_a_saved_state(model: Any) -> None:
    state, pictures = Sam2State(model, GAME), film(9)
    for number in (1, 2, 3):
        state.add(number, place(number))
    for picture in pictures[:5]:
        state.step(picture)
    state.remove(2)
    saved = state.saved()
    other = Sam2State(model, GAME)
    other.restore(decode_state(encode_state(saved), type(saved)))
    for picture in pictures[5:]:
        (first_ids, first), (second_ids, second) = state.step(picture), other.step(picture)
        assert first_ids == second_ids == [1, 3]
        torch.testing.assert_close(first, second, rtol=0, atol=0)


def test_prompting_before_the_first_frame_is_refused(model: Any) -> None:
    with pytest.raises(InputError, match="step first"):
        Sam2State(model).prompt({1: place(1)})
