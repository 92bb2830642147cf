"""The follower's net: one person's cut of the picture to its mask, its box and how it looks.

Importing this module imports torch (the `train` extra).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from courtside.masks.ownership import GROW
from courtside.train.layers import Block, convolution, double

CUT = (96, 64)  # rows and columns of a person's cut
HINTS = 3  # maps beside the colours: its own share of the votes, the others', its last outline
LOOK = 64  # numbers of an embedding
STRIPS = 6  # the body from head to shoes, each strip with colours of its own
# Where the sides of the detected box lie in its cut, as shares of the cut's sides.
LOW, HIGH = GROW / (1 + 2 * GROW), (1 + GROW) / (1 + 2 * GROW)


class PersonNet(nn.Module):
    """Cuts (n, 3, 96, 64) BGR 0 to 1 and hints (n, 3, 96, 64) 0 to 1 to what they show.

    Returns the mask of the visible part as logits (n, 1, 96, 64), the sides of the whole body's
    box (n, 4) as shares of the cut, left, top, right, bottom, and embeddings, unit vectors (n, 64).
    The hints tell whom of several people in the cut is meant.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stage2 = convolution(3 + HINTS, 32, 3, 2)
        self.stage4 = convolution(32, 64, 3, 2)
        self.stage8 = nn.Sequential(convolution(64, 96, 3, 2), Block(96))
        self.stage16 = nn.Sequential(convolution(96, 128, 3, 2), Block(128))
        self.up16 = convolution(128, 96, 1)
        self.up8, self.mix4 = convolution(96, 64, 1), convolution(64, 64)
        self.up4, self.mix2 = convolution(64, 32, 1), convolution(32, 32)
        self.mask = nn.Sequential(nn.Conv2d(32, 4, 3, 1, 1), nn.PixelShuffle(2))
        self.look = nn.Linear(STRIPS * 96, LOOK)
        self.narrow = convolution(96, 16, 1)
        self.sides = nn.Sequential(
            nn.Flatten(), nn.Linear(16 * CUT[0] * CUT[1] // 64, 64), nn.ReLU(), nn.Linear(64, 4)
        )
        self._expect_the_detected_box()

    def forward(self, cut: Tensor, hints: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        s2 = self.stage2(torch.cat([cut - 0.45, hints], dim=1))
        s4 = self.stage4(s2)
        s8 = self.stage8(s4)
        p8 = s8 + double(self.up16(self.stage16(s8)))
        p4 = self.mix4(s4 + double(self.up8(p8)))
        p2 = self.mix2(s2 + double(self.up4(p4)))
        mask = self.mask(p2)
        sides = self.sides(self.narrow(p8))
        return mask, sides, functional.normalize(self.look(_strips(p8, mask)), dim=1)

    def _expect_the_detected_box(self) -> None:
        last = self.sides[-1]
        assert isinstance(last, nn.Linear)
        with torch.no_grad():
            last.weight.mul_(0.1)
            last.bias.copy_(torch.tensor([LOW, LOW, HIGH, HIGH]))


def _strips(features: Tensor, mask: Tensor) -> Tensor:
    """Mean features over the mask in each strip (n, STRIPS * c); the mask does not learn from it.

    Near zero where a strip is hidden: shoes unseen are no evidence.
    """
    weight = functional.avg_pool2d(torch.sigmoid(mask.detach()), 8)
    rows = (STRIPS, features.shape[2] // STRIPS)
    total = (features * weight).unflatten(2, rows).sum(dim=(3, 4))
    return (total / (weight.unflatten(2, rows).sum(dim=(3, 4)) + 0.5)).flatten(1)


class ExportedPerson(nn.Module):
    """The same net as the ONNX file carries it: uint8 (n, 96, 64, 6) in, BGR and hints."""

    def __init__(self, net: PersonNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, cut: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        planes = cut.permute(0, 3, 1, 2).to(torch.float32) / 255.0
        mask, sides, look = self.net(planes[:, :3], planes[:, 3:])
        return torch.sigmoid(mask[:, 0]), sides, look
