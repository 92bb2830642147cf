"""The annotated video: every frame at its time, the same again, whole or not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from courtside.errors import InputError, MachineError
from courtside.game import Game, Segment
from courtside.render import (
    render_still,
    render_video,
)
from courtside.settings import RenderSettings
from courtside.sightings import FrameTable, Sightings
from courtside.video import probe
from film import write_film
from render_scene import TEAMS, Image, frame_table, row, table, wall


class TestVideo:
    @pytest.fixture
    def film(self, tmp_path: Path) -> Path:
        return write_film(tmp_path / "game.mp4", [wall(n // 15) for n in range(30)])

    @staticmethod
    def run(cut: int = 15) -> tuple[Sightings, FrameTable, Game]:
        """Return a run over 30 frames with a cut: one player runs to the right in each half."""
        numbers = range(0, 30, 3)
        rows = [row(n, x=200.0 + 4 * (n % cut), segment=n // cut, track=n // cut) for n in numbers]
        segments = (Segment(0, 0, 0.0), Segment(1, cut, cut / 30))
        return (
            table(*rows),
            frame_table(numbers, [n // cut for n in numbers]),
            Game(TEAMS, (), segments),
        )

    def render(self, film: Path, out: Path, **how: Any) -> list[tuple[int, float]]:
        rows, frames, game = self.run()
        told: list[tuple[int, float]] = []

        def tell(count: int, time: float) -> None:
            told.append((count, time))
            if how.get("fail_at") == count:
                raise how["error"]

        shown = RenderSettings(quality=12)
        end = how.get("end")
        render_video(
            film, probe(film), how.get("rows", rows), frames, game, out, shown, tell, end=end
        )
        return told

    @staticmethod
    def images(path: Path) -> tuple[list[Fraction], list[Image]]:
        times, images = [], []
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                assert frame.pts is not None
                assert frame.time_base is not None
                times.append(frame.pts * frame.time_base)
                images.append(frame.to_ndarray(format="bgr24").astype(np.uint8))
        return times, images

    def test_every_frame_at_its_time(self, film: Path, tmp_path: Path) -> None:
        told = self.render(film, tmp_path / "out.mp4")
        times, images = self.images(tmp_path / "out.mp4")
        assert times == [Fraction(n, 30) for n in range(30)]
        assert told[-1][0] == 30
        assert told[-1][1] == pytest.approx(29 / 30)
        _, plain = self.images(film)
        for n, (drawn, before) in enumerate(zip(images, plain, strict=True)):
            difference = np.abs(drawn.astype(int) - before).max(axis=2)
            x = 200 + 4 * (n % 15)
            assert difference[190:230, x : x + 40].mean() > 15, n
            assert difference[:, :120].mean() < 6, n

    def test_same_again(self, film: Path, tmp_path: Path) -> None:
        for name in ("one.mp4", "two.mp4"):
            self.render(film, tmp_path / name)
        assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()

    def test_rows_may_come_in_pieces(self, film: Path, tmp_path: Path) -> None:
        rows, _, _ = self.run()
        pieces = (piece for _, piece in rows.by_frame())
        self.render(film, tmp_path / "one.mp4")
        self.render(film, tmp_path / "two.mp4", rows=pieces)
        assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()

    def test_stops_where_the_run_stopped(self, film: Path, tmp_path: Path) -> None:
        assert len(self.render(film, tmp_path / "out.mp4", end=0.5)) == 15
        rows, frames, game = self.run()
        first = frames.select(np.arange(3))
        counts: list[int] = []
        render_video(
            film, probe(film), rows, first, game, tmp_path / "short.mp4", RenderSettings(),
            lambda count, _: counts.append(count),
        )  # fmt: skip
        assert counts[-1] == 9

    def test_begins_where_the_run_began(self, film: Path, tmp_path: Path) -> None:
        rows, frames, game = self.run()
        late = replace(game, segments=(Segment(0, 18, 18 / 30),))
        chosen = frames["frame"] >= 18
        frames = frames.select(chosen).with_columns(segment=np.zeros(chosen.sum(), int))
        rows = rows.select(rows["frame"] >= 18)
        rows = rows.with_columns(segment=np.zeros(len(rows), int))
        out = tmp_path / "late.mp4"
        render_video(film, probe(film), rows, frames, late, out, RenderSettings(), lambda *_: None)
        times, images = self.images(out)
        assert len(times) == 12
        assert np.abs(images[0].astype(int) - self.images(film)[1][18]).max() > 60

    @pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("told")], ids=repr)
    def test_failure_ends_everything(
        self, film: Path, tmp_path: Path, error: BaseException
    ) -> None:
        before = threading.active_count()
        with pytest.raises(type(error)):
            self.render(film, tmp_path / "out.mp4", fail_at=5, error=error)
        assert threading.active_count() == before
        assert [path.name for path in tmp_path.iterdir()] == ["game.mp4"]

    def test_failure_while_drawing_surfaces(self, film: Path, tmp_path: Path) -> None:
        def broken() -> Iterator[Sightings]:
            yield self.run()[0].select(np.arange(2))
            raise InputError("the table is damaged")

        with pytest.raises(InputError, match="the table is damaged"):
            self.render(film, tmp_path / "out.mp4", rows=broken())
        assert not (tmp_path / "out.mp4").exists()

    def test_still_is_the_frame_of_the_video(self, film: Path, tmp_path: Path) -> None:
        rows, frames, game = self.run()
        out = tmp_path / "still.png"
        render_still(film, probe(film), rows, frames, game, 20 / 30, out)
        self.render(film, tmp_path / "out.mp4")
        still = cv2.imread(str(out))
        assert still is not None
        drawn = self.images(tmp_path / "out.mp4")[1][20]
        assert np.abs(still.astype(int) - drawn).mean() < 4

    def test_still_beyond_the_end(self, film: Path, tmp_path: Path) -> None:
        rows, frames, game = self.run()
        with pytest.raises(InputError):
            render_still(film, probe(film), rows, frames, game, 9.0, tmp_path / "still.png")

    def test_still_in_a_missing_folder(self, film: Path, tmp_path: Path) -> None:
        rows, frames, game = self.run()
        missing = tmp_path / "none" / "still.png"
        with pytest.raises(MachineError, match="cannot write"):
            render_still(film, probe(film), rows, frames, game, 0.2, missing)
