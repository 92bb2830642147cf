"""How deep people of a simulated game reach into one another, part by part.

Bodies are made of capsules round their bones, about as thick as those of anny: torso, head, upper
and lower arms, thighs and shins. Two capsules overlap by the sum of their radii less the distance
between their bones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.body import Bodies
from courtside.simulate.capsules import RADII, between, bones
from courtside.simulate.match import REFEREES
from courtside.simulate.stage_play import Production

Floats = NDArray[np.float64]
EVERY = 3  # frames
NEAR = 1.6  # metres between middles up to which two could touch


def deepest(game: Production, bodies: Bodies) -> Floats:
    """The deepest overlap of any two in every EVERY-th frame, metres; 0: nobody touches."""
    frames = np.arange(0, len(game.ball), EVERY)
    ends = np.stack([bones(motion, bodies, frames) for motion in game.motions])
    worst = np.zeros(len(frames))
    for k, frame in enumerate(frames.tolist()):
        rows = [*game.diary.active[frame], *REFEREES]
        places = np.stack([game.motions[r].places[frame] for r in rows])
        gaps = np.linalg.norm(places[:, None] - places[None], axis=2)
        for i, j in np.argwhere(np.triu(gaps < NEAR, 1)).tolist():
            worst[k] = max(worst[k], overlap(ends[rows[i], k], ends[rows[j], k]))
    return worst


def overlap(first: Floats, second: Floats) -> float:
    """How deep two people (C, 2, 3) reach into one another, metres; below 0: apart."""
    count = len(RADII)
    left, right = np.divmod(np.arange(count * count), count)
    depth = RADII[left] + RADII[right] - between(first[left], second[right])
    return float(depth.max())
