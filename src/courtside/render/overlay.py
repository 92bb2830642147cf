"""The court's lines drawn over a picture: what a camera claims, to be checked by eye."""

from __future__ import annotations

import cv2
import numpy as np

from courtside.court.drawing import court_lines, cut_short
from courtside.court.model import Floats, project
from courtside.court.shapes import Court, landmarks
from courtside.render.colours import Bgr
from courtside.render.shapes import Image

LINE: Bgr = (60, 255, 60)
RIM: Bgr = (0, 140, 255)
# Step along a line, metres: a lens bends longer pieces visibly.
STEP = 0.5


def draw_court(image: Image, camera: Floats, court: Court) -> Image:
    """Draw the court's lines, boards and rims as a camera sees them, in place, and return it.

    Args:
        image: BGR uint8 (height, width, 3), writable.
        camera: (8,), see `courtside.court.model`.
        court: whose lines.
    """
    thick = max(1, round(image.shape[0] / 480))
    for path in court_lines(court):
        points = cut_short(path, STEP)
        _draw_path(image, camera, np.column_stack([points, np.zeros(len(points))]), LINE, thick)
    for path in baskets(court):
        _draw_path(image, camera, path, RIM, thick)
    return image


def baskets(court: Court) -> list[Floats]:
    """Return backboards and rims as paths (n, 3) in metres."""
    paths = []
    # The last five landmarks of an end: rim, then the board's lower and upper corners.
    for end in landmarks(court)[10:].reshape(2, -1, 3)[:, -5:]:
        if np.isfinite(end).all():
            angle = np.linspace(0, 2 * np.pi, 25)
            ring = 0.2286 * np.column_stack([np.cos(angle), np.sin(angle), np.zeros(25)])
            paths += [end[[1, 2, 4, 3, 1]], end[0] + ring]
    return paths


def _draw_path(image: Image, camera: Floats, path: Floats, colour: Bgr, thick: int) -> None:
    height, width = image.shape[:2]
    pixels = project(camera, path, (height, width))
    # Far outside the picture lines lose nothing, and OpenCV's numbers would overflow.
    near = (np.abs(np.nan_to_num(pixels, nan=1e9)) < 4 * max(height, width)).all(axis=1)
    fixed = np.round(np.where(near[:, None], pixels, 0) * 16).astype(int)
    for i in np.flatnonzero(near[1:] & near[:-1]):
        begin, end = fixed[i].tolist(), fixed[i + 1].tolist()
        cv2.line(image, begin, end, colour, thick, cv2.LINE_AA, 4)
