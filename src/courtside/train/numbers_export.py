"""A trained number net's scores, their calibration, and its way to ONNX."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from courtside.numbers.embedded import CROP_SIDE, Reading
from courtside.train.export import export_net, store_halves
from courtside.train.numbers_data import DOUBTFUL, HIDDEN, Chunk
from courtside.train.numbers_net import NumberNet, normalised, split


@dataclass(frozen=True)
class Temperatures:
    """What the scores of each head are divided by so that probabilities tell the truth."""

    readable: float = 1.0
    tens: float = 1.0
    ones: float = 1.0


def scores_of(net: nn.Module, images: NDArray[np.uint8]) -> torch.Tensor:
    """Return the scores of many crops, batch by batch, without learning from them."""
    net.eval()
    with torch.no_grad():
        parts = [net(normalised(part)) for part in torch.from_numpy(images).split(512)]
    return torch.cat(parts)


def reading_of(net: nn.Module, by: Temperatures, images: NDArray[np.uint8]) -> Reading:
    """Return what the exported net will say."""
    readable, tens, ones = split(scores_of(net, images))
    return Reading(
        torch.sigmoid(readable / by.readable).numpy(),
        torch.softmax(tens / by.tens, dim=1).numpy(),
        torch.softmax(ones / by.ones, dim=1).numpy(),
    )


def calibrate(net: nn.Module, chunk: Chunk) -> Temperatures:
    """Fit one temperature a head on held-out crops by least negative log likelihood.

    Source: Guo et al., On Calibration of Modern Neural Networks (2017).
    """
    from scipy.optimize import minimize_scalar

    readable, tens, ones = split(scores_of(net, chunk.images))
    labels = torch.from_numpy(chunk.labels.astype(np.int64))
    judged = labels[:, 2] != DOUBTFUL

    def fitted(cost: Any) -> float:
        found = minimize_scalar(lambda power: float(cost(2.0**power)), (-2, 3), bounds=(-2, 3))
        return float(2.0**found.x)

    return Temperatures(
        fitted(
            lambda t: functional.binary_cross_entropy_with_logits(
                readable[judged] / t, labels[judged, 2].float()
            )
        ),
        fitted(lambda t: functional.cross_entropy(tens / t, labels[:, 0], ignore_index=HIDDEN)),
        fitted(lambda t: functional.cross_entropy(ones / t, labels[:, 1], ignore_index=HIDDEN)),
    )


class Exported(nn.Module):
    """What users run: uint8 BGR crops in, calibrated probabilities out."""

    def __init__(self, net: NumberNet, temperatures: Temperatures) -> None:
        super().__init__()
        self.net = net
        self.temperatures = temperatures

    def forward(self, crops: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        readable, tens, ones = split(self.net(normalised(crops)))
        by = self.temperatures
        return (
            # The sum over one column keeps OpenVINO from merging this output's name with others.
            torch.sigmoid(readable[:, None] / by.readable).sum(dim=1),
            torch.softmax(tens / by.tens, dim=1),
            torch.softmax(ones / by.ones, dim=1),
        )


def export(net: NumberNet, temperatures: Temperatures, path: Path) -> None:
    """Write the net as ONNX: input `crops` uint8, outputs `readable`, `tens`, `ones`."""
    example = torch.zeros(2, CROP_SIDE, CROP_SIDE, 3, dtype=torch.uint8)
    whole = Exported(net, temperatures).eval()
    export_net(whole, example, path, "crops", ("readable", "tens", "ones"), "n___")
    store_halves(path)
