"""What SAM 2.1 remembers of each object, in memory that is allocated once and never grows.

Every object has a row. A row has slots for memories (mask and picture fused, 64 numbers per
token) and for object pointers (one vector per frame). The first slots hold the frames on which
the object was prompted, the others are a ring over its last frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from courtside.errors import InputError

EMPTY = -1


@dataclass(frozen=True)
class Layout:
    """How many memories and pointers an object has; objects of one layout form a batch.

    Attributes:
        memories: filled memory slots in use.
        pointers: filled pointer slots in use.
    """

    memories: int
    pointers: int


@dataclass(frozen=True)
class Recall:
    """Where the memories and pointers of b objects lie, and how many frames ago they were made.

    Attributes:
        rows: of the objects, (b,).
        memory_slots, memory_ages: (b, n); age 0 stands for a prompted frame, whatever its age.
        pointer_slots, pointer_ages: (b, p), ages in frames.
    """

    rows: NDArray[np.int64]
    memory_slots: NDArray[np.int64]
    memory_ages: NDArray[np.int64]
    pointer_slots: NDArray[np.int64]
    pointer_ages: NDArray[np.int64]


class MemoryBank:
    """Memories and pointers of all objects.

    Attributes:
        memory_frames, pointer_frames: frame of each slot, `EMPTY` where there is none.
        features: (capacity, prompted + recent, tokens, 64).
        pointers: (capacity, prompted + recent pointers, channels).
    """

    def __init__(
        self,
        capacity: int,
        slots: tuple[int, int, int],
        tokens: int,
        widths: tuple[int, int],
        like: torch.Tensor,
        kept: torch.dtype = torch.bfloat16,
        lasting: bool = False,
    ) -> None:
        """Allocate everything.

        Args:
            capacity: most objects at one time.
            slots: of prompted frames, of recent memories, of recent pointers.
            tokens: of one memory.
            widths: numbers per memory token, and per pointer.
            like: a parameter of the model, for device and dtype.
            kept: dtype of memories.
            lasting: whether the last memories stay however long ago they were made; else they
                fade after as many frames as there are slots, as in transformers.
        """
        self.lasting = lasting
        self.prompted, self.recent, self.recent_pointers = slots
        memories, pointers = self.prompted + self.recent, self.prompted + self.recent_pointers
        self.features = torch.zeros(
            capacity, memories, tokens, widths[0], dtype=kept, device=like.device
        )
        self.pointers = torch.zeros(
            capacity, pointers, widths[1], dtype=like.dtype, device=like.device
        )
        self.memory_frames = np.full((capacity, memories), EMPTY, np.int64)
        self.pointer_frames = np.full((capacity, pointers), EMPTY, np.int64)
        self._rows: dict[int, int] = {}

    @property
    def object_ids(self) -> list[int]:
        """Objects that have a row, in the order in which they were added."""
        return list(self._rows)

    @property
    def nbytes(self) -> int:
        """Bytes of the features and pointers."""
        return int(self.features.nbytes + self.pointers.nbytes)

    def row(self, object_id: int) -> int:
        """Return the row of an object.

        Raises:
            InputError: nothing is known of the object.
        """
        if object_id not in self._rows:
            raise InputError(f"no object {object_id} is being followed")
        return self._rows[object_id]

    def add(self, object_id: int) -> int:
        """Return the row of a new object, or of one that is there already.

        Raises:
            InputError: all rows are taken.
        """
        if object_id not in self._rows:
            free = set(range(len(self.memory_frames))) - set(self._rows.values())
            if not free:
                raise InputError(
                    f"no room for object {object_id}: {len(self._rows)} are followed already"
                )
            self._rows[object_id] = min(free)
        return self._rows[object_id]

    def remove(self, object_id: int) -> None:
        """Forget an object.

        Raises:
            InputError: nothing is known of the object.
        """
        row = self.row(object_id)
        self.forget(row)
        del self._rows[object_id]

    def forget(self, row: int) -> None:
        """Empty the row's slots."""
        self.memory_frames[row] = EMPTY
        self.pointer_frames[row] = EMPTY

    def forget_places(self) -> None:
        """Drop the memories of recent frames; pointers, which hold looks, and anchors stay."""
        self.memory_frames[:, self.prompted :] = EMPTY

    def restore(self, rows: dict[int, int]) -> None:
        """Take over which object has which row."""
        self._rows = dict(rows)

    def write(
        self,
        rows: NDArray[np.int64],
        prompted: NDArray[np.bool_],
        frame: int,
        features: torch.Tensor,
        pointers: torch.Tensor,
    ) -> None:
        """Remember b objects as seen in this frame.

        Args:
            rows: of the objects, (b,).
            prompted: which were prompted in this frame, (b,).
            frame: number of the frame.
            features: (b, tokens, 64).
            pointers: (b, channels).
        """
        for frames in (self.memory_frames, self.pointer_frames):
            ring = frames[rows[prompted], self.prompted :]
            # Prompted again in a frame: what was remembered of the same frame is wrong.
            frames[rows[prompted], self.prompted :] = np.where(ring == frame, EMPTY, ring)
        memories = self._slots(self.memory_frames, rows, prompted, frame)
        self._put(self.features, self.memory_frames, rows, memories, frame, features)
        slots = self._slots(self.pointer_frames, rows, prompted, frame)
        self._put(self.pointers, self.pointer_frames, rows, slots, frame, pointers)

    def layouts(self, rows: NDArray[np.int64], frame: int) -> list[tuple[Layout, NDArray[np.intp]]]:
        """Return the layouts among these rows, each with the positions of its objects in `rows`."""
        counts = np.stack(
            [
                self._known(self.memory_frames[rows], frame, self.recent).sum(axis=1),
                self._known(self.pointer_frames[rows], frame, self.recent_pointers).sum(axis=1),
            ],
            axis=1,
        )
        kinds = np.unique(counts, axis=0)
        return [
            (Layout(int(kind[0]), int(kind[1])), np.flatnonzero((counts == kind).all(axis=1)))
            for kind in kinds
        ]

    def recall(self, rows: NDArray[np.int64], frame: int) -> Recall:
        """Return where the memories of objects of one layout lie."""
        memories, ages = self._find(self.memory_frames[rows], frame, self.recent)
        pointers, pointer_ages = self._find(self.pointer_frames[rows], frame, self.recent_pointers)
        # A memory of a prompted frame has its own temporal encoding, however old it is.
        ages = np.where(memories < self.prompted, 0, ages)
        return Recall(rows, memories, ages, pointers, pointer_ages)

    def is_full(self, recall: Recall) -> bool:
        """Say whether these objects remember one prompt and as many frames as they can."""
        counts = (recall.memory_slots.shape[1], recall.pointer_slots.shape[1])
        return counts == (1 + self.recent, 1 + self.recent_pointers)

    def _known(self, frames: NDArray[np.int64], frame: int, recent: int) -> NDArray[np.bool_]:
        """Return which slots are filled and, in the ring, not too old."""
        known: NDArray[np.bool_] = frames != EMPTY
        if not self.lasting:
            known[:, self.prompted :] &= frames[:, self.prompted :] >= frame - recent
        return known

    def _find(
        self, frames: NDArray[np.int64], frame: int, recent: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        known = self._known(frames, frame, recent)
        slots = np.nonzero(known)[1].reshape(len(frames), -1)
        ages = frame - frames
        if self.lasting:  # the order counts, not the time
            newest_first = np.argsort(-frames[:, self.prompted :], axis=1, kind="stable")
            ages[:, self.prompted :] = np.argsort(newest_first, axis=1) + 1
        return slots, np.take_along_axis(ages, slots, axis=1)

    def _slots(
        self,
        frames: NDArray[np.int64],
        rows: NDArray[np.int64],
        prompted: NDArray[np.bool_],
        frame: int,
    ) -> NDArray[np.int64]:
        """Return where to write: the first free prompted slot, else the oldest of the ring."""
        taken = frames[rows, : self.prompted]
        # The first prompt is kept for good; when all slots are full the oldest other one goes.
        order = np.where(taken == EMPTY, -1, taken)
        if self.prompted > 1:
            order[:, 0] = np.where(taken[:, 0] == EMPTY, -2, frame)
        oldest = self.prompted + frames[rows, self.prompted :].argmin(axis=1)
        slots: NDArray[np.int64] = np.where(prompted, order.argmin(axis=1), oldest)
        return slots

    @staticmethod
    def _put(
        store: torch.Tensor,
        frames: NDArray[np.int64],
        rows: NDArray[np.int64],
        slots: NDArray[np.int64],
        frame: int,
        values: torch.Tensor,
    ) -> None:
        where = torch.from_numpy(np.stack([rows, slots])).to(store.device)
        store[where[0], where[1]] = values.to(store.dtype)
        frames[rows, slots] = frame
