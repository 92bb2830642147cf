"""The court through a whole run: looking, settling, correcting by hand, minimap, plots."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from court_scene import (
    BROADCAST,
    SIZE,
    Scene,
    Trunk,
    film,
    foot_pixel,
    mean_error,
    motion_between,
    panning,
)
from courtside import rle
from courtside.cli import app
from courtside.court.drawing import court_lines, cut_short, line_points
from courtside.court.feet import build_feet
from courtside.court.league import READINGS
from courtside.court.model import Floats, project
from courtside.court.shapes import LANDMARKS, NBA, landmarks
from courtside.court.stage import build_court
from courtside.errors import InputError
from courtside.evaluate import score_run
from courtside.game import Team
from courtside.looking import look
from courtside.placing import parse_shown, place_court, plot_court
from courtside.progress import silent
from courtside.render.figures import Seen, body, figure
from courtside.render.layout import layout_of, with_minimap
from courtside.render.radar import ball_place
from courtside.render.style import style_for
from courtside.settings import Minimap, Settings, VideoSettings
from courtside.settling import settle
from courtside.sightings import Sightings, View
from courtside.stage import Halves, stateless
from courtside.store import run as store
from courtside.store.opened import open_run
from courtside.teams.look import look_teams
from courtside.video.motion import build_camera
from courtside.video.planes import image_of, planes_of
from courtside.video.probe import hash_file, probe
from courtside.video.read import read
from film import write_film

COUNT = 16
LIGHT, DARK = (235, 235, 235), (40, 30, 130)


def walkers(index: int) -> list[tuple[float, float]]:
    """Return where ten people are in frame `index`: two rows that walk to the right."""
    step = 0.15 * index
    return [(2.0 + i % 5 * 2 + step, -3.0 + 5.0 * (i // 5)) for i in range(10)]


def person_box(scene: Scene, index: int, place: tuple[float, float]) -> Floats:
    low = foot_pixel(scene.cameras[index], place)
    high = foot_pixel(scene.cameras[index], place, 1.95)
    half = 0.2 * (low[1] - high[1])
    return np.array([low[0] - half, high[1], low[0] + half, low[1]])


def scripted(scene: Scene, blind: bool) -> Halves:
    """Return stages that see what the scene has, in place of the nets."""

    def people(view: View, _: Sightings) -> Sightings:
        index = view.frame
        found = np.zeros((0, 4)) if blind else scene.found[index]
        view.shared("trunk", lambda: Trunk(found.astype(np.float32)))
        boxes = np.array([person_box(scene, index, place) for place in walkers(index)])
        rows = view.rows(boxes, ["player"] * 10, np.full(10, 0.9))
        masks = []
        for x1, y1, x2, y2 in np.round(boxes).astype(int):
            mask = np.zeros(view.size, np.bool_)
            mask[max(y1, 0) : y2, max(x1, 0) : x2] = True
            masks.append(rle.encode(mask))
        return rows.with_columns(track=np.arange(10), mask=masks, visibility=np.ones(10))

    columns = ["kind", "score", "box", "trunk", "track", "mask", "visibility"]
    return [build_camera()], [
        stateless("people", ["image"], columns, people),
        build_court(READINGS),
        build_feet(),
        stateless("teams", ["mask", "visibility"], ["kit"], look_teams),
    ]


def picture(scene: Scene, index: int) -> NDArray[np.uint8]:
    rows, columns = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    ground = np.full((*SIZE, 3), (110, 150, 180), np.uint8)
    # Something for the camera's motion to hold on to; it moves as all that is far away does.
    ground[..., 0] += (20 * np.sin(columns / 9) * np.cos(rows / 7)).astype(np.int8).astype(np.uint8)
    ground[..., 2] -= (25 * np.sin(columns / 53 + rows / 31)).astype(np.int8).astype(np.uint8)
    motion = motion_between(scene.cameras[0], scene.cameras[index])
    image = cv2.warpPerspective(ground, motion, SIZE[::-1], borderMode=cv2.BORDER_REFLECT)
    for path in court_lines(NBA):
        points = cut_short(path, 0.5)
        pixels = project(scene.cameras[index], np.column_stack([points, 0 * points[:, 0]]), SIZE)
        near = pixels[np.abs(np.nan_to_num(pixels, nan=1e9)).max(axis=1) < 5000]
        cv2.polylines(image, [np.round(near).astype(np.int32)], False, (255, 255, 255), 2)
    for i, place in enumerate(walkers(index)):
        x1, y1, x2, y2 = np.round(person_box(scene, index, place)).astype(int).tolist()
        cv2.rectangle(image, (x1, y1), (x2, y2), LIGHT if i < 5 else DARK, -1)
    return np.asarray(image, np.uint8)


def make_run(folder: Path, blind: bool = False) -> tuple[Path, Scene]:
    """Return a complete run folder of a scene, made by the real loop with scripted nets."""
    scene = film(panning(BROADCAST, COUNT, pan=0.06))
    video = write_film(folder / "game.mp4", [picture(scene, i) for i in range(COUNT)])
    settings = Settings(video=VideoSettings(every="frame"))
    facts, out = probe(video), folder / "game.run"
    plan = store.Plan("test", video.name, hash_file(video), {}, settings)
    store.prepare(out, plan, False)
    looked = look(video, facts, out, scripted(scene, blind), settings, silent)
    settle(out, video, facts, plan, looked)
    store.complete(out, plan, {})
    return out, scene


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Scene]:
    return make_run(tmp_path_factory.mktemp("court"))


def test_a_run_has_cameras_a_league_and_everybody_in_metres(made: tuple[Path, Scene]) -> None:
    run = open_run(made[0])
    assert run.game.court.league == "nba"
    assert np.isfinite(run.frames["court_error"]).mean() > 0.9
    rows = run.sightings
    places = np.array([walkers(f)[t] for f, t in zip(rows["frame"], rows["track"], strict=True)])
    off = np.hypot(rows["court_x"] - places[:, 0], rows["court_y"] - places[:, 1])
    assert np.isfinite(off).mean() > 0.9
    assert np.nanmedian(off) < 0.25
    assert np.nanpercentile(off, 95) < 0.8


def test_nothing_set_shows_the_court_over_the_picture(made: tuple[Path, Scene]) -> None:
    known = place_court(made[0], time=0.4)
    assert known["league"] == "nba"
    assert known["frames"] > 0.9
    image = cv2.imread(known["overlay"])
    assert image is not None
    points, _ = line_points(NBA, 0.5)
    camera = made[1].cameras[12]
    pixels = project(camera, np.column_stack([points, np.zeros(len(points))]), SIZE)
    inside = ((pixels > 4) & (pixels < [SIZE[1] - 4, SIZE[0] - 4])).all(axis=1)
    green = (image[..., 1] > 200) & (image[..., 0] < 140) & (image[..., 2] < 140)
    near = cv2.dilate(green.astype(np.uint8), np.ones((9, 9), np.uint8))
    at = np.round(pixels[inside]).astype(int)
    assert near[at[:, 1], at[:, 0]].mean() > 0.9


def test_points_set_by_hand_solve_a_blind_run_and_are_kept(tmp_path: Path) -> None:
    out, scene = make_run(tmp_path, blind=True)
    assert open_run(out).game.court.league is None
    names = ("right_lane_line_near", "right_lane_line_far", "right_lane_baseline_near",
             "right_lane_baseline_far", "corner_right_far", "right_three_top")  # fmt: skip
    given: list[str] = []
    for name in names:
        x, y, z = landmarks(NBA)[LANDMARKS.index(name)]
        across, down = foot_pixel(scene.cameras[10], (float(x), float(y)), float(z))
        given += ["--set", f"{across:.1f},{down:.1f}={name}"]
    time = str(open_run(out).frames["time"][10])
    done = CliRunner().invoke(app, ["court", str(out), *given, "--time", time, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["frames"] > 0.5
    camera = open_run(out).frames["camera"][10].astype(np.float64)
    assert mean_error(scene.cameras[10], camera, NBA) < 0.3
    assert np.isfinite(open_run(out).sightings["court_x"]).any()
    assert len((out / "court.jsonl").read_text().splitlines()) == len(names)
    assert place_court(out)["frames"] > 0.5


def test_evaluate_scores_the_court(made: tuple[Path, Scene], tmp_path: Path) -> None:
    points = landmarks(NBA)[[LANDMARKS.index("right_lane_line_far"), LANDMARKS.index("half_far")]]
    pixels = project(made[1].cameras[3], points, SIZE)
    court = [
        {"name": "p", "px": px, "court_m": place[:2]}
        for px, place in zip(pixels.tolist(), points.tolist(), strict=True)
    ]
    facts = {"width": SIZE[1], "height": SIZE[0], "frames": [3], "people": [], "boxes": []}
    path = tmp_path / "truth.json"
    path.write_text(json.dumps({**facts, "court": [{"frame": 3, "points": court}]}))
    scores = score_run(made[0], path)
    assert scores["court_solved"] == 1.0
    assert scores["court_pixels"] < 8
    assert scores["place_median"] is None
    itself = score_run(made[0], made[0])
    assert itself["place_median"] == 0.0
    assert itself["court_solved"] == itself["error_covers"] == 1.0
    assert itself["court_metres"] < 1e-3


def test_render_with_minimap_shows_the_court_in_the_corner(made: tuple[Path, Scene]) -> None:
    done = CliRunner().invoke(app, ["render", str(made[0]), "--minimap", "--json"])
    assert done.exit_code == 0, done.output
    video = Path(json.loads(done.output)["video"])
    frame = next(iter(read(video, probe(video), every=None)))
    corner = frame.image[-100:-20, -180:-20].astype(int)
    plain = picture(made[1], 0)[-100:-20, -180:-20].astype(int)
    assert np.median(corner) < 0.6 * np.median(plain)


def test_minimap_alone_is_a_video_in_step_with_the_annotated_one(made: tuple[Path, Scene]) -> None:
    before = (made[0] / "annotated.mp4").read_bytes()
    done = CliRunner().invoke(app, ["render", str(made[0]), "--minimap", "alone", "--json"])
    assert done.exit_code == 0, done.output
    alone = Path(json.loads(done.output)["video"])
    assert alone == made[0] / "minimap.mp4"
    assert (made[0] / "annotated.mp4").read_bytes() == before
    times = [
        [frame.time for frame in read(video, probe(video), every=None)]
        for video in (alone, made[0] / "annotated.mp4")
    ]
    assert times[0] == times[1]


def test_an_unknown_place_for_the_minimap_is_told(made: tuple[Path, Scene]) -> None:
    done = CliRunner().invoke(app, ["render", str(made[0]), "--minimap", "middle"])
    assert done.exit_code != 0
    assert "expected one of none, corner, beside, alone" in str(done.exception)


@pytest.mark.parametrize("text", ["1,2=moon", "1=left_rim", "a,b=left_rim"])
def test_points_that_make_no_sense_are_named(text: str) -> None:
    with pytest.raises(InputError, match=re.escape(text)):
        parse_shown(text, "hash", 0.0)


def test_plots_of_a_run(made: tuple[Path, Scene]) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra plots")
    files = plot_court(made[0])
    assert {path.suffix for path in files} == {".png", ".svg"}
    assert {"paths.png", "paths.svg"} <= {path.name for path in files}
    players = [p for p in open_run(made[0]).players if p.role == "player"]
    assert len(files) == 2 * len(players) + 2
    assert all(path.stat().st_size > 3000 for path in files)


STYLE = style_for(SIZE, [Team("light", (240, 240, 240)), Team("dark", (150, 20, 40))])


def seen_at(key: int, team: str, court: tuple[float, float] | None) -> Seen:
    place = None if court is None else np.array(court)
    box = np.array([100.0 + 60 * key, 100, 140 + 60 * key, 200])
    return Seen(key, "player", team, None, "", box, None, place)


@pytest.mark.parametrize(
    ("how", "size", "places"),
    # Where in the whole picture, as shares of it, two players at (-10, 5) and (8, -4) are seen.
    [
        ("corner", (720, 1280), (0.742, 0.741, 0.916, 0.891)),
        ("beside", (720, 1280), (0.813, 0.822, 0.937, 0.242)),
        ("beside", (1280, 720), (0.179, 0.807, 0.758, 0.932)),
        ("alone", (720, 1280), (0.177, 0.225, 0.758, 0.720)),
    ],
)
def test_minimap_shows_players_where_they_are_in_team_colours(
    how: Minimap, size: tuple[int, int], places: tuple[float, ...]
) -> None:
    seen = [seen_at(0, "light", (-10.0, 5.0)), seen_at(1, "dark", (8.0, -4.0))]
    layout = layout_of(how, NBA, size, STYLE.unit)
    assert layout is not None
    plain = np.full((*size, 3), 90, np.uint8)
    figures = [figure(s, s.box, body(s.box), None) for s in seen]
    image = image_of(with_minimap(planes_of(plain), figures, layout, STYLE))
    assert image.shape[:2] == layout.size
    assert not any(side % 2 for side in layout.size)
    corner = np.array(layout.middle) - np.array(layout.plan.size)[::-1] / 2
    for one, share in zip(seen, (places[:2], places[2:]), strict=True):
        assert one.court is not None
        x, y = corner + layout.plan.at(one.court)
        np.testing.assert_allclose([x / image.shape[1], y / image.shape[0]], share, atol=0.02)
        colour = image[round(float(y)), round(float(x))].astype(int)
        assert np.abs(colour - STYLE.look("player", one.team).main).max() < 30
    if not layout.alone:
        assert np.abs(image[5:-200, 5 : size[1] - 5][: size[0] - 250].astype(int) - 90).max() < 5


def test_minimap_without_known_places() -> None:
    """It covers nothing; beside the picture the empty court stays, for videos have one size."""
    one, size = seen_at(0, "light", None), (720, 1280)
    figures = [figure(one, one.box, body(one.box), None)]
    for how, same in (("corner", True), ("beside", False)):
        layout = layout_of(how, NBA, size, STYLE.unit)  # type: ignore[arg-type]
        assert layout is not None
        planes = planes_of(np.full((*size, 3), 90, np.uint8))
        image = image_of(with_minimap(planes, figures, layout, STYLE))
        assert (image.shape[:2] == size) is same
        assert bool(np.ptp(image.astype(int)) < 5) is same


def test_the_ball_is_with_the_player_who_holds_it() -> None:
    seen = [seen_at(0, "light", (-10.0, 5.0)), seen_at(5, "dark", (8.0, -4.0))]
    held = replace(seen[0], key=-1, kind="ball", box=np.array([405.0, 140, 420, 155]), court=None)
    figures = [figure(s, s.box, body(s.box), None) for s in (*seen, held)]
    place = ball_place(figures)
    assert place is not None
    np.testing.assert_allclose(place, [8.0, -4.0])
    thrown = replace(held, box=np.array([700.0, 20, 715, 35]))
    assert ball_place([*figures[:2], figure(thrown, thrown.box, body(thrown.box), None)]) is None
