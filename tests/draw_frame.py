"""Draws a frame of a simulated game and saves its ids: python draw_frame.py OUT.npy RESOLUTION.

A process of its own, because Mesa chooses its driver (GALLIUM_DRIVER) once.
"""

from __future__ import annotations

import sys

import numpy as np

from courtside.simulate.body import load_bodies
from courtside.simulate.description import plan_game
from courtside.simulate.filming import size_of
from courtside.simulate.game import staged
from courtside.simulate.lens import Lens
from courtside.simulate.projector import Projector


def main() -> None:
    """Draw the first frame."""
    out, resolution = sys.argv[1], int(sys.argv[2])
    plan, bodies = plan_game(11, 0.1, "tripod", None), load_bodies()
    production, shots = staged(plan, plan.view, bodies, None, np.random.default_rng(0))
    size = size_of(plan.view, resolution)
    projector = Projector(production, bodies, size, Lens(0.0, 0.0, 0.0))
    print(projector.renderer.gl.info["GL_RENDERER"])
    np.save(out, next(projector.draw(shots)).ids[..., 0])


if __name__ == "__main__":
    main()
