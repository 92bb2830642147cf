"""Columns of `Sightings` and `FrameTable` to Arrow and back, nulls to real nulls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from courtside.errors import InputError
from courtside.sightings import VECTOR_COLUMNS, Array, Column, is_null, nulls

# Arrow's own pools keep what tables leave behind; what the C library's keeps, `memory` gives back.
pa.set_memory_pool(pa.system_memory_pool())

_TYPES = {
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float32": pa.float32(),
    "float64": pa.float64(),
    "text": pa.string(),
    "bytes": pa.binary(),
    "flag": pa.bool_(),
    "vector": pa.list_(pa.float32()),
}
_HALF = pa.list_(pa.float16())


def arrow_type(name: str, column: Column) -> Any:
    """Return the Arrow type of a column; `embedding` and `kit` are lists of float16."""
    return _HALF if name in VECTOR_COLUMNS else _TYPES[column.kind]


def to_arrow(values: Array, name: str, column: Column) -> Any:
    """Return a column as an Arrow array; NaN, -1 and None become nulls."""
    null = is_null(column, values)
    kind = arrow_type(name, column)
    if column.kind != "vector":
        return pa.array(values, kind, mask=null if null.any() else None)
    lengths = np.where(null, 0, values.shape[1])
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    flat = values[~null].astype(kind.value_type.to_pandas_dtype()).reshape(-1)
    return pa.ListArray.from_arrays(
        pa.array(offsets), pa.array(flat), type=kind, mask=pa.array(null)
    )


def from_arrow(values: Any, name: str, column: Column, width: int) -> Array:
    """Return an Arrow array as a column; `width` is the length of a vector, 0 to find out.

    Raises:
        InputError: for another type, for nulls in a required column, for vectors of another
            length.
    """
    array = _cast(values, name, arrow_type(name, column))
    if column.required and array.null_count:
        raise InputError(f"the column {name!r} must not have nulls; it has {array.null_count}")
    match column.kind:
        case "vector":
            return _vectors(array, name, column.width or width)
        case "text":
            return _texts(array)
        case "bytes" | "flag":
            objects: Array = np.empty(len(array), object)
            objects[:] = array.to_pylist()
            return objects
    result = nulls(column, len(array))
    result[np.asarray(array.is_valid())] = np.asarray(array.drop_null())
    return result


def _texts(array: Any) -> Array:
    """Return texts as objects, each text once: a column of kinds has three of them."""
    coded = array.dictionary_encode()
    texts: Array = np.array([*coded.dictionary.to_pylist(), None], object)
    found: Array = texts[np.asarray(coded.indices.fill_null(len(texts) - 1))]
    return found


def _cast(array: Any, name: str, kind: Any) -> Any:
    try:
        return array if array.type == kind else array.cast(kind)
    except pa.ArrowException:
        raise InputError(f"the column {name!r} must be {kind}; it is {array.type}") from None


def _vectors(array: Any, name: str, width: int) -> Array:
    lengths = np.asarray(array.value_lengths().drop_null())
    width = width or int(lengths.max(initial=0))
    if (lengths != width).any():
        raise InputError(f"the column {name!r} must have {width} values in each row")
    result = nulls(Column("vector", width=width), len(array))
    result[np.asarray(array.is_valid())] = np.asarray(array.flatten(), np.float32).reshape(
        -1, width
    )
    return result
