"""`Sightings`: one row per thing seen in one sampled frame, in columns. THE type of courtside.

It flows one way: `detect` makes rows, every later stage only adds columns. A column that is
absent means the stage has not run; a null means it ran and could not tell. In memory a null is
NaN in float and vector columns, -1 in integer columns and None in text, mask and yes/no columns;
in Parquet it is a real null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar, Literal, Self, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from courtside.errors import InputError

Kind = Literal["int32", "int64", "float32", "float64", "text", "bytes", "flag", "vector"]
Array = NDArray[Any]
# What a caller may give as a column: arrays, or plain lists, where text may be null.
Values = ArrayLike | Sequence[str | bytes | bool | None]
T = TypeVar("T")


@dataclass(frozen=True)
class Column:
    """What one column holds; `width` is the length of a vector, 0 where it may vary by run."""

    kind: Kind
    required: bool = False
    width: int = 0


SIGHTING_COLUMNS: dict[str, Column] = {
    "frame": Column("int32", required=True),
    "time": Column("float64", required=True),
    "segment": Column("int32", required=True),
    "kind": Column("text", required=True),
    "score": Column("float32"),
    "x1": Column("float32", required=True),
    "y1": Column("float32", required=True),
    "x2": Column("float32", required=True),
    "y2": Column("float32", required=True),
    "action": Column("text"),
    "action_score": Column("float32"),
    "track": Column("int32"),
    "mask": Column("bytes"),
    "visibility": Column("float32"),
    "foot_x": Column("float32"),
    "foot_y": Column("float32"),
    "airborne": Column("flag"),
    "court_x": Column("float32"),
    "court_y": Column("float32"),
    "height": Column("float32"),
    "readable": Column("float32"),
    "tens": Column("vector", width=11),
    "ones": Column("vector", width=10),
    "number_box": Column("vector", width=4),
    "role": Column("text"),
    "on_court": Column("flag"),
    "team": Column("text"),
    "team_score": Column("float32"),
    "number": Column("text"),
    "number_score": Column("float32"),
    "player": Column("int32"),
    "player_score": Column("float32"),
    "embedding": Column("vector"),
    "kit": Column("vector"),
    "torso": Column("vector"),
}
BOX = ("x1", "y1", "x2", "y2")
# Long vectors live beside the table, as float16: they are evidence for settling, not for readers.
VECTOR_COLUMNS = ("embedding", "kit", "torso")

FRAME_COLUMNS: dict[str, Column] = {
    "frame": Column("int32", required=True),
    "pts": Column("int64", required=True),
    "time": Column("float64", required=True),
    "segment": Column("int32", required=True),
    "view": Column("text"),
    "camera": Column("vector"),
    "court_error": Column("float32"),
    "court_points": Column("vector"),
    "court_tried": Column("text"),
    "court_floor": Column("vector"),
    "line_camera": Column("vector"),
    "line_votes": Column("vector"),
    "motion": Column("vector", width=9),
}


class Table:
    """Columns of equal length, frozen once built; the base of `Sightings` and `FrameTable`."""

    SCHEMA: ClassVar[Mapping[str, Column]] = {}

    def __init__(self, columns: Mapping[str, Values]) -> None:
        """Check and freeze the columns.

        Raises:
            InputError: for an unknown or missing column, or lengths that differ.
        """
        self._columns = {name: self._checked(name, values) for name, values in columns.items()}
        for name, column in self.SCHEMA.items():
            if column.required and name not in self._columns:
                raise InputError(f"{type(self).__name__} needs the column {name!r}")
        _check_lengths(self._columns)

    @classmethod
    def _of(cls, columns: dict[str, Array]) -> Self:
        """Return a table of columns that were checked before; they are frozen, not copied."""
        table = cls.__new__(cls)
        for values in columns.values():
            values.setflags(write=False)
        table._columns = columns
        return table

    @classmethod
    def empty(cls) -> Self:
        """Return a table of no rows with the required columns."""
        return cls({name: nulls(c, 0) for name, c in cls.SCHEMA.items() if c.required})

    @classmethod
    def concat(cls, tables: Iterable[Self]) -> Self:
        """Return the rows of all tables; a column that only some have is null in the others."""
        parts = [table for table in tables if len(table)]
        if not parts:
            return cls.empty()
        names = [name for name in cls.SCHEMA if any(name in part for part in parts)]
        return cls._of({name: np.concatenate(_aligned(parts, name)) for name in names})

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns present, in the order of the schema."""
        return tuple(name for name in self.SCHEMA if name in self._columns)

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())))

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __getitem__(self, name: str) -> Array:
        """Return a column, read only.

        Raises:
            InputError: when the column is absent; the message lists those present.
        """
        if name not in self._columns:
            raise InputError(f"no column {name!r}; present are: {', '.join(self.names)}")
        return self._columns[name]

    def select(self, rows: ArrayLike) -> Self:
        """Return the rows picked by a boolean mask or by indices."""
        index = np.asarray(rows)
        index = index if index.size else index.astype(np.intp)
        return self._of({name: values[index] for name, values in self._columns.items()})

    def between(self, first: int, last: int) -> Self:
        """Return the rows from the first up to, but not with, the last; nothing is copied."""
        return self._of({name: values[first:last] for name, values in self._columns.items()})

    def with_columns(self, **columns: Values) -> Self:
        """Return the same rows with columns added; a column of the same name is replaced."""
        checked = {name: self._checked(name, values) for name, values in columns.items()}
        together = {**self._columns, **checked}
        _check_lengths(together)
        return self._of(together)

    def without(self, *names: str) -> Self:
        """Return the same rows without the named columns."""
        required = [n for n in names if n in self.SCHEMA and self.SCHEMA[n].required]
        if required:
            raise InputError(f"{type(self).__name__} needs the column {required[0]!r}")
        return self._of({n: values for n, values in self._columns.items() if n not in names})

    def _checked(self, name: str, values: Values) -> Array:
        column = self.SCHEMA.get(name)
        if column is None:
            raise InputError(f"unknown column {name!r}; known are: {', '.join(self.SCHEMA)}")
        array = _as_array(name, column, values)
        array.setflags(write=False)
        return array


class Sightings(Table):
    """One row per thing seen in one sampled frame; columns as in `SIGHTING_COLUMNS`.

    Boxes are x1 y1 x2 y2 in pixels of the upright picture, the full extent of the body clipped
    to the picture. `mask` holds COCO compressed counts of the visible part. Court positions are
    metres from the court's centre, x along its length, y across. `foot_x foot_y` are where the
    person touches the floor, in pixels; `airborne` tells that nothing does. `tens` has 11
    probabilities (blank first), `ones` 10.
    """

    SCHEMA = SIGHTING_COLUMNS

    @property
    def boxes(self) -> NDArray[np.float32]:
        """Boxes as (n, 4) float32."""
        return np.stack([self[name] for name in BOX], axis=1).astype(np.float32)

    def by_frame(self) -> Iterator[tuple[int, Sightings]]:
        """Yield the rows of each frame in the order of the frames."""
        order = np.argsort(self["frame"], kind="stable")
        frames = self["frame"][order]
        starts = np.flatnonzero(np.diff(frames, prepend=np.int32(-1)))
        for rows in np.split(order, starts[1:]) if len(order) else []:
            yield int(self["frame"][rows[0]]), self.select(rows)

    def by_track(self) -> Iterator[tuple[int, Sightings]]:
        """Yield the rows of each track in the order of track numbers; rows without one are left."""
        order = np.argsort(self["track"], kind="stable")
        order = order[self["track"][order] >= 0]
        tracks = self["track"][order]
        starts = np.flatnonzero(np.diff(tracks, prepend=np.int32(-1)))
        for rows in np.split(order, starts[1:]) if len(order) else []:
            yield int(self["track"][rows[0]]), self.select(rows)


class FrameTable(Table):
    """One row per sampled frame; columns as in `FRAME_COLUMNS`.

    `frame` counts decoded frames from 0, `pts` is in the stream's time base, `time` in seconds,
    `motion` the 3x3 homography, row by row, from the previous sampled frame to this one. `camera`
    holds the numbers of `court.model`, `court_error` metres, `court_points` x, y and score of each
    landmark of `court.shapes` (NaN: not found), as the net named and placed it. `court_tried` names
    the court it was taken for while looking; `line_camera` is the camera where painted lines
    corrected it; `line_votes` tells for each league which share of its lines was seen (in a few
    frames), `court_floor` which cells of the picture show floor inside the lines.
    """

    SCHEMA = FRAME_COLUMNS


@dataclass
class View:
    """One sampled frame in memory, never stored.

    Attributes:
        frame: index of the decoded frame, from 0.
        pts: presentation time in the stream's time base.
        time: exact presentation time in seconds.
        segment: index of the stretch between two cuts.
        image: upright picture, BGR uint8 (height, width, 3).
        motion: 3x3 homography from the previous sampled frame's pixels to this one's; null after
            a cut and where it could not be found.
        columns: what stages tell of the frame itself, by the names of `FrameTable`; a stage writes
            its columns for every frame or for none.
    """

    frame: int
    pts: int
    time: Fraction
    segment: int
    image: NDArray[np.uint8]
    motion: NDArray[np.float64] | None = None
    columns: dict[str, ArrayLike] = field(default_factory=dict)
    _shared: dict[str, object] = field(default_factory=dict, repr=False)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the picture in pixels."""
        return self.image.shape[0], self.image.shape[1]

    def shared(self, name: str, make: Callable[[], T]) -> T:
        """Return what stages share about this picture, made by the first that asks."""
        if name not in self._shared:
            self._shared[name] = make()
        return cast(T, self._shared[name])

    def rows(self, boxes: ArrayLike, kinds: Iterable[str], scores: ArrayLike) -> Sightings:
        """Return new sightings of this frame from boxes (n, 4), kinds and scores (n,)."""
        array = np.asarray(boxes, np.float32).reshape(-1, 4)
        count = len(array)
        columns: dict[str, Values] = {
            "frame": np.full(count, self.frame, np.int32),
            "time": np.full(count, float(self.time)),
            "segment": np.full(count, self.segment, np.int32),
            "kind": np.array([*kinds], object),
            "score": scores,
        }
        return Sightings({**columns, **{name: array[:, i] for i, name in enumerate(BOX)}})


def _check_lengths(columns: Mapping[str, Array]) -> None:
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"columns must be of equal length; got {lengths}")


def nulls(column: Column, count: int) -> Array:
    """Return `count` nulls of a column's kind."""
    match column.kind:
        case "int32" | "int64":
            return np.full(count, -1, column.kind)
        case "float32" | "float64":
            return np.full(count, np.nan, column.kind)
        case "vector":
            return np.full((count, column.width), np.nan, np.float32)
        case "text" | "bytes" | "flag":
            return np.full(count, None, object)


def is_null(column: Column, values: Array) -> NDArray[np.bool_]:
    """Return which values are null, shape (n,); a required column has none."""
    if column.required:
        return np.zeros(len(values), np.bool_)
    match column.kind:
        case "int32" | "int64":
            return np.asarray(values < 0, np.bool_)
        case "float32" | "float64":
            return np.asarray(np.isnan(values), np.bool_)
        case "vector":
            return np.asarray(np.isnan(values).all(axis=1), np.bool_)
        case "text" | "bytes" | "flag":
            return np.array([value is None for value in values], np.bool_)


def _as_array(name: str, column: Column, values: Values) -> Array:
    if column.kind in ("text", "bytes", "flag"):
        items = list(cast(Iterable[object], values))
        objects: Array = np.empty(len(items), object)
        objects[:] = items
        return objects
    array: Array = np.array(values, "float32" if column.kind == "vector" else column.kind)
    if column.kind == "vector" and not (array.ndim == 2 and column.width in (0, array.shape[-1])):
        raise InputError(
            f"column {name!r} must have shape (n, {column.width or 'd'}); got {array.shape}"
        )
    return array


def _aligned(parts: list[Any], name: str) -> list[Array]:
    column = parts[0].SCHEMA[name]
    widths = [part[name].shape[1] for part in parts if name in part and column.kind == "vector"]
    column = Column(column.kind, width=max(widths, default=0))
    return [_widened(part, name, column) for part in parts]


def _widened(part: Table, name: str, column: Column) -> Array:
    if name not in part:
        return nulls(column, len(part))
    values = part[name]
    # A frame without anybody has vectors of width 0.
    narrow = column.kind == "vector" and values.shape[1] != column.width
    return nulls(column, len(part)) if narrow else values
