"""Trained nets as ONNX files."""

import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

LARGE = 1024  # numbers in a weight from which half precision saves anything worth having


def export_net(
    net: nn.Module, example: Tensor, path: Path, source: str, names: Sequence[str], free: str
) -> None:
    """Write a net that takes one tensor as ONNX, in full precision.

    Args:
        net: in evaluation mode, on the CPU.
        example: an input it is traced with.
        path: the file.
        source, names: what its input and outputs are called.
        free: axes of the input whose length stays free, a letter each, "_" for a fixed one; an
            output's first axis is free where the input's is.
    """
    axes = {source: {i: letter for i, letter in enumerate(free) if letter != "_"}}
    if free[0] != "_":
        axes |= {name: {0: free[0]} for name in names}
    partial = path.with_suffix(".partial")
    with warnings.catch_warnings():
        # The exporter that takes its place needs another package (onnxscript).
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            net,
            (example,),
            str(partial),
            input_names=[source],
            output_names=list(names),
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    os.replace(partial, path)


def store_halves(path: Path) -> None:
    """Store large weights as float16 that are widened on loading: half the file, same net."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(str(path))
    casts = []
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight)
        if weight.data_type != TensorProto.FLOAT or values.size < LARGE:
            continue
        name = weight.name
        half = numpy_helper.from_array(values.astype(np.float16), f"{name}.half")
        weight.CopyFrom(half)
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*casts, *nodes])
    onnx.checker.check_model(model)
    partial = path.with_suffix(".partial")
    onnx.save(model, str(partial))
    os.replace(partial, path)
