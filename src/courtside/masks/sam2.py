"""SAM 2.1 following many objects through a video: one batch, constant memory, the same masks.

The weights and modules are transformers' `Sam2VideoModel`; the state is ours. Objects may be
added and removed on any frame, and a frame may have none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from courtside.errors import InputError
from courtside.masks import sam2_model as parts
from courtside.masks.sam2_decode import Box, Decoder, Options
from courtside.masks.sam2_edge import one_prompt_cuts_all
from courtside.masks.sam2_game import GameMemory
from courtside.masks.sam2_saved import SavedState, to_array, to_tensor
from courtside.masks.sam2_window import centres_of

__all__ = ["Options", "Sam2State"]


class Sam2State:
    """Objects followed through a video by SAM 2.1.

    Attributes:
        model: transformers' `Sam2VideoModel` or `EdgeTamVideoModel`, in evaluation mode.
        frame: number of the next frame.
    """

    def __init__(self, model: torch.nn.Module, options: Options | None = None) -> None:
        self.model = model.eval()
        self.options = options = options or Options()
        self.frame = 0
        self._encode = (
            torch.compile(parts.encode_picture) if options.compiled else parts.encode_picture
        )
        self._decoder = Decoder(model, options)
        self._bank = self._decoder.bank
        self._judge = GameMemory(options.capacity) if options.mode == "game" else None
        self._pixels: torch.Tensor | None = None
        self._picture: parts.Picture | None = None
        self._boxes: dict[int, Box] = {}

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
            centres=to_array(self._decoder.centres[rows]),
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
        self._decoder.centres[rows] = to_tensor(saved.centres, self._decoder.centres)
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
        boxes = {self._bank.row(number): box for number, box in self._boxes.items()}
        decoded = self._decoder.decode(picture, rows, boxes, self.frame)
        self._remember(picture, rows, np.isin(rows, [*boxes]), decoded, self.frame)
        return decoded.masks[:, 0]

    def _seen(self, pixels: torch.Tensor) -> parts.Picture:
        if self._picture is None:
            self._picture = self._encode(self.model, pixels)
        return self._picture

    def _prompt_now(self, picture: parts.Picture, object_ids: list[int]) -> torch.Tensor:
        rows = np.array([self._bank.row(number) for number in object_ids])
        boxes = {self._bank.row(number): self._boxes[number] for number in object_ids}
        decoded = self._decoder.decode(picture, rows, boxes, self.frame - 1)
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
            together = prompted.any() and one_prompt_cuts_all(self.model.config)
            binary = prompted | together
            keep, anchor = np.ones(len(rows), np.bool_), prompted
        masks = decoded.masks[:, 0]
        self._decoder.centres[rows] = centres_of(masks, self._decoder.centres[rows], picture.grid)
        if not keep.any():
            return
        device = masks.device
        kept = decoded if keep.all() else parts.pick(decoded, torch.from_numpy(keep).to(device))
        cut = torch.from_numpy(binary[keep]).to(device)
        features = parts.encode_memories(self.model, picture, kept, cut)
        self._bank.write(rows[keep], anchor[keep], frame, features, kept.pointers)
