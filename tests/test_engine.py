"""The two engines give the same answers, and what cannot be loaded is told in one line."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from threading import Thread

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from courtside import engine
from courtside.detect.embedded import letterbox
from courtside.engine import EngineName, available_cores, load_net
from courtside.errors import InputError, MachineError
from courtside.weights import NETS, weight_hashes, weights_path

# Root mean square of the difference over that of the output. The engines round differently between
# 8-bit layers, and OpenVINO computes the others in bfloat16 where the processor has matrix units
# for it; nets in float32 agree to 1e-4.
TOLERANCE = 0.04
SHAPES = {"detector": (1, 192, 320, 3), "person": (5, 96, 64, 6), "numbers": (5, 48, 48, 3)}
SAMPLE = Path(__file__).parents[1] / "examples" / "sample.mp4"


def shown_to(name: str) -> NDArray[np.uint8]:
    """A game for the detector: of noise it tells next to nothing, of which any rounding is much."""
    if name != "detector":
        noise = np.random.default_rng(3).integers(0, 256, SHAPES[name])
        return noise.astype(np.uint8)
    with av.open(str(SAMPLE)) as film:
        picture = next(film.decode(video=0)).to_ndarray(format="bgr24")
    return letterbox(np.asarray(picture, np.uint8))[0][None]


@pytest.mark.parametrize("name", NETS)
def test_engines_agree_parity(name: str) -> None:
    picture = shown_to(name)
    first = load_net(weights_path(name), "openvino").run(picture)
    second = load_net(weights_path(name), "onnxruntime").run(picture)
    assert first.keys() == second.keys()
    for output, values in second.items():
        apart = np.sqrt(np.mean((first[output] - values) ** 2) / np.mean(values**2))
        assert apart < TOLERANCE, output


@pytest.mark.parametrize("name", NETS)
def test_same_input_same_answer(name: str) -> None:
    picture = np.full(SHAPES[name], 90, np.uint8)
    net = load_net(weights_path(name))
    first, second = net.run(picture), net.run(picture)
    assert all((first[output] == second[output]).all() for output in first)


@pytest.mark.parametrize("count", [0, 1, 8, 11])
def test_any_number_of_rows_in_pieces_is_as_at_once(count: int) -> None:
    cuts = np.random.default_rng(5).integers(0, 256, (count, 96, 64, 6)).astype(np.uint8)
    whole = load_net(weights_path("person"), "onnxruntime").run(cuts) if count else None
    pieces = load_net(weights_path("person"), "openvino", threads=1, usual=(8, 96, 64, 6)).run(cuts)
    assert pieces["mask"].shape == (count, 96, 64)
    assert pieces["look"].shape == (count, 64)
    for output, values in (whole or {}).items():
        apart = np.sqrt(np.mean((pieces[output] - values) ** 2) / np.mean(values**2))
        assert apart < TOLERANCE, output


def test_card_holds_the_hash_of_the_net() -> None:
    for name, digest in weight_hashes().items():
        assert digest in weights_path(name).with_suffix(".md").read_text("utf-8")


def test_missing_and_broken_nets(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no net at"):
        load_net(tmp_path / "no.onnx")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a net")
    names: tuple[EngineName, ...] = ("openvino", "onnxruntime")
    for name in names:
        with pytest.raises(InputError, match="cannot be loaded as an ONNX net") as caught:
            load_net(broken, name)
        assert "\n" not in str(caught.value)


def test_engine_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "installed_engines", lambda: ())
    with pytest.raises(MachineError, match="pip install openvino"):
        load_net(weights_path("numbers"))


@pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or available_cores() < 2,
    reason="needs a system that binds threads to cores, and two of them",
)
def test_a_net_at_work_may_use_every_core() -> None:
    """Two nets in two processes, both bound to the first core, left the second one idle."""
    net = load_net(weights_path("detector"), threads=1, usual=SHAPES["detector"])
    picture = shown_to("detector")
    net.run(picture)  # compiled before it is watched
    worker = Thread(target=lambda: [net.run(picture) for _ in range(20)])
    worker.start()
    seen = set()
    while worker.is_alive() and worker.native_id is not None:
        with suppress(ProcessLookupError):
            seen.add(frozenset(os.sched_getaffinity(worker.native_id)))
    assert seen == {frozenset(os.sched_getaffinity(0))}
