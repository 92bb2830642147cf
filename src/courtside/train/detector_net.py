"""The detector's net: residual blocks and a feature pyramid over the whole picture.

Importing this module imports torch (the `train` extra).
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from courtside.court.shapes import LANDMARKS
from courtside.train.layers import Block, convolution, double

STRIDE, COARSE = 4, 8  # pixels of the input per cell of the fine and of the coarse outputs
PEOPLE_KINDS, THING_KINDS = 3, 3
VIEWS = ("main", "close-up", "other")
BOX_UNIT = 16.0  # pixels: a box side distance at the start of training

FINE_CHANNELS = (1, 2, PEOPLE_KINDS + THING_KINDS, 4, 4)
COARSE_CHANNELS = (len(LANDMARKS), 1)


class Maps(NamedTuple):
    """What the net says of n pictures; fine maps are (n, c, h / 4, w / 4), coarse ones h / 8.

    foreground: logits that a cell shows somebody on or near the court; votes: x, y offset in
    pixels from the middle of the cell to the middle of its person's box; centres: logits of the
    kinds; people_boxes, thing_boxes: pixels from the middle of the cell to the left, top, right
    and bottom of the box; court_points: logits of the landmarks (coarse); floor: logits that a
    cell lies within the court's lines, whoever stands in front (coarse); view: logits (n, 3).
    """

    foreground: Tensor
    votes: Tensor
    centres: Tensor
    people_boxes: Tensor
    thing_boxes: Tensor
    court_points: Tensor
    floor: Tensor
    view: Tensor


class DetectorNet(nn.Module):
    """Pictures (n, 3, h, w) BGR, 0 to 1, h and w multiples of 32, to `Maps`."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(convolution(3, 16, 3, 2), convolution(16, 32, 3, 2))
        self.stage8 = nn.Sequential(convolution(32, 64, 3, 2), Block(64))
        self.stage16 = nn.Sequential(convolution(64, 96, 3, 2), Block(96), Block(96), Block(96))
        self.stage32 = nn.Sequential(convolution(96, 160, 3, 2), Block(160), Block(160))
        self.down32, self.side16 = convolution(160, 96, 1), convolution(96, 96, 1)
        self.down16, self.side8 = convolution(96, 64, 1), convolution(64, 64, 1)
        self.mix16, self.mix8 = convolution(96, 96), convolution(64, 64)
        self.down8, self.side4 = convolution(64, 32, 1), convolution(32, 32, 1)
        self.mix4 = convolution(32, 64)
        self.fine = nn.Conv2d(64, sum(FINE_CHANNELS), 1)
        self.coarse = nn.Conv2d(64, sum(COARSE_CHANNELS), 1)
        self.view = nn.Linear(160, len(VIEWS))
        self._expect_little()

    def forward(self, picture: Tensor) -> Maps:
        s4 = self.stem(picture - 0.45)
        s8 = self.stage8(s4)
        s16 = self.stage16(s8)
        s32 = self.stage32(s16)
        p16 = self.mix16(self.side16(s16) + double(self.down32(s32)))
        p8 = self.mix8(self.side8(s8) + double(self.down16(p16)))
        p4 = self.mix4(self.side4(s4) + double(self.down8(p8)))
        foreground, votes, centres, people, things = self.fine(p4).split(FINE_CHANNELS, dim=1)
        people, things = (_distances(side) for side in (people, things))
        points, floor = self.coarse(p8).split(COARSE_CHANNELS, dim=1)
        view = self.view(s32.mean(dim=(2, 3)))
        return Maps(foreground, votes * BOX_UNIT, centres, people, things, points, floor, view)

    def _expect_little(self) -> None:
        """Start from one centre in a hundred cells, and one court point in a thousand."""
        with torch.no_grad():
            for head in (self.fine, self.coarse):
                assert head.bias is not None
                head.bias.zero_()
            self.fine.bias[3 : 3 + PEOPLE_KINDS + THING_KINDS] = -4.6
            self.coarse.bias[: len(LANDMARKS)] = -6.9


def _distances(raw: Tensor) -> Tensor:
    return torch.exp(raw.clamp(-5.0, 5.0)) * BOX_UNIT


class ExportedDetector(nn.Module):
    """The same net as the ONNX file carries it: (n, h, w, 3) uint8 in, probabilities out."""

    def __init__(self, net: DetectorNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        maps = self.net(picture.permute(0, 3, 1, 2).to(torch.float32) / 255.0)
        return tuple(
            maps._replace(
                foreground=torch.sigmoid(maps.foreground),
                centres=torch.sigmoid(maps.centres),
                court_points=torch.sigmoid(maps.court_points),
                floor=torch.sigmoid(maps.floor),
                view=torch.softmax(maps.view, dim=1),
            )
        )
