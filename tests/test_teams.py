"""Teams and referees: painted people with known kits, and the true masks of real clips."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from courtside import rle
from courtside.game import Team
from courtside.sightings import Sightings, View
from courtside.sport import BASKETBALL
from courtside.teams.clusters import two_means
from courtside.teams.look import KIT_WIDTH, look_teams
from courtside.teams.settle import settle_teams

REAL = Path(__file__).parents[2] / "shared" / "data" / "real"
CLIPS = (
    "nba_480p30_banner",
    "nba_bkn_mil_lowangle_720p60",
    "nba_okc_sas_720p30",
    "nba_okc_uta_720p30",
)
# Colours are written red, green, blue.
Colour = tuple[int, int, int]
FLOOR: Colour = (196, 150, 100)
LIGHT_SKIN: Colour = (224, 172, 140)
DARK_SKIN: Colour = (92, 58, 42)
BLACK: Colour = (28, 28, 30)
NAVY: Colour = (24, 34, 78)
WHITE: Colour = (232, 232, 236)
GREY: Colour = (130, 132, 136)
RED: Colour = (176, 30, 44)

Kit = tuple[Colour, Colour, Colour | None]  # jersey, shorts, trousers or bare legs
REFEREE: Kit = (GREY, BLACK, BLACK)


def team_of(colour: Colour) -> Kit:
    return colour, colour, None


def paint(kits: Sequence[Kit], seed: int = 0, frame: int = 0) -> tuple[View, Sightings]:
    """Paint one frame of people side by side, 120 px high, with light that varies by place."""
    rng = np.random.default_rng([seed, frame])
    picture = np.empty((200, 80 * len(kits), 3), np.float32)
    picture[:] = FLOOR
    boxes, masks = [], []
    for index, (jersey, shorts, trousers) in enumerate(kits):
        skin = DARK_SKIN if (index + seed) % 3 else LIGHT_SKIN
        mask = np.zeros(picture.shape[:2], bool)
        left, top = 80 * index + 20 + int(rng.integers(-5, 6)), 40 + int(rng.integers(-5, 6))
        for rows, columns, colour in (
            ((0, 20), (14, 26), skin),
            ((20, 60), (4, 36), jersey),
            ((20, 65), (0, 4), skin),
            ((20, 65), (36, 40), skin),
            ((60, 84), (8, 32), shorts),
            ((84, 112), (8, 18), trousers or skin),
            ((84, 112), (22, 32), trousers or skin),
            ((112, 120), (6, 34), WHITE),
        ):
            area = np.s_[top + rows[0] : top + rows[1], left + columns[0] : left + columns[1]]
            picture[area] = colour
            mask[area] = True
        picture[mask] *= rng.uniform(0.85, 1.15)
        boxes.append((left, top, left + 40, top + 120))
        masks.append(rle.encode(mask))
    noisy = (
        (picture + 8 * rng.standard_normal(picture.shape, np.float32)).clip(0, 255).astype(np.uint8)
    )
    view = View(frame, frame, Fraction(frame, 10), 0, np.ascontiguousarray(noisy[..., ::-1]))
    rows_ = view.rows(boxes, ["player"] * len(kits), np.full(len(kits), 0.9))
    return view, rows_.with_columns(mask=masks, track=np.arange(len(kits)))


def film(kits: Sequence[Kit], kinds: Sequence[str], frames: int = 8, seed: int = 0) -> Sightings:
    parts = []
    for frame in range(frames):
        view, rows = paint(kits, seed, frame)
        parts.append(look_teams(view, rows.with_columns(kind=[*kinds])))
    return Sightings.concat(parts)


def of_tracks(rows: Sightings, name: str) -> list[Any]:
    values = {track: set(own[name].tolist()) for track, own in rows.by_track()}
    assert all(len(of_track) == 1 for of_track in values.values()), "one value a track"
    return [of_track.pop() for of_track in values.values()]


def teams_of(rows: Sightings) -> tuple[list[Any], tuple[Team, ...]]:
    settled, teams = settle_teams(rows, BASKETBALL)
    return of_tracks(settled, "team"), teams


def test_two_means_of_weighted_points_by_hand() -> None:
    points = np.array([[0.0, 0.0], [0.0, 2.0], [9.0, 1.0], [9.0, 1.0]])
    centres = two_means(points, np.array([3.0, 1.0, 1.0, 1.0]))
    assert sorted(centres.tolist()) == [[0.0, 0.5], [9.0, 1.0]]
    assert two_means(points[:1], np.ones(1))[0].tolist() == [0.0, 0.0]


def test_kit_tells_jersey_shorts_and_trousers() -> None:
    view, rows = paint([(WHITE, BLACK, None), REFEREE])
    kits = look_teams(view, rows)["kit"]
    lightness = kits.reshape(2, 3, 12)[:, :, 0]
    assert kits.shape == (2, KIT_WIDTH)
    assert lightness[0, 0] > 0.75 > 0.3 > lightness[0, 1]  # white jersey, black shorts
    assert lightness[1, 2] < 0.25 < lightness[0, 2]  # black trousers, bare legs


def test_kit_does_not_see_the_background() -> None:
    view, rows = paint([team_of(RED)])
    inside = rle.decode(rows["mask"][0], view.size)
    other = view.image.copy()
    other[~inside] = 255 - other[~inside]
    changed = View(0, 0, Fraction(0), 0, other)
    assert (look_teams(view, rows)["kit"] == look_teams(changed, rows)["kit"]).all()


def test_no_kit_without_mask_or_when_hidden_or_not_a_person() -> None:
    view, rows = paint([team_of(RED)] * 5)
    masks = [None, *rows["mask"][1:]]
    masks[4] = rle.encode(np.zeros(view.size, bool))
    rows = rows.with_columns(
        mask=masks,
        visibility=[1.0, 0.2, np.nan, 1.0, 1.0],
        kind=["player", "player", "player", "ball", "player"],
    )
    kits = look_teams(view, rows)["kit"]
    assert np.isnan(kits).all(axis=1).tolist() == [True, True, False, True, True]


def test_frame_without_people_has_an_empty_kit_column() -> None:
    view, rows = paint([team_of(RED)])
    assert look_teams(view, rows.select([False]))["kit"].shape == (0, KIT_WIDTH)


@pytest.mark.parametrize(
    ("first", "second", "light"),
    [(WHITE, RED, 0), (BLACK, NAVY, 1), (RED, (30, 60, 150), 0), ((240, 190, 40), WHITE, 1)],
    ids=["white-red", "black-navy", "red-blue", "gold-white"],
)
@pytest.mark.parametrize("seed", range(2))
def test_two_teams_and_referees_are_told_apart(
    first: Colour, second: Colour, light: int, seed: int
) -> None:
    kits = [team_of(first)] * 5 + [team_of(second)] * 5 + [REFEREE] * 3
    settled, teams = settle_teams(
        film(kits, ["player"] * 10 + ["referee"] * 3, seed=seed), BASKETBALL
    )
    names = ["light", "dark"] if light == 0 else ["dark", "light"]
    assert of_tracks(settled, "team") == [names[0]] * 5 + [names[1]] * 5 + [None] * 3
    assert of_tracks(settled, "role") == ["player"] * 10 + ["referee"] * 3
    assert [team.name for team in teams] == ["dark", "light"]
    colours = {team.name: np.array(team.colour) for team in teams}
    assert np.abs(colours[names[0]] - first).max() < 40


def test_referee_whom_the_detector_takes_for_a_player_is_known_by_the_kit() -> None:
    kits = [team_of(WHITE)] * 5 + [team_of(RED)] * 5 + [REFEREE] * 3
    rows = film(kits, ["player"] * 10 + ["referee"] * 3)
    kinds = rows["kind"].copy()
    kinds[(rows["track"] == 12) & (rows["frame"] % 3 > 0)] = "player"
    kinds[(rows["track"] == 2) & (rows["frame"] % 5 > 1)] = "referee"
    settled, _ = settle_teams(rows.with_columns(kind=kinds), BASKETBALL)
    assert of_tracks(settled, "role") == ["player"] * 10 + ["referee"] * 3


@pytest.mark.parametrize(("y", "role"), [(7.5, "referee"), (8.4, "other")])
def test_referee_on_the_line_whom_the_detector_takes_for_staff(y: float, role: str) -> None:
    kits = [*[team_of(WHITE)] * 5, *[team_of(RED)] * 5, REFEREE, REFEREE]
    rows = film(kits, ["player"] * 10 + ["referee", "person"])
    places = np.where(rows["track"] == 11, y, 2.0)
    settled, _ = settle_teams(
        rows.with_columns(court_x=np.full(len(rows), 3.0), court_y=places), BASKETBALL
    )
    assert of_tracks(settled, "role")[11] == role


@pytest.mark.parametrize(
    ("kit", "x", "every", "role"),
    [
        (REFEREE, 15.2, 4, "referee"),
        (REFEREE, 16.3, 4, "other"),  # farther from the lines than referees work
        (REFEREE, 15.2, 1000, "other"),  # never taken for one
        (team_of(RED), 15.2, 4, "other"),  # in a player's kit
    ],
)
def test_referee_behind_the_end_line_who_is_often_taken_for_staff(
    kit: Kit, x: float, every: int, role: str
) -> None:
    rows = film(
        [*[team_of(WHITE)] * 5, *[team_of(RED)] * 5, REFEREE, kit],
        ["player"] * 10 + ["referee", "person"],
    )
    kinds, last = rows["kind"].copy(), rows["track"] == 11
    kinds[last & (rows["frame"] % every == every - 1)] = "referee"
    places = np.where(last, x, 3.0)
    settled, _ = settle_teams(
        rows.with_columns(kind=kinds, court_x=places, court_y=np.full(len(rows), 2.0)), BASKETBALL
    )
    assert of_tracks(settled, "role")[11] == role


def test_no_more_referees_are_made_of_staff_than_the_sport_has() -> None:
    kits = [*[team_of(WHITE)] * 5, *[team_of(RED)] * 5, *[REFEREE] * 4]
    rows = film(kits, ["player"] * 10 + ["referee"] * 3 + ["person"])
    places = np.where(rows["track"] == 13, 7.5, 2.0)
    settled, _ = settle_teams(
        rows.with_columns(court_x=np.full(len(rows), 3.0), court_y=places), BASKETBALL
    )
    assert of_tracks(settled, "role")[10:] == ["referee"] * 3 + ["other"]


def test_people_off_court_are_other_and_nobody_else_is_said_to_be() -> None:
    kits = [team_of(WHITE)] * 3 + [team_of(RED)] * 3 + [team_of(BLACK)]
    settled, _ = settle_teams(film(kits, ["player"] * 6 + ["person"]), BASKETBALL)
    assert of_tracks(settled, "role")[-1] == "other"
    assert of_tracks(settled, "on_court") == [None] * 6 + [False]
    assert of_tracks(settled, "team")[-1] is None


def test_one_team_is_not_torn_apart() -> None:
    names, teams = teams_of(film([team_of(WHITE)] * 5, ["player"] * 5))
    assert names == ["light"] * 5
    assert len(teams) == 1


@pytest.mark.parametrize("count", [1, 2])
def test_few_tracks(count: int) -> None:
    kits = [team_of(NAVY), team_of(WHITE)][:count]
    names, teams = teams_of(film(kits, ["player"] * count))
    assert names == ["dark", "light"][:count]
    assert len(teams) == count


def test_a_stray_kit_among_the_players_does_not_become_a_team() -> None:
    kits = [team_of(WHITE)] * 5 + [team_of(NAVY)] * 5 + [((60, 200, 70), (60, 200, 70), None)]
    names, _ = teams_of(film(kits, ["player"] * 11))
    assert names[:10] == ["light"] * 5 + ["dark"] * 5


def test_track_that_changes_sides_half_way_has_no_team() -> None:
    rows = film([team_of(WHITE)] * 4 + [team_of(RED)] * 4, ["player"] * 8)
    tracks = rows["track"].copy()
    late = rows["frame"] >= 4
    tracks[late & (rows["track"] == 0)], tracks[late & (rows["track"] == 7)] = 7, 0
    names, _ = teams_of(rows.with_columns(track=tracks))
    assert names == [None, *["light"] * 3, *["dark"] * 3, None]


def test_result_does_not_hang_on_the_order_of_rows() -> None:
    rows = film([team_of(BLACK)] * 4 + [team_of(NAVY)] * 4, ["player"] * 8)
    order = np.random.default_rng(0).permutation(len(rows))
    settled, teams = settle_teams(rows, BASKETBALL)
    shuffled, same = settle_teams(rows.select(order), BASKETBALL)
    assert teams == same
    for name in ("role", "team", "team_score", "on_court"):
        assert shuffled[name].tolist() == pytest.approx(settled[name][order].tolist(), nan_ok=True)


def test_what_is_not_followed_is_not_decided() -> None:
    rows = film([team_of(WHITE), team_of(RED)], ["player"] * 2)
    rows = Sightings.concat([rows, rows.select([0]).with_columns(track=[-1])])
    settled, _ = settle_teams(rows, BASKETBALL)
    assert settled["role"][-1] is None
    assert settled["team"][-1] is None
    without, teams = settle_teams(rows.without("track"), BASKETBALL)
    assert not without["role"].any()
    assert teams == ()


def test_without_kits_roles_are_known_and_teams_are_not() -> None:
    rows = film([team_of(WHITE), REFEREE], ["player", "referee"]).without("kit")
    settled, teams = settle_teams(rows, BASKETBALL)
    assert of_tracks(settled, "role") == ["player", "referee"]
    assert of_tracks(settled, "team") == [None, None]
    assert teams == ()


def test_empty_table() -> None:
    rows = Sightings.empty().with_columns(track=np.zeros(0), kit=np.zeros((0, 0)))
    settled, teams = settle_teams(rows, BASKETBALL)
    assert len(settled) == 0
    assert "team" in settled
    assert teams == ()


def annotated(clip: str) -> tuple[Sightings, dict[int, Any]]:
    """Return the people with a true mask as tracks, and who they are."""
    truth = json.loads((REAL / clip / "truth.json").read_text("utf-8"))
    people = {person["id"]: person for person in truth["people"]}
    boxes = {(box["frame"], box["id"]): box["box"] for box in truth["boxes"]}
    pictures = frames_of(REAL / clip / "clip.mp4", {mask["frame"] for mask in truth["masks"]})
    parts = []
    for frame, picture in pictures.items():
        masks = [mask for mask in truth["masks"] if mask["frame"] == frame]
        ids = [mask["id"] for mask in masks]
        view = View(frame, frame, Fraction(frame, 30), 0, picture)
        kinds = [people[person]["kind"] for person in ids]
        rows = view.rows([boxes[frame, person] for person in ids], kinds, np.ones(len(ids)))
        counts = [rle.from_uncompressed(m["rle"]["counts"], m["rle"]["size"]) for m in masks]
        parts.append(look_teams(view, rows.with_columns(mask=counts, track=ids)))
    return Sightings.concat(parts), people


def frames_of(path: Path, wanted: set[int]) -> dict[int, NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        decoded = zip(range(max(wanted) + 1), container.decode(video=0), strict=False)
        return {
            i: np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
            for i, frame in decoded
            if i in wanted
        }


@pytest.mark.skipif(not REAL.is_dir(), reason="the annotated clips are not here")
@pytest.mark.parametrize("clip", CLIPS)
def test_every_player_of_a_real_clip_is_in_the_right_team(clip: str) -> None:
    rows, people = annotated(clip)
    settled, _ = settle_teams(rows, BASKETBALL)
    names: dict[str, set[Any]] = {"A": set(), "B": set()}
    for track, own in settled.by_track():
        assert own["role"][0] == people[track]["kind"]
        if people[track]["kind"] == "player":
            names[people[track]["team"]].add(own["team"][0])
    assert sorted(name for group in names.values() for name in group) == ["dark", "light"]
