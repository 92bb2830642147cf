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

from courtside.numbers.embedded import CROP_SIDE, Reading
from courtside.train.numbers_data import DOUBTFUL, HIDDEN, READABLE, Chunk

WIDTHS = (16, 32, 64, 128)
BLOCKS = (1, 1, 2)
"""Residual blocks at a half, a quarter and an eighth of the crop's side."""
GAZES = 2
"""Places a head looks at: the upper and the lower half of a digit, say."""
TENS, ONES = 11, 10
READABLE_WEIGHT = 0.7
HARD_WEIGHT = 0.5
"""Weight of digits on crops that are not surely readable: they teach, but noisily."""


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


class Gaze(nn.Module):
    """Mean features (n, GAZES * width) of the places a head attends to, by content and place."""

    def __init__(self, width: int, places: int) -> None:
        super().__init__()
        self.content = nn.Conv2d(width, GAZES, 1)
        self.place = nn.Parameter(torch.zeros(1, GAZES, places))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        weights = torch.softmax(self.content(features).flatten(2) + self.place, dim=2)
        return torch.matmul(weights, features.flatten(2).transpose(1, 2)).flatten(1)


class NumberNet(nn.Module):
    """Scores (n, 1 + 11 + 10) of readable, tens and ones from crops (n, 3, side, side)."""

    def __init__(self) -> None:
        super().__init__()
        first, *widths = WIDTHS
        layers: list[nn.Module] = [convolution(3, first)]
        for before, width, blocks in zip(WIDTHS, widths, BLOCKS, strict=False):
            layers += [convolution(before, width, 2), *(Residual(width) for _ in range(blocks))]
        self.trunk = nn.Sequential(*layers)
        width, places = WIDTHS[-1], (CROP_SIDE // 8) ** 2
        self.gazes = nn.ModuleList([Gaze(width, places) for _ in range(3)])
        self.dropout = nn.Dropout(0.2)
        self.readable = nn.Linear(GAZES * width, 1)
        self.blank = nn.Linear(GAZES * width, 1)
        # One classifier for both places: a digit learnt as ones is known as tens, so that
        # numbers never shown are read.
        self.digit = nn.Linear(GAZES * width, 10)

    def forward(self, crops: torch.Tensor) -> torch.Tensor:
        features = self.trunk(crops)
        whole, tens, ones = (self.dropout(gaze(features)) for gaze in self.gazes)
        scores = [self.readable(whole), self.blank(tens), self.digit(tens), self.digit(ones)]
        return torch.cat(scores, dim=1)


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
    """Vary normalised crops, so that a crop can be shown again: place, colours, focus, noise."""
    crops = _recoloured(_moved(crops, generator), generator)
    count, device = len(crops), crops.device

    def share(chance: float, size: torch.Tensor) -> torch.Tensor:
        chosen = torch.rand(count, 1, 1, 1, generator=generator, device=device) < chance
        return torch.where(chosen, size, torch.zeros_like(size))

    # The mean of four neighbours: three times as fast on a CPU as pooling.
    soft = sum(crops.roll(by, axis) for by in (-1, 1) for axis in (2, 3)) / 4
    focus = torch.rand(count, 1, 1, 1, generator=generator, device=device) * 2 - 1
    crops = torch.lerp(crops, soft, share(0.4, focus))
    grain = torch.rand(count, 1, 1, 1, generator=generator, device=device) * 0.25
    noise = torch.randn(crops.shape, generator=generator, device=device)
    return crops + share(0.3, grain) * noise


def _moved(crops: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Turn, stretch, shear and shift a little, the border repeated outside."""
    count, device = len(crops), crops.device
    spread = torch.tensor([[0.06, 0.09, 0.04], [0.06, 0.06, 0.04]], device=device)
    matrix = torch.randn(count, 2, 3, generator=generator, device=device) * spread
    matrix = matrix + torch.eye(2, 3, device=device)
    grid = functional.affine_grid(matrix, list(crops.shape), align_corners=False)
    return functional.grid_sample(crops, grid, padding_mode="border", align_corners=False)


def _recoloured(crops: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Mix and swap channels, change gain and offset, now and then a negative."""
    count, device = len(crops), crops.device
    order = torch.rand(count, 3, generator=generator, device=device).argsort(dim=1)
    keep = torch.rand(count, 1, generator=generator, device=device) < 0.6
    order = torch.where(keep, torch.arange(3, device=device), order)
    mix = torch.eye(3, device=device)[order]
    mix = mix + 0.08 * torch.randn(count, 3, 3, generator=generator, device=device)
    gain = torch.exp(0.2 * torch.randn(count, 1, 1, generator=generator, device=device))
    negative = torch.rand(count, 1, 1, generator=generator, device=device) < 0.1
    gain = torch.where(negative, -gain, gain)
    shift = 0.2 * torch.randn(count, 3, 1, 1, generator=generator, device=device)
    return torch.einsum("nij,njhw->nihw", mix * gain, crops) + shift


def loss(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the loss of scores (n, 22) for labels (n, 3): tens, ones, readable."""
    readable, tens, ones = split(scores)
    truth = labels[:, 2]
    judged = (truth != DOUBTFUL).float()
    answer = functional.binary_cross_entropy_with_logits(
        readable, truth.clamp(min=0).float(), judged, reduction="sum"
    )
    weights = torch.where(truth == READABLE, 1.0, HARD_WEIGHT)
    digits = torch.zeros_like(answer)
    for part, column in ((tens, 0), (ones, 1)):
        costs = functional.cross_entropy(
            part, labels[:, column], ignore_index=HIDDEN, reduction="none"
        )
        digits = digits + (weights * costs).sum()
    return (READABLE_WEIGHT * answer + digits) / len(scores)


def split(scores: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return readable (n,), tens (n, 11) and ones (n, 10)."""
    return scores[:, 0], scores[:, 1 : 1 + TENS], scores[:, 1 + TENS :]


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
