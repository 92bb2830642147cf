"""Shapes of free fonts for rendered numbers and names, kept in one file inside the package.

    python -m courtside.train.numbers_glyphs FONTS src/courtside/train/glyphs.npz

makes the file from a folder of .ttf, .otf or .woff files (needs Pillow); training needs only the
file, so that it runs without fonts and without a download.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from courtside.errors import InputError, missing_extra

Mask = NDArray[np.uint8]
HEIGHT = 96
"""Height in pixels of every digit and letter; the width varies."""
DIGITS, LETTERS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_KEPT = {DIGITS: 64, LETTERS: 36}  # heights in the file: names are small on a kit
GLYPHS = Path(__file__).with_name("glyphs.npz")


@dataclass(frozen=True)
class Font:
    """Digits and capitals of one font.

    Attributes:
        name: of the font's file.
        shapes: a mask (HEIGHT, w), 0 to 255, for each of `DIGITS` and `LETTERS`.
    """

    name: str
    shapes: dict[str, Mask]


@cache
def load_fonts(path: Path = GLYPHS) -> tuple[Font, ...]:
    """Return the fonts of a glyph file, sorted by name.

    Raises:
        InputError: when there is no such file.
    """
    if not path.is_file():
        raise InputError(f"no glyph file at {path}")
    with np.load(path) as kept:
        names = sorted({name.partition("/")[0] for name in kept.files})
        return tuple(
            Font(name, _unpacked(DIGITS, kept[f"{name}/0"]) | _unpacked(LETTERS, kept[f"{name}/A"]))
            for name in names
        )


def save_fonts(folder: Path, path: Path) -> int:
    """Draw every font below a folder into one glyph file; return how many there were.

    Raises:
        InputError: when the folder holds no font.
        MachineError: when Pillow is not installed.
    """
    files = font_files(folder)
    if not files:
        raise InputError(f"no fonts in {folder}: expected .ttf, .otf or .woff files")
    sheets = {f"{file.stem}/{kind[0]}": _packed(file, kind) for file in files for kind in _KEPT}
    np.savez_compressed(path, **sheets)  # type: ignore[arg-type]
    return len(files)


def font_files(folder: Path) -> list[Path]:
    """Return the fonts below a folder, sorted by name."""
    endings = {".ttf", ".otf", ".woff"}
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in endings)


def draw_text(font: Path, text: str) -> Mask:
    """Return a text in a font, cut to its ink and scaled to (HEIGHT, w), 0 to 255.

    Figures that hang below the line (old style) are stretched: no kit shows them so.
    """
    try:
        from PIL import Image, ImageDraw, ImageFont
    except ImportError as error:
        raise missing_extra("Pillow", "train", "drawing fonts") from error
    face = ImageFont.truetype(str(font), HEIGHT)
    picture = Image.new("L", (HEIGHT * (len(text) + 2), HEIGHT * 3))
    ImageDraw.Draw(picture).text((HEIGHT // 2, HEIGHT // 2), text, font=face, fill=255)
    mask = np.asarray(picture, np.uint8)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    tight = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return _scaled(tight, HEIGHT)


def _scaled(mask: Mask, height: int) -> Mask:
    width = max(1, round(mask.shape[1] * height / mask.shape[0]))
    how = cv2.INTER_AREA if height < mask.shape[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(mask, (width, height), interpolation=how), np.uint8)


def _packed(font: Path, characters: str) -> Mask:
    """Return shapes side by side, in 16 levels, each after a column that tells its width."""
    parts: list[Mask] = []
    for character in characters:
        shape = _scaled(draw_text(font, character), _KEPT[characters]) // 16 * 17
        width = np.zeros((len(shape), 1), np.uint8)
        width[:2, 0] = divmod(shape.shape[1], 256)
        parts += [width, shape]
    return np.hstack(parts)


def _unpacked(characters: str, packed: Mask) -> dict[str, Mask]:
    shapes, start = {}, 0
    for character in characters:
        width = int(packed[0, start]) * 256 + int(packed[1, start])
        shapes[character] = _scaled(packed[:, start + 1 : start + 1 + width], HEIGHT)
        start += 1 + width
    return shapes


def main(arguments: Sequence[str]) -> None:
    """Make a glyph file: folder of fonts, file to write."""
    folder, path = (Path(argument) for argument in arguments)
    print(f"{save_fonts(folder, path)} fonts in {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
