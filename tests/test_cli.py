"""Bad input, bad machine, bad usage: one clear line and the right exit code, never a traceback."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import command_line
from film import numbered_film, sound_only

SAMPLE = Path(__file__).parents[1] / "examples" / "sample.mp4"


def command(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """Run the command line in this process; return exit code and what went to standard error."""
    code, _, told = command_line.command(capsys, *arguments)
    return code, told


def one_line(text: str) -> bool:
    return text.startswith("courtside: ") and text.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("missing.mp4", None, "no such file"),
        ("empty.mp4", b"", "empty"),
        ("text.mp4", b"this is no film\n" * 50, "not a video"),
        ("noise.mp4", bytes(range(256)) * 40, "not a video"),
    ],
)
def test_bad_video_is_3(
    name: str,
    content: bytes | None,
    expected: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    code, said = command(capsys, "track", tmp_path / name, "--out", tmp_path / "x.run", "-q")
    assert (code, one_line(said)) == (3, True), said
    assert expected in said
    assert not (tmp_path / "x.run").exists()


def cut_off_before_its_index(film: Path) -> None:
    data = film.read_bytes()
    film.write_bytes(data[: data.rindex(b"moov") - 4])


def without_its_frames(film: Path) -> None:
    data = film.read_bytes()
    begin, end = data.index(b"mdat") + 4, data.rindex(b"moov") - 4
    film.write_bytes(data[:begin] + bytes(end - begin) + data[end:])


def of_an_unknown_codec(film: Path) -> None:
    film.write_bytes(film.read_bytes().replace(b"avc1", b"zzz9"))


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (sound_only, "only sound"),
        (cut_off_before_its_index, "moov"),
        (without_its_frames, "none of its frames"),
        (of_an_unknown_codec, "no decoder"),
    ],
)
def test_spoilt_video_is_3(
    spoil: Callable[[Path], object],
    expected: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    film = numbered_film(tmp_path / "film.mp4", 20)
    spoil(film)
    code, said = command(capsys, "track", film, "--out", tmp_path / "x.run", "-q")
    assert (code, one_line(said)) == (3, True), said
    assert expected in said
    assert not (tmp_path / "x.run").exists()


def test_folder_as_video_is_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = command(capsys, "track", tmp_path, "--out", tmp_path / "x.run")
    assert (code, one_line(said)) == (3, True)


def test_unknown_setting_is_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "s.toml").write_text("[video]\nevrey = 1\n")
    code, said = command(capsys, "track", SAMPLE, "--settings", tmp_path / "s.toml")
    assert (code, one_line(said)) == (3, True)
    assert "did you mean 'every'" in said


def test_setting_of_the_wrong_type_is_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "s.toml").write_text("[render]\nquality = 'high'\n")
    code, said = command(capsys, "track", SAMPLE, "--settings", tmp_path / "s.toml")
    assert (code, one_line(said)) == (3, True)
    assert "'render.quality': expected int, got str" in said


def test_full_disk_is_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    code, said = command(
        capsys, "track", SAMPLE, "--out", tmp_path / "x.run", "--end", 0.2, "--no-video", "-q"
    )
    assert (code, one_line(said)) == (4, True), said
    assert "no space left" in said.lower()


def test_out_is_a_file_is_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine")
    code, said = command(capsys, "track", SAMPLE, "--out", tmp_path / "file", "-q")
    assert (code, one_line(said)) == (4, True), said
    assert (tmp_path / "file").read_text() == "mine"


def test_folder_that_cannot_be_written_is_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    code, said = command(capsys, "track", SAMPLE, "--out", tmp_path / "file" / "x.run", "-q")
    assert (code, one_line(said)) == (4, True), said
    assert "choose another place with --out" in said


def test_run_of_other_settings_is_5(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = numbered_film(tmp_path / "film.mp4", 3)
    once = ("track", film, "--out", tmp_path / "x.run", "--no-video", "-q")
    assert command(capsys, *once) == (0, "")
    edit = '{"video": "another", "time": 0.0, "point": [1.0, 1.0], "number": "4"}\n'
    (tmp_path / "x.run" / "edits.jsonl").write_text(edit)
    code, said = command(capsys, *once, "--every", "frame")
    assert (code, one_line(said)) == (5, True), said
    assert "video.every: 0.1 -> frame" in said
    assert command(capsys, *once, "--every", "frame", "--force") == (0, "")
    assert (tmp_path / "x.run" / "edits.jsonl").read_text() == edit


def test_hardware_encoder_that_is_not_there_is_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "x.run"
    code, said = command(capsys, "track", SAMPLE, "--out", out, "--encoder", "h264_nvenc", "-q")
    assert (code, one_line(said)) == (4, True), said
    assert "h264_nvenc" in said


def test_preset_without_its_models_is_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, models = tmp_path / "x.run", tmp_path / "models"
    options = ["--preset", "sam2", "--models", models, "-q"]
    code, said = command(capsys, "track", SAMPLE, "--out", out, *options)
    assert (code, one_line(said)) == (3, True), said
    assert "courtside models fetch" in said
    assert not out.exists()


@pytest.mark.parametrize("arguments", [["trakc"], ["track"], ["track", "a.mp4", "--evry", "1"]])
def test_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, said = command(capsys, *arguments)
    assert code == 2
    assert "Traceback" not in said


@pytest.mark.parametrize("name", ["render", "show"])
def test_no_run_folder_is_3(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = command(capsys, name, tmp_path)
    assert (code, one_line(said)) == (3, True)


def test_doctor_finds_this_machine_fit() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "courtside.cli", "doctor"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    assert "libx264" in done.stdout


def test_version() -> None:
    from courtside import __version__

    done = subprocess.run(
        [sys.executable, "-m", "courtside.cli", "--version"], capture_output=True, text=True
    )
    assert done.stdout.strip() == __version__
