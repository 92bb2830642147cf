"""The main job end to end on the sample: what it leaves, and that nothing is lost."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pyarrow.parquet as pq
import pytest

import courtside
from courtside.errors import InputError, RunConflictError
from courtside.identity.roster import load_roster
from courtside.settings import load_settings
from courtside.sport import BASKETBALL

SAMPLE = Path(__file__).parents[1] / "examples" / "sample.mp4"
SECONDS = 3.0
COMMAND = [sys.executable, "-m", "courtside.cli"]


def settings(folder: Path) -> Path:
    path = folder / "settings.toml"
    path.write_text(f"chunk = 1.0\n[video]\nend = {SECONDS}\n")
    return path


@pytest.fixture(scope="module")
def toml(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return settings(tmp_path_factory.mktemp("settings"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, toml: Path) -> courtside.Run:
    out = tmp_path_factory.mktemp("runs") / "sample.run"
    return courtside.track(SAMPLE, out, load_settings(toml))


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name != "manifest.json"
    }


def start(out: Path, toml: Path, *options: str) -> subprocess.Popen[str]:
    command = [*COMMAND, "track", str(SAMPLE), "--out", str(out), "--settings", str(toml)]
    return subprocess.Popen(
        [*command, *options], stderr=subprocess.PIPE, text=True, preexec_fn=_heed_interrupts
    )


def _heed_interrupts() -> None:
    """A test started in a shell's background ignores them, and so would what it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for_chunk(out: Path, process: subprocess.Popen[str], index: int) -> None:
    deadline = time.monotonic() + 120
    while not (out / ".look" / f"{index:06d}").is_dir():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_leaves_a_whole_run_folder(run: courtside.Run) -> None:
    assert sorted(path.name for path in run.path.iterdir()) == [
        "annotated.mp4",
        "frames.parquet",
        "manifest.json",
        "players.json",
        "report.json",
        "sightings.parquet",
        "vectors.parquet",
        "video.json",
    ]


def test_columns_have_the_types_other_tools_rely_on(run: courtside.Run) -> None:
    schema = pq.read_schema(run.path / "sightings.parquet")
    expected = {
        "frame": "int32", "time": "double", "segment": "int32", "kind": "string",
        "score": "float", "x1": "float", "track": "int32", "mask": "binary",
        "visibility": "float", "role": "string", "on_court": "bool", "team": "string",
        "number": "string", "number_score": "float", "player": "int32", "player_score": "float",
    }  # fmt: skip
    assert {name: str(schema.field(name).type) for name in expected} == expected
    assert str(schema.field("tens").type) == "list<element: float>"
    assert "kit" not in schema.names


def test_frames_are_sampled_by_time(run: courtside.Run) -> None:
    times = run.frames["time"]
    assert len(times) == pytest.approx(SECONDS * 10, abs=1)
    assert np.diff(times) == pytest.approx(0.1, abs=0.035)
    assert times.max() < SECONDS


def truth_until(seconds: float, folder: Path) -> Path:
    """Write the sample's truth for the part that was looked at."""
    truth = json.loads(SAMPLE.with_suffix(".truth.json").read_text())
    last = seconds * truth["fps"]
    truth["frames"] = [frame for frame in truth["frames"] if frame < last]
    for name in ("boxes", "ball", "rim", "masks"):
        truth[name] = [item for item in truth[name] if item["frame"] < last]
    path = folder / "truth.json"
    path.write_text(json.dumps(truth))
    return path


def test_finds_the_people_of_the_game(run: courtside.Run, tmp_path: Path) -> None:
    scores = courtside.score_run(run.path, truth_until(SECONDS, tmp_path))
    assert scores["recall"] > 0.6
    assert scores["precision"] > 0.6
    assert {player.team for player in run.players if player.role == "player"} >= {"light", "dark"}


def test_annotated_video_has_every_frame_at_its_own_time(run: courtside.Run) -> None:
    def times(path: Path) -> list[float]:
        with av.open(str(path)) as container:
            return [float(frame.time or 0) for frame in container.decode(video=0)]

    source = [time for time in times(SAMPLE) if time < SECONDS]
    assert times(run.path / "annotated.mp4") == pytest.approx(source, abs=1e-4)


def test_annotated_video_plays_in_a_browser(run: courtside.Run) -> None:
    data = (run.path / "annotated.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(run.path / "annotated.mp4")) as container:
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"
        assert container.streams.video[0].codec_context.name == "h264"


def test_killed_run_goes_on_and_gives_the_same_result(
    run: courtside.Run, toml: Path, tmp_path: Path
) -> None:
    out = tmp_path / "killed.run"
    first = start(out, toml)
    wait_for_chunk(out, first, 1)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    kept = {path: path.stat().st_ino for path in (out / ".look").glob("0*[0-9]")}
    second = start(out, toml, "--quiet")
    wait_for_chunk(out, second, len(kept))
    assert {path: path.stat().st_ino for path in kept} == kept  # not looked at again
    assert second.wait() == 0
    assert digests(out) == digests(run.path)


def test_one_core_gives_the_same_result(
    run: courtside.Run, toml: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then both halves of the loop work in one process."""
    monkeypatch.setattr("courtside.tracking.available_cores", lambda: 1)
    other = courtside.track(SAMPLE, tmp_path / "one.run", load_settings(toml))
    assert digests(other.path) == digests(run.path)


def test_interrupt_leaves_a_run_that_goes_on_and_says_so(toml: Path, tmp_path: Path) -> None:
    out = tmp_path / "stopped.run"
    # Long enough to be stopped on a busy machine too.
    process = start(out, toml, "--no-video", "--every", "frame", "--end", "9")
    wait_for_chunk(out, process, 0)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert "give the same command again to go on" in said
    assert "Traceback" not in said
    assert (out / ".look" / "000000").is_dir()


def test_same_command_again_does_nothing_twice(
    run: courtside.Run, toml: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path: path.stat().st_mtime_ns for path in run.path.iterdir()}
    # Not even a net is loaded.
    monkeypatch.setattr("courtside.embedded_preset.load_net", lambda *_, **__: pytest.fail("a net"))
    courtside.track(SAMPLE, run.path, load_settings(toml))
    assert {path: path.stat().st_mtime_ns for path in run.path.iterdir()} == before


def test_other_settings_are_refused_and_named(run: courtside.Run) -> None:
    other = load_settings(None, {"video.every": 0.5})
    with pytest.raises(RunConflictError, match=r"video.every: 0.1 -> 0.5.*--force") as caught:
        courtside.track(SAMPLE, run.path, other)
    assert caught.value.exit_code == 5


def test_force_makes_it_anew_and_keeps_edits(tmp_path: Path) -> None:
    out = tmp_path / "run"
    short = load_settings(None, {"video.end": 0.5, "render.video": False})
    courtside.track(SAMPLE, out, short)
    edit = '{"video": "another", "time": 0.1, "point": [5, 5], "number": "7"}\n'
    (out / "edits.jsonl").write_text(edit)
    other = load_settings(None, {"video.end": 0.3, "render.video": False})
    again = courtside.track(SAMPLE, out, other, force=True)
    assert again.frames["time"].max() < 0.3
    assert (out / "edits.jsonl").read_text() == edit
    (out / "edits.jsonl").write_text('{"number": "7"}\n')
    with pytest.raises(InputError, match="line 1 is no correction"):
        courtside.track(SAMPLE, out, short, force=True)
    assert again.manifest["settings"]["video"]["end"] == 0.3, "told before anything is removed"


def test_force_makes_a_run_of_another_version_anew(tmp_path: Path) -> None:
    out, short = tmp_path / "run", load_settings(None, {"video.end": 0.3, "render.video": False})
    courtside.track(SAMPLE, out, short)
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["settings"]["render"]["minimap"] = False  # as it was once
    (out / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(RunConflictError, match="another version of courtside.*--force"):
        courtside.track(SAMPLE, out, short)
    again = courtside.track(SAMPLE, out, short, force=True)
    assert again.manifest["settings"]["render"]["minimap"] == "none"


def test_a_roster_settles_a_finished_run_again(tmp_path: Path) -> None:
    out, roster = tmp_path / "run", tmp_path / "roster.csv"
    short = load_settings(None, {"video.end": 0.5, "render.video": False})
    before = {team.name for team in courtside.track(SAMPLE, out, short).game.teams}
    looked = (out / "manifest.json").read_bytes()
    roster.write_text("team,colour,number,name\nReds,red,4,Ann\nBlues,blue,5,Bea\n")
    again = courtside.track(SAMPLE, out, short, roster=load_roster(roster, BASKETBALL))
    assert {team.name for team in again.game.teams} <= {"Reds", "Blues"}
    assert before <= {"light", "dark"}
    assert (out / "manifest.json").read_bytes() == looked


def test_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(RunConflictError, match=r"holiday.jpg"):
        courtside.track(SAMPLE, tmp_path, load_settings(None, {"video.end": 0.2}), force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_unfinished_run_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run folder"):
        courtside.open_run(tmp_path)


def test_render_again_gives_the_same_picture(run: courtside.Run) -> None:
    before = (run.path / "annotated.mp4").read_bytes()
    drawn = subprocess.run([*COMMAND, "render", str(run.path), "--json"], capture_output=True)
    assert json.loads(drawn.stdout) == {"video": str(run.path / "annotated.mp4")}
    assert (run.path / "annotated.mp4").read_bytes() == before


def test_show_as_json(run: courtside.Run) -> None:
    shown = subprocess.run([*COMMAND, "show", str(run.path), "--json"], capture_output=True)
    people = json.loads(shown.stdout)["players"]
    assert len(people) == len(run.players)
    assert {"number", "team", "confidence", "why"} <= people[0].keys()
