"""`Sightings` and `FrameTable` in Parquet, as the run folder holds them.

A column that is absent stays absent, nulls are real nulls, the same table gives the same bytes.
`embedding` and `kit` lie in a Parquet file of their own as float16, row for row: unlike an .npz
it keeps nulls, is read in pieces and does not carry the time of writing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from courtside.errors import InputError
from courtside.sightings import VECTOR_COLUMNS, FrameTable, Sightings, Table
from courtside.store.arrow import arrow_type, from_arrow, to_arrow
from courtside.store.atomic import whole_file

TableT = TypeVar("TableT", bound=Table)

# Pieces an hour of video can be read back in; about five minutes at ten samples a second.
_ROW_GROUP = 50_000


def write_sightings(
    rows: Sightings | Iterable[Sightings],
    path: Path,
    size: tuple[int, int],
    vectors: Path | None = None,
) -> None:
    """Write sightings, whole or part after part; no more than one part is in memory.

    Args:
        rows: the sightings, or parts of them in order; parts with rows must agree in columns.
        path: the file to write; it gets its name only when whole.
        size: height and width of the picture in pixels, kept in the file's metadata.
        vectors: where `embedding` and `kit` go, row for row; null leaves them out.

    Raises:
        InputError: when parts have different columns.
        MachineError: when the disk is full or the folder cannot be written.
    """
    first, parts = _parts(rows)
    plain = [name for name in first.names if name not in VECTOR_COLUMNS]
    beside = [name for name in first.names if name in VECTOR_COLUMNS and vectors is not None]
    facts = {"height": str(size[0]), "width": str(size[1]), "beside": json.dumps(beside)}
    with ExitStack() as stack:
        # The vectors are closed, and so named, first: where the table is, its vectors are.
        writers = [stack.enter_context(_writer(path, Sightings, plain, facts))]
        if vectors is not None and beside:
            writers.append(stack.enter_context(_writer(vectors, Sightings, beside, {})))
        for part in parts:
            if part.names != first.names:
                raise InputError(f"parts differ in columns: {first.names} and {part.names}")
            for write in writers:
                write(part)
    if vectors is not None and not beside:
        vectors.unlink(missing_ok=True)


def read_sightings(
    path: Path, vectors: Path | None = None, columns: Sequence[str] | None = None
) -> Sightings:
    """Return the sightings of a file.

    Args:
        path: as `write_sightings` made it.
        vectors: its file of `embedding` and `kit`; null leaves them out.
        columns: the only columns to read beside the required ones; null for all.

    Raises:
        InputError: for a missing, broken or foreign file.
    """
    return _joined(list(_row_groups(path, vectors, columns)))


def iterate_sightings(
    path: Path, vectors: Path | None = None, columns: Sequence[str] | None = None
) -> Iterator[Sightings]:
    """Yield the sightings of a file in pieces of whole frames, at least one piece.

    Args:
        path: as `write_sightings` made it.
        vectors: its file of `embedding` and `kit`; null leaves them out.
        columns: the only columns to read beside the required ones; null for all.

    Raises:
        InputError: for a missing, broken or foreign file.
    """
    rest = Sightings.empty()
    for group in _row_groups(path, vectors, columns):
        rows = Sightings.concat([rest, group]) if len(rest) else group
        begun = rows["frame"] == rows["frame"][-1] if len(rows) else np.zeros(0, bool)
        if not begun.all():
            yield rows.select(~begun)
            rows = rows.select(begun)
        rest = rows
    yield rest


def write_frames(frames: FrameTable, path: Path, time_base: Fraction) -> None:
    """Write the frames table; `time_base` (seconds per tick of `pts`) goes to the metadata.

    Raises:
        MachineError: when the disk is full or the folder cannot be written.
    """
    with _writer(path, FrameTable, frames.names, {"time_base": str(Fraction(time_base))}) as write:
        write(frames)


def read_frames(path: Path) -> FrameTable:
    """Return the frames table of a file.

    Raises:
        InputError: for a missing, broken or foreign file.
    """
    with _opened(path, FrameTable) as file:
        groups = range(max(1, file.num_row_groups))
        return _joined([FrameTable(_columns(file, path, FrameTable, g, None)) for g in groups])


def read_time_base(path: Path) -> Fraction:
    """Return seconds per tick of `pts` from a file of frames.

    Raises:
        InputError: for a missing, broken or foreign file.
    """
    with _opened(path) as file, _readable(path):
        return Fraction(_fact(file, "time_base"))


def read_size(path: Path) -> tuple[int, int]:
    """Return height and width of the picture from a file of sightings.

    Raises:
        InputError: for a missing, broken or foreign file.
    """
    with _opened(path) as file, _readable(path):
        return int(_fact(file, "height")), int(_fact(file, "width"))


def _row_groups(
    path: Path, vectors: Path | None, columns: Sequence[str] | None
) -> Iterator[Sightings]:
    with ExitStack() as stack:
        file = stack.enter_context(_opened(path, Sightings))
        files = [(path, file)]
        with _readable(path):
            beside = json.loads(_fact(file, "beside", "[]"))
        if vectors is not None and beside:
            files.append((vectors, stack.enter_context(_opened(vectors))))
            if _layout(files[1][1]) != _layout(file):
                raise InputError(f"{vectors} does not belong to {path}: their rows differ")
        for group in range(max(1, file.num_row_groups)):
            found = [_columns(f, p, Sightings, group, columns) for p, f in files]
            yield Sightings({name: array for part in found for name, array in part.items()})


def _parts(rows: Sightings | Iterable[Sightings]) -> tuple[Sightings, Iterator[Sightings]]:
    """Return a part that shows the columns, and all parts with rows (at least one part)."""
    if isinstance(rows, Sightings):
        return rows, iter([rows])
    first = Sightings.empty()
    parts = iter(rows)
    for first in parts:
        # A stretch without anybody lacks what only people have; it says nothing of the columns.
        if len(first):
            break
    return first, chain([first], (part for part in parts if len(part)))


def _joined(parts: list[TableT]) -> TableT:
    return type(parts[0]).concat(parts) if len(parts) > 1 else parts[0]


@contextmanager
def _writer(
    path: Path, table: type[Table], names: Sequence[str], facts: Mapping[str, str]
) -> Iterator[Callable[[Table], None]]:
    """Open a Parquet file; yields a function that appends the rows of a table."""
    columns = {name: table.SCHEMA[name] for name in names}
    schema = pa.schema(
        [pa.field(n, arrow_type(n, c), nullable=not c.required) for n, c in columns.items()]
    )
    widths = {name: 0 for name, column in columns.items() if column.kind == "vector"}

    def append(part: Table) -> None:
        arrays = [to_arrow(part[name], name, column) for name, column in columns.items()]
        parquet.write_table(pa.Table.from_arrays(arrays, schema=schema), _ROW_GROUP)
        for name in widths:
            widths[name] = max(widths[name], part[name].shape[1])

    texts = [name for name, column in columns.items() if column.kind == "text"]
    options = {"compression": "zstd", "use_dictionary": texts, "write_page_checksum": True}
    with whole_file(path) as file, pq.ParquetWriter(file, schema, **options) as parquet:
        yield append
        parquet.add_key_value_metadata({**facts, "widths": json.dumps(widths)})


@contextmanager
def _opened(path: Path, table: type[Table] | None = None) -> Iterator[Any]:
    """Open a Parquet file that must hold the required columns of `table`, if one is given."""
    with _readable(path):
        file = pq.ParquetFile(path, page_checksum_verification=True)
        for name, column in table.SCHEMA.items() if table else ():
            if column.required and name not in file.schema_arrow.names:
                raise InputError(f"the column {name!r} is missing")
    with file:
        yield file


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what goes wrong in reading into one line that names the file."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"no file {path}; expected a Parquet file of a courtside run") from None
    except (pa.ArrowException, OSError, ValueError, InputError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path} is not a Parquet file of a courtside run: {reason}") from None


def _columns(
    file: Any, path: Path, table: type[Table], group: int, wanted: Sequence[str] | None
) -> dict[str, Any]:
    present = set(file.schema_arrow.names)
    names = [
        name
        for name, column in table.SCHEMA.items()
        if name in present and (wanted is None or column.required or name in wanted)
    ]
    with _readable(path):
        widths = json.loads(_fact(file, "widths", "{}"))
        rows = (
            file.read_row_group(group, names)
            if file.num_row_groups
            else file.schema_arrow.empty_table().select(names)
        )
        return {
            name: from_arrow(
                rows[name].combine_chunks(), name, table.SCHEMA[name], widths.get(name, 0)
            )
            for name in names
        }


def _fact(file: Any, name: str, default: str | None = None) -> str:
    found = (file.metadata.metadata or {}).get(name.encode())
    if found is None and default is None:
        raise InputError(f"its metadata lacks {name!r}")
    return found.decode() if found is not None else str(default)


def _layout(file: Any) -> list[int]:
    """Return the number of rows in each row group."""
    return [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
