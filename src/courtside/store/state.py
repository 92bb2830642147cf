"""Stage states as plain data in MessagePack, so that a killed run goes on exactly.

Unlike pickle, reading such a file can run no code, and a state of another shape is refused.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec
import numpy as np

from courtside.errors import InputError


def encode_state(state: Any) -> bytes:
    """Return a state (dataclasses of numbers, text, bytes, arrays, fractions) as bytes."""
    return msgspec.msgpack.encode(state, enc_hook=_to_plain)


def decode_state(data: bytes, state_type: Any) -> Any:
    """Return the state that `encode_state` wrote.

    Args:
        data: MessagePack bytes.
        state_type: the dataclass it was, or null for a stage without memory.

    Raises:
        InputError: when the bytes do not fit the type.
    """
    try:
        return msgspec.msgpack.decode(data, type=state_type or None, dec_hook=_from_plain)
    except msgspec.MsgspecError as error:
        raise InputError(
            f"a saved state does not fit this version: {error}; start again with --force"
        ) from None


def _to_plain(value: Any) -> Any:
    match value:
        case np.ndarray():
            data = np.ascontiguousarray(value)
            return {"dtype": data.dtype.str, "shape": data.shape, "data": data.tobytes()}
        case np.generic():
            return value.item()
        case Fraction():
            return [value.numerator, value.denominator]
        case _ if hasattr(value, "plain"):
            return value.plain()  # a state that lives on a GPU, for one
        case _:
            raise TypeError(f"a state may not hold a {type(value).__name__}")


def _from_plain(kind: Any, value: Any) -> Any:
    if kind is Fraction:
        return Fraction(*value)
    origin = getattr(kind, "__origin__", kind)
    if origin is np.ndarray:
        flat = np.frombuffer(value["data"], np.dtype(value["dtype"]))
        return flat.reshape(value["shape"]).copy()
    raise TypeError(f"a state may not hold a {kind}")
