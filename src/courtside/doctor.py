"""What is installed, what is missing, and the line that installs it."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
from dataclasses import dataclass
from importlib.util import find_spec

from courtside import __version__
from courtside.engine import available_cores, installed_engines, load_net
from courtside.errors import CourtsideError, MachineError
from courtside.video.encoder import ENCODERS, check_encoder
from courtside.weights import NETS, weights_path

_DECODERS = ("h264", "hevc", "av1", "vp9", "mpeg4", "prores")
_EXTRAS = {
    "plots": ("matplotlib",),
    "simulate": ("moderngl", "anny", "torch"),
    "train": ("torch", "onnx"),
    "onnxruntime": ("onnxruntime",),
}


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `state` is `ok`, `missing` (may be needed) or `broken`."""

    name: str
    state: str
    text: str


def examine() -> list[Finding]:
    """Return what this machine offers, most needed first; `broken` means `track` cannot work."""
    return [_system(), *_nets(), _codecs(), *_extras()]


def _system() -> Finding:
    free = shutil.disk_usage(".").free / 1e9
    text = f"Python {platform.python_version()}, {available_cores()} cores, {free:.0f} GB disk free"
    return Finding(f"courtside {__version__}", "ok", text)


def _nets() -> list[Finding]:
    engines = ", ".join(
        f"{name} {importlib.metadata.version(name)}" for name in installed_engines()
    )
    if not engines:
        return [Finding("engine", "broken", "none installed: pip install openvino")]
    found = [Finding("engine", "ok", engines)]
    for name in NETS:
        try:
            net = load_net(weights_path(name))
            found.append(Finding(f"net {name}", "ok", f"loads on {net.engine}"))
        except CourtsideError as error:
            found.append(Finding(f"net {name}", "broken", str(error)))
    return found


def _codecs() -> Finding:
    import av.codec

    readable = [name for name in _DECODERS if name in av.codec.codecs_available]
    writable = [name for name in ENCODERS if _works(name)]
    text = f"reads {', '.join(readable)}; writes {', '.join(writable) or 'no H.264'}"
    if writable == ["libx264"]:
        text += " (no hardware encoder works here)"
    return Finding("codecs", "ok" if "libx264" in writable else "broken", text)


def _works(encoder: str) -> bool:
    try:
        check_encoder(encoder)
    except MachineError:
        return False
    return True


def _extras() -> list[Finding]:
    found = []
    for extra, packages in _EXTRAS.items():
        missing = [package for package in packages if find_spec(package) is None]
        if missing:
            line = f"{', '.join(missing)}: pip install 'courtside[{extra}]'"
            found.append(Finding(f"extra {extra}", "missing", line))
        else:
            found.append(Finding(f"extra {extra}", "ok", "installed"))
    return found
