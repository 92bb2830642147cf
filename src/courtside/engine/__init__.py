"""One small door to run ONNX nets on the CPU: OpenVINO where it is, ONNX Runtime elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from courtside.errors import InputError, MachineError

EngineName = Literal["auto", "openvino", "onnxruntime"]
Tensor = NDArray[Any]
Run = Callable[[Tensor], dict[str, Tensor]]


@dataclass(frozen=True)
class Net:
    """A loaded net.

    Attributes:
        name: file name without ending.
        engine: `openvino` or `onnxruntime`.
        run: takes the one input array and returns the outputs by name.
    """

    name: str
    engine: str
    run: Run


def load_net(
    path: Path,
    engine: EngineName = "auto",
    threads: int = 0,
    usual: tuple[int, ...] | None = None,
) -> Net:
    """Load an ONNX net for the CPU.

    Args:
        path: the .onnx file.
        engine: `auto` takes OpenVINO if installed, else ONNX Runtime.
        threads: 0 for one thread per core this process may use.
        usual: shape of most inputs, for which the net is made ready on loading; for others it is
            when they come. Rows are worked on by as many at once, the last time filled up with
            zeros: inputs of few known shapes are a seventh to a third faster. Null takes inputs
            of any number of rows as they come.

    Raises:
        InputError: when there is no such file or it is no ONNX net.
        MachineError: when the engine asked for is not installed.
    """
    if not path.is_file():
        raise InputError(f"no net at {path}: expected an .onnx file")
    chosen = _choose(engine)
    threads = threads or available_cores()
    try:
        load = _openvino if chosen == "openvino" else _onnxruntime
        run = load(path, threads, usual)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise InputError(f"{path} cannot be loaded as an ONNX net: {reason}") from error
    return Net(path.stem, chosen, run)


def available_cores() -> int:
    """Return how many cores this process may use, also inside a container."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def installed_engines() -> tuple[str, ...]:
    """Return the names of the engines that can be imported, best first."""
    from importlib.util import find_spec

    return tuple(name for name in ("openvino", "onnxruntime") if find_spec(name) is not None)


def _choose(engine: EngineName) -> str:
    available = installed_engines()
    if engine == "auto" and available:
        return available[0]
    if engine in available:
        return engine
    wanted = "openvino" if engine == "auto" else engine
    raise MachineError(f"the engine {wanted} is not installed: pip install {wanted}")


def _openvino(path: Path, threads: int, usual: tuple[int, ...] | None) -> Run:
    import openvino

    core = openvino.Core()
    options = {
        # Throughput hints would split cores between requests; frames come one after the other.
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": threads,
        # Every process would bind its threads to the first cores: of two cores one was idle.
        "ENABLE_CPU_PINNING": False,
    }
    source = core.read_model(path)
    _widen_halves(source)
    # Compiling merges the names of tensors and may lose those given in the file.
    names = [output.get_any_name() for output in source.outputs]

    def compiled(shape: tuple[int, ...] | None) -> Run:
        model = source.clone()
        if shape is not None:
            model.reshape(list(shape))
        request = core.compile_model(model, "CPU", options).create_infer_request()

        def run(array: Tensor) -> dict[str, Tensor]:
            # The input is read in place, the outputs are copies: the next run writes over its own.
            outputs = request.infer([np.ascontiguousarray(array)], share_inputs=True)
            return {n: outputs[i] for i, n in enumerate(names)}

        return run

    return compiled(None) if usual is None else _in_pieces(compiled, usual)


def _in_pieces(compiled: Callable[[tuple[int, ...]], Run], usual: tuple[int, ...]) -> Run:
    """Run arrays of any number of rows by nets for as many as usual, one for each shape."""
    rows, nets = usual[0], {usual: compiled(usual)}

    def run(array: Tensor) -> dict[str, Tensor]:
        shape = (rows, *array.shape[1:])
        if shape not in nets:
            nets[shape] = compiled(shape)
        if len(array) == rows:
            return nets[shape](array)
        # Without a row there still is one piece: it tells the outputs and their shapes.
        count = max(1, -(-len(array) // rows))
        filled = np.zeros((count * rows, *array.shape[1:]), array.dtype)
        filled[: len(array)] = array
        pieces = [nets[shape](piece) for piece in np.split(filled, count)]
        return {n: np.concatenate([p[n] for p in pieces])[: len(array)] for n in pieces[0]}

    return run


def _widen_halves(model: Any) -> None:
    """Turn weights stored in half precision into float32 once; OpenVINO would do it every time."""
    from openvino import Type, opset13, utils

    for operation in model.get_ordered_ops():
        if operation.get_type_name() != "Convert":
            continue
        weights = operation.input_value(0).get_node()
        if weights.get_type_name() == "Constant" and weights.get_element_type() == Type.f16:
            utils.replace_node(operation, opset13.constant(weights.data.astype(np.float32)))


def _onnxruntime(path: Path, threads: int, _: tuple[int, ...] | None) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its own exception types share no base but Exception
        raise RuntimeError(str(error)) from error
    source = session.get_inputs()[0].name
    names = [output.name for output in session.get_outputs()]

    def run(array: Tensor) -> dict[str, Tensor]:
        return dict(zip(names, session.run(names, {source: array}), strict=True))

    return run
