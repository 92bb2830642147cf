"""Nets whose convolutions count with 8 bits: a quarter of the work where a CPU has no bfloat16.

Weights and inputs of the inner convolutions become 8-bit numbers, from ranges seen on rendered
pictures (ONNX Runtime's static quantization, in the QDQ form that both engines read).
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from torch import Tensor
from torch.nn import functional

from courtside.train.augment import LANDSCAPE
from courtside.train.checkpoint import Nets
from courtside.train.person import cut_people
from courtside.train.pool import Pool

Pictures = NDArray[np.uint8]

SHOWN = 128  # pictures from which ranges are taken
TOGETHER = 8  # of them at once


def store_eight_bits(
    path: Path, source: str, inputs: Sequence[Pictures], exact: tuple[str, ...]
) -> None:
    """Turn an ONNX net's convolutions into 8-bit ones, in place.

    Args:
        path: the net, with weights in full precision.
        source: name of its input.
        inputs: arrays it may be given, from which ranges are taken.
        exact: names of nodes that keep full precision begin with one of these.
    """
    import onnx

    model = onnx.load(str(path))
    spared = [node.name for node in model.graph.node if node.name.startswith(exact)]
    partial = path.with_suffix(".partial")
    quantize_static(
        model,
        str(partial),
        _Shown(source, inputs),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv"],
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=spared,
        # Rounding what leaves a convolution before its ReLU, and its bias, costs time and gains
        # nothing.
        extra_options={
            "WeightSymmetric": True,
            "QuantizeBias": False,
            "OpTypesToExcludeOutputQuantization": ["Conv"],
            # The average of the pictures' ranges: one picture's extreme would make every step
            # coarser. Logits of people are off by 0.020 instead of 0.028, boxes by 0.6 of 0.8 px.
            "CalibMovingAverage": True,
        },
    )
    os.replace(partial, path)


class _Shown(CalibrationDataReader):
    def __init__(self, source: str, inputs: Sequence[Pictures]) -> None:
        self._source, self._left = source, iter(inputs)

    def get_next(self) -> dict[str, Pictures] | None:
        array = next(self._left, None)
        return None if array is None else {self._source: array}


def shown_pictures(pool: Pool) -> list[Pictures]:
    """Return up to SHOWN pictures of a pool as the detector takes them, (1, h, w, 3) each."""
    batches = [batch["picture"] for batch in _batches(pool)]
    return [_as_input(picture[None]) for batch in batches for picture in batch]


def shown_cuts(nets: Nets, pool: Pool) -> list[Pictures]:
    """Return people of those pictures as the follower's net takes them, (n, rows, columns, 6)."""
    found = []
    for batch in _batches(pool):
        with torch.no_grad():
            maps = nets.detector(batch["picture"])
        cuts = cut_people(batch, maps)
        found.append(_as_input(torch.cat([cuts.picture, cuts.hints], dim=1)))
    return found


def _batches(pool: Pool) -> Iterator[dict[str, Tensor]]:
    # Evenly over what is there: neighbours are of one game.
    there = min(len(pool.loaded), pool.capacity)
    chosen = torch.linspace(0, there - 1, min(SHOWN, there)).long()
    for places in chosen.split(TOGETHER):
        batch = {name: values[places].cpu() for name, values in pool.records.items()}
        batch["picture"] = _filled(batch["picture"].float() / 255)
        batch["ids"] = _filled(batch["ids"]).long()
        yield batch


def _filled(planes: Tensor) -> Tensor:
    """Fill up the lower and the right edge to the size of the net's input."""
    rows, columns = (w - h for w, h in zip(LANDSCAPE, planes.shape[-2:], strict=True))
    return functional.pad(planes, (0, columns, 0, rows))


def _as_input(planes: Tensor) -> Pictures:
    """Turn (n, c, h, w) from 0 to 1 into uint8 (n, h, w, c)."""
    levels = (planes.clamp(0, 1) * 255).round().to(torch.uint8)
    return np.ascontiguousarray(levels.permute(0, 2, 3, 1).numpy(), np.dtype(np.uint8))
