"""Every bad input is told in one clear line, never a traceback from below."""

from __future__ import annotations

import os
from pathlib import Path

import av
import numpy as np
import pytest

from courtside.errors import InputError
from courtside.video import probe, read
from film import numbered_film, sound_only


def refused(path: Path) -> str:
    """The one line with which a file is refused; it names the file."""
    with pytest.raises(InputError) as caught:
        probe(path)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(f"{path}: ")
    assert caught.value.exit_code == 3
    return line


def test_missing(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "gone.mp4")


def test_folder(tmp_path: Path) -> None:
    assert "a folder" in refused(tmp_path)


def test_empty(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.touch()
    assert "empty" in refused(path)


def test_device(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    os.mkfifo(path)
    assert "not a regular file" in refused(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable(tmp_path: Path) -> None:
    film = numbered_film(tmp_path / "film.mp4", 2)
    film.chmod(0)
    assert "no permission" in refused(film)


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.txt", "film"])
def test_text(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("not a film, but a page of text\n" * 200)
    assert "not a video" in refused(path) or "no pictures" in refused(path)


@pytest.mark.parametrize("seed", range(8))
def test_random_bytes(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(np.random.default_rng(seed).bytes(60_000))
    refused(path)


@pytest.mark.parametrize("suffix", ["m4a", "mp4", "mkv", "ts"])
def test_sound_only(tmp_path: Path, suffix: str) -> None:
    assert "only sound" in refused(sound_only(tmp_path / f"tone.{suffix}"))


def test_sound_with_a_cover(tmp_path: Path) -> None:
    """The picture of an album is no video."""
    path = tmp_path / "tone.mp3"
    with av.open(str(path), "w") as output:
        sound = output.add_stream("libmp3lame", rate=48_000)
        cover = output.add_stream("mjpeg", rate=1)
        assert isinstance(sound, av.AudioStream)
        assert isinstance(cover, av.VideoStream)
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 9600), np.float32), "fltp", "stereo")
        frame.sample_rate = 48_000
        output.mux(cover.encode(av.VideoFrame(64, 64, "yuvj420p")))
        output.mux([*cover.encode(None), *sound.encode(frame), *sound.encode(None)])
    assert "only sound" in refused(path)


def test_cut_off_before_its_index(tmp_path: Path) -> None:
    film = numbered_film(tmp_path / "film.mp4", 40)
    data = film.read_bytes()
    film.write_bytes(data[: data.rindex(b"moov") - 4])
    assert "moov" in refused(film)


def test_cut_off_within_its_index(tmp_path: Path) -> None:
    film = numbered_film(tmp_path / "film.mp4", 40)
    data = film.read_bytes()
    film.write_bytes(data[: data.rindex(b"moov") + 200])
    refused(film)


def test_header_alone(tmp_path: Path) -> None:
    film = numbered_film(tmp_path / "film.mp4", 40, container_options={"movflags": "+faststart"})
    data = film.read_bytes()
    film.write_bytes(data[: data.index(b"mdat") + 4])
    assert "none of its frames" in refused(film)


def test_unknown_codec(tmp_path: Path) -> None:
    film = numbered_film(tmp_path / "film.mp4", 4)
    film.write_bytes(film.read_bytes().replace(b"avc1", b"zzz9"))
    line = refused(film)
    assert "no decoder" in line
    assert "libx264" in line  # and what to do about it


def test_no_frame_can_be_decoded(tmp_path: Path) -> None:
    film = numbered_film(tmp_path / "film.mp4", 30, options={"g": "30"})
    data = bytearray(film.read_bytes())
    begin = data.index(b"mdat") + 4
    end = data.rindex(b"moov") - 4
    data[begin:end] = bytes(end - begin)
    film.write_bytes(bytes(data))
    assert "none of its frames" in refused(film)


def test_playlist_in_disguise_opens_nothing_else(tmp_path: Path) -> None:
    film = numbered_film(tmp_path / "film.ts", 4)
    for text in (f"#EXTM3U\n#EXTINF:1,\n{film}\n", f"ffconcat version 1.0\nfile {film}\n"):
        path = tmp_path / "list.mp4"
        path.write_text(text)
        refused(path)


@pytest.mark.parametrize("name", ["a:b.mp4", "concat:x.mp4", "100%d.mp4", "ä ö.mp4", "-i.mp4"])
def test_odd_names_are_only_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    numbered_film(tmp_path / "film.mp4", 3).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert len(list(read(Path(name), probe(Path(name))))) == 3


def test_gone_between_probe_and_read(tmp_path: Path) -> None:
    film = numbered_film(tmp_path / "film.mp4", 3)
    facts = probe(film)
    film.unlink()
    with pytest.raises(InputError, match="no such file"):
        list(read(film, facts))
