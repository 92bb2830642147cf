"""The simulated benchmark: fixed clips, rendered once, and never trained on."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from courtside import cli
from courtside.bench import CLIPS, BenchClip, ClipResult, bench_sim, mean_scores
from courtside.bench.clips import Tell
from courtside.bench.sim import rendered
from courtside.errors import InputError
from courtside.simulate.dataset import render_training_set
from courtside.simulate.description import plan_game
from courtside.simulate.seeds import BENCH_SEEDS, training_seed
from handmade import three_people, write_game, write_run

CLIP = CLIPS[0]


class Renderer:
    """Draws the film of three people, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, clip: BenchClip, folder: Path, _: Tell) -> None:
        self.asked.append(clip.name)
        write_run(folder, write_game(folder), three_people())


def silent(_: str) -> None:
    pass


def test_there_are_seven_clips_of_fifteen_seconds() -> None:
    assert len(CLIPS) == 7
    assert {clip.seconds for clip in CLIPS} == {15.0}
    for values in zip(*((clip.name, clip.seed, clip.folder) for clip in CLIPS), strict=True):
        assert len(set(values)) == 7


def test_nets_cannot_be_trained_on_the_seeds_of_the_benchmark(tmp_path: Path) -> None:
    for clip in CLIPS:
        assert clip.seed in BENCH_SEEDS
        with pytest.raises(InputError, match="kept for the benchmark"):
            render_training_set(tmp_path / "pictures", 1, clip.seed)
    assert not (tmp_path / "pictures").exists()
    assert training_seed(BENCH_SEEDS.start - 1) == BENCH_SEEDS.start - 1


def test_a_clip_is_rendered_once(tmp_path: Path) -> None:
    renderer = Renderer()
    first = rendered(CLIP, tmp_path, silent, renderer)
    again = rendered(CLIP, tmp_path, silent, renderer)
    assert first == again
    assert (first / "video.mp4").is_file()
    assert renderer.asked == [CLIP.name]


def test_other_settings_are_another_clip() -> None:
    assert BenchClip("a", 1).folder == BenchClip("a", 1).folder
    assert len({BenchClip("a", 1).folder, BenchClip("a", 2).folder}) == 2
    assert BenchClip("a", 1).folder != BenchClip("a", 1, view="outdoor").folder


def test_another_edition_is_rendered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    before = CLIP.folder
    monkeypatch.setattr("courtside.bench.clips.EDITION", 99)
    assert CLIP.folder != before


def test_every_clip_is_a_game_that_the_simulator_can_play(tmp_path: Path) -> None:
    for clip in CLIPS:
        (tmp_path / "game.toml").write_text(clip.description)
        plan = plan_game(clip.seed, clip.seconds, clip.view, tmp_path / "game.toml")
        assert (plan.seed, plan.seconds, plan.view) == (clip.seed, 15.0, clip.view)


def test_a_rendering_that_was_stopped_goes_on_in_its_folder(tmp_path: Path) -> None:
    seen: list[bool] = []

    def stopped(_: BenchClip, folder: Path, __: Tell) -> None:
        folder.mkdir()
        (folder / "half").write_text("done so far")
        raise KeyboardInterrupt

    def going_on(clip: BenchClip, folder: Path, tell: Tell) -> None:
        seen.append((folder / "half").is_file())
        Renderer()(clip, folder, tell)

    with pytest.raises(KeyboardInterrupt):
        rendered(CLIP, tmp_path, silent, stopped)
    assert not (tmp_path / CLIP.folder).exists()
    rendered(CLIP, tmp_path, silent, going_on)
    assert seen == [True]


def test_clips_are_followed_and_scored(tmp_path: Path) -> None:
    said: list[str] = []
    names = ["outdoor", "broadcast"]
    results = list(bench_sim(tmp_path, None, names, said.append, Renderer()))
    # In the order of the code, whatever the order asked for.
    assert [result.name for result in results] == ["broadcast", "outdoor"]
    for result in results:
        # Nobody finds the three white rectangles, but they were asked for.
        assert result.scores["counts"]["people"] == 12
        assert result.real_time > 0
    assert said[0] == "broadcast: rendering 15 s"
    assert not list(tmp_path.glob("*.run/annotated.mp4"))


def test_an_unknown_clip_is_refused_with_those_known(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown clip 'moon'; known are: broadcast"):
        list(bench_sim(tmp_path, names=["moon"], renderer=Renderer()))


def test_the_mean_leaves_out_what_could_not_be_judged() -> None:
    results = [
        ClipResult("a", 1.0, {"recall": 0.5, "team": None, "gs_hota": None, "counts": {"x": 1}}),
        ClipResult("b", 1.0, {"recall": 1.0, "team": 0.25, "gs_hota": None, "counts": {"x": 1}}),
    ]
    assert mean_scores(results) == {"recall": 0.75, "team": 0.25, "gs_hota": None}


def test_the_command_prints_a_table_and_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered(CLIP, tmp_path, silent, Renderer())
    arguments = ["courtside", "bench", "sim", "--cache", str(tmp_path), "--clip", CLIP.name]
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setattr(sys, "argv", arguments)
    cli.main()
    out = capsys.readouterr().out
    assert "broadcast" in out
    assert "HOTA" in out
    assert "mean" in out
    monkeypatch.setattr(sys, "argv", [*arguments, "--json"])
    cli.main()
    content: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert content["clips"][0]["name"] == "broadcast"
    assert content["mean"]["recall"] == content["clips"][0]["scores"]["recall"]
