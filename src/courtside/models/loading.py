"""Loading checkpoints in the hub's own format from a folder, offline, and checked."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any, Literal

from courtside.errors import InputError, MachineError, missing_extra
from courtside.models.catalogue import check_folder

Device = Literal["auto", "cpu", "cuda"]


def load_pretrained(kind: str, folder: Path, device: str = "cpu", dtype: Any = None) -> Any:
    """Return a model from a folder, in evaluation mode.

    Args:
        kind: class of transformers, e.g. `Sam2VideoModel`.
        folder: with config.json and *.safetensors, as `save_pretrained` writes them.
        device: as of `choose_device`.
        dtype: of torch; null for float32.

    Raises:
        InputError: no such model, another kind of model, pickled or incomplete weights.
        MachineError: transformers or torch is not installed.
    """
    check_folder(folder)
    torch, transformers = torch_and_transformers()
    try:
        # The loader's own table of missing weights is one line of ours below.
        with contextlib.redirect_stderr(io.StringIO()), quiet(transformers):
            model, found = getattr(transformers, kind).from_pretrained(
                folder,
                dtype=dtype or torch.float32,
                local_files_only=True,
                use_safetensors=True,
                output_loading_info=True,
            )
    except Exception as error:  # its errors share no base: broken files, wrong shapes, wrong JSON
        raise InputError(f"{folder} cannot be loaded as {kind}: {_first_line(error)}") from error
    missing, wrong = sorted(found["missing_keys"]), list(found.get("mismatched_keys", ()))
    if missing or wrong:
        example = missing[0] if missing else str(wrong[0])
        raise InputError(
            f"{folder} is no whole {kind}: {len(missing) + len(wrong)} weights are missing or of "
            f"another shape, e.g. {example}"
        )
    return model.to(device).eval()


def architecture(folder: Path) -> str:
    """Return the class of transformers that a checkpoint was saved from.

    Raises:
        InputError: when its configuration cannot be read or names none.
    """
    check_folder(folder)
    try:
        names = json.loads((folder / "config.json").read_text("utf-8"))["architectures"]
        return str(names[0])
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        raise InputError(f"{folder / 'config.json'} does not say which model it is of") from None


def torch_and_transformers() -> tuple[Any, Any]:
    """Return both packages.

    Raises:
        MachineError: one is not installed.
    """
    try:
        import torch
        import transformers
    except ImportError as error:
        raise missing_extra(str(error.name), "sam2", "the preset sam2") from None
    return torch, transformers


def choose_device(wanted: Device) -> str:
    """Return `cpu` or `cuda`.

    Raises:
        InputError: it is called otherwise.
        MachineError: a GPU was asked for and there is none.
    """
    if wanted not in ("auto", "cpu", "cuda"):
        raise InputError(f"a device is auto, cpu or cuda; got {wanted!r}")
    torch, _ = torch_and_transformers()
    there = torch.cuda.is_available()
    if wanted == "cuda" and not there:
        raise MachineError("a GPU was asked for, but torch sees none: take --device cpu")
    return "cuda" if there and wanted != "cpu" else "cpu"


def choose_dtype(device: str) -> Any:
    """Return the fastest precision that does no harm.

    bfloat16 on GPUs from compute capability 8 on, float16 below, where bfloat16 is emulated and
    slow; float32 on a CPU.
    """
    torch, _ = torch_and_transformers()
    if device == "cpu":
        return torch.float32
    return torch.bfloat16 if torch.cuda.get_device_capability()[0] >= 8 else torch.float16


@contextlib.contextmanager
def quiet(transformers: Any) -> Any:
    """Keep transformers from printing while it loads."""
    before = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers.logging.set_verbosity(before)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0]
