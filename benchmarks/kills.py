"""Kill the main job again and again at random moments; the result must be that of one run.

    python benchmarks/kills.py [VIDEO] [KILLS]

Each try is killed with SIGKILL after a random time until so many kills were made; then the job
is left to end. Everything but the manifest's timings must be the same byte for byte, and no try
may look at a frame twice that an earlier try had saved: of each try, the chunks it found saved
are still there, untouched, when it is killed.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import ROOT, courtside, repeated

CHUNK = 2.0


def main() -> None:
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "examples" / "sample.mp4"
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        film = repeated(source, folder / "film.mp4", 30.0)
        toml = folder / "settings.toml"
        toml.write_text(f"chunk = {CHUNK}\n")
        unbroken = folder / "unbroken.run"
        seconds = courtside("track", film, "--out", unbroken, "--settings", toml).seconds
        same, repeats = _killed(film, toml, folder / "killed.run", kills, seconds)
        wrong = _compare(unbroken, folder / "killed.run")
        print(f"{kills} kills: {same} saved chunks found untouched, {repeats} made again")
        print("results: " + ("identical" if not wrong else f"DIFFERENT in {', '.join(wrong)}"))
        sys.exit(bool(wrong or repeats))


def _killed(film: Path, toml: Path, out: Path, kills: int, seconds: float) -> tuple[int, int]:
    random.seed(7)
    command = [sys.executable, "-m", "courtside.cli", "track", str(film), "--out", str(out)]
    command += ["--settings", str(toml), "--quiet"]
    same = repeats = done = 0
    while done < kills:
        before = _chunks(out)
        process = subprocess.Popen(command, start_new_session=True)
        time.sleep(random.uniform(0.5, seconds * 0.5))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            done += 1
        process.wait()
        after = _chunks(out)
        if (out / "manifest.json").exists():
            shutil.rmtree(out)  # it ended before it could be killed: begin again
            continue
        same += sum(after.get(chunk) == stamp for chunk, stamp in before.items())
        repeats += sum(after.get(chunk) != stamp for chunk, stamp in before.items())
    subprocess.run(command, check=True)
    return same, repeats


def _chunks(out: Path) -> dict[str, int]:
    work = out / ".look"
    if not work.is_dir():
        return {}
    return {path.name: path.stat().st_ino for path in work.iterdir() if path.name.isdigit()}


def _compare(first: Path, second: Path) -> list[str]:
    names = sorted({path.name for folder in (first, second) for path in folder.iterdir()})
    return [
        name
        for name in names
        if name != "manifest.json" and _digest(first / name) != _digest(second / name)
    ]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"


if __name__ == "__main__":
    main()
