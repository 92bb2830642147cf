"""Pictures as vision models take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray


@dataclass(frozen=True)
class Scale:
    """How a model wants its colours: (value / 255 - mean) / deviation, red first."""

    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]


IMAGENET = Scale((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
HALF = Scale((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def as_pixels(
    images: Sequence[NDArray[np.uint8]], side: int, scale: Scale = IMAGENET, like: Any = None
) -> Any:
    """Return pictures stretched to squares, a tensor (n, 3, side, side).

    Args:
        images: BGR (height, width, 3), each of its own size.
        side: in pixels.
        scale: of the colours.
        like: a parameter of the model, for device and dtype; null for float32 on the CPU.
    """
    squares = np.stack([_square(image, side) for image in images])[..., ::-1].astype(np.float32)
    values = (squares / 255 - np.array(scale.mean, np.float32)) / np.array(
        scale.deviation, np.float32
    )
    pixels = torch.from_numpy(np.ascontiguousarray(values.transpose(0, 3, 1, 2), np.float32))
    return pixels if like is None else pixels.to(like.device, like.dtype)


def _square(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    how = cv2.INTER_AREA if min(image.shape[:2]) > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (side, side), interpolation=how), np.uint8)
