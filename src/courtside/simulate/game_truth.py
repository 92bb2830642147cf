"""The truth of a simulated film as a run folder: what `courtside track` would write if it knew.

`simulated.json` beside it holds what no run has: camera, ball in 3-D, possession, passes, shots.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from courtside import __version__, rle
from courtside.game import Court, Game, Player, Role, Segment, Team
from courtside.settings import Settings
from courtside.sightings import FrameTable, Sightings
from courtside.simulate import digits as printed
from courtside.simulate.camera import Camera
from courtside.simulate.description import RATE
from courtside.simulate.lens import Lens
from courtside.simulate.match import SQUAD
from courtside.simulate.place import Person
from courtside.simulate.projector import FilmFrame
from courtside.simulate.stage_play import Production
from courtside.simulate.truth import KINDS, PEOPLE
from courtside.store import run as store
from courtside.store.table import write_frames, write_sightings
from courtside.video.probe import hash_file, probe

Floats = NDArray[np.float64]
LEAST_SEEN = 0.02  # share of a silhouette below which nobody would call a person visible
LEAST_PIXELS = 12


class GameTruth:
    """Notes frame after frame, and writes the run folder at the end."""

    def __init__(self, production: Production, size: tuple[int, int], lens: Lens) -> None:
        """size: width and height of the film in pixels."""
        self.production, self.size, self.lens = production, size, lens
        self.teams = _team_names(production)
        self.rows: list[Sightings] = []
        self.frames: list[dict[str, Any]] = []
        self.seen: dict[int, list[int]] = {}

    def add(self, frame: FilmFrame) -> None:
        """Note what is in a frame."""
        people = self.production.people(frame.game_frame)
        whose = np.asarray(cv2.extractChannel(frame.ids, 0), np.uint8)
        masks, digits = rle.encode_ids(whose), printed.number_boxes(frame.ids, frame.picture)
        pixels = cv2.calcHist([whose], [0], None, [256], [0, 256]).reshape(-1).astype(np.int64)
        rows: list[dict[str, Any]] = []
        truth, boxes = frame.truth, self._boxes(frame)
        for i, kind in enumerate(truth.kinds.tolist()):
            name, number = KINDS[kind], int(truth.owner[i])
            box = boxes[i]
            if name in PEOPLE:
                if pixels[number] < LEAST_PIXELS or truth.visibility[i] < LEAST_SEEN:
                    continue
                row = self._person(people[number - 1], box, frame)
                row["mask"] = masks[number]
                row["number_box"] = digits.get(number) if row["role"] == "player" else None
                rows.append(row | {"visibility": float(truth.visibility[i])})
            elif name in ("ball", "rim") and pixels[number] > 3:
                rows.append({"kind": name, "box": box, "visibility": float(truth.visibility[i])})
        self.rows.append(_table(rows, frame))
        self.frames.append(self._facts(frame))

    def _boxes(self, frame: FilmFrame) -> Floats:
        """The boxes (n, 4) as the lens shows them, clipped to the picture."""
        corners = frame.truth.boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 2)
        seen = self.lens.seen(corners.astype(np.float64), self.size, frame.pan).reshape(-1, 4, 2)
        boxes = np.hstack([seen.min(axis=1), seen.max(axis=1)])
        return np.asarray(np.clip(boxes, 0, np.array([*self.size, *self.size])), np.float64)

    def _person(self, person: Person, box: Floats, frame: FilmFrame) -> dict[str, Any]:
        self.seen.setdefault(person.identity, []).append(frame.number)
        role = person.kind if person.kind in ("player", "referee") else "other"
        row: dict[str, Any] = {"kind": person.kind, "box": box}
        row |= {"identity": person.identity, "role": role}
        row |= {"court": person.place[:2], "on_court": role != "other"}
        if role == "player":
            row |= {"team": self.teams[person.side], "number": person.number or None}
        return row

    def _facts(self, frame: FilmFrame) -> dict[str, Any]:
        """What the run cannot know: the camera, the ball, who has it."""
        diary, game_frame = self.production.diary, frame.game_frame
        span = next((s for s in diary.ball if s.start <= game_frame < s.end), diary.ball[-1])
        rows = {r: round(float(self.production.motions[r].lift[game_frame]), 3) for r in range(16)}
        return {
            "frame": frame.number,
            "game_frame": game_frame,
            "segment": frame.segment,
            "view": frame.view,
            "replay": frame.replay,
            "camera": [round(v, 6) for v in court_camera(frame.camera, self.lens)],
            "ball": [round(float(v), 3) for v in self.production.ball[game_frame]],
            "ball_state": span.kind,
            "holder": span.who if span.kind in ("held", "dribbled") else None,
            "possession": self.teams[diary.sides[game_frame]],
            "in_the_air": [r for r, lift in rows.items() if lift > 0.01],
        }

    def save(self, folder: Path, video: Path) -> None:
        """Write everything; the manifest last."""
        facts = probe(video)
        segments = self._segments()
        teams = tuple(
            Team(name, _rgb(kit.jersey))
            for name, kit in zip(self.teams, self.production.venue.kits, strict=True)
        )
        game = Game(teams, self._players(), segments, Court(self.production.plan.league))
        write_sightings(Sightings.concat(self.rows), folder / "sightings.parquet", self.size[::-1])
        write_frames(self._frame_table(video), folder / "frames.parquet", facts.time_base)
        store.write_json(
            folder / "video.json", _video(video, asdict(facts), len(self.frames), game)
        )
        store.write_json(
            folder / "players.json",
            {"teams": [asdict(t) for t in teams], "players": [asdict(p) for p in game.players]},
        )
        store.write_json(folder / "report.json", {"simulated": True})
        store.write_json(folder / "simulated.json", self._beyond())
        plan = store.Plan(__version__, video.name, hash_file(video), {}, Settings())
        store.complete(folder, plan, {})

    def _segments(self) -> tuple[Segment, ...]:
        first: dict[int, dict[str, Any]] = {}
        for facts in self.frames:
            first.setdefault(facts["segment"], facts)
        return tuple(
            Segment(index, f["frame"], f["frame"] / RATE, f["view"]) for index, f in first.items()
        )

    def _players(self) -> tuple[Player, ...]:
        return tuple(self._player(who, frames) for who, frames in sorted(self.seen.items()))

    def _player(self, identity: int, frames: list[int]) -> Player:
        actors = self.production.actors
        actor = actors[identity] if identity < len(actors) else None
        role: Role = "other"
        if actor is not None:
            role = "referee" if actor.role == "referee" else "player"
        return Player(
            id=identity,
            role=role,
            on_court=actor is not None,
            team=self.teams[actor.side] if actor is not None and actor.side >= 0 else None,
            number=(actor.number or None) if actor is not None else None,
            name=None,
            confidence=1.0,
            frames=len(frames),
            first_seen=frames[0] / RATE,
            last_seen=frames[-1] / RATE,
            tracks=(identity,),
        )

    def _frame_table(self, video: Path) -> FrameTable:
        count = len(self.frames)
        cameras = np.array([f["camera"] for f in self.frames], np.float32)
        return FrameTable({
            "frame": np.arange(count, dtype=np.int32),
            "pts": _stamps(video),
            "time": np.arange(count) / RATE,
            "segment": np.array([f["segment"] for f in self.frames], np.int32),
            "view": [f["view"] for f in self.frames],
            "camera": cameras,
            "court_error": np.zeros(count, np.float32),
        })  # fmt: skip

    def _beyond(self) -> dict[str, Any]:
        """`simulated.json`."""
        diary, plan = self.production.diary, self.production.plan
        events = [
            {"kind": e.kind, "game_frame": e.frame, "player": e.row, "to": e.to}
            for e in diary.events
        ]
        return {
            "plan": asdict(plan),
            "rate": RATE,
            "lens": asdict(self.lens),
            "court": asdict(plan.court),
            "players_a_side": SQUAD,
            "frames": self.frames,
            "events": events,
        }


def court_camera(camera: Camera, lens: Lens) -> list[float]:
    """A camera as eight numbers: place (3) in court metres; pan, tilt, roll in radians; natural
    logarithm of the focal length over the picture's height; radial distortion in picture heights.

    Pan 0 looks along +y, positive pan turns right, positive tilt looks down, positive roll turns
    the camera clockwise.
    """
    ahead = np.subtract(camera.target, camera.place)
    ahead = ahead / np.linalg.norm(ahead)
    pan, tilt = np.arctan2(ahead[0], ahead[1]), -np.arcsin(ahead[2])
    zoom = lens.zoom((camera.width, camera.height))
    # A lens that enlarges by `zoom` is a longer one with a distortion weaker by its square.
    focal = float(np.log(camera.focal * zoom))
    tail = (float(pan), float(tilt), camera.roll, focal, lens.bend / zoom**2)
    return [*(float(v) for v in camera.place), *tail]


def _team_names(production: Production) -> tuple[str, str]:
    first, second = (team.name for team in production.plan.teams)
    return (first, second) if first != second else (f"{first} 1", f"{second} 2")


def _rgb(colour: tuple[float, float, float]) -> tuple[int, int, int]:
    red, green, blue = (round(255 * v) for v in colour)
    return red, green, blue


def _table(rows: list[dict[str, Any]], frame: FilmFrame) -> Sightings:
    """Rows of one frame as sightings."""
    count = len(rows)
    boxes = np.array([r["box"] for r in rows], np.float32).reshape(count, 4)
    places = np.array([r.get("court", (np.nan, np.nan)) for r in rows], np.float32).reshape(
        count, 2
    )
    digits = [r.get("number_box") for r in rows]
    number_boxes = np.array([b or [np.nan] * 4 for b in digits], np.float32).reshape(count, 4)
    who = np.array([r.get("identity", -1) for r in rows], np.int32)
    shown = [
        float(b is not None) if r["kind"] == "player" else np.nan
        for r, b in zip(rows, digits, strict=True)
    ]
    return Sightings({
        "frame": np.full(count, frame.number, np.int32),
        "time": np.full(count, frame.number / RATE),
        "segment": np.full(count, frame.segment, np.int32),
        "kind": [r["kind"] for r in rows],
        "score": np.ones(count, np.float32),
        **{name: boxes[:, i] for i, name in enumerate(("x1", "y1", "x2", "y2"))},
        "track": who,
        "mask": [r.get("mask") for r in rows],
        "visibility": np.array([r["visibility"] for r in rows], np.float32),
        "court_x": places[:, 0],
        "court_y": places[:, 1],
        "readable": np.array(shown, np.float32),
        "number_box": number_boxes,
        "role": [r.get("role") for r in rows],
        "on_court": [r.get("on_court") for r in rows],
        "team": [r.get("team") for r in rows],
        "number": [r.get("number") for r in rows],
        "player": who,
        "player_score": np.ones(count, np.float32),
    })  # fmt: skip


def _stamps(video: Path) -> NDArray[np.int64]:
    """Presentation times of all frames in the order they are shown."""
    with av.open(str(video)) as container:
        packets = container.demux(container.streams.video[0])
        stamps = [p.pts for p in packets if p.pts is not None]
    return np.array(sorted(stamps), np.int64)


def _video(video: Path, facts: dict[str, Any], count: int, game: Game) -> dict[str, Any]:
    return {
        "name": video.name,
        "path": str(video.resolve()),
        "from_header": facts,
        "measured": {"frames_decoded": count, "damage": {}},
        "segments": [asdict(segment) for segment in game.segments],
        "court": asdict(game.court),
    }
