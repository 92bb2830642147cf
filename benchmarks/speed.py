"""Speed of the main job beside its floor: two decodes and one encode of the same film.

    python benchmarks/speed.py [VIDEO] [RUNS] [--every-frame] [--without-amx] [--peer]

Without a VIDEO it takes examples/sample.mp4. The film is first written again as 720p at
4 Mbit/s, an ordinary bitrate. Everything is run three times, turn by turn, and the medians are
printed. Seconds of all cores together (CPU) tell what a machine with other work to do would need
if it had none: at least half of them on two cores.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import av
from common import ROOT, RUNS, Finished, courtside, middle, reencoded, repeated, seconds_of

BITRATE = 4_000_000
RUN = "speed.run"
FLOOR, DATA, WHOLE = "floor: two decodes, one encode", "data alone", "whole job"
EVERY = 0.1  # seconds between sampled frames, as `courtside track` has it
EVERY_FRAME = ("--every", "frame")
PARTS = ("seconds", "cpu")


def floor(video: Path, folder: Path) -> Finished:
    """Two decodes and one encode, as fast as PyAV does them here."""
    begun, cpu = perf_counter(), process_time()
    for _ in range(2):
        with av.open(str(video)) as reader:
            reader.streams.video[0].thread_type = "AUTO"
            for _ in reader.decode(video=0):
                pass
    decoded, decoding = perf_counter() - begun, process_time() - cpu
    cpu = process_time()
    encoded = _encode(video, folder / "floor.mp4")
    # What is encoded was decoded anew, so that of the decodes before one counts.
    return Finished(decoded + encoded, decoding / 2 + process_time() - cpu)


def _encode(video: Path, target: Path) -> float:
    from courtside.video.encoder import PRESET

    with av.open(str(video)) as reader, av.open(str(target), "w") as writer:
        stream = reader.streams.video[0]
        out = writer.add_stream("libx264", rate=stream.average_rate)
        out.width, out.height, out.pix_fmt = stream.width, stream.height, "yuv420p"
        out.options = {"preset": PRESET, "crf": "23"}
        spent = 0.0
        for frame in reader.decode(stream):
            begun = perf_counter()
            writer.mux(out.encode(frame))
            spent += perf_counter() - begun
        begun = perf_counter()
        writer.mux(out.encode())
        return spent + perf_counter() - begun


def one_run(video: Path, folder: Path, *options: str, **environment: str) -> Finished:
    """One run of `courtside track` from nothing."""
    shutil.rmtree(folder / RUN, ignore_errors=True)
    return courtside("track", video, "--out", folder / RUN, *options, **environment)


def main() -> None:
    given = _arguments()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ordinary = reencoded(given.video, folder / "ordinary.mp4", BITRATE, (1280, 720))
        # Starting the program is not the job: half a minute of film hides most of it.
        video = repeated(ordinary, folder / "film.mp4", 30.0)
        work = _work(video, folder, given)
        runs: dict[str, list[Finished]] = {one: [] for one in work}
        for _ in range(given.runs):
            for one, call in work.items():
                runs[one].append(call())
        _print(seconds_of(video), runs)
        if given.peer:
            from speed_peer import OBJECTS, peer_seconds

            _print_peer(seconds_of(video), runs[DATA], peer_seconds(video, folder / RUN), OBJECTS)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", nargs="?", type=Path, default=ROOT / "examples" / "sample.mp4")
    parser.add_argument("runs", nargs="?", type=int, default=RUNS)
    parser.add_argument("--every-frame", action="store_true", help="data of every frame too")
    parser.add_argument("--without-amx", action="store_true", help="the same without AMX too")
    parser.add_argument("--peer", action="store_true", help="transformers' SAM 2.1 beside it")
    return parser.parse_args()


def _work(
    video: Path, folder: Path, given: argparse.Namespace
) -> dict[str, Callable[[], Finished]]:
    """Return what is run, by its name; each run leaves its folder to the next."""
    work: dict[str, Callable[[], Finished]] = {
        FLOOR: lambda: floor(video, folder),
        DATA: lambda: one_run(video, folder, "--no-video"),
        WHOLE: lambda: one_run(video, folder),
    }
    if given.without_amx:
        off = {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_VNNI"}
        work[f"{DATA}, no AMX"] = lambda: one_run(video, folder, "--no-video", **off)
        work[f"{WHOLE}, no AMX"] = lambda: one_run(video, folder, **off)
    if given.every_frame:
        work[f"{DATA}, every frame"] = lambda: one_run(video, folder, "--no-video", *EVERY_FRAME)
    return work


def _print(length: float, runs: dict[str, list[Finished]]) -> None:
    print(f"{length:.1f} s of 720p film, {os.cpu_count()} cores, median of {len(runs[WHOLE])} runs")
    print(f"{'':32} {'clock':>9}  × real time   {'CPU':>9}  × floor: clock, CPU")
    for name, results in runs.items():
        seconds, cpu = (middle([getattr(run, part) for run in results]) for part in PARTS)
        over = ", ".join(f"{_times(results, runs[FLOOR], part):.2f}" for part in PARTS)
        print(f"{name:32} {seconds:7.2f} s  {length / seconds:11.2f}   {cpu:7.2f} s  {over}")
    for stage in runs[WHOLE][0].output["seconds"]:
        seconds = middle([run.output["seconds"][stage] for run in runs[WHOLE]])
        print(f"  {stage:30} {seconds:7.2f} s")


def _times(runs: list[Finished], bases: list[Finished], part: str) -> float:
    """Return how many times as much of a part the runs took as those beside them."""
    pairs = zip(runs, bases, strict=True)
    return middle([getattr(run, part) / getattr(base, part) for run, base in pairs])


def _print_peer(length: float, data: list[Finished], seconds: float, objects: int) -> None:
    ours = middle([run.seconds for run in data]) / (length / EVERY)
    print(f"a sampled frame: data alone {ours:.4f} s, SAM 2.1 tiny of transformers with {objects}")
    print(f"objects {seconds:.1f} s: {seconds / ours:.0f} times as long")


if __name__ == "__main__":
    main()
