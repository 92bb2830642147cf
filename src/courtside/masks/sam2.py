"""SAM 2.1 following many objects through a video: one batch, constant memory, the same masks.

The weights and modules are transformers' `Sam2VideoModel`; the state is ours. Objects may be
added and removed on any frame, and a frame may have none.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from courtside.errors import InputError, MachineError
from courtside.masks import sam2_model as parts
from courtside.masks.sam2_attention import Memories, MemoryAttention
from courtside.masks.sam2_game import GameMemory
from courtside.masks.sam2_memory import MemoryBank, Recall
from courtside.masks.sam2_saved import SavedState, to_array, to_tensor
from courtside.masks.sam2_window import attend_in_windows, centres_of, window_tokens


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


class Sam2State:
    """Objects followed through a video by SAM 2.1.

    Attributes:
        model: transformers' `Sam2VideoModel`, in evaluation mode.
        frame: number of the next frame.
    """

    def __init__(self, model: torch.nn.Module, options: Options | None = None) -> None:
        self.model = model.eval()
        self.options = options = options or Options()
        self.frame = 0
        self._attention = MemoryAttention(model, self.options.attention, self.options.compiled)
        self._encode = (
            torch.compile(parts.encode_picture) if options.compiled else parts.encode_picture
        )
        self._bank = _bank(model, self.options)
        self._batch = options.batch
        self._positions: torch.Tensor | None = None
        self._judge = GameMemory(options.capacity) if options.mode == "game" else None
        self._pixels: torch.Tensor | None = None
        self._picture: parts.Picture | None = None
        device = model.no_memory_embedding.device
        self._centres = torch.zeros(options.capacity, 2, device=device)
        self._boxes: dict[int, tuple[float, float, float, float]] = {}

    @property
    def object_ids(self) -> list[int]:
        """Objects followed or about to be, in the order in which they were added."""
        return self._bank.object_ids

    @property
    def nbytes(self) -> int:
        """Bytes of all memories and pointers, the same for any length of video."""
        return self._bank.nbytes

    def add(self, object_id: int, box: Sequence[float]) -> None:
        """Prompt an object, new or known, in the next frame.

        Args:
            object_id: any number.
            box: left, top, right, bottom in pixels of the model's input.

        Raises:
            InputError: the box is no box, or there is no room for one more object.
        """
        left, top, right, bottom = (float(side) for side in box)
        if not (np.isfinite([left, top, right, bottom]).all() and left < right and top < bottom):
            raise InputError(f"the box of object {object_id} is empty: {tuple(box)}")
        self._bank.add(object_id)
        self._boxes[object_id] = (left, top, right, bottom)

    def remove(self, object_id: int) -> None:
        """Forget an object.

        Raises:
            InputError: nothing is known of the object.
        """
        if self._judge:
            self._judge.forget(self._bank.row(object_id))
        self._bank.remove(object_id)
        self._boxes.pop(object_id, None)

    def cut(self) -> None:
        """Forget where everybody was, not how they look: the next frame is another shot."""
        self._bank.forget_places()

    def prompt(self, boxes: Mapping[int, Sequence[float]]) -> torch.Tensor:
        """Prompt objects, new or known, in the frame that was stepped into last.

        Args:
            boxes: of each object, as for `add`.

        Returns:
            Mask logits in the order of `boxes`, (objects, size / 4, size / 4).

        Raises:
            InputError: as `add`, or when there was no frame yet.
        """
        if self._pixels is None:
            raise InputError("there is no frame yet to prompt objects in: step first")
        for object_id, box in boxes.items():
            self.add(object_id, box)
        with torch.inference_mode():
            masks = self._prompt_now(self._seen(self._pixels), list(boxes))
        self._boxes.clear()
        return masks

    def step(self, pixels: torch.Tensor) -> tuple[list[int], torch.Tensor]:
        """Follow all objects into the next frame.

        Args:
            pixels: the frame as the model takes it, (3, size, size) or (1, 3, size, size).

        Returns:
            The objects, in the order in which they were added, and their mask logits, (objects,
            size / 4, size / 4); a pixel belongs to the object above zero.

        Raises:
            InputError: the frame is of another size than the model's.
        """
        object_ids = self.object_ids
        with torch.inference_mode():
            self._pixels, self._picture = self._checked(pixels), None
            masks = self._follow(self._pixels, object_ids)
        self.frame += 1
        self._boxes.clear()
        return object_ids, masks

    def saved(self) -> SavedState:
        """Return everything as plain arrays, to go on from later."""
        rows = [self._bank.row(number) for number in self.object_ids]
        judge = self._judge or GameMemory(self.options.capacity)
        return SavedState(
            frame=self.frame,
            object_ids=self.object_ids,
            rows=rows,
            features=to_array(self._bank.features[rows]),
            pointers=to_array(self._bank.pointers[rows]),
            memory_frames=self._bank.memory_frames[rows],
            pointer_frames=self._bank.pointer_frames[rows],
            centres=to_array(self._centres[rows]),
            areas=judge.areas[rows],
            anchored=judge.anchored[rows],
        )

    def restore(self, saved: SavedState) -> None:
        """Go on from a saved state; the model and the options must be the same."""
        rows, bank = saved.rows, self._bank
        self.frame = saved.frame
        bank.restore(dict(zip(saved.object_ids, rows, strict=True)))
        if not rows:
            return
        bank.features[rows] = to_tensor(saved.features, bank.features)
        bank.pointers[rows] = to_tensor(saved.pointers, bank.pointers)
        bank.memory_frames[rows] = saved.memory_frames
        bank.pointer_frames[rows] = saved.pointer_frames
        self._centres[rows] = to_tensor(saved.centres, self._centres)
        if self._judge:
            self._judge.areas[rows], self._judge.anchored[rows] = saved.areas, saved.anchored

    def _checked(self, pixels: torch.Tensor) -> torch.Tensor:
        size = self.model.config.image_size
        if pixels.shape[-3:] != (3, size, size) or pixels.numel() != 3 * size * size:
            raise InputError(f"the model takes frames of 3 x {size} x {size}, not {pixels.shape}")
        weight = self.model.no_memory_embedding
        return pixels.reshape(1, 3, size, size).to(weight.device, weight.dtype)

    def _follow(self, pixels: torch.Tensor, object_ids: list[int]) -> torch.Tensor:
        if not object_ids:
            quarter = self.model.config.image_size // 4
            return pixels.new_zeros(0, quarter, quarter)
        picture = self._seen(pixels)
        rows = np.array([self._bank.row(number) for number in object_ids])
        prompted = np.array([number in self._boxes for number in object_ids])
        decoded = self._decode(picture, object_ids, rows, prompted)
        self._remember(picture, rows, prompted, decoded, self.frame)
        return decoded.masks[:, 0]

    def _seen(self, pixels: torch.Tensor) -> parts.Picture:
        if self._picture is None:
            self._picture = self._encode(self.model, pixels)
        return self._picture

    def _prompt_now(self, picture: parts.Picture, object_ids: list[int]) -> torch.Tensor:
        rows = np.array([self._bank.row(number) for number in object_ids])
        boxes = pixels_of([self._boxes[number] for number in object_ids], picture.coarse)
        decoded = self._prompt(picture, boxes)
        everybody = np.ones(len(rows), np.bool_)
        self._remember(picture, rows, everybody, decoded, self.frame - 1)
        return decoded.masks[:, 0]

    def _remember(
        self,
        picture: parts.Picture,
        rows: NDArray[np.int64],
        prompted: NDArray[np.bool_],
        decoded: parts.Decoded,
        frame: int,
    ) -> None:
        if self._judge:
            found = self._judge.judge(rows, frame, prompted, decoded)
            keep, anchor, binary = found.keep, found.anchor, prompted
        else:
            # A quirk of transformers: one prompt cuts the masks of all at zero in that frame.
            binary = np.full(len(rows), bool(prompted.any()))
            keep, anchor = np.ones(len(rows), np.bool_), prompted
        masks = decoded.masks[:, 0]
        self._centres[rows] = centres_of(masks, self._centres[rows], picture.grid)
        if not keep.any():
            return
        device = masks.device
        kept = decoded if keep.all() else parts.pick(decoded, torch.from_numpy(keep).to(device))
        cut = torch.from_numpy(binary[keep]).to(device)
        features = parts.encode_memories(self.model, picture, kept, cut)
        self._bank.write(rows[keep], anchor[keep], frame, features, kept.pointers)

    def _decode(
        self,
        picture: parts.Picture,
        object_ids: list[int],
        rows: NDArray[np.int64],
        prompted: NDArray[np.bool_],
    ) -> parts.Decoded:
        """Return the masks of all objects in their order, computed batch by batch."""
        results, order = [], []
        if prompted.any():
            boxes = [self._boxes[number] for number in object_ids if number in self._boxes]
            results.append(self._prompt(picture, pixels_of(boxes, picture.coarse)))
            order.append(np.flatnonzero(prompted))
        followed = np.flatnonzero(~prompted)
        for _, places in self._bank.layouts(rows[followed], self.frame):
            for batch in self._batches(followed[places]):
                for decoded, part in self._track_in_memory(picture, rows, batch):
                    results.append(decoded)
                    order.append(part)
        back = np.argsort(np.concatenate(order))
        return parts.pick(parts.join(results), torch.from_numpy(back).to(picture.coarse.device))

    def _batches(self, places: NDArray[np.intp]) -> list[NDArray[np.intp]]:
        size = self._batch or len(places)
        return [places[begin : begin + size] for begin in range(0, len(places), size)]

    def _track_in_memory(
        self, picture: parts.Picture, rows: NDArray[np.int64], places: NDArray[np.intp]
    ) -> list[tuple[parts.Decoded, NDArray[np.intp]]]:
        """Follow objects, in smaller and smaller batches where the GPU's memory is too small."""
        try:
            return [(self._track(picture, self._bank.recall(rows[places], self.frame)), places)]
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
        return [found for half in halves for found in self._track_in_memory(picture, rows, half)]

    def _prompt(self, picture: parts.Picture, boxes: torch.Tensor) -> parts.Decoded:
        return parts.decode(self.model, picture, parts.without_memory(self.model, picture), boxes)

    def _track(self, picture: parts.Picture, recall: Recall) -> parts.Decoded:
        memories = self._memories(picture, recall)
        if self.options.window:
            conditioned = self._in_windows(picture, memories, recall.rows)
        else:
            steady = self._bank.is_full(recall)
            conditioned = self._attention(picture.coarse, picture.positions, memories, steady)
        return parts.decode(self.model, picture, conditioned)

    def _in_windows(
        self, picture: parts.Picture, memories: Memories, rows: NDArray[np.int64]
    ) -> torch.Tensor:
        window = self.options.window
        assert window is not None
        tokens = window_tokens(self._centres[rows], picture.grid, window)
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
        values = self._bank.features[rows[:, None], slots].to(coarse.dtype).flatten(1, 2)
        positions = self._positions[ages].flatten(1, 2)
        pointers = self._bank.pointers[rows[:, None], pointer_slots]
        longest = self.model.config.max_object_pointers_in_encoder - 1
        encodings = parts.pointer_positions(self.model, pointer_ages, longest)
        # A pointer is as wide as several memory tokens, and becomes as many.
        split = pointers.unflatten(2, (-1, values.shape[2]))
        encodings = encodings[:, :, None].expand(split.shape)
        return Memories(
            torch.cat([values, split.flatten(1, 2)], dim=1),
            torch.cat([positions, encodings.flatten(1, 2)], dim=1),
            values.shape[1],
        )


def pixels_of(boxes: Sequence[Sequence[float]], like: torch.Tensor) -> torch.Tensor:
    """Return boxes as float32 on the device of another tensor, (b, 4)."""
    return torch.tensor(boxes, dtype=torch.float32, device=like.device)


def _bank(model: torch.nn.Module, options: Options) -> MemoryBank:
    config = model.config
    recent = config.num_maskmem - 1 if options.memories is None else options.memories
    columns, rows = config.memory_attention_rope_feat_sizes
    return MemoryBank(
        options.capacity,
        (options.prompts, recent, config.max_object_pointers_in_encoder - 1),
        columns * rows,
        (config.memory_encoder_output_channels, config.memory_attention_hidden_size),
        model.no_memory_embedding,
        lasting=options.mode == "game",
    )
