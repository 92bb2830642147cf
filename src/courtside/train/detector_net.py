"""The detector's net: residual blocks and a feature pyramid, all outputs at a quarter resolution.

Importing this module imports torch (the `train` extra).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDE = 4  # pixels of the input per cell of every output
PEOPLE_KINDS, THING_KINDS = 3, 3
BOX_UNIT = 16.0  # pixels: a box side distance at the start of training

OUTPUTS = ("foreground", "votes", "centres", "people_boxes", "thing_boxes")
OUTPUT_CHANNELS = (1, 2, PEOPLE_KINDS + THING_KINDS, 4, 4)


def _conv(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Block(nn.Module):
    """Two 3x3 convolutions beside a shortcut (He and others 2015)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _conv(channels, channels)
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.second(self.first(x)))


class DetectorNet(nn.Module):
    """Pictures (n, h, w, 3) uint8 BGR, h and w multiples of 32, to the maps named in OUTPUTS.

    All maps are (n, channels, h / 4, w / 4): foreground logits, votes (x, y offset in pixels from
    the middle of the cell to the middle of its person's box), centre logits of the kinds, and
    distances in pixels from the middle of the cell to the left, top, right and bottom of the box.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(_conv(3, 16, 3, 2), _conv(16, 32, 3, 2))
        self.stage8 = nn.Sequential(_conv(32, 64, 3, 2), Block(64))
        self.stage16 = nn.Sequential(_conv(64, 96, 3, 2), Block(96), Block(96))
        self.stage32 = nn.Sequential(_conv(96, 160, 3, 2), Block(160))
        self.down32, self.side16 = _conv(160, 96, 1), _conv(96, 96, 1)
        self.down16, self.side8 = _conv(96, 64, 1), _conv(64, 64, 1)
        self.mix16, self.mix8 = _conv(96, 96), _conv(64, 64)
        self.down8, self.side4 = _conv(64, 32, 1), _conv(32, 32, 1)
        self.mix4 = _conv(32, 64)
        self.heads = nn.Conv2d(64, sum(OUTPUT_CHANNELS), 1)
        with torch.no_grad():
            bias = self.heads.bias
            assert bias is not None
            bias.zero_()
            bias[3 : 3 + PEOPLE_KINDS + THING_KINDS] = -4.6  # one cell in a hundred at the start

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        x = picture.permute(0, 3, 1, 2).to(torch.float32) / 255.0 - 0.45
        s4 = self.stem(x)
        s8 = self.stage8(s4)
        s16 = self.stage16(s8)
        s32 = self.stage32(s16)
        p16 = self.mix16(self.side16(s16) + _double(self.down32(s32)))
        p8 = self.mix8(self.side8(s8) + _double(self.down16(p16)))
        p4 = self.mix4(self.side4(s4) + _double(self.down8(p8)))
        maps = self.heads(p4)
        foreground, votes, centres, people, things = maps.split(OUTPUT_CHANNELS, dim=1)
        people, things = (_distances(side) for side in (people, things))
        return foreground, votes * BOX_UNIT, centres, people, things


def _double(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def _distances(raw: Tensor) -> Tensor:
    return torch.exp(raw.clamp(-5.0, 4.0)) * BOX_UNIT


class ExportedDetector(nn.Module):
    """The same net with probabilities instead of logits, as the ONNX file carries it."""

    def __init__(self, net: DetectorNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, picture: Tensor) -> tuple[Tensor, ...]:
        foreground, votes, centres, people, things = self.net(picture)
        return torch.sigmoid(foreground), votes, torch.sigmoid(centres), people, things
