"""The graphics a broadcast lays over its pictures: a bar with names, score and clock; a word over
replays. What lies under them is not visible and belongs to no mask."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.simulate.stage_play import Production

Picture = NDArray[np.uint8]
RATE = 30


class Scoreboard:
    """Score graphics of one film; `draw` lays them over a frame."""

    def __init__(
        self, production: Production, size: tuple[int, int], rng: np.random.Generator
    ) -> None:
        plan = production.plan
        self.shown = plan.graphics if plan.graphics is not None else plan.view == "broadcast"
        self.production, self.size = production, size
        self.start = rng.integers(20, 110, 2)
        self.clock = int(rng.integers(60, 720))
        width, height = size
        self.wide, self.tall = round(width * rng.uniform(0.42, 0.62)), round(height * 0.055)
        self.left = round((width - self.wide) * rng.uniform(0.2, 0.8))
        self.top = round(height * rng.uniform(0.84, 0.9))
        self.ground = rng.integers(10, 60, 3).tolist()

    def draw(
        self, picture: Picture, ids: Picture, number: int, game_frame: int, replay: bool
    ) -> None:
        """Draw over a BGR picture (h, w, 3); what lies under it loses its ids (h, w, 4)."""
        if not self.shown:
            return
        if replay:
            self._box(picture, ids, (round(self.size[0] * 0.04), 24, 170, self.tall), "REPLAY")
            return
        x, third = self.left, self.wide // 3
        for side, team in enumerate(self.production.plan.teams):
            text = f"{team.name.upper()[:9]} {self._score(side, game_frame)}"
            kit = self.production.venue.kits[side].jersey
            box = (x + side * third, self.top, third, self.tall)
            self._box(picture, ids, box, text, [round(255 * v) for v in kit[::-1]])
        left = max(0, self.clock - number // RATE)
        text = f"2nd {left // 60}:{left % 60:02d}"
        self._box(picture, ids, (x + 2 * third, self.top, third, self.tall), text)

    def _score(self, side: int, frame: int) -> int:
        scored = [e for e in self.production.diary.events if e.kind == "score" and e.frame <= frame]
        return int(self.start[side]) + 2 * sum(e.row // 8 == side for e in scored)

    def _box(
        self,
        picture: Picture,
        ids: Picture,
        box: tuple[int, int, int, int],
        text: str,
        stripe: list[int] | None = None,
    ) -> None:
        x, y, w, h = box
        picture[y : y + h, x : x + w] = self.ground
        if stripe is not None:
            picture[y : y + h, x : x + max(4, w // 30)] = stripe
        size = h / 40
        at = (x + w // 12, y + round(h * 0.72))
        cv2.putText(
            picture, text, at, cv2.FONT_HERSHEY_DUPLEX, size, (240, 240, 240), 1, cv2.LINE_AA
        )
        ids[y : y + h, x : x + w] = 0
