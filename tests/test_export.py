"""Exports, read back by the programs they are meant for."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO

from courtside import rle
from courtside.errors import InputError, MachineError
from courtside.game import Game, Player, Segment, Team
from courtside.sightings import FrameTable, Sightings
from courtside.store.export import ExportFacts, export, export_run
from courtside.store.table import write_frames, write_sightings

SIZE = (72, 128)
FACTS = ExportFacts("game.mp4", SIZE)


def person(id: int, team: str | None, number: str | None, name: str | None) -> Player:
    return Player(id, "player", True, team, number, name, 0.9, 2, 0.0, 0.1, (id,))


GAME = Game(
    teams=(Team("light", (250, 250, 250)), Team("dark", (20, 20, 20))),
    players=(person(1, "light", "00", "Ann, Müller"), person(2, "dark", None, None)),
    segments=(Segment(0, 0, 0.0),),
)
FRAMES = FrameTable(
    {"frame": [0, 3, 6], "pts": [0, 3, 6], "time": [0, 0.1, 0.2], "segment": [0, 0, 0]}
)


def mask(left: int) -> bytes:
    picture = np.zeros(SIZE, bool)
    picture[10:50, left : left + 10] = True
    return rle.encode(picture)


def sightings() -> Sightings:
    """Two players, a referee who is nobody yet, a bystander, a substitute and a ball."""
    nan = float("nan")
    boxes = np.array(
        [
            [10, 10, 25, 50],
            [40, 10, 55, 50],
            [12, 10, 27, 50],
            [42, 10, 57, 50],
            [70, 10, 85, 50],
            [90, 10, 99, 50],
            [100, 10, 109, 50],
            [60.5, 60, 64.5, 64],
        ],
        np.float32,
    )
    columns: dict[str, Any] = {
        "frame": [0, 0, 3, 3, 3, 3, 3, 3],
        "time": [0, 0] + [0.1] * 6,
        "segment": [0] * 8,
        "kind": ["player"] * 4 + ["referee", "person", "player", "ball"],
        "score": [0.912345, 0.8, nan, 0.7, 0.6, 0.6, 0.6, 0.5],
        "track": [11, 12, 11, 12, 13, 14, 15, 16],
        "player": [1, 2, 1, 2, -1, -1, 3, -1],
        "role": ["player"] * 4 + ["referee", "other", "player", None],
        "on_court": [True, None, True, True, True, False, False, None],
        "team": ["light", "dark", "light", "dark", None, None, "dark", None],
        "number": ["00", None, "00", None, None, None, "5", None],
        "court_x": [1.5, nan, 1.5, nan, nan, nan, nan, nan],
        "court_y": [-2.25, nan, -2.25, nan, nan, nan, nan, nan],
        "mask": [mask(10), mask(40), mask(12), None, mask(70), None, None, None],
        **{name: boxes[:, i] for i, name in enumerate(("x1", "y1", "x2", "y2"))},
    }
    return Sightings(columns)


def exported(format: str, folder: Path, rows: Sightings | None = None) -> Path:
    path = folder / "out"
    rows = sightings() if rows is None else rows
    pieces = [rows.select(rows["frame"] < 3), rows.select(rows["frame"] >= 3)]
    export(iter(pieces), FRAMES, GAME, FACTS, format, path)
    return path


def test_mot_lines_are_those_of_the_challenge(tmp_path: Path) -> None:
    assert exported("mot", tmp_path).read_text().splitlines() == [
        "1,1,10.0,10.0,15.0,40.0,0.9123,1.5,-2.25,0",
        "1,2,40.0,10.0,15.0,40.0,0.8,-1,-1,-1",
        # Followed, not detected: conf 1. The referee is no player yet: 3 + track 13.
        "4,1,12.0,10.0,15.0,40.0,1,1.5,-2.25,0",
        "4,2,42.0,10.0,15.0,40.0,0.7,-1,-1,-1",
        f"4,{3 + 13},70.0,10.0,15.0,40.0,0.6,-1,-1,-1",
    ]


def test_trackeval_reads_the_mot_file_and_finds_it_perfect(tmp_path: Path) -> None:
    trackeval = pytest.importorskip("trackeval")
    truth, found = tmp_path / "truth" / "game" / "gt", tmp_path / "found" / "own" / "data"
    truth.mkdir(parents=True)
    found.mkdir(parents=True)
    lines = exported("mot", tmp_path).read_text()
    (found / "game.txt").write_text(lines)
    # In truth conf is a flag, followed by the class (1: pedestrian) and the visibility.
    as_truth = [",".join([*line.split(",")[:6], "1,1,1"]) for line in lines.splitlines()]
    (truth / "gt.txt").write_text("\n".join(as_truth) + "\n")
    facts = {
        "GT_FOLDER": str(tmp_path / "truth"),
        "TRACKERS_FOLDER": str(tmp_path / "found"),
        "TRACKERS_TO_EVAL": ["own"],
        "SEQ_INFO": {"game": 7},
        "SKIP_SPLIT_FOL": True,
        "PRINT_CONFIG": False,
    }
    with contextlib.redirect_stdout(io.StringIO()):
        dataset = trackeval.datasets.MotChallenge2DBox(facts)
        raw = dataset.get_raw_seq_data("own", "game")
        data = dataset.get_preprocessed_seq_data(raw, "pedestrian")
        result = trackeval.metrics.Identity().eval_sequence(data)
    assert data["num_tracker_dets"] == 5
    assert result["IDTP"] == 5
    assert result["IDF1"] == 1


def test_pycocotools_loads_the_coco_file(tmp_path: Path) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(exported("coco", tmp_path)))
    assert [coco.imgs[i]["frame"] for i in sorted(coco.imgs)] == [0, 3, 6]
    assert [category["name"] for category in coco.loadCats(coco.getCatIds())] == [
        "player",
        "referee",
        "ball",
    ]
    assert len(coco.getAnnIds(imgIds=[4])) == 4
    assert len(coco.getAnnIds(imgIds=[7])) == 0
    first = coco.loadAnns(coco.getAnnIds(imgIds=[1]))[0]
    np.testing.assert_array_equal(coco.annToMask(first), rle.decode(mask(10), SIZE))
    assert first["bbox"] == [10, 10, 15, 40]
    assert first["area"] == 400
    assert (first["track_id"], first["team"], first["number"]) == (1, "light", "00")
    ball = coco.loadAnns(coco.getAnnIds(catIds=[3]))
    assert [one["bbox"] for one in ball] == [[60.5, 60, 4, 4]]
    assert "segmentation" not in ball[0]


def test_game_state_has_roles_numbers_and_places_where_known(tmp_path: Path) -> None:
    predictions = json.loads(exported("gsr", tmp_path).read_text())["predictions"]
    assert len(predictions) == 5
    assert predictions[0] == {
        "id": "0",
        "image_id": "000001",
        "track_id": 1,
        "supercategory": "object",
        "category_id": 1,
        "attributes": {"role": "player", "jersey": "00", "team": "light"},
        "bbox_image": {"x": 10, "y": 10, "w": 15, "h": 40, "x_center": 17.5, "y_center": 30},
        "bbox_pitch": {
            "x_bottom_left": 1.5,
            "y_bottom_left": -2.25,
            "x_bottom_middle": 1.5,
            "y_bottom_middle": -2.25,
            "x_bottom_right": 1.5,
            "y_bottom_right": -2.25,
        },
    }
    assert predictions[4]["attributes"] == {"role": "referee", "jersey": None, "team": None}
    assert predictions[4]["bbox_pitch"] is None


def test_the_spreadsheet_has_names_and_empty_cells(tmp_path: Path) -> None:
    with exported("csv", tmp_path).open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    assert ",".join(header) == (
        "time,frame,segment,player,name,team,number,role,left,top,right,bottom,court_x,court_y"
    )
    assert len(rows) == 5
    place = ["10.0", "10.0", "25.0", "50.0", "1.5", "-2.25"]
    assert rows[0] == ["0.0", "0", "0", "1", "Ann, Müller", "light", "00", "player", *place]
    assert rows[1][4:8] == ["", "dark", "", "player"]
    assert rows[1][-2:] == ["", ""]


def test_people_are_told_by_kind_where_roles_were_not_decided(tmp_path: Path) -> None:
    rows = sightings().without("role", "on_court", "player")
    lines = exported("mot", tmp_path, rows).read_text().splitlines()
    # All but the bystander and the ball; the identity is the track, behind the players.
    assert [line.split(",")[1] for line in lines] == ["14", "15", "14", "15", "16", "18"]


def test_a_run_without_anybody_gives_files_that_load(tmp_path: Path) -> None:
    nobody = Sightings.empty()
    assert exported("mot", tmp_path, nobody).read_text() == ""
    assert json.loads(exported("gsr", tmp_path, nobody).read_text()) == {"predictions": []}
    assert len(exported("csv", tmp_path, nobody).read_text().splitlines()) == 1
    coco = json.loads(exported("coco", tmp_path, nobody).read_text())
    assert coco["annotations"] == []
    assert len(coco["images"]) == 3


def test_an_export_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("old")

    def pieces() -> Iterator[Sightings]:
        yield sightings()
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        export(pieces(), FRAMES, GAME, FACTS, "mot", path)
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["out"]
    with pytest.raises(MachineError, match="cannot write"):
        export([], FRAMES, GAME, FACTS, "mot", tmp_path / "missing" / "out")


def test_a_format_nobody_knows_is_refused_with_those_known(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown format 'xml'; known are: mot, coco, gsr, csv"):
        exported("xml", tmp_path)
    with pytest.raises(InputError, match="unknown format 'xml'"):
        export_run(tmp_path, "xml")


def test_a_run_folder_is_exported_beside_its_tables(tmp_path: Path) -> None:
    run = tmp_path / "game.run"
    run.mkdir()
    write_sightings(sightings(), run / "sightings.parquet", SIZE)
    write_frames(FRAMES, run / "frames.parquet", Fraction(1, 30))
    (run / "video.json").write_text('{"segments": [], "court": {"league": null}}')
    (run / "players.json").write_text('{"teams": [], "players": []}')
    with pytest.raises(InputError, match="is no run folder"):
        export_run(run, "mot")
    (run / "manifest.json").write_text('{"video": "game.mp4"}')
    assert export_run(run, "mot") == run / "export_mot.txt"
    assert len((run / "export_mot.txt").read_text().splitlines()) == 5
    named = export_run(run, "coco", tmp_path / "named.json")
    assert json.loads(named.read_text())["info"]["description"] == "game.mp4"
