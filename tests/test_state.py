"""States of stages survive saving exactly, and foreign bytes are refused."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from courtside.errors import InputError
from courtside.store.state import decode_state, encode_state


@dataclass
class Memory:
    picture: NDArray[np.uint8]
    motion: NDArray[np.float64] | None
    time: Fraction
    count: int


def test_round_trip_is_exact() -> None:
    motion = np.array([[1 / 3, np.nan], [np.inf, -0.0]])
    before = [Memory(np.arange(6, dtype=np.uint8).reshape(2, 3), motion, Fraction(1, 3), 7)]
    after = decode_state(encode_state(before), list[Memory])
    assert after[0].time == before[0].time
    assert after[0].picture.dtype == np.uint8
    assert (after[0].picture == before[0].picture).all()
    assert after[0].motion.tobytes() == motion.tobytes()
    after[0].picture[0, 0] = 9  # a state goes on being used, so arrays must be writable


def test_stage_without_memory() -> None:
    assert decode_state(encode_state(None), None) is None


@pytest.mark.parametrize("data", [b"", b"\xc1", encode_state([1, 2])])
def test_bytes_of_something_else_are_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="start again with --force"):
        decode_state(data, Memory)


def test_unknown_objects_are_refused_when_saving() -> None:
    with pytest.raises(TypeError, match="may not hold a Thread"):
        encode_state({"x": threading.Thread()})
