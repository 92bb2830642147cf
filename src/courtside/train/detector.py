"""Training of the detector on rendered pictures, with checkpoints, and export to ONNX.

Rendered pictures only: no real footage, no crop of it, no labels of it.
`python -m courtside.train.detector --data DIR --out DIR --minutes 60` trains and exports.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset

from courtside.errors import InputError
from courtside.train.detector_loss import detector_loss
from courtside.train.detector_net import OUTPUTS, DetectorNet, ExportedDetector
from courtside.train.detector_targets import random_example

CUT, CUTS = (320, 224), 16  # width and height of a cut in pixels, cuts in a batch
WHOLE, WHOLES = (640, 384), 5
WHOLE_SHARE = 0.15  # of the batches: the crowd and the court as a whole
RATE, WARM_UP = 2e-3, 100  # AdamW's step, and batches until it is reached
AVERAGE = 0.998  # of the weights from batch to batch, for the exported net
SAVE_EVERY = 120.0  # seconds
EXPORTED_SIZE = (384, 640)  # rows and columns the export is traced with; both stay free


class Pictures(IterableDataset[dict[str, torch.Tensor]]):
    """Endless batches; pictures that are rendered meanwhile join in."""

    def __init__(self, data: Path, seed: int) -> None:
        super().__init__()
        self.data, self.seed = data, seed

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        info = torch.utils.data.get_worker_info()
        rng = np.random.default_rng([self.seed, info.id if info else 0])
        paths: list[Path] = []
        for batch in range(10**9):
            if batch % 100 == 0:
                paths = sorted(self.data.glob("**/*.npz"))
            size, count = (WHOLE, WHOLES) if rng.uniform() < WHOLE_SHARE else (CUT, CUTS)
            chosen = rng.choice(len(paths), count)
            yield _batch([random_example(paths[i], size, rng) for i in chosen])


def _batch(examples: list[tuple[Any, Any]]) -> dict[str, torch.Tensor]:
    fields = [asdict(targets) for _, targets in examples]
    batch = {k: torch.from_numpy(np.stack([f[k] for f in fields])) for k in fields[0]}
    batch["picture"] = torch.from_numpy(np.stack([picture for picture, _ in examples]))
    return batch


def train_detector(
    data: Path, out: Path, minutes: float, seed: int, threads: int = 2, workers: int = 1
) -> Path:
    """Train for `minutes` in all (earlier runs into `out` counted in); returns the ONNX file.

    data: folder of rendered .npz pictures (`render_training_set`); out: folder of the
    checkpoint, which is taken up again where it is there. Raises InputError without pictures.
    """
    if not any(data.glob("**/*.npz")):
        raise InputError(f"no training pictures in {data}: render them first")
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    out.mkdir(parents=True, exist_ok=True)
    net = DetectorNet().to(memory_format=torch.channels_last)
    average = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGE), use_buffers=True
    )
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.02)
    state = _load(out / "checkpoint.pt", net, average, optimizer)
    batches = iter(DataLoader(Pictures(data, seed + state["step"]), None, num_workers=workers))
    _run(net, average, optimizer, batches, state, out, minutes)
    return out / "detector.onnx"


def _run(
    net: DetectorNet,
    average: torch.optim.swa_utils.AveragedModel,
    optimizer: torch.optim.Optimizer,
    batches: Iterator[dict[str, torch.Tensor]],
    state: dict[str, Any],
    out: Path,
    minutes: float,
) -> None:
    begun, saved = time.monotonic() - state["seconds"], time.monotonic()
    seen: list[dict[str, float]] = []
    net.train()
    fast = torch.compile(net, dynamic=False)  # compiled for the commonest shape alone
    while (elapsed := time.monotonic() - begun) < minutes * 60:
        share = elapsed / (minutes * 60)
        for group in optimizer.param_groups:
            group["lr"] = _rate(share, state["step"])
        batch = next(batches)
        often = batch["picture"].shape[2] == CUT[0]
        seen.append(_step(fast if often else net, net, optimizer, batch))
        average.update_parameters(net)
        state["step"] += 1
        state["seconds"] = elapsed
        if time.monotonic() - saved > SAVE_EVERY:
            _log(out, state, seen)
            seen, saved = [], time.monotonic()
            _save(out / "checkpoint.pt", net, average, optimizer, state)
            export_detector(average.module, out / "detector.onnx")
    _save(out / "checkpoint.pt", net, average, optimizer, state)
    export_detector(average.module, out / "detector.onnx")


def _rate(share: float, step: int) -> float:
    """A short warm-up, then a cosine down to a fiftieth."""
    warm = min(1.0, (step + 1) / WARM_UP)
    return float(RATE * warm * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * min(1.0, share)))))


def _step(
    forward: Callable[[torch.Tensor], tuple[torch.Tensor, ...]],
    net: DetectorNet,
    optimizer: torch.optim.Optimizer,
    batch: dict[str, torch.Tensor],
) -> dict[str, float]:
    parts = detector_loss(forward(batch["picture"]), batch)
    optimizer.zero_grad(set_to_none=True)
    parts["total"].backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 20.0)
    optimizer.step()
    return {name: float(value.detach()) for name, value in parts.items()}


def _log(out: Path, state: dict[str, Any], seen: list[dict[str, float]]) -> None:
    means = {k: np.mean([s[k] for s in seen]) for k in (seen[0] if seen else {})}
    line = " ".join(f"{k} {v:.4f}" for k, v in means.items())
    text = f"{state['seconds'] / 60:6.1f} min, step {state['step']}: {line}\n"
    with (out / "log.txt").open("a") as log:
        log.write(text)


def _save(
    path: Path,
    net: DetectorNet,
    average: torch.optim.swa_utils.AveragedModel,
    optimizer: torch.optim.Optimizer,
    state: dict[str, Any],
) -> None:
    partial = path.with_suffix(".partial")
    parts = {"net": net, "average": average, "optimizer": optimizer}
    torch.save({k: v.state_dict() for k, v in parts.items()} | {"state": state}, partial)
    partial.replace(path)


def _load(
    path: Path,
    net: DetectorNet,
    average: torch.optim.swa_utils.AveragedModel,
    optimizer: torch.optim.Optimizer,
) -> dict[str, Any]:
    if not path.exists():
        return {"step": 0, "seconds": 0.0}
    saved = torch.load(path, weights_only=True)
    for name, part in (("net", net), ("average", average), ("optimizer", optimizer)):
        part.load_state_dict(saved[name])
    state: dict[str, Any] = saved["state"]
    return state


def export_detector(net: torch.nn.Module, path: Path) -> None:
    """Write a trained net as ONNX: `image` uint8 (1, h, w, 3) BGR in, the maps of OUTPUTS out."""
    training = net.training
    exported = ExportedDetector(net.eval())
    partial = path.with_suffix(".partial")
    torch.onnx.export(
        exported,
        (torch.zeros(1, *EXPORTED_SIZE, 3, dtype=torch.uint8),),
        str(partial),
        input_names=["image"],
        output_names=list(OUTPUTS),
        dynamic_axes={"image": {1: "h", 2: "w"}},
        opset_version=17,
        dynamo=False,
    )
    os.replace(partial, path)
    net.train(training)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description="train the detector on rendered pictures")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    train_detector(options.data, options.out, options.minutes, options.seed, options.threads)


if __name__ == "__main__":
    main()
