"""Speeds, accelerations and spacing of simulated players beside those of real ones.

    python benchmarks/simulated_motion.py TRACKID3X3_FOLDER

Real: positions of TrackID3x3 (indoor, three against three, centimetres, 20 frames a second as its
published clip). Simulated: ten games of 30 seconds, seeds 100 to 109, the ten who play. Both are
smoothed by a Gaussian of 0.2 s before they are differentiated.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from courtside.simulate.beats import play
from courtside.simulate.court_size import NBA
from courtside.simulate.description import RATE
from courtside.simulate.match import Match

Floats = NDArray[np.float64]
REAL_RATE, SMOOTH = 20, 0.2


def real_games(folder: Path) -> list[Floats]:
    """Positions (frames, people, 2) in metres of each sequence."""
    games = []
    for path in sorted((folder / "transformed_MOT_with_attributes").glob("*.txt")):
        rows = np.loadtxt(path, delimiter=",", usecols=(0, 1, 2, 3))
        people = np.unique(rows[:, 1])
        tracks = [rows[rows[:, 1] == who][:, 2:] / 100 for who in people]
        if len({len(track) for track in tracks}) == 1:
            games.append(np.stack(tracks, axis=1))
    return games


def simulated_games() -> list[Floats]:
    """Positions of those who play, by row; who comes on counts from then."""
    games = []
    for seed in range(100, 110):
        diary = play(Match(NBA, RATE, 0.0, 1.0, np.random.default_rng(seed)), 30 * RATE)
        constant = [r for r in range(16) if all(r in ten for ten in diary.active)]
        games.append(np.stack(diary.places)[:, constant])
    return games


def figures(games: list[Floats], rate: int) -> list[float]:
    """Speed (median, 95 %, 99 %), acceleration (95 %), nearest other (5 %, median), pairs < 1 m."""
    speeds, changes, nearest, close = [], [], [], []
    for places in games:
        smooth = gaussian_filter1d(places, SMOOTH * rate, axis=0, mode="nearest")
        velocity = np.gradient(smooth, axis=0) * rate
        speeds.append(np.linalg.norm(velocity, axis=2).ravel())
        changes.append(np.linalg.norm(np.gradient(velocity, axis=0) * rate, axis=2).ravel())
        gaps = np.linalg.norm(places[:, :, None] - places[:, None], axis=3)
        gaps = gaps + 99 * np.eye(places.shape[1])
        nearest.append(gaps.min(axis=2).ravel())
        close.append((gaps < 1.0).any(axis=2).mean())
    speed, change, near = (np.concatenate(v) for v in (speeds, changes, nearest))
    return [
        *np.percentile(speed, [50, 95, 99]),
        float(np.percentile(change, 95)),
        *np.percentile(near, [5, 50]),
        float(np.mean(close)),
    ]


def main() -> None:
    """Print both rows."""
    names = "speed50 speed95 speed99 acceleration95 nearest5 nearest50 within_1m"
    print(f"{'':10}{names}")
    for name, row in (
        ("real", figures(real_games(Path(sys.argv[1])), REAL_RATE)),
        ("simulated", figures(simulated_games(), RATE)),
    ):
        print(f"{name:10}" + " ".join(f"{v:.2f}" for v in row))


if __name__ == "__main__":
    main()
