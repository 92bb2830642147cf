"""The video room: exact times, upright pictures, sampling."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courtside.errors import InputError
from courtside.video import Frame, hash_file, probe, read
from film import Image, is_upright, number_in, numbered_film, picture, write_film


def frames_of(path: Path, **how: object) -> list[Frame]:
    return list(read(path, probe(path), **how))  # type: ignore[arg-type]


class TestFacts:
    def test_of_a_film_with_sound(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 30, sound="aac")
        facts = probe(film)
        assert (facts.name, facts.size_bytes) == ("film.mp4", film.stat().st_size)
        assert (facts.codec, facts.pixel_format, facts.bit_depth) == ("h264", "yuv420p", 8)
        assert facts.audio == ("aac",)
        assert facts.frame_rate_from_header == 30
        assert facts.duration_from_header == 1
        assert (facts.seconds, facts.frames_from_header) == (1.0, 30)
        assert not facts.interlaced

    def test_hash_is_that_of_the_bytes(self, tmp_path: Path) -> None:
        path = tmp_path / "film.mp4"
        path.write_bytes(b"abc")  # the example of FIPS 180-2
        assert hash_file(path).startswith("ba7816bf8f01cfea414140de5dae2223")


class TestTimes:
    def test_constant_rate(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4")
        frames = frames_of(film)
        assert [f.index for f in frames] == list(range(12))
        assert [f.time for f in frames] == [Fraction(n, 30) for n in range(12)]
        assert {f.duration for f in frames} == {Fraction(1, 30)}
        assert [number_in(f.image) for f in frames] == list(range(12))

    def test_variable_rate(self, tmp_path: Path) -> None:
        times = [0, 1, 2, 40, 41, 90, 93, 300]
        film = numbered_film(tmp_path / "film.mp4", 8, times=times, time_base=Fraction(1, 600))
        frames = frames_of(film)
        assert [f.time for f in frames] == [Fraction(t, 600) for t in times]
        assert [f.duration for f in frames][:3] == [Fraction(n, 600) for n in (1, 1, 38)]

    def test_ntsc_rate_does_not_drift(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 100, time_base=Fraction(1001, 30000))
        assert frames_of(film)[-1].time == Fraction(99 * 1001, 30000)

    @pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts", "avi"])
    def test_time_starts_at_the_first_frame(self, tmp_path: Path, suffix: str) -> None:
        begin = 0 if suffix == "avi" else 50  # AVI has no times, only a frame rate
        film = numbered_film(
            tmp_path / f"film.{suffix}",
            codec="mpeg4",
            times=range(begin, begin + 12),
            options={"bf": "2"},
        )
        frames = frames_of(film)
        assert [number_in(f.image) for f in frames] == list(range(12))
        assert frames[0].time == 0
        step = Fraction(1, 1000)  # Matroska rounds to milliseconds
        assert all(abs(f.time - Fraction(f.index, 30)) <= step for f in frames)

    def test_edit_list_hides_frames(self, tmp_path: Path) -> None:
        """Frames before time 0 are stored, and an edit list tells players not to show them."""
        options = {"bf": "2", "g": "30"}
        film = numbered_film(tmp_path / "film.mp4", 20, times=range(-5, 15), options=options)
        frames = frames_of(film)
        assert [number_in(f.image) for f in frames] == list(range(5, 20))
        assert [f.index for f in frames] == list(range(15))
        assert frames[0].time == 0

    def test_240_frames_a_second(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 100, time_base=Fraction(1, 240))
        frames = frames_of(film)
        assert [f.index for f in frames if f.sampled] == [0, 24, 48, 72, 96, 99]
        assert {f.segment for f in frames} == {0}

    def test_one_frame(self, tmp_path: Path) -> None:
        (frame,) = frames_of(numbered_film(tmp_path / "film.mp4", 1))
        assert (frame.index, frame.sampled, frame.segment) == (0, True, 0)
        assert frame.time == 0
        assert frame.duration == Fraction(1, 30)


class TestPictures:
    @pytest.mark.parametrize("turned", [90, 180, 270])
    @pytest.mark.parametrize("mirrored", [False, True])
    def test_rotation_is_made_upright(self, tmp_path: Path, turned: int, mirrored: bool) -> None:
        stored = np.rot90(picture(5), -turned // 90)
        if mirrored:  # a player turns first and mirrors then
            stored = np.rot90(picture(5)[:, ::-1], -turned // 90)
        film = write_film(
            tmp_path / "film.mp4",
            [np.ascontiguousarray(stored)] * 3,
            turned=turned,
            mirrored=mirrored,
        )
        facts = probe(film)
        assert (facts.width, facts.height) == (160, 96)
        for frame in read(film, facts):
            assert is_upright(frame.image)
            assert frame.gray(80).shape == (48, 80)

    def test_mirrored_alone(self, tmp_path: Path) -> None:
        stored = np.ascontiguousarray(picture(5)[:, ::-1])
        film = write_film(tmp_path / "film.mp4", [stored] * 3, mirrored=True)
        assert all(is_upright(f.image) for f in frames_of(film))

    @pytest.mark.parametrize(("width", "height"), [(161, 97), (160, 97), (161, 96)])
    def test_odd_size(self, tmp_path: Path, width: int, height: int) -> None:
        images = [picture(n, width, height) for n in range(4)]
        film = write_film(tmp_path / "film.mp4", images, pixel_format="yuv444p")
        frames = frames_of(film)
        assert [number_in(f.image) for f in frames] == [0, 1, 2, 3]
        assert {f.image.shape for f in frames} == {(height, width, 3)}
        assert is_upright(frames[0].image)

    @pytest.mark.parametrize(
        ("codec", "pixel_format", "depth"),
        [("libx264", "yuv420p10le", 10), ("libx265", "yuv420p10le", 10), ("ffv1", "bgr0", 8)],
    )
    def test_pixel_formats(self, tmp_path: Path, codec: str, pixel_format: str, depth: int) -> None:
        film = numbered_film(tmp_path / "film.mkv", 4, codec=codec, pixel_format=pixel_format)
        assert probe(film).bit_depth == depth
        frames = frames_of(film)
        assert [number_in(f.image) for f in frames] == [0, 1, 2, 3]
        assert frames[0].image.dtype == np.uint8
        assert is_upright(frames[0].image)

    def test_pixels_become_square(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 3, options={"x264-params": "sar=4/3"})
        facts = probe(film)
        assert (facts.width, facts.height) == (213, 96)
        assert facts.pixel_aspect == Fraction(4, 3)
        images = [f.image for f in read(film, facts)]
        assert images[0].shape == (96, 213, 3)
        assert [number_in(image) for image in images] == [0, 1, 2]

    def test_narrow_pixels_of_a_turned_picture(self, tmp_path: Path) -> None:
        stored = np.ascontiguousarray(np.rot90(picture(5, 96, 160), -1))
        film = write_film(
            tmp_path / "film.mp4", [stored] * 2, turned=90, options={"x264-params": "sar=2/1"}
        )
        facts = probe(film)
        assert (facts.width, facts.height) == (96, 320)
        assert is_upright(frames_of(film)[0].image)

    def test_interlaced_film_loses_its_combs(self, tmp_path: Path) -> None:
        film = write_film(tmp_path / "film.mp4", moving_bar_fields(), options=INTERLACED)
        facts = probe(film)
        assert facts.interlaced
        frames = frames_of(film)
        assert [f.time for f in frames] == [Fraction(n, 30) for n in range(12)]
        assert max(comb(f.image) for f in frames) < 1
        assert min(comb(image) for image in moving_bar_fields()) > 7

    def test_colours_survive(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 2, options={"crf": "1"})
        assert is_upright(frames_of(film)[0].image, tolerance=6)

    def test_tagged_colours_are_heeded(self, tmp_path: Path) -> None:
        """The same pictures stored with the matrix of high definition look the same."""
        path = tmp_path / "film.mp4"
        with av.open(str(path), "w") as output:
            stream = output.add_stream("libx264", rate=30, options={"crf": "1"})
            stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
            stream.codec_context.colorspace, stream.codec_context.color_range = 1, 1
            frame = av.VideoFrame.from_ndarray(picture(3), format="bgr24")
            output.mux(stream.encode(frame.reformat(format="yuv420p", dst_colorspace="ITU709")))
            output.mux(stream.encode(None))
        assert is_upright(frames_of(path)[0].image, tolerance=6)

    def test_8k(self, tmp_path: Path) -> None:
        image = cv2.resize(picture(7), (7680, 4320), interpolation=cv2.INTER_NEAREST)
        film = write_film(tmp_path / "film.mp4", [image.astype(np.uint8)], codec="mpeg4")
        facts = probe(film)
        assert (facts.width, facts.height) == (7680, 4320)
        (frame,) = read(film, facts)
        assert number_in(frame.image) == 7


INTERLACED = {"x264-params": "tff=1", "crf": "5"}


def moving_bar_fields() -> list[Image]:
    """Twelve frames of two fields each, in which a bright bar has moved on between them."""
    images = []
    for n in range(12):
        image = np.full((96, 160, 3), 60, np.uint8)
        for field in (0, 1):
            left = 10 + 8 * n + 4 * field
            image[field::2, left : left + 20] = 220
        images.append(image)
    return images


def comb(image: Image) -> float:
    """Mean difference of each row from the mean of its neighbours: large where fields differ."""
    rows = image[:, :, 1].astype(float)
    return float(np.abs(rows[1:-1] - (rows[:-2] + rows[2:]) / 2).mean())


class TestSampling:
    def test_ten_a_second_and_the_last(self, tmp_path: Path) -> None:
        frames = frames_of(numbered_film(tmp_path / "film.mp4", 12))
        assert [f.index for f in frames if f.sampled] == [0, 3, 6, 9, 11]

    def test_every_frame(self, tmp_path: Path) -> None:
        assert all(f.sampled for f in frames_of(numbered_film(tmp_path / "film.mp4"), every=None))

    @settings(max_examples=25)
    @given(
        gaps=st.lists(st.integers(1, 90), min_size=1, max_size=14),
        every=st.fractions(Fraction(1, 200), Fraction(1, 2), max_denominator=1000),
        start=st.integers(0, 14),
    )
    def test_first_frame_at_or_after_each_tick_and_the_last(
        self, tmp_path_factory: pytest.TempPathFactory, gaps: list[int], every: Fraction, start: int
    ) -> None:
        times = [0, *np.cumsum(gaps).tolist()]
        film = numbered_film(
            tmp_path_factory.mktemp("film") / "film.mp4",
            len(times),
            times=times,
            time_base=Fraction(1, 600),
            options={"preset": "ultrafast"},
        )
        seconds = [Fraction(t, 600) for t in times]
        ticks = [every * k for k in range(int(seconds[-1] / every) + 1)]
        expected = {min(i for i, s in enumerate(seconds) if s >= tick) for tick in ticks}
        expected.add(len(seconds) - 1)  # what lies between samples reaches the end
        assert {f.index for f in frames_of(film, every=every) if f.sampled} == expected
        if start < len(times):
            later = frames_of(film, every=every, start=seconds[start])
            assert {f.index for f in later if f.sampled} == {i for i in expected if i >= start}

    def test_period_must_be_positive(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 2)
        with pytest.raises(InputError, match="more than 0 seconds"):
            frames_of(film, every=Fraction(0))
