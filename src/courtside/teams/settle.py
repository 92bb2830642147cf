"""Role and team of each track, decided over all its frames, and the names of the teams."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from courtside.game import Team
from courtside.sightings import Array, Sightings
from courtside.sport import APRON, COURT_ERROR, Sport, inside_lines
from courtside.teams.by_look import sides_by_look
from courtside.teams.clusters import TwoKits, find_two_kits
from courtside.teams.tracks import (
    Kits,
    TrackKits,
    by_chunks,
    root_mean_square,
    summarise,
    weighted_median,
)

# Tracks whose kinds agree this much teach how players and referees look.
CLEAR_VOTE = 0.7
# Below this nobody is called one of a team.
LEAST_TEAM_SCORE = 0.8
# Votes count at most this much (log odds): a detector that errs does so frame after frame.
VOTE_LIMIT = 2.5
# Log odds for a kit that is wholly a referee's; in broadcast clips the kit's lean was 0.1 to 0.6
# for referees and -0.1 to -0.7 for players.
KIT_ODDS = 6.0
# Who is called neither player nor referee, but leans so much to the referees' kit and is near the
# lines for this share of the time, may be a referee: as many as the sport has, and those first who
# are not farther outside than this, metres, for staff stand there too.
LEAST_LEAN, CLEARLY_INSIDE, ON_LINE = 0.1, 0.8, 0.2
# So may who stands farther outside, where referees work, leans more and was now and then taken for
# one: in broadcast clips hardly anybody of the staff ever was.
CLEAR_LEAN, LEAST_VOTE = 0.3, 0.15
# Jerseys nearer in lightness than this (Lab) are told apart by hue.
SAME_LIGHTNESS = 3.0


@dataclass(frozen=True)
class _TrackTeams:
    """Team of each track (null for none), its score, and the teams there are."""

    names: Array
    scores: NDArray[np.float64]
    teams: tuple[Team, ...]


def settle_teams(
    rows: Sightings, sport: Sport, least: float = LEAST_TEAM_SCORE
) -> tuple[Sightings, tuple[Team, ...]]:
    """Return the rows with `role on_court team team_score`, and the teams.

    Every row of a track gets the same values; rows of the ball, the rim and of people who are not
    followed get null. `on_court` is false for role `other` and null otherwise. `team_score` is
    the probability of the team. Teams are called `light` and `dark` by their jerseys; with one
    kit only, everybody is of that team.

    Args:
        rows: sightings of the whole video with `track`; `kit score visibility` where there are.
        sport: tells how many players a side has.
        least: score below which a track is of no team.
    """
    if "track" not in rows:
        return _spread(rows, np.zeros(0, np.int32), _texts(0), _TrackTeams(_texts(0), _none(0), ()))
    tracks = summarise(rows)
    roles = decide_roles(tracks, sport, rows)
    found = _decide_teams(tracks, roles == "player", sport, rows, least)
    return _spread(rows, tracks.tracks, roles, found)


def decide_roles(tracks: TrackKits, sport: Sport, rows: Sightings) -> Array:
    """Return `player`, `referee` or `other` for each track, from the kinds seen and the kit."""
    player, referee, person = tracks.votes.T
    odds = np.log((referee + 0.05) / (player + 0.05)).clip(-VOTE_LIMIT, VOTE_LIMIT)
    lean = _referee_lean(tracks, sport, rows)
    odds += KIT_ODDS * lean
    roles = np.where(odds > 0, "referee", "player").astype(object)
    neither = person >= 0.5
    roles[neither] = "other"
    frames = rows["frame"]
    known = np.isin(rows["track"], tracks.tracks[roles == "referee"])
    at_once = np.bincount(frames[known], minlength=int(frames.max(initial=0)) + 1)
    for place in _like_referees(tracks, neither, lean, sport, rows):
        own = frames[rows["track"] == tracks.tracks[place]]
        if np.median(at_once[own]) < sport.referees:
            roles[place] = "referee"
            at_once[own] += 1
    return roles


def _like_referees(
    tracks: TrackKits,
    neither: NDArray[np.bool_],
    lean: NDArray[np.float64],
    sport: Sport,
    rows: Sightings,
) -> list[int]:
    """Return who was taken for staff but may be a referee by kit and place, the likeliest first.

    Detectors take referees on the sideline for staff.
    """
    outside = (APRON, COURT_ERROR, ON_LINE)
    at_work, near, on_line = (_inside(tracks, sport, rows, beyond) for beyond in outside)
    seen_as = (tracks.votes[:, 1] >= LEAST_VOTE) & (lean > CLEAR_LEAN)
    place = (near >= CLEARLY_INSIDE) | (seen_as & (at_work >= CLEARLY_INSIDE))
    found = np.flatnonzero(neither & (lean > LEAST_LEAN) & place)
    return [int(place) for place in found[np.argsort(-(lean + on_line)[found], kind="stable")]]


def _inside(tracks: TrackKits, sport: Sport, rows: Sightings, beyond: float) -> NDArray[np.float64]:
    """Return the share of each track's known places inside the lines or so far outside, metres."""
    if "court_x" not in rows:
        return np.zeros(len(tracks.tracks))
    places = np.column_stack([rows["court_x"], rows["court_y"]])
    known = np.isfinite(places[:, 0]) & np.isin(rows["track"], tracks.tracks)
    index = np.searchsorted(tracks.tracks, rows["track"][known])
    inside = inside_lines(places[known], sport, beyond)
    counts = np.bincount(index, minlength=len(tracks.tracks))
    within = np.bincount(index, inside, minlength=len(tracks.tracks))
    return np.asarray(within / np.maximum(counts, 1), np.float64)


def _referee_lean(tracks: TrackKits, sport: Sport, rows: Sightings) -> NDArray[np.float64]:
    """Return -1 (a team's kit) to 1 (the referees' kit) for each track, 0 where it is not known."""
    lean = np.zeros(len(tracks.tracks))
    seen = ~np.isnan(tracks.kits[:, 0])
    referees = seen & (tracks.votes[:, 1] >= CLEAR_VOTE)
    two = find_kits(tracks, seen & (tracks.votes[:, 0] >= CLEAR_VOTE), sport, rows)
    if two is None or not referees.any():
        return lean
    scaled = tracks.kits / tracks.noise
    players = seen & (tracks.votes[:, 0] >= CLEAR_VOTE)
    sides = two.side(tracks.kits) > 0
    groups = [players & sides, players & ~sides, referees]
    centres = [weighted_median(scaled[group]) for group in groups if group.any()]
    away = [root_mean_square(scaled[seen] - centre) for centre in centres]
    team, referee = np.min(away[:-1], axis=0), away[-1]
    lean[seen] = (team - referee) / np.maximum(team + referee, 1e-9)
    return lean


def find_kits(
    tracks: TrackKits, players: NDArray[np.bool_], sport: Sport, rows: Sightings
) -> TwoKits | None:
    """Return the two kits worn by the tracks of players (a mask), null when all wear one."""
    players = players & ~np.isnan(tracks.kits[:, 0])
    if not players.any():
        return None
    sure = _players_at_once(rows, tracks.tracks[players]) > sport.players_a_side
    return find_two_kits(tracks.kits[players], tracks.frames[players], tracks.noise, sure)


def _players_at_once(rows: Sightings, tracks: NDArray[np.int32]) -> float:
    """Return how many of the tracks are in the picture at once, in the median frame of any."""
    frames = rows["frame"][np.isin(rows["track"], tracks)]
    _, counts = np.unique(frames, return_counts=True)
    return float(np.median(counts)) if len(counts) else 0.0


def _decide_teams(
    tracks: TrackKits,
    players: NDArray[np.bool_],
    sport: Sport,
    rows: Sightings,
    least: float,
) -> _TrackTeams:
    count = len(tracks.tracks)
    names, scores = _texts(count), _none(count)
    players = players & ~np.isnan(tracks.kits[:, 0])
    two = find_kits(tracks, players, sport, rows)
    if two is None:
        return _one_team(tracks, players)
    looks = sides_by_look(rows, tracks.tracks, players)
    if looks is None:
        second = two.side(tracks.kits) > 0
        certainty = np.minimum(two.certainty(tracks.kits), _agreement(tracks, two))
    else:
        second, certainty = looks
    teams = _named([tracks.kits[players & ~second], tracks.kits[players & second]])
    sure = players & (certainty >= least)
    scores[sure] = certainty[sure]
    for team, members in zip(teams, (sure & ~second, sure & second), strict=True):
        names[members] = team.name
    return _TrackTeams(names, scores, tuple(sorted(teams, key=lambda team: team.name)))


def _agreement(tracks: TrackKits, two: TwoKits) -> NDArray[np.float64]:
    """Return which share of each track's frames is on the side of its median, at least 0.5.

    A track that went over from one player to another of the other team is caught here.
    """
    whole = two.side(tracks.kits)[tracks.row_index] > 0
    same = (by_chunks(two.side, tracks.row_kits) > 0) == whole
    counts = np.bincount(tracks.row_index, minlength=len(tracks.tracks))
    agreeing = np.bincount(tracks.row_index, same, minlength=len(tracks.tracks))
    # One frame more of either kind, so that a single frame cannot be certain.
    return np.asarray(np.maximum((agreeing + 1) / (counts + 1), 0.5), np.float64)


def _one_team(tracks: TrackKits, players: NDArray[np.bool_]) -> _TrackTeams:
    names, scores = _texts(len(players)), _none(len(players))
    if not players.any():
        return _TrackTeams(names, scores, ())
    colour = weighted_median(tracks.kits[players, :3])
    team = Team("light" if colour[0] >= 0.5 else "dark", _rgb(colour))
    names[players], scores[players] = team.name, LEAST_TEAM_SCORE
    return _TrackTeams(names, scores, (team,))


def _named(kits: list[Kits]) -> list[Team]:
    """Name two teams from their members' kits, in the order given."""
    colours = [weighted_median(group[:, :3]) for group in kits]
    (first, first_hue), (second, second_hue) = [
        (colour[0] * 100, float(np.arctan2(colour[2], colour[1]))) for colour in colours
    ]
    by_hue = abs(first - second) < SAME_LIGHTNESS
    first_is_light = first_hue > second_hue if by_hue else first > second
    names = ("light", "dark") if first_is_light else ("dark", "light")
    return [Team(name, _rgb(colour)) for name, colour in zip(names, colours, strict=True)]


def _rgb(colour: Kits) -> tuple[int, int, int]:
    pixel = (colour * 100).astype(np.float32).reshape(1, 1, 3)
    red, green, blue = cv2.cvtColor(pixel, cv2.COLOR_Lab2RGB).ravel()
    return round(float(red) * 255), round(float(green) * 255), round(float(blue) * 255)


def _spread(
    rows: Sightings, tracks: NDArray[np.int32], roles: Array, found: _TrackTeams
) -> tuple[Sightings, tuple[Team, ...]]:
    """Write what was decided for each track on all its rows."""
    on_court = np.array([False if role == "other" else None for role in roles], object)
    place = _place_of(rows, tracks)

    def column(values: Array, null: object) -> ArrayLike:
        return np.append(values, np.array([null], values.dtype))[place]

    spread = rows.with_columns(
        role=column(roles, None),
        on_court=column(on_court, None),
        team=column(found.names, None),
        team_score=column(found.scores, np.nan),
    )
    return spread, found.teams


def _place_of(rows: Sightings, tracks: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return for each row its track's place, or one past the end for none."""
    if "track" not in rows or not len(tracks):
        return np.full(len(rows), len(tracks), np.intp)
    place = np.searchsorted(tracks, rows["track"]).clip(max=len(tracks) - 1)
    return np.where(tracks[place] == rows["track"], place, len(tracks))


def _texts(count: int) -> Array:
    return np.full(count, None, object)


def _none(count: int) -> NDArray[np.float64]:
    return np.full(count, np.nan)
