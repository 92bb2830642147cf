"""Speed of the main job beside its floor: two decodes and one encode of the same film.

    python benchmarks/speed.py [VIDEO] [RUNS]

Without a VIDEO it takes examples/sample.mp4. The film is first written again as 720p at
4 Mbit/s, an ordinary bitrate. Everything is run three times, turn by turn, and the medians are
printed. Seconds of all cores together (CPU) tell what a machine with other work to do would need
if it had none: at least half of them on two cores.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import av
from common import ROOT, RUNS, Finished, courtside, middle, reencoded, repeated, seconds_of

BITRATE = 4_000_000


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


def one_run(video: Path, folder: Path, *options: str) -> Finished:
    """One run of `courtside track` from nothing."""
    out = folder / "speed.run"
    shutil.rmtree(out, ignore_errors=True)
    return courtside("track", video, "--out", out, *options)


def main() -> None:
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "examples" / "sample.mp4"
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else RUNS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ordinary = reencoded(source, folder / "ordinary.mp4", BITRATE, (1280, 720))
        # Starting the program is not the job: half a minute of film hides most of it.
        video = repeated(ordinary, folder / "film.mp4", 30.0)
        floors, data, whole = [], [], []
        for _ in range(runs):
            floors.append(floor(video, folder))
            data.append(one_run(video, folder, "--no-video"))
            whole.append(one_run(video, folder))
        _print(video, floors, data, whole)


def _print(
    video: Path, floors: list[Finished], data: list[Finished], whole: list[Finished]
) -> None:
    length = seconds_of(video)
    print(f"{length:.1f} s of 720p film, {os.cpu_count()} cores, median of {len(whole)} runs")
    print(f"{'':32} {'clock':>9}  × real time   {'CPU':>9}")
    for name, runs in (
        ("floor: two decodes, one encode", floors),
        ("data alone", data),
        ("whole job", whole),
    ):
        seconds, cpu = middle([run.seconds for run in runs]), middle([run.cpu for run in runs])
        print(f"{name:32} {seconds:7.2f} s  {length / seconds:11.2f}   {cpu:7.2f} s")
    pairs = list(zip(whole, floors, strict=True))
    clock = middle([run.seconds / base.seconds for run, base in pairs])
    cpu = middle([run.cpu / base.cpu for run, base in pairs])
    print(f"{'whole job / floor':32} {clock:9.2f}  {'':11}   {cpu:9.2f}")
    for stage in whole[0].output["seconds"]:
        seconds = middle([run.output["seconds"][stage] for run in whole])
        print(f"  {stage:30} {seconds:7.2f} s")


if __name__ == "__main__":
    main()
