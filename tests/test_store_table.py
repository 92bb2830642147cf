"""Sightings and frames tables to Parquet and back."""

from __future__ import annotations

import itertools
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import ArrayLike

from courtside.errors import InputError, MachineError
from courtside.sightings import (
    FRAME_COLUMNS,
    SIGHTING_COLUMNS,
    VECTOR_COLUMNS,
    Column,
    FrameTable,
    Sightings,
    Table,
)
from courtside.store.table import (
    iterate_sightings,
    read_frames,
    read_sightings,
    read_size,
    read_time_base,
    write_frames,
    write_sightings,
)

REQUIRED: dict[str, ArrayLike] = {
    "frame": [0, 3],
    "time": [0.0, 0.1],
    "segment": [0, 0],
    "kind": ["player", "ball"],
    "x1": [1.5, 2],
    "y1": [3, 4],
    "x2": [5, 6],
    "y2": [7, 8],
}
QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def sightings(**columns: Any) -> Sightings:
    """Two rows with the required columns, and those given."""
    return Sightings({**REQUIRED, **columns})


def column_values(name: str, column: Column, count: int) -> st.SearchStrategy[object]:
    """Values of one column with nulls among them, as `Sightings` holds them in memory."""
    least = 0 if column.required else -1
    small = st.floats(width=16)
    single = st.floats(width=32, allow_nan=not column.required)
    double = st.floats(allow_nan=not column.required)
    match column.kind:
        case "int32" | "int64":
            most = 2**31 - 1 if column.kind == "int32" else 2**63 - 1
            return arrays.arrays(column.kind, count, elements=st.integers(least, most))
        case "float32" | "float64":
            floats = single if column.kind == "float32" else double
            return arrays.arrays(column.kind, count, elements=floats)
        case "vector":
            shape = (count, column.width or 5)
            floats = small if name in VECTOR_COLUMNS else single
            return arrays.arrays("float32", shape, elements=floats)
        case "flag":
            items: st.SearchStrategy[object] = st.sampled_from([True, False, None])
        case "bytes":
            items = st.none() | st.binary(max_size=20)
        case "text":
            known = st.text(max_size=8)
            items = known if column.required else st.none() | known
    return st.lists(items, min_size=count, max_size=count)


@st.composite
def tables(draw: st.DrawFn, kind: type[Table], schema: dict[str, Column]) -> Table:
    count = draw(st.integers(0, 6))
    optional = draw(st.sets(st.sampled_from(sorted(schema))))
    names = [name for name, column in schema.items() if column.required or name in optional]
    return kind({n: draw(column_values(n, schema[n], count)) for n in names})  # type: ignore[misc]


def assert_equal(first: Table, second: Table) -> None:
    assert first.names == second.names
    for name in first.names:
        assert first[name].dtype == second[name].dtype, name
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)


@QUICK
@given(rows=tables(Sightings, SIGHTING_COLUMNS))
def test_sightings_come_back_exactly(rows: Sightings, tmp_path: Path) -> None:
    write_sightings(rows, tmp_path / "s.parquet", (720, 1280), tmp_path / "v.parquet")
    assert_equal(rows, read_sightings(tmp_path / "s.parquet", tmp_path / "v.parquet"))
    assert read_size(tmp_path / "s.parquet") == (720, 1280)


@QUICK
@given(frames=tables(FrameTable, FRAME_COLUMNS))
def test_frames_come_back_exactly(frames: FrameTable, tmp_path: Path) -> None:
    write_frames(frames, tmp_path / "f.parquet", Fraction(1, 90000))
    assert_equal(frames, read_frames(tmp_path / "f.parquet"))
    assert read_time_base(tmp_path / "f.parquet") == Fraction(1, 90000)


def test_the_file_has_the_types_of_the_run_folder_and_real_nulls(tmp_path: Path) -> None:
    rows = sightings(
        track=[4, -1],
        score=[0.5, np.nan],
        mask=[b"abc", None],
        on_court=[None, False],
        number=["00", None],
        number_box=[[1, 2, 3, 4], [np.nan] * 4],
    )
    write_sightings(rows, tmp_path / "s.parquet", (720, 1280))
    table = pq.read_table(tmp_path / "s.parquet")
    types = {field.name: str(field.type) for field in table.schema}
    floats = ("score", "x1", "y1", "x2", "y2")
    assert types == dict.fromkeys(floats, "float") | {
        "frame": "int32",
        "time": "double",
        "segment": "int32",
        "kind": "string",
        "track": "int32",
        "mask": "binary",
        "number_box": "list<element: float>",
        "on_court": "bool",
        "number": "string",
    }
    assert table["track"].to_pylist() == [4, None]
    assert table["score"].to_pylist() == [0.5, None]
    assert table["mask"].to_pylist() == [b"abc", None]
    assert table["on_court"].to_pylist() == [None, False]
    assert table["number"].to_pylist() == ["00", None]
    assert table["number_box"].to_pylist() == [[1, 2, 3, 4], None]
    pages = pq.ParquetFile(tmp_path / "s.parquet").metadata.row_group(0)
    assert pages.column(0).compression == "ZSTD"


def test_long_vectors_lie_beside_as_float16_and_never_in_the_table(tmp_path: Path) -> None:
    rows = sightings(embedding=[[1, 2.0004, 3], [np.nan] * 3], kit=[[0.5], [0.25]])
    write_sightings(rows, tmp_path / "s.parquet", (720, 1280), tmp_path / "v.parquet")
    assert not {"embedding", "kit"} & set(pq.read_schema(tmp_path / "s.parquet").names)
    assert str(pq.read_schema(tmp_path / "v.parquet").field("kit").type) == (
        "list<element: halffloat>"
    )
    back = read_sightings(tmp_path / "s.parquet", tmp_path / "v.parquet")
    np.testing.assert_array_equal(back["embedding"], [[1, 2, 3], [np.nan] * 3])
    assert "embedding" not in read_sightings(tmp_path / "s.parquet")


def test_a_run_without_vectors_leaves_none_of_an_earlier_one(tmp_path: Path) -> None:
    table, vectors = tmp_path / "s.parquet", tmp_path / "v.parquet"
    write_sightings(sightings(kit=[[0.5], [0.25]]), table, (720, 1280), vectors)
    write_sightings(sightings(), table, (720, 1280), vectors)
    assert not vectors.exists()
    assert "kit" not in read_sightings(table, vectors)


def test_equal_tables_give_equal_bytes(tmp_path: Path) -> None:
    rows = sightings(track=[4, -1], kit=[[0.5], [0.25]], action=["jump", None])
    for name in ("a", "b"):
        write_sightings(rows, tmp_path / name, (720, 1280), tmp_path / f"{name}v")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "av").read_bytes() == (tmp_path / "bv").read_bytes()


def test_parts_are_written_and_read_one_after_another(tmp_path: Path) -> None:
    first = sightings(kit=[[0.5], [0.25]])
    nobody = Sightings.empty()
    parts = [nobody, first, nobody, first.select([1])]
    write_sightings(iter(parts), tmp_path / "s.parquet", (9, 9), tmp_path / "v.parquet")
    back = list(iterate_sightings(tmp_path / "s.parquet", tmp_path / "v.parquet"))
    assert_equal(Sightings.concat(back), Sightings.concat(parts))
    with pytest.raises(InputError, match="differ in columns"):
        write_sightings(iter([first, sightings()]), tmp_path / "s.parquet", (9, 9))


@given(cuts=st.lists(st.integers(0, 12), max_size=4), data=st.data())
@QUICK
def test_pieces_read_back_are_whole_frames(
    cuts: list[int], data: st.DataObject, tmp_path: Path
) -> None:
    frames = np.sort(data.draw(arrays.arrays("int32", 12, elements=st.integers(0, 5))))
    table: dict[str, Any] = dict.fromkeys(REQUIRED, frames) | {
        "kind": ["player"] * 12,
        "track": np.arange(12),
    }
    whole = Sightings(table)
    edges = [0, *sorted(cuts), 12]
    parts = [whole.select(range(a, b)) for a, b in itertools.pairwise(edges)]
    write_sightings(iter(parts), tmp_path / "s.parquet", (9, 9))
    back = list(iterate_sightings(tmp_path / "s.parquet"))
    assert_equal(Sightings.concat(back), whole)
    for one, next_one in itertools.pairwise(back):
        assert one["frame"][-1] < next_one["frame"][0]


def test_only_the_columns_asked_for_are_read(tmp_path: Path) -> None:
    rows = sightings(mask=[b"abc", None], track=[1, 2])
    write_sightings(rows, tmp_path / "s.parquet", (9, 9))
    back = read_sightings(tmp_path / "s.parquet", columns=["track"])
    assert "track" in back
    assert "mask" not in back


def test_a_table_resaved_by_another_program_is_read(tmp_path: Path) -> None:
    write_sightings(sightings(track=[1, -1]), tmp_path / "s.parquet", (9, 9))
    frame = pq.read_table(tmp_path / "s.parquet").to_pydict()
    # As pandas has it: wide numbers, integers with gaps as float.
    types = {"frame": pa.int64(), "segment": pa.int64(), "track": pa.float64()}
    table = pa.table({name: pa.array(v, types.get(name)) for name, v in frame.items()})
    pq.write_table(table, tmp_path / "s.parquet")
    assert read_sightings(tmp_path / "s.parquet")["track"].tolist() == [1, -1]


def damaged(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[40] ^= 0xFF
    path.write_bytes(bytes(content))


def foreign(path: Path) -> None:
    pq.write_table(pa.table({"frame": [1, 2]}), path)


def mistyped(path: Path) -> None:
    table = pq.read_table(path)
    pq.write_table(table.set_column(0, "frame", pa.array(["one", "two"])), path)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: path.write_bytes(b""), "is not a Parquet file of a courtside run"),
        (lambda path: path.write_text("frame,x1\n1,2\n"), "is not a Parquet file"),
        (lambda path: path.write_bytes(path.read_bytes()[:-200]), "is not a Parquet file"),
        (damaged, "is not a Parquet file"),
        (foreign, "'time' is missing"),
        (mistyped, "'frame' must be int32; it is string"),
        (lambda path: path.unlink(), "no file"),
    ],
)
def test_a_broken_or_foreign_file_gets_one_line(
    spoil: Callable[[Path], object], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "s.parquet"
    write_sightings(sightings(), path, (9, 9))
    spoil(path)
    with pytest.raises(InputError, match=message) as caught:
        read_sightings(path)
    assert "\n" not in str(caught.value)
    assert "s.parquet" in str(caught.value)


def test_a_table_without_its_facts_says_which_it_lacks(tmp_path: Path) -> None:
    foreign(tmp_path / "f.parquet")
    with pytest.raises(InputError, match=r"f\.parquet .*its metadata lacks 'time_base'"):
        read_time_base(tmp_path / "f.parquet")
    with pytest.raises(InputError, match="its metadata lacks 'height'"):
        read_size(tmp_path / "f.parquet")


def test_vectors_of_another_run_are_refused(tmp_path: Path) -> None:
    table, vectors = tmp_path / "s.parquet", tmp_path / "v.parquet"
    rows = sightings(kit=[[0.5], [0.25]])
    write_sightings(rows.select([0]), tmp_path / "other", (9, 9), vectors)
    write_sightings(rows, table, (9, 9), tmp_path / "mine")
    with pytest.raises(InputError, match=r"v\.parquet does not belong to"):
        read_sightings(table, vectors)


@contextmanager
def no_room(size: int) -> Iterator[None]:
    """Let no file grow beyond `size` bytes, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_full_disk_leaves_the_old_file_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    write_sightings(sightings(), path, (9, 9))
    before = path.read_bytes()
    with no_room(100), pytest.raises(MachineError, match=r"cannot write .*s\.parquet: "):
        write_sightings(sightings(), path, (9, 9))
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["s.parquet"]


@pytest.mark.parametrize("parent", ["missing", "file"])
def test_a_folder_that_cannot_be_written_is_named(parent: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError, match="cannot write"):
        write_frames(FrameTable.empty(), tmp_path / parent / "f.parquet", Fraction(1, 30))
