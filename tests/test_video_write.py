"""Writing a video: the source's own times and sound come out as they went in."""

from __future__ import annotations

import os
import resource
import stat
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from courtside.errors import InputError, MachineError
from courtside.video import ENCODERS, Frame, VideoWriter, check_encoder, planes_of, probe, read
from film import (
    THIRTY,
    Image,
    is_upright,
    number_in,
    numbered_film,
    packets_of,
    picture,
    sound_only,
    write_film,
)


def rewritten(source: Path, *, start: Fraction | None = None, end: Fraction | None = None) -> Path:
    """Read a film and write all its frames again."""
    facts, target = probe(source), source.with_name("written.mp4")
    with VideoWriter(target, facts, sound_from=source, end=end) as writer:
        for frame in read(source, facts, start=start, end=end):
            writer.write(frame.planes(), frame.pts, frame.duration)
    return target


def frames_of(film: Path) -> list[Frame]:
    return list(read(film, probe(film)))


class TestTimes:
    @pytest.mark.parametrize(
        ("times", "time_base"),
        [
            (range(12), THIRTY),
            (range(12), Fraction(1001, 60000)),
            ([0, 1, 2, 40, 41, 90, 93, 300], Fraction(1, 600)),
            ([0, 7, 13, 20_000, 20_001], Fraction(1, 90_000)),
        ],
    )
    def test_are_the_sources_own(
        self, tmp_path: Path, times: list[int], time_base: Fraction
    ) -> None:
        film = numbered_film(tmp_path / "film.mp4", len(times), times=times, time_base=time_base)
        before, after = frames_of(film), frames_of(rewritten(film))
        assert [f.time for f in after] == [f.time for f in before]
        assert [f.duration for f in after] == [f.duration for f in before]
        assert [number_in(f.image) for f in after] == list(range(len(times)))

    def test_milliseconds_of_matroska(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mkv", 12, codec="mpeg4")
        assert [f.time for f in frames_of(rewritten(film))] == [f.time for f in frames_of(film)]

    def test_one_frame(self, tmp_path: Path) -> None:
        (frame,) = frames_of(rewritten(numbered_film(tmp_path / "film.mp4", 1)))
        assert (number_in(frame.image), frame.duration) == (0, THIRTY)

    def test_part_begins_at_zero(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 40)
        part = frames_of(rewritten(film, start=Fraction(1, 2), end=Fraction(1)))
        assert [number_in(f.image) for f in part] == list(range(15, 30))
        assert [f.time for f in part] == [n * THIRTY for n in range(15)]


class TestPictures:
    def test_rotated_source_comes_out_upright(self, tmp_path: Path) -> None:
        stored = np.ascontiguousarray(np.rot90(picture(3), -1))
        film = write_film(tmp_path / "film.mp4", [stored] * 3, turned=90)
        (*_, last) = frames_of(rewritten(film))
        assert last.image.shape == (96, 160, 3)
        assert is_upright(last.image)

    @pytest.mark.parametrize("size", [(161, 97), (161, 96), (160, 97)])
    def test_odd_size_gains_a_pixel(self, tmp_path: Path, size: tuple[int, int]) -> None:
        images = [picture(n, *size) for n in range(3)]
        film = write_film(tmp_path / "film.mp4", images, pixel_format="yuv444p")
        (*_, last) = frames_of(rewritten(film))
        assert last.image.shape == (size[1] + size[1] % 2, size[0] + size[0] % 2, 3)
        assert np.abs(last.image[: size[1], : size[0]].astype(int) - images[2]).mean() < 8

    def test_plays_in_a_browser(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mkv", 5, codec="ffv1", pixel_format="yuv420p10le")
        target = rewritten(film)
        facts = probe(target)
        assert (facts.codec, facts.pixel_format) == ("h264", "yuv420p")
        data = target.read_bytes()
        assert data.index(b"moov") < data.index(b"mdat")  # it starts before all of it is loaded

    def test_colours_survive(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 3, options={"crf": "1"})
        assert is_upright(frames_of(rewritten(film))[1].image, tolerance=16)


class TestSound:
    @pytest.mark.parametrize(
        ("suffix", "codec"),
        [("mp4", "aac"), ("mkv", "aac"), ("mp4", "libmp3lame"), ("mp4", "ac3"), ("mkv", "libopus")],
    )
    def test_is_copied(self, tmp_path: Path, suffix: str, codec: str) -> None:
        film = numbered_film(tmp_path / f"film.{suffix}", 30, sound=codec)
        before, after = packets_of(film, "audio"), packets_of(rewritten(film), "audio")
        assert [data for _, data in after] == [data for _, data in before]
        gaps = [float(abs(a - b)) for (a, _), (b, _) in zip(after, before, strict=True)]
        assert max(gaps) <= 0.001  # Matroska rounds to milliseconds

    def test_is_copied_from_a_transport_stream(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.ts", 30, sound="aac")
        target = rewritten(film)
        assert probe(target).audio == ("aac",)
        assert abs(offset(target) - offset(film)) < Fraction(1, 1000)
        assert abs(loudness(target) / loudness(film) - 1) < 0.05

    @pytest.mark.parametrize(("suffix", "codec"), [("mkv", "pcm_s16le"), ("avi", "pcm_s16le")])
    def test_is_encoded_where_it_cannot_be_copied(
        self, tmp_path: Path, suffix: str, codec: str
    ) -> None:
        film = numbered_film(tmp_path / f"film.{suffix}", 30, sound=codec)
        target = rewritten(film)
        assert probe(target).audio == ("aac",)
        assert abs(loudness(target) / loudness(film) - 1) < 0.1
        (*_, (last, _)) = packets_of(target, "audio")
        assert abs(last - 1) < 0.1

    @pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
    def test_of_a_part_stays_in_step(self, tmp_path: Path, codec: str) -> None:
        film = numbered_film(tmp_path / "film.mkv", 90, sound=codec, sound_seconds=3.0)
        target = rewritten(film, start=Fraction(1), end=Fraction(2))
        times = [time for time, _ in packets_of(target, "audio")]
        assert -0.15 < times[0] <= 0
        assert 0.95 < times[-1] < 1.0
        if codec == "aac":
            sources = {data: time for time, data in packets_of(film, "audio")}
            for time, data in packets_of(target, "audio"):
                assert abs(sources[data] - 1 - time) < Fraction(1, 900)

    def test_longer_than_the_pictures(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 10, sound="aac", sound_seconds=2.0)
        assert packets_of(rewritten(film), "audio") == packets_of(film, "audio")

    def test_is_left_out_when_not_asked_for(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 10, sound="aac")
        with VideoWriter(tmp_path / "silent.mp4", probe(film)) as writer:
            writer.write(planes_of(picture(0), "bt601"), 0, THIRTY)
        assert probe(tmp_path / "silent.mp4").audio == ()


def offset(film: Path) -> Fraction:
    """Seconds by which sound begins after the pictures."""
    return packets_of(film, "audio")[0][0] - min(time for time, _ in packets_of(film, "video"))


def loudness(film: Path) -> float:
    """Root mean square of the sound between 0.2 and 0.8 seconds of its own clock."""
    with av.open(str(film)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=48_000)
        frames = [f for frame in container.decode(audio=0) for f in resampler.resample(frame)]
    wave = np.concatenate([frame.to_ndarray().ravel() for frame in frames])
    return float(np.sqrt(np.mean(wave[9600:38400] ** 2)))


class TestWholeOrNothing:
    def test_final_name_only_when_whole(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 5)
        target = tmp_path / "out.mp4"
        with VideoWriter(target, probe(film)) as writer:
            writer.write(planes_of(picture(0), "bt601"), 0, THIRTY)
            assert not target.exists()
        assert number_in(frames_of(target)[0].image) == 0
        assert not list(tmp_path.glob("*.part"))

    def test_an_error_leaves_the_old_file(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 5)
        target = tmp_path / "out.mp4"
        target.write_bytes(b"old")
        with pytest.raises(KeyboardInterrupt):
            write_until_interrupted(target, film)
        assert target.read_bytes() == b"old"
        assert not list(tmp_path.glob("*.part"))

    def test_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 2)
        with pytest.raises(MachineError, match=r"cannot write .*: "):
            VideoWriter(tmp_path / "nowhere" / "out.mp4", probe(film))
        (tmp_path / "file").touch()
        with pytest.raises(MachineError, match="not a directory"):
            VideoWriter(tmp_path / "file" / "out.mp4", probe(film))

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_folder_without_rights(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 2)
        locked = tmp_path / "locked"
        locked.mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
        with pytest.raises(MachineError, match="permission denied"):
            VideoWriter(locked / "out.mp4", probe(film))

    def test_full_disk(self, tmp_path: Path) -> None:
        film, target = numbered_film(tmp_path / "film.mp4", 2), tmp_path / "out.mp4"
        noise = np.random.default_rng(0).integers(0, 256, (96, 160, 3), np.uint8)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        facts = probe(film)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
            with pytest.raises(MachineError, match=r"cannot write .*out\.mp4: .*free space"):
                write_many(target, facts, noise)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert not target.exists()
        assert not list(tmp_path.glob("*.part"))


def write_until_interrupted(target: Path, film: Path) -> None:
    with VideoWriter(target, probe(film)) as writer:
        writer.write(planes_of(picture(0), "bt601"), 0, THIRTY)
        raise KeyboardInterrupt


def write_many(target: Path, facts: object, image: Image) -> None:
    with VideoWriter(target, facts) as writer:  # type: ignore[arg-type]
        for n in range(200):
            writer.write(planes_of(np.roll(image, 7 * n)), n * 512, THIRTY)


def works(encoder: str) -> bool:
    try:
        check_encoder(encoder)
    except MachineError:
        return False
    return True


class TestEncoders:
    def test_the_usual_one_is_there(self) -> None:
        check_encoder("libx264")

    @pytest.mark.parametrize("name", [name for name in ENCODERS if name != "libx264"])
    def test_hardware_works_or_is_refused_in_one_line(self, tmp_path: Path, name: str) -> None:
        film = numbered_film(tmp_path / "film.mp4", 5)
        if not works(name):
            with pytest.raises(MachineError, match=rf"^the encoder {name} .*: use libx264$"):
                VideoWriter(tmp_path / "out.mp4", probe(film), encoder=name)
            assert not list(tmp_path.glob("out*"))
            return
        with VideoWriter(tmp_path / "out.mp4", probe(film), encoder=name) as writer:
            for frame in frames_of(film):
                writer.write(frame.planes(), frame.pts, frame.duration)
        assert [number_in(f.image) for f in frames_of(tmp_path / "out.mp4")] == list(range(5))

    def test_unknown_name(self) -> None:
        with pytest.raises(MachineError, match="h265_magic"):
            check_encoder("h265_magic")

    def test_sound_of_a_missing_source(self, tmp_path: Path) -> None:
        film = numbered_film(tmp_path / "film.mp4", 2)
        with pytest.raises(InputError, match="no such file"):
            VideoWriter(tmp_path / "out.mp4", probe(film), sound_from=tmp_path / "gone.mp4")
        assert not list(tmp_path.glob("out*"))

    def test_sound_of_another_file(self, tmp_path: Path) -> None:
        film, tone = numbered_film(tmp_path / "film.mp4", 2), sound_only(tmp_path / "tone.m4a")
        with VideoWriter(tmp_path / "out.mp4", probe(film), sound_from=tone) as writer:
            writer.write(planes_of(picture(0), "bt601"), 0, THIRTY)
        assert packets_of(tmp_path / "out.mp4", "audio") == packets_of(tone, "audio")
