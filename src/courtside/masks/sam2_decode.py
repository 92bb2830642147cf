"""The masks of many objects in one frame, batch by batch: prompted ones and followed ones."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from courtside.errors import MachineError
from courtside.masks import sam2_edge as edge
from courtside.masks import sam2_model as parts
from courtside.masks.sam2_attention import Memories, MemoryAttention
from courtside.masks.sam2_memory import MemoryBank, Recall
from courtside.masks.sam2_window import attend_in_windows, window_tokens

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Options:
    """How the state works.

    Attributes:
        mode: `exact` gives transformers' masks. `game` remembers nothing that is hidden or
            doubtful, keeps frames that tell look-alikes apart, and lets memories last.
        capacity: most objects at one time; memory for all of them is taken at once.
        prompts: prompted frames remembered of each object. transformers remembers all, without
            bound; the results are the same as long as an object has no more prompts than this.
        memories: frames remembered of each object beside prompted ones; null for the model's own
            number. Fewer is an approximation.
        window: rows and columns of tokens around each object that it sees and remembers, e.g.
            (24, 16) of 64 x 64; null for all. An approximation.
        attention: one of `sam2_attend.KINDS`, or `auto`.
        batch: most objects in one pass, null for all.
        compiled: whether torch compiles the image encoder and the memory attention first; for
            GPUs and long videos.
    """

    mode: Literal["exact", "game"] = "exact"
    capacity: int = 24
    prompts: int = 4
    memories: int | None = None
    window: tuple[int, int] | None = None
    attention: str = "auto"
    batch: int | None = None
    compiled: bool = False


class Decoder:
    """Turns a picture and what a bank remembers into masks.

    Attributes:
        bank: what is remembered.
        centres: last place of each row's object in tokens, column and row, (capacity, 2).
    """

    def __init__(self, model: torch.nn.Module, options: Options) -> None:
        edge.check_window(model.config, options.window)
        self.model, self.options = model, options
        self.bank = make_bank(model, options)
        device = model.no_memory_embedding.device
        self.centres = torch.zeros(options.capacity, 2, device=device)
        self._attention = MemoryAttention(model, options.attention, options.compiled)
        self._batch = options.batch
        self._positions: torch.Tensor | None = None

    def decode(
        self,
        picture: parts.Picture,
        rows: NDArray[np.int64],
        boxes: Mapping[int, Box],
        frame: int,
    ) -> parts.Decoded:
        """Return the masks of b objects in their order, computed batch by batch.

        Args:
            picture: the frame.
            rows: of the objects in the bank, (b,).
            boxes: of those prompted in this frame, by row.
            frame: number of the frame.

        Raises:
            MachineError: when the GPU's memory is too small even for one object.
        """
        prompted = np.isin(rows, [*boxes])
        results, order = [], []
        if prompted.any():
            given = [boxes[row] for row in rows[prompted].tolist()]
            results.append(self._prompt(picture, given))
            order.append(np.flatnonzero(prompted))
        followed = np.flatnonzero(~prompted)
        for _, places in self.bank.layouts(rows[followed], frame):
            for batch in self._batches(followed[places]):
                for decoded, part in self._track_in_memory(picture, rows, batch, frame):
                    results.append(decoded)
                    order.append(part)
        back = np.argsort(np.concatenate(order))
        return parts.pick(parts.join(results), torch.from_numpy(back).to(picture.coarse.device))

    def _batches(self, places: NDArray[np.intp]) -> list[NDArray[np.intp]]:
        size = self._batch or len(places)
        return [places[begin : begin + size] for begin in range(0, len(places), size)]

    def _track_in_memory(
        self,
        picture: parts.Picture,
        rows: NDArray[np.int64],
        places: NDArray[np.intp],
        frame: int,
    ) -> list[tuple[parts.Decoded, NDArray[np.intp]]]:
        """Follow objects, in smaller and smaller batches where the GPU's memory is too small."""
        try:
            return [(self._track(picture, self.bank.recall(rows[places], frame)), places)]
        except torch.OutOfMemoryError:
            if len(places) == 1:
                size = self.model.config.image_size
                raise MachineError(
                    f"the GPU's memory is too small to follow anybody at {size} px: "
                    "take smaller pictures or a smaller model"
                ) from None
        self._batch = -(-len(places) // 2)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        warnings.warn(
            f"the GPU's memory is short: objects are followed {self._batch} at a time",
            RuntimeWarning,
            stacklevel=2,
        )
        halves = self._batches(places)
        return [
            found for half in halves for found in self._track_in_memory(picture, rows, half, frame)
        ]

    def _prompt(self, picture: parts.Picture, boxes: list[Box]) -> parts.Decoded:
        corners = torch.tensor(boxes, dtype=torch.float32, device=picture.coarse.device)
        plain = parts.without_memory(self.model, picture)
        # One by one, as transformers does: batches round otherwise, and a mask at the limit of
        # what counts as stable becomes another one by the last digit.
        size = 1 if self.options.mode == "exact" else len(corners)
        alone = [parts.decode(self.model, picture, plain, some) for some in corners.split(size)]
        return parts.join(alone)

    def _track(self, picture: parts.Picture, recall: Recall) -> parts.Decoded:
        memories = self._memories(picture, recall)
        if self.options.window:
            conditioned = self._in_windows(picture, memories, recall.rows)
        else:
            steady = self.bank.is_full(recall)
            conditioned = self._attention(picture.coarse, picture.positions, memories, steady)
        return parts.decode(self.model, picture, conditioned)

    def _in_windows(
        self, picture: parts.Picture, memories: Memories, rows: NDArray[np.int64]
    ) -> torch.Tensor:
        window = self.options.window
        assert window is not None
        tokens = window_tokens(self.centres[rows], picture.grid, window)
        plain = parts.without_memory(self.model, picture)
        return attend_in_windows(self._attention, picture, plain, memories, tokens)

    def _memories(self, picture: parts.Picture, recall: Recall) -> Memories:
        if self._positions is None:
            self._positions = parts.memory_positions(self.model, picture.grid)
        coarse = picture.coarse
        rows, slots, ages, pointer_slots, pointer_ages = (
            torch.from_numpy(array).to(coarse.device)
            for array in (
                recall.rows,
                recall.memory_slots,
                recall.memory_ages,
                recall.pointer_slots,
                recall.pointer_ages,
            )
        )
        values = self.bank.features[rows[:, None], slots].to(coarse.dtype)
        positions = self._positions[ages]
        pointers = self.bank.pointers[rows[:, None], pointer_slots]
        longest = self.model.config.max_object_pointers_in_encoder - 1
        encodings = parts.pointer_positions(self.model, pointer_ages, longest)
        # A pointer is as wide as several memory tokens, and becomes as many.
        split = pointers.unflatten(2, (-1, values.shape[3]))
        encodings = encodings[:, :, None].expand(split.shape)
        columns, high = edge.memory_grid(self.model.config)
        return Memories(
            _in_a_row(values, columns * high, split),
            _in_a_row(positions, columns * high, encodings),
            values.shape[1] * columns * high,
        )


def _in_a_row(memories: torch.Tensor, placed: int, pointers: torch.Tensor) -> torch.Tensor:
    """Return (b, m, 64): tokens that lie on a grid first, from all memories; then the others."""
    parted = (memories[:, :, :placed], memories[:, :, placed:], pointers)
    return torch.cat([part.flatten(1, 2) for part in parted], dim=1)


def make_bank(model: torch.nn.Module, options: Options) -> MemoryBank:
    """Return an empty bank for a model."""
    config = model.config
    recent = config.num_maskmem - 1 if options.memories is None else options.memories
    return MemoryBank(
        options.capacity,
        (options.prompts, recent, config.max_object_pointers_in_encoder - 1),
        edge.memory_tokens(config),
        (config.memory_encoder_output_channels, config.memory_attention_hidden_size),
        model.no_memory_embedding,
        edge.memory_dtype(model),
        lasting=options.mode == "game",
    )
