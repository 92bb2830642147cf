"""The trained detector and the follower's net as the ONNX files that ship."""

from pathlib import Path

import torch

from courtside.train.augment import LANDSCAPE
from courtside.train.checkpoint import Nets
from courtside.train.detector_net import ExportedDetector, Maps
from courtside.train.eight_bit import shown_cuts, shown_pictures, store_eight_bits
from courtside.train.export import export_net
from courtside.train.person_net import CUT, HINTS, ExportedPerson
from courtside.train.pool import Pool

# First layers and heads keep full precision: with an 8-bit first convolution the map of people was
# off by 0.05 on average, without it by 0.002. Beginnings of their nodes' names.
EXACT = {
    "detector": ("/net/stem/stem.0", "/net/fine", "/net/coarse"),
    "person": ("/net/stage2", "/net/mask"),
}


def export_nets(nets: Nets, out: Path, pool: Pool) -> tuple[Path, Path]:
    """Write the trained nets as ONNX; ranges of 8-bit numbers are taken from a pool's pictures.

    `detector.onnx`: `image` uint8 (1, h, w, 3) BGR in, the maps of `Maps` out, logits as
    probabilities; h and w free, multiples of 32. `person.onnx`: `cut` uint8 (n, 96, 64, 6), BGR
    and hints, in; `mask` (n, 96, 64) probability and `look` (n, 64) out.
    """
    nets = nets.to("cpu", memory_format=torch.contiguous_format).eval()
    detector, person = out / "detector.onnx", out / "person.onnx"
    image = torch.zeros(1, *LANDSCAPE, 3, dtype=torch.uint8)
    export_net(ExportedDetector(nets.detector), image, detector, "image", Maps._fields, "_hw_")
    cut = torch.zeros(2, *CUT, 3 + HINTS, dtype=torch.uint8)
    export_net(ExportedPerson(nets.person), cut, person, "cut", ("mask", "look"), "n___")
    store_eight_bits(detector, "image", shown_pictures(pool), EXACT["detector"])
    store_eight_bits(person, "cut", shown_cuts(nets, pool), EXACT["person"])
    return detector, person
