"""How the detector and the follower are trained, on a processor or on a graphics card."""

from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """A training.

    Attributes:
        data: folder of rendered pictures.
        out: folder of the checkpoint and the nets.
        minutes: time of learning, earlier parts counted in.
        seed: of pictures, nets and order.
        pictures: how many to render.
        renderers: processes that render; 0 takes what is there.
        motion: folder of BVH takes, for their poses.
        start: weights of `save_weights` to start from; null begins afresh.
        device: `cpu` or `cuda`.
        first: pictures to have before learning begins.
        pairs: venues in a batch, two pictures each.
        capacity: pictures in memory, 2 MB each.
        rate: AdamW's step at its highest.
    """

    data: Path
    out: Path
    minutes: float
    seed: int = 0
    pictures: int = 40_000
    renderers: int = 1
    motion: Path | None = None
    start: Path | None = None
    device: str = "cpu"
    first: int = 64
    pairs: int = 3
    capacity: int = 4_000
    rate: float = 1.5e-3


def on_graphics_card(plan: Plan) -> Plan:
    """Return a plan for a card with 80 GB.

    A card that renders and learns at once learns three times more slowly: its time goes to the
    renderers in turn. So all pictures are rendered first.
    """
    capacity = min(plan.pictures, 26_000)
    return replace(plan, device="cuda", first=capacity, pairs=16, capacity=capacity, rate=2e-3)
