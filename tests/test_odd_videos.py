"""The whole job on films as cameras, phones and archives make them: each comes out whole."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

import courtside
from courtside.settings import load_settings
from courtside.show import print_summary
from film import Image, damage_packet, numbered_film, picture, write_film

TURNED = [np.ascontiguousarray(np.rot90(picture(n), -1)) for n in range(6)]
LARGE: Image = np.asarray(cv2.resize(picture(1), (7680, 4320)), np.uint8)
LIVELY = [np.random.default_rng(n).integers(0, 255, (96, 160, 3), np.uint8) for n in range(40)]
FILMS: dict[str, dict[str, object]] = {
    "one frame": {"images": [picture(0)]},
    "nobody": {"images": [np.full((96, 160, 3), 90, np.uint8)] * 8},
    "8K": {"images": [LARGE], "codec": "mpeg4"},
    "240 frames a second": {
        "images": [picture(n) for n in range(48)],
        "time_base": Fraction(1, 240),
    },
    "a phone held upright": {"images": TURNED, "turned": 90},
    "variable frame rate": {
        "images": [picture(n) for n in range(6)],
        "times": [0, 20, 45, 300, 310, 900],
        "time_base": Fraction(1, 600),
    },
    "10 bits": {"images": [picture(n) for n in range(6)], "pixel_format": "yuv420p10le"},
    "full range": {"images": [picture(n) for n in range(6)], "pixel_format": "yuvj420p"},
    "interlaced": {
        "images": [picture(n) for n in range(8)],
        "options": {"x264-params": "tff=1"},
    },
    "narrow pixels": {
        "images": [picture(n) for n in range(6)],
        "options": {"x264-params": "sar=4/3"},
    },
    "odd size": {"images": [picture(n, 161, 97) for n in range(6)], "pixel_format": "yuv444p"},
}
SIZES = {"8K": (4320, 7680), "narrow pixels": (96, 214), "odd size": (98, 162)}


def frames_in(path: Path) -> tuple[list[Fraction], tuple[int, int], str]:
    """Times since the first frame, height and width, and pixel format."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    times = [Fraction(frame.pts or 0) * (frame.time_base or 0) for frame in frames]
    last = frames[-1]
    return [time - times[0] for time in times], (last.height, last.width), last.format.name


@pytest.mark.parametrize("name", FILMS)
def test_whole_job(name: str, tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", **FILMS[name])  # type: ignore[arg-type]
    run = courtside.track(film, tmp_path / "film.run")
    times, size, pixel_format = frames_in(run.path / "annotated.mp4")
    assert times == frames_in(film)[0]
    assert size == SIZES.get(name, (96, 160))
    assert pixel_format == "yuv420p"


def test_names_of_files_may_be_plain_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbered_film(tmp_path / "game.mp4", 3)
    monkeypatch.chdir(tmp_path)
    run = courtside.track("game.mp4", "game.run")
    assert courtside.open_run("game.run").players == run.players
    assert courtside.export_run("game.run", "mot").name == "export_mot.txt"
    assert courtside.render_run("game.run").stat().st_size > 0
    assert courtside.score_run("game.run", "game.run")["counts"]["frames"] == 2


def test_damage_is_passed_counted_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = write_film(tmp_path / "film.mp4", LIVELY, options={"g": "10"})
    for index in (7, 18, 33):
        damage_packet(film, index)
    run = courtside.track(film, tmp_path / "film.run", load_settings(None, {"render.video": False}))
    assert run.frames["time"].max() > 1.2
    damage = run.video["measured"]["damage"]
    assert damage["packets"] + damage["frames"] >= 1
    print_summary(run)
    assert "damaged video" in capsys.readouterr().out


def test_cut_off_behind_its_index_goes_as_far_as_it_reaches(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = numbered_film(tmp_path / "film.mp4", 90, container_options={"movflags": "+faststart"})
    data = film.read_bytes()
    film.write_bytes(data[: len(data) * 2 // 3])
    run = courtside.track(film, tmp_path / "film.run", load_settings(None, {"render.video": False}))
    assert 0.5 < run.frames["time"].max() < 2.5
    print_summary(run)
    assert "s are missing at the end" in capsys.readouterr().out
