"""The state of SAM 2.1 as plain arrays, so that a stopped run goes on exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray


@dataclass(frozen=True)
class SavedState:
    """Everything `Sam2State` knows, n objects.

    Attributes:
        frame: number of the next frame.
        object_ids: in the order in which they were added.
        rows: of the objects in the bank.
        features, pointers: of their rows; bfloat16 as int16 of the same bits.
        memory_frames, pointer_frames: frame of each slot.
        centres: last places in tokens, (n, 2).
        areas, anchored: as in `GameMemory`.
    """

    frame: int
    object_ids: list[int]
    rows: list[int]
    features: NDArray[Any]
    pointers: NDArray[Any]
    memory_frames: NDArray[np.int64]
    pointer_frames: NDArray[np.int64]
    centres: NDArray[np.float32]
    areas: NDArray[np.float64]
    anchored: NDArray[np.int64]


def to_array(tensor: torch.Tensor) -> NDArray[Any]:
    """Return a tensor's values, or its bits where NumPy has no such type."""
    tensor = tensor.detach().cpu()
    plain = tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor
    return np.asarray(plain.numpy())


def to_tensor(array: NDArray[Any], like: torch.Tensor) -> torch.Tensor:
    """Undo `to_array` on the device of another tensor and in its dtype."""
    tensor = torch.from_numpy(array)
    bits = tensor.dtype == torch.int16 and like.dtype == torch.bfloat16
    return tensor.view(torch.bfloat16).to(like.device) if bits else tensor.to(like)
