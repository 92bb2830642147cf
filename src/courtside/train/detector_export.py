"""The trained detector and the follower's net as the ONNX files that ship."""

from pathlib import Path

import torch

from courtside.train.augment import LANDSCAPE
from courtside.train.checkpoint import Nets
from courtside.train.detector_net import ExportedDetector, Maps
from courtside.train.eight_bit import shown_cuts, shown_pictures, store_eight_bits
from courtside.train.export import export_net, store_halves
from courtside.train.person_net import CUT, HINTS, ExportedPerson
from courtside.train.pool import Pool

# First layers and heads keep full precision: with an 8-bit first convolution the map of people was
# off by 0.05 on average, without it by 0.002. Beginnings of their nodes' names.
EXACT = {
    "detector": ("/net/stem/stem.0", "/net/fine", "/net/coarse"),
    "person": ("/net/stage2", "/net/mask"),
}


def export_detector(nets: Nets, out: Path, pool: Pool) -> Path:
    """Write `detector.onnx`; ranges of 8-bit numbers are taken from a pool's pictures.

    `image` uint8 (1, h, w, 3) BGR in, the maps of `Maps` out, logits as probabilities; h and w
    free, multiples of 32.
    """
    nets, path = _ready(nets), out / "detector.onnx"
    image = torch.zeros(1, *LANDSCAPE, 3, dtype=torch.uint8)
    export_net(ExportedDetector(nets.detector), image, path, "image", Maps._fields, "_hw_")
    store_eight_bits(path, "image", shown_pictures(pool), EXACT["detector"])
    return path


def export_person(nets: Nets, out: Path, pool: Pool) -> Path:
    """Write `person.onnx`, likewise.

    `cut` uint8 (n, 96, 64, 6), BGR and hints, in; `mask` (n, 96, 64) probability, `sides` (n, 4)
    shares of the cut and `look` (n, 64) out.
    """
    nets, path = _ready(nets), out / "person.onnx"
    cut = torch.zeros(2, *CUT, 3 + HINTS, dtype=torch.uint8)
    export_net(ExportedPerson(nets.person), cut, path, "cut", ("mask", "sides", "look"), "n___")
    store_eight_bits(path, "cut", shown_cuts(nets, pool), EXACT["person"])
    store_halves(path)
    return path


def _ready(nets: Nets) -> Nets:
    ready: Nets = nets.to("cpu", memory_format=torch.contiguous_format).eval()
    return ready
