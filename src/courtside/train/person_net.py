"""The follower's net: one person's cut of the picture to its mask and to how it looks.

Importing this module imports torch (the `train` extra).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from courtside.train.layers import Block, convolution, double

CUT = (96, 64)  # rows and columns of a person's cut
HINTS = 3  # maps beside the colours: its own share of the votes, the others', its last outline
LOOK = 64  # numbers of an embedding


class PersonNet(nn.Module):
    """Cuts (n, 3, 96, 64) BGR 0 to 1 and hints (n, 3, 96, 64) 0 to 1 to masks and embeddings.

    Masks are logits (n, 1, 96, 64) of the visible part, embeddings unit vectors (n, 64). The hints
    tell whom of several people in the cut is meant.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stage2 = convolution(3 + HINTS, 32, 3, 2)
        self.stage4 = convolution(32, 64, 3, 2)
        self.stage8 = nn.Sequential(convolution(64, 96, 3, 2), Block(96))
        self.up8, self.mix4 = convolution(96, 64, 1), convolution(64, 64)
        self.up4, self.mix2 = convolution(64, 32, 1), convolution(32, 32)
        self.mask = nn.Sequential(nn.Conv2d(32, 4, 3, 1, 1), nn.PixelShuffle(2))
        self.look = nn.Linear(96, LOOK)

    def forward(self, cut: Tensor, hints: Tensor) -> tuple[Tensor, Tensor]:
        s2 = self.stage2(torch.cat([cut - 0.45, hints], dim=1))
        s4 = self.stage4(s2)
        s8 = self.stage8(s4)
        p4 = self.mix4(s4 + double(self.up8(s8)))
        p2 = self.mix2(s2 + double(self.up4(p4)))
        mask = self.mask(p2)
        return mask, functional.normalize(self.look(_inside(s8, mask)), dim=1)


def _inside(features: Tensor, mask: Tensor) -> Tensor:
    """Mean features (n, c) over the mask, which does not learn from it."""
    weight = functional.avg_pool2d(torch.sigmoid(mask.detach()), 8) + 1e-4
    return (features * weight).sum(dim=(2, 3)) / weight.sum(dim=(2, 3))


class ExportedPerson(nn.Module):
    """The same net as the ONNX file carries it: uint8 (n, 96, 64, 6) in, BGR and hints."""

    def __init__(self, net: PersonNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, cut: Tensor) -> tuple[Tensor, Tensor]:
        planes = cut.permute(0, 3, 1, 2).to(torch.float32) / 255.0
        mask, look = self.net(planes[:, :3], planes[:, 3:])
        return torch.sigmoid(mask[:, 0]), look
