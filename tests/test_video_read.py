"""Reading parts of a video, going on where a read stopped, and films with damage."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from courtside.errors import InputError
from courtside.store.state import decode_state, encode_state
from courtside.video import Damage, Frame, Position, Reader, probe, read
from film import (
    Image,
    damage_packet,
    number_in,
    numbered_film,
    shot,
    stamp,
    write_film,
)

# Two groups of pictures with frames that refer ahead, as cameras and broadcasters make them.
REORDERED = {"bf": "3", "g": "12", "x264-params": "open-gop=1:scenecut=0"}
# No key frame but the first: the picture is refreshed column by column.
REFRESHED = {"bf": "0", "g": "20", "x264-params": "intra-refresh=1:scenecut=0"}
INTERLACED = {"bf": "2", "g": "12", "x264-params": "tff=1:scenecut=0"}


def told(frame: Frame) -> tuple[object, ...]:
    """All that a frame says about itself, with what it shows."""
    facts = (frame.index, frame.pts, frame.time, frame.duration, frame.sampled, frame.segment)
    return (*facts, frame.image.tobytes())


def lively(count: int) -> list[Image]:
    """Numbered frames of three shots, with a flash in the first and noise everywhere."""
    rng = np.random.default_rng(3)
    images = []
    for n in range(count):
        image = shot(0 if n < 22 else 1 if n < 45 else 2).astype(int) + 120 * (n in (9, 10))
        image = np.clip(image + rng.integers(-12, 12, (96, 160, 1)), 0, 255).astype(np.uint8)
        stamp(image, n)
        images.append(image)
    return images


class TestRange:
    @pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts", "avi"])
    def test_start_keeps_indices_and_times(self, tmp_path: Path, suffix: str) -> None:
        film = numbered_film(tmp_path / f"film.{suffix}", 50, options=REORDERED)
        facts = probe(film)
        whole = list(read(film, facts))
        for start in (Fraction(1, 3), Fraction(29, 30), Fraction(1), Fraction(8, 5)):
            part = list(read(film, facts, start=start))
            expected = [f for f in whole if f.time >= start]
            assert [told(f) for f in part] == [told(f) for f in expected]

    def test_end_is_left_out(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 30)
        part = list(read(film, probe(film), start=Fraction(1, 3), end=Fraction(2, 3)))
        assert [number_in(f.image) for f in part] == list(range(10, 20))
        assert part[-1].duration == Fraction(1, 30)

    def test_start_in_interlaced_film(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 30, options=INTERLACED)
        whole, part = read(film, probe(film)), read(film, probe(film), start=Fraction(2, 3))
        assert [told(f) for f in part] == [told(f) for f in list(whole)[20:]]

    def test_start_beyond_the_end(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 30)
        with pytest.raises(InputError, match="ends before"):
            list(read(film, probe(film), start=Fraction(5)))

    def test_end_before_start(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 30)
        with pytest.raises(InputError, match="after the start"):
            read(film, probe(film), start=Fraction(5), end=Fraction(5))


class TestGoingOn:
    @pytest.mark.parametrize(
        ("suffix", "options"),
        [
            ("mp4", REORDERED),
            ("mkv", REORDERED),
            ("ts", REORDERED),
            ("avi", REORDERED),
            ("mp4", REFRESHED),
            ("mp4", INTERLACED),
        ],
    )
    def test_from_any_frame_as_if_unbroken(
        self, tmp_path: Path, suffix: str, options: dict[str, str]
    ) -> None:
        film = write_film(tmp_path / f"film.{suffix}", lively(60), options=options)
        facts = probe(film)
        whole = [(told(f), saved(f)) for f in read(film, facts)]
        assert [t[5] for t, _ in whole] == [0] * 22 + [1] * 23 + [2] * 15
        for index in (0, 1, 9, 12, 22, 24, 37, 45, 59):
            rest = read(film, facts, resume=loaded(whole[index][1]))
            assert [(told(f), saved(f)) for f in rest] == whole[index:]

    def test_within_a_range(self, tmp_path: Path) -> None:
        film = write_film(tmp_path / "film.mp4", lively(60), options=REORDERED)
        part = partial(
            read, film, probe(film), start=Fraction(1, 2), end=Fraction(8, 5), every=Fraction(1, 7)
        )
        whole = list(part())
        for k in (0, 1, 7, 20, len(whole) - 1):
            rest = part(resume=whole[k].position)
            assert [told(f) for f in rest] == [told(f) for f in whole[k:]]

    def test_repaired_times(self, tmp_path: Path) -> None:
        film = repeated_times(tmp_path / "film.mkv")
        whole = list(read(film, probe(film)))
        rest = read(film, probe(film), resume=whole[15].position)
        assert [told(f) for f in rest] == [told(f) for f in whole[15:]]

    def test_changed_file_is_read_by_index(self, tmp_path: Path) -> None:
        """A landmark that is not found must not lead to wrong frames."""
        film = numbered_film(tmp_path / "film.mp4", 40, options=REORDERED)
        position = list(read(film, probe(film)))[25].position
        assert position.landmark is not None
        numbered_film(film, 40, options={**REORDERED, "crf": "40"})
        rest = list(read(film, probe(film), resume=position))
        assert [number_in(f.image) for f in rest] == list(range(25, 40))


def saved(frame: Frame) -> bytes:
    return encode_state(frame.position)


def loaded(data: bytes) -> Position:
    position: Position = decode_state(data, Position)
    return position


def repeated_times(path: Path) -> Path:
    """A film in which some frames have the time of the frame before."""
    return numbered_film(path, 30, codec="mjpeg", pixel_format="yuvj420p", repeat=(5, 12))


class TestDamage:
    def test_whole_film_has_none(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 30, sound="aac", sound_seconds=2.0)
        reader = read(film, probe(film))
        assert len(list(reader)) == 30
        assert not reader.damage

    @pytest.mark.parametrize(("suffix", "codec"), [("mp4", "libx264"), ("mkv", "mpeg4")])
    def test_goes_on_and_counts(self, tmp_path: Path, suffix: str, codec: str) -> None:
        film = write_film(tmp_path / f"film.{suffix}", lively(60), codec=codec)
        for index in (15, 16, 31):
            damage_packet(film, index)
        reader, frames = drained(film)
        assert len(frames) >= 55
        assert [number_in(f.image) for f in frames[-5:]] == list(range(55, 60))
        assert reader.damage.packets + reader.damage.frames >= 1
        assert reader.damage.cut_off == 0

    def test_is_the_same_every_time(self, tmp_path: Path) -> None:
        film = write_film(tmp_path / "film.mp4", lively(60), options={"g": "12"})
        for index in (7, 20, 21, 33, 50):
            damage_packet(film, index)
        first, second = drained(film), drained(film)
        assert [told(f) for f in first[1]] == [told(f) for f in second[1]]
        assert first[0].damage == second[0].damage

    def test_is_counted_once_when_going_on(self, tmp_path: Path) -> None:
        film = write_film(tmp_path / "film.mp4", lively(60), options={"g": "12"})
        for index in (7, 33, 50):
            damage_packet(film, index)
        whole, frames = drained(film)
        for k in (10, 30, 40):
            rest = read(film, probe(film), resume=frames[k].position)
            assert [told(f) for f in rest] == [told(f) for f in frames[k:]]
            assert rest.damage == whole.damage

    def test_cut_off_behind_its_index(self, tmp_path: Path) -> None:
        film = write_film(
            tmp_path / "film.mp4", lively(90), container_options={"movflags": "+faststart"}
        )
        data = film.read_bytes()
        film.write_bytes(data[: len(data) * 2 // 3])
        reader, frames = drained(film)
        assert 30 < len(frames) < 90
        assert [f.index for f in frames] == list(range(len(frames)))
        assert reader.damage.cut_off > Fraction(1, 2)

    def test_repeated_times_grow(self, tmp_path: Path) -> None:
        film = repeated_times(tmp_path / "film.mkv")
        reader, frames = drained(film)
        times = [f.time for f in frames]
        assert times == sorted(set(times))
        assert [number_in(f.image) for f in frames] == list(range(30))
        assert reader.damage == Damage(times=2)


def drained(film: Path) -> tuple[Reader, list[Frame]]:
    reader = read(film, probe(film))
    return reader, list(reader)
