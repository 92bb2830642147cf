"""The number net in torch: its layers, its loss, its calibration and its way to ONNX."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from courtside.numbers.embedded import CROP_SIDE
from courtside.train.numbers_data import DOUBTFUL, HIDDEN

WIDTHS = (16, 32, 64, 96)
TENS, ONES = 11, 10
READABLE_WEIGHT = 0.7


@dataclass(frozen=True)
class Temperatures:
    """What the scores of each head are divided by so that probabilities tell the truth."""

    readable: float = 1.0
    tens: float = 1.0
    ones: float = 1.0


class Residual(nn.Module):
    """Two dense 3x3 convolutions round a short cut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = convolution(width, width)
        self.second = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return functional.relu(features + self.second(self.first(features)))


class NumberNet(nn.Module):
    """Scores (n, 1 + 11 + 10) of readable, tens and ones from crops (n, 3, side, side)."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.trunk = nn.Sequential(
            *(convolution(3, a), convolution(a, b, 2), Residual(b)),
            *(convolution(b, c, 2), Residual(c), convolution(c, d, 2), Residual(d)),
            *(nn.Flatten(), nn.Dropout(0.2)),
        )
        # The heads see where a feature lies: a digit is tens on the left, ones on the right.
        self.heads = nn.Linear(d * (CROP_SIDE // 8) ** 2, 1 + TENS + ONES)

    def forward(self, crops: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self.heads(self.trunk(crops))
        return scores


def convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """Return 3x3 convolution, batch norm and ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def normalised(images: torch.Tensor) -> torch.Tensor:
    """Return crops (n, side, side, 3) uint8 as float (n, 3, side, side) about -2 to 2."""
    return images.permute(0, 3, 1, 2).float() / 64.0 - 2.0


def varied(crops: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Vary colour and exposure of normalised crops, so that a crop can be shown again."""
    count = len(crops)
    order = torch.stack([torch.randperm(3, generator=generator) for _ in range(count)])
    keep = torch.rand(count, generator=generator) < 0.6
    order[keep] = torch.arange(3)
    crops = crops[torch.arange(count)[:, None], order]
    gain = 1 + 0.15 * torch.randn(count, 3, 1, 1, generator=generator)
    shift = 0.2 * torch.randn(count, 3, 1, 1, generator=generator)
    negative = torch.where(torch.rand(count, 1, 1, 1, generator=generator) < 0.1, -1.0, 1.0)
    return crops * negative * gain + shift


def loss(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the loss of scores (n, 22) for labels (n, 3): tens, ones, readable."""
    readable, tens, ones = split(scores)
    judged = labels[:, 2] != DOUBTFUL
    answer = functional.binary_cross_entropy_with_logits(
        readable[judged], labels[judged, 2].float()
    )
    digits = functional.cross_entropy(tens, labels[:, 0], ignore_index=HIDDEN)
    digits = digits + functional.cross_entropy(ones, labels[:, 1], ignore_index=HIDDEN)
    return READABLE_WEIGHT * answer + digits


def split(scores: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return readable (n,), tens (n, 11) and ones (n, 10)."""
    return scores[:, 0], scores[:, 1 : 1 + TENS], scores[:, 1 + TENS :]


def scores_of(net: nn.Module, images: NDArray[np.uint8]) -> torch.Tensor:
    """Return the scores of many crops, batch by batch, without learning from them."""
    net.eval()
    with torch.no_grad():
        parts = [net(normalised(part)) for part in torch.from_numpy(images).split(512)]
    return torch.cat(parts)


def calibrate(net: nn.Module, images: NDArray[np.uint8], labels: torch.Tensor) -> Temperatures:
    """Fit one temperature a head on held-out crops by least negative log likelihood.

    Source: Guo et al., On Calibration of Modern Neural Networks (2017).
    """
    from scipy.optimize import minimize_scalar

    readable, tens, ones = split(scores_of(net, images))
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
    names = ["readable", "tens", "ones"]
    with warnings.catch_warnings():
        # The newer exporter needs one more package and gives the same graph.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            Exported(net, temperatures).eval(),
            (example,),
            str(path),
            input_names=["crops"],
            output_names=names,
            dynamic_axes={name: {0: "n"} for name in ["crops", *names]},
            opset_version=17,
            dynamo=False,
        )
