"""Speed of our SAM 2.1 against transformers' own video session, same random weights, one run.

    PYTHONPATH=src python3 benchmarks/sam2_speed.py --device cuda --seconds 100 --out speed.json

Needs torch, transformers, numpy and scipy only, and no download. Objects fill their memories
first; then frames are timed one by one (waiting for the device) and the median counts. What does
not fit the time is left out and named.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from torch.utils.flop_counter import FlopCounterMode
from transformers import EdgeTamVideoConfig, EdgeTamVideoModel, Sam2VideoModel

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from sam2_parity import compared

from courtside.masks import sam2_attend
from courtside.masks.sam2 import Options, Sam2State
from courtside.masks.sam2_int8 import quantise_encoder
from courtside.masks.sam2_sizes import config_of, pruned, resized
from edgetam_fakes import small_edge_config
from sam2_fakes import Peer, film, lively, overlaps, place, small_config

PARITY_OBJECTS = 4
PRECISIONS = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


@dataclass
class Bench:
    """What is measured, on what, and what came out."""

    device: torch.device
    deadline: float
    out: Path | None
    objects: int
    warm: int
    timed: int
    compared: int
    parity: int
    filled: bool
    only: list[str]
    results: dict[str, Any] = field(default_factory=dict)

    def left(self) -> float:
        return self.deadline - time.monotonic()

    def section(self, name: str, work: Callable[[], Any], needs: float = 3.0) -> Any:
        """Run one part if there is time, keep its result or its error, write everything."""
        begun, result = time.monotonic(), None
        if self.only and not any(part in name for part in self.only):
            return None
        if self.left() < needs:
            self.results[name] = {"left_out": "no time left"}
        else:
            try:
                result = self.results[name] = work()
            except Exception as error:
                traceback.print_exc()
                self.results[name] = {"error": f"{type(error).__name__}: {error}"[:500]}
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        seconds = time.monotonic() - begun
        print(f"[{seconds:5.1f} s] {name}: {json.dumps(self.results[name])}", flush=True)
        if self.out:
            self.out.write_text(json.dumps(self.results, indent=1))
        return result

    def wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def median_ms(self, call: Callable[[], Any], repeats: int) -> float:
        times = []
        for _ in range(repeats):
            self.wait()
            begun = time.perf_counter()
            call()
            self.wait()
            times.append(1000 * (time.perf_counter() - begun))
        return statistics.median(times)


def machine(bench: Bench) -> dict[str, Any]:
    facts = {"torch": torch.__version__, "transformers": transformers.__version__}
    if bench.device.type == "cuda":
        facts["device"] = torch.cuda.get_device_name()
        facts["capability"] = list(torch.cuda.get_device_capability())
    else:
        facts["device"], facts["threads"] = "cpu", torch.get_num_threads()
    return facts


def peak(bench: Bench, precision: str, side: int) -> dict[str, float]:
    """Return the TFLOP/s of one large matrix product."""
    first, second = (
        torch.randn(side, side, device=bench.device, dtype=PRECISIONS[precision]) for _ in range(2)
    )
    first @ second
    milliseconds = bench.median_ms(lambda: first @ second, 7)
    return {"milliseconds": milliseconds, "tflops": 2 * side**3 / milliseconds / 1e9}


def attention_kinds(bench: Bench, precision: str, tokens: int) -> dict[str, Any]:
    """Return milliseconds and TFLOP/s of each way to attend to seven memories."""
    dtype, length = PRECISIONS[precision], 7 * tokens + 64
    query, key = (
        torch.randn(bench.objects, 1, count, 256, device=bench.device, dtype=dtype)
        for count in (tokens, length)
    )
    value = torch.randn(bench.objects, length, 64, device=bench.device, dtype=dtype)
    work = 2 * bench.objects * tokens * length * (256 + 64)
    found: dict[str, Any] = {}
    wide = torch.randn(bench.objects, 1, length, 256, device=bench.device, dtype=dtype)
    stock = torch.nn.functional.scaled_dot_product_attention
    calls: dict[str, Callable[[], Any]] = {
        kind: lambda kind=kind: sam2_attend.attend(query, key, value, kind)
        for kind in (sam2_attend.FUSED if bench.device.type == "cuda" else ("chunked",))
    }
    calls["stock, 256 wide values"] = lambda: stock(query, key, wide)
    calls["stock, one object at a time"] = lambda: [
        stock(query[one : one + 1], key[one : one + 1], wide[one : one + 1])
        for one in range(bench.objects)
    ]
    for kind, call in calls.items():
        try:
            call()
            milliseconds = bench.median_ms(call, 5)
            found[kind] = {"milliseconds": milliseconds, "tflops": work / milliseconds / 1e9}
        except Exception as error:
            found[kind] = f"{type(error).__name__}: {error}"[:200]
    return found


def build(config: Any, bench: Bench, precision: str) -> Any:
    torch.manual_seed(1)
    kind = EdgeTamVideoModel if isinstance(config, EdgeTamVideoConfig) else Sam2VideoModel
    with torch.device(bench.device):
        return lively(kind(config)).to(PRECISIONS[precision]).eval()


def prompt(driver: Any, objects: int, size: int) -> None:
    for number in range(objects):
        driver.add(number, place(number, size))


def speed(bench: Bench, driver: Any, size: int, warm: int | None = None) -> dict[str, Any]:
    """Return the median time of a frame once all memories are filled."""
    pictures = film(2, size).to(bench.device, driver.model.no_memory_embedding.dtype)
    prompt(driver, bench.objects, size)
    if bench.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    for number in range(2 if bench.filled else bench.warm if warm is None else warm):
        driver.step(pictures[number % 2])
    if bench.filled:
        fill(driver)
    begun = time.process_time()
    milliseconds = bench.median_ms(lambda: driver.step(pictures[0]), bench.timed)
    cpu = 1000 * (time.process_time() - begun) / bench.timed
    found = {"milliseconds": milliseconds, "frames_per_second": 1000 / milliseconds}
    if bench.device.type == "cuda":
        found["peak_gpu_gib"] = torch.cuda.max_memory_allocated() / 2**30
    else:
        # Unlike the clock, not disturbed by what else the machine does.
        found["cpu_milliseconds"] = cpu
    return found


def fill(driver: Any) -> None:
    """Make memories of two frames full ones by copying: their work does not depend on values."""
    if isinstance(driver, Peer):
        for stored in driver.session.output_dict_per_obj.values():
            tracked = stored["non_cond_frame_outputs"]
            tracked |= dict.fromkeys(range(5, 20), tracked[1])
        driver.frame = 20
    else:
        bank = driver._bank
        for frames in (bank.memory_frames, bank.pointer_frames):
            ring = frames[:, bank.prompted :]
            ring[:] = 20 - ring.shape[1] + np.arange(ring.shape[1])
        driver.frame = 20


def ours(bench: Bench, model: Any, options: Options) -> dict[str, Any]:
    state = Sam2State(model, replace(options, capacity=bench.objects))
    found = speed(bench, state, model.config.image_size)
    return {**found, "state_gib": state.nbytes / 2**30}


def work_of(bench: Bench, model: Any, options: Options) -> float:
    """Return TFLOP per frame, counted from the operations of one step with full memories."""
    state = Sam2State(model, replace(options, capacity=bench.objects, attention="whole"))
    size = model.config.image_size
    picture = film(1, size).to(bench.device, model.no_memory_embedding.dtype)[0]
    prompt(state, bench.objects, size)
    state.step(picture)
    # Full memories without running: what is in them does not change the work.
    bank = state._bank
    bank.memory_frames[:, bank.prompted :] = 1 + (bank.memory_frames[:, bank.prompted :] * 0)
    bank.pointer_frames[:, bank.prompted :] = 1
    state.frame = 2
    with FlopCounterMode(display=False) as counter:
        state.step(picture)
    return counter.get_total_flops() / 1e12


def compare(bench: Bench, exact: Any, other: Any, options: Options) -> float:
    """Return the mean IoU of an approximation's masks with exact ones over a short film."""
    size, small = exact.config.image_size, other.config.image_size
    states = Sam2State(exact, Options(capacity=bench.objects)), Sam2State(other, options)
    prompt(states[0], bench.objects, size)
    prompt(states[1], bench.objects, small)
    found = []
    for picture in film(bench.compared, size).to(bench.device, exact.no_memory_embedding.dtype):
        shrunk = torch.nn.functional.interpolate(
            picture[None].float(), size=(small, small), mode="bilinear", antialias=size != small
        )
        masks = [
            state.step(view)[1].float()
            for state, view in zip(states, (picture, shrunk), strict=True)
        ]
        grown = torch.nn.functional.interpolate(
            masks[1][:, None], size=masks[0].shape[-2:], mode="bilinear"
        )[:, 0]
        found.append(overlaps(masks[0], grown).mean())
    return float(torch.stack(found).mean())


def against_peer(bench: Bench, name: str, model: Any, precision: str) -> None:
    """Measure exact ours and transformers' loop, and the ratio."""
    size = model.config.image_size
    mine = bench.section(f"{name} exact {precision}", lambda: ours(bench, model, Options()))
    peer = bench.section(
        f"{name} transformers {precision}",
        lambda: speed(bench, Peer(model), size, warm=min(bench.warm, 8)),
        needs=10,
    )
    if mine and peer:
        times = [key for key in mine if key.endswith("milliseconds")]
        ratios = {key: peer[key] / mine[key] for key in times}
        bench.section(f"{name} ratio {precision}", lambda: ratios, needs=0)


def share_of_peak(bench: Bench, name: str, model: Any, precision: str) -> None:
    work = bench.section(f"{name} tflop per frame", lambda: work_of(bench, model, Options()))
    best = bench.results.get(f"{name} exact {precision}", {})
    top = bench.results.get(f"peak {precision}", {})
    if work and "milliseconds" in best and "tflops" in top:
        rate = work / best["milliseconds"] * 1000
        bench.section(
            f"{name} share of peak {precision}",
            lambda: {"tflops": rate, "share": rate / top["tflops"]}, needs=0,
        )  # fmt: skip


def approximations(model: Any) -> dict[str, tuple[Callable[[], Any], Options]]:
    """Return named approximations: the model changed, and options."""
    size = model.config.image_size
    window = (size * 24 // 1024, size * 16 // 1024)
    half, few = (lambda: resized(model, size // 2)), len(model.memory_attention.layers) // 2
    return {
        "768 px": (lambda: resized(model, size * 3 // 4), Options()),
        "512 px": (half, Options()),
        "4 memories": (lambda: model, Options(memories=3)),
        "2 memories": (lambda: model, Options(memories=1)),
        "window 24x16": (lambda: model, Options(window=window)),
        "512 px, 4 memories": (half, Options(memories=3)),
        "int8 encoder": (lambda: quantise_encoder(model), Options()),
        f"{few} layers": (lambda: pruned(model, few), Options()),
    }


def edgetam(bench: Bench, smoke: bool, precision: str) -> Any:
    """Return the speed of EdgeTAM; its masks are another model's and cannot be compared."""
    if not smoke and importlib.util.find_spec("timm") is None:
        return {"left_out": "its image encoder needs timm, which is not installed"}
    config = small_edge_config() if smoke else EdgeTamVideoConfig()
    return ours(bench, build(config, bench, precision), Options())


def measure_approximation(
    bench: Bench, model: Any, change: Callable[[], Any], options: Options
) -> dict[str, Any]:
    other = change()
    found = ours(bench, other, options)
    found["mask_iou_random_weights"] = compare(bench, model, other, options)
    return found


def run(bench: Bench, smoke: bool, names: list[str], precisions: list[str]) -> None:
    bench.section("machine", lambda: machine(bench))
    first = precisions[0]
    side = 512 if smoke else 8192 if bench.device.type == "cuda" else 2048
    for precision in precisions:
        bench.section(f"peak {precision}", lambda p=precision: peak(bench, p, side))
    bench.section(
        f"attention {first}", lambda: attention_kinds(bench, first, 64 if smoke else 4096)
    )
    models = {}
    for name in names:
        config = small_config() if smoke else config_of(name)
        models[name] = build(config, bench, first)
        against_peer(bench, name, models[name], first)
        share_of_peak(bench, name, models[name], first)
        bench.section(
            f"{name} parity {first}", lambda m=models[name]: compared(m, PARITY_OBJECTS, 6)
        )
    tiny = models[names[0]]
    for name, (change, options) in approximations(tiny).items():
        bench.section(
            f"{names[0]} {name} {first}",
            lambda c=change, o=options: measure_approximation(bench, tiny, c, o),
        )
    bench.section(f"edgetam {first}", lambda: edgetam(bench, smoke, first))
    model = build(tiny.config, bench, "fp32")
    bench.section(f"{names[0]} parity fp32", lambda: compared(model, PARITY_OBJECTS, bench.parity))
    for precision in precisions[1:]:
        model = build(tiny.config, bench, precision)
        bench.section(f"{names[0]} exact {precision}", lambda m=model: ours(bench, m, Options()))
    bench.section(
        f"{names[0]} exact compiled {first}",
        lambda: ours(bench, tiny, Options(compiled=True)), needs=60,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seconds", type=float, default=100)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--models", default="tiny,base-plus")
    parser.add_argument("--precisions", default="bf16,fp16", help="the first is used throughout")
    parser.add_argument("--objects", type=int, default=12)
    parser.add_argument("--warm", type=int, default=18, help="frames before the timed ones")
    parser.add_argument("--timed", type=int, default=7)
    parser.add_argument("--compared", type=int, default=12, help="frames for the mask IoU")
    parser.add_argument("--parity", type=int, default=8, help="frames for the parity in fp32")
    parser.add_argument("--filled", action="store_true", help="fill memories without running")
    parser.add_argument("--only", default="", help="only sections with one of these in the name")
    parser.add_argument("--smoke", action="store_true", help="tiny model, to test the script")
    given = parser.parse_args()
    bench = Bench(
        torch.device(given.device), time.monotonic() + given.seconds, given.out,
        given.objects, given.warm, given.timed, given.compared, given.parity,
        given.filled, [part for part in given.only.split(",") if part],
    )  # fmt: skip
    with torch.inference_mode():
        run(bench, given.smoke, given.models.split(","), given.precisions.split(","))


if __name__ == "__main__":
    main()
