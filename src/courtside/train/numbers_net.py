"""The number net in torch: its layers and its loss."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from courtside.numbers.embedded import CROP_SIDE
from courtside.train.numbers_data import DOUBTFUL, HIDDEN, READABLE

WIDTHS = (16, 32, 64, 128)
BLOCKS = (1, 1, 2)
"""Residual blocks at a half, a quarter and an eighth of the crop's side."""
GAZES = 2
"""Places a head looks at: the upper and the lower half of a digit, say."""
TENS, ONES = 11, 10
READABLE_WEIGHT = 0.7
HARD_WEIGHT = 0.5
"""Weight of digits on crops that are not surely readable: they teach, but noisily."""


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

    places: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        first, *widths = WIDTHS
        layers: list[nn.Module] = [convolution(3, first)]
        for before, width, blocks in zip(WIDTHS, widths, BLOCKS, strict=False):
            layers += [convolution(before, width, 2), *(Residual(width) for _ in range(blocks))]
        self.trunk = nn.Sequential(*layers)
        side = CROP_SIDE // 8
        # With its place beside each feature a head knows where it looks, not only at what.
        width, places = WIDTHS[-1] + 2, side**2
        self.register_buffer("places", _places(side), persistent=False)
        self.gazes = nn.ModuleList([Gaze(width, places) for _ in range(3)])
        self.dropout = nn.Dropout(0.2)
        self.readable = nn.Linear(GAZES * width, 1)
        # One digit or two: whether both heads look at the same one.
        self.blank = nn.Linear(3 * GAZES * width, 1)
        # One classifier for both places: a digit learnt as ones is known as tens, so that
        # numbers never shown are read.
        self.digit = nn.Linear(GAZES * width, 10)

    def forward(self, crops: torch.Tensor) -> torch.Tensor:
        features = self.trunk(crops)
        features = torch.cat([features, self.places.expand(features.shape[0], -1, -1, -1)], dim=1)
        seen = [self.dropout(gaze(features)) for gaze in self.gazes]
        whole, tens, ones = seen
        blank = self.blank(torch.cat(seen, dim=1))
        return torch.cat([self.readable(whole), blank, self.digit(tens), self.digit(ones)], dim=1)


def _places(side: int) -> torch.Tensor:
    """Return x and y of a map's places, -1 to 1, (1, 2, side, side)."""
    line = torch.linspace(-1, 1, side)
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([x, y])[None]


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
