"""Bad input, bad machine, bad usage: one clear line and the right exit code, never a traceback."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from courtside import cli

SAMPLE = Path(__file__).parents[1] / "examples" / "sample.mp4"


def command(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """Run the command line in this process; return exit code and what went to standard error."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["courtside", *map(str, arguments)])
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
    return code, capsys.readouterr().err


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


def test_folder_as_video_is_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = command(capsys, "track", tmp_path, "--out", tmp_path / "x.run")
    assert (code, one_line(said)) == (3, True)


def test_unknown_setting_is_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "s.toml").write_text("[video]\nevrey = 1\n")
    code, said = command(capsys, "track", SAMPLE, "--settings", tmp_path / "s.toml")
    assert (code, one_line(said)) == (3, True)
    assert "did you mean 'every'" in said


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
