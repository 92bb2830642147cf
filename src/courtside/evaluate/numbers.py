"""Score the number reader on crops in folders named by their number."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.engine import Net, load_net
from courtside.errors import InputError
from courtside.numbers.embedded import ANSWER_SCORE, Answers, answers, read
from courtside.sport import BASKETBALL
from courtside.weights import weights_path

ENDINGS = {".jpg", ".jpeg", ".png"}
THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(20))
AT_ONCE = 64


@dataclass(frozen=True)
class NumberCrops:
    """Crops with their true numbers, in the order of folders and names."""

    paths: tuple[Path, ...]
    truth: NDArray[np.object_]


def evaluate_numbers(folder: Path, net: Net | None = None) -> dict[str, object]:
    """Read every crop and compare with its folder's name.

    Args:
        folder: holds one folder for each number ("0" and "00" differ) with .jpg or .png crops.
        net: the reader; null for the one that ships with courtside.

    Returns:
        `crops` (count), `threshold`, `answered_share`, `right_of_answered` (null when nothing is
        answered), `right_of_all` (every crop forced to answer) and `curve`: a list of
        `threshold`, `answered_share`, `right_of_answered`. All shares are 0 to 1.

    Raises:
        InputError: when the folder is missing, holds no crops, a folder's name is no number, or a
            crop cannot be decoded.
    """
    crops = find_crops(folder)
    found = _answers(net or load_net(weights_path("numbers")), crops.paths)
    right = found.numbers == crops.truth
    at = _point(found.scores, right, ANSWER_SCORE)
    return {
        "crops": len(crops.paths),
        **at,
        "right_of_all": float(right.mean()),
        "curve": [_point(found.scores, right, threshold) for threshold in THRESHOLDS],
    }


def find_crops(folder: Path) -> NumberCrops:
    """Return the crops below a folder.

    Raises:
        InputError: when there are none or a folder's name is no number.
    """
    if not folder.is_dir():
        raise InputError(f"no folder {folder}: expected folders named by number, with crops")
    paths: list[Path] = []
    for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
        inside = sorted(path for path in inner.iterdir() if path.suffix.lower() in ENDINGS)
        if inside and inner.name not in BASKETBALL.numbers:
            raise InputError(f"folder {inner} must be named by a number: 0, 00 or 1 to 99")
        paths.extend(inside)
    if not paths:
        raise InputError(f"no crops in {folder}: expected <number>/<name>.jpg or .png")
    return NumberCrops(tuple(paths), np.array([path.parent.name for path in paths], object))


def _answers(net: Net, paths: tuple[Path, ...]) -> Answers:
    parts = [
        answers(read(net, [_load(path) for path in paths[start : start + AT_ONCE]]))
        for start in range(0, len(paths), AT_ONCE)
    ]
    return Answers(
        np.concatenate([part.numbers for part in parts]),
        np.concatenate([part.scores for part in parts]),
    )


def _load(path: Path) -> NDArray[np.uint8]:
    # Bytes first: OpenCV cannot open paths with other alphabets on every system.
    content = np.frombuffer(path.read_bytes(), np.uint8)
    crop = cv2.imdecode(content, cv2.IMREAD_COLOR) if len(content) else None
    if crop is None:
        raise InputError(f"{path} cannot be decoded as a picture")
    return np.asarray(crop, np.uint8)


def _point(
    scores: NDArray[np.float32], right: NDArray[np.bool_], threshold: float
) -> dict[str, float | None]:
    answered = scores >= threshold
    return {
        "threshold": threshold,
        "answered_share": float(answered.mean()),
        "right_of_answered": float(right[answered].mean()) if answered.any() else None,
    }
