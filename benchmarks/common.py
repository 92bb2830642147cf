"""What the benchmarks share: running the command line in a process of its own, and films."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import av

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "data" / "real"
RUNS = 3


@dataclass(frozen=True)
class Finished:
    """A process that ended, or a part of this one.

    Attributes:
        seconds: on the clock.
        cpu: seconds of all cores together; hardly depends on what else the machine does.
        peak: resident memory in bytes, of all its processes together, looked at ten times a
            second (where there is no /proc: of the largest of them).
        output: what it printed as JSON.
    """

    seconds: float
    cpu: float
    peak: int = 0
    output: Any = None


def courtside(*arguments: str | Path, **environment: str) -> Finished:
    """Run `courtside ARGUMENTS --json` in a process of its own, with these variables set."""
    command = [sys.executable, "-m", "courtside.cli", *map(str, arguments), "--json"]
    begun = perf_counter()
    ended, peaks = threading.Event(), [0]
    variables = os.environ | environment
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=variables) as process:
        assert process.stdout is not None
        watch = threading.Thread(target=_watch_memory, args=(process.pid, ended, peaks))
        watch.start()
        text = process.stdout.read()
        ended.set()
        watch.join()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    seconds, cpu = perf_counter() - begun, usage.ru_utime + usage.ru_stime
    return Finished(seconds, cpu, max(peaks[0], usage.ru_maxrss * 1024), json.loads(text))


def _watch_memory(pid: int, ended: threading.Event, peaks: list[int]) -> None:
    while not ended.wait(0.1):
        peaks[0] = max(peaks[0], _resident(pid))


def _resident(pid: int) -> int:
    """Return the resident bytes of a process and of all it started."""
    try:
        threads = [*Path(f"/proc/{pid}/task").iterdir()]
        children = [int(c) for t in threads for c in (t / "children").read_text().split()]
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:  # ended meanwhile, or no /proc here
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(map(_resident, children))


def middle(values: list[float]) -> float:
    """Return the median of the runs."""
    return float(median(values))


def seconds_of(video: Path) -> float:
    """Return the length of a video from its header."""
    with av.open(str(video)) as container:
        return float(Fraction(container.duration or 0, av.time_base))


def reencoded(source: Path, target: Path, bitrate: int, size: tuple[int, int]) -> Path:
    """Write `source` again at an ordinary bitrate (bits a second) and size (width, height)."""
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(source)) as reader, av.open(str(target), "w") as writer:
        stream = reader.streams.video[0]
        stream.thread_type = "AUTO"
        out = writer.add_stream("libx264", rate=stream.average_rate)
        out.width, out.height, out.pix_fmt, out.bit_rate = *size, "yuv420p", bitrate
        for frame in reader.decode(stream):
            picture = frame.reformat(*size, "yuv420p")
            picture.pts = frame.pts
            picture.time_base = frame.time_base
            writer.mux(out.encode(picture))
        writer.mux(out.encode())
    return target


def repeated(source: Path, target: Path, seconds: float) -> Path:
    """Copy the packets of `source` again and again until `target` is `seconds` long."""
    if target.exists():
        return target
    length = seconds_of(source)
    with av.open(str(target), "w") as writer:
        with av.open(str(source)) as reader:
            out = writer.add_stream_from_template(reader.streams.video[0])
        for turn in range(round(seconds / length)):
            with av.open(str(source)) as reader:
                stream = reader.streams.video[0]
                for packet in reader.demux(stream):
                    if packet.pts is not None and packet.dts is not None:
                        shift = round(turn * length / packet.time_base)
                        packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                        packet.stream = out
                        writer.mux(packet)
    return target
