"""Peak memory on a short and a long film, and the size of the run folder.

python benchmarks/memory.py [VIDEO] [MINUTES]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from common import ROOT, courtside, repeated, seconds_of


def main() -> None:
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "examples" / "sample.mp4"
    minutes = float(sys.argv[2]) if len(sys.argv) > 2 else 10.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peaks = []
        for seconds in (10.0, 60 * minutes):
            film = repeated(source, folder / f"{seconds:.0f}.mp4", seconds)
            out = folder / f"{seconds:.0f}.run"
            run = courtside("track", film, "--out", out)
            length = seconds_of(film)
            data = sum(path.stat().st_size for path in out.iterdir() if path.suffix != ".mp4")
            hourly = data / length * 3600 / 1e6
            peaks.append(run.peak)
            print(
                f"{length:7.1f} s: peak {run.peak / 2**20:.0f} MiB, "
                f"run folder without the video {hourly:.0f} MB an hour, "
                f"{length / run.seconds:.2f} × real time"
            )
        print(f"the long film's peak is {peaks[1] / peaks[0] - 1:+.1%} of the short one's")


if __name__ == "__main__":
    main()
