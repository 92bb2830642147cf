"""Pictures painted for the scene: jersey numbers, advertising boards, walls, seats, foliage."""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

NUMBERS = ("", *(str(n) for n in range(100)), "00")  # a row of the number sheet each
NUMBER_SIZE = 64
CHEST, BACK = 0.29, 0.37  # sides of the square that a number is drawn in, metres
INKED = 0.4  # coverage of the number sheet from which a number counts as printed
PRINTED = 200  # id of the left half of the chest's number; then its right half, those of the back
NAMES, WORDS = 12, 4  # layers of the number sheet behind the numbers: names, words on the chest
FIRST_NAME, FIRST_WORD = len(NUMBERS), len(NUMBERS) + NAMES
BOARD_SIZE = (64, 512)  # rows, columns of one painted board
SURFACE_SIZE = 256

_LETTERS = "ABCDEFGHIJKLMNOPRSTUVWXYZ"
_FACES = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_TRIPLEX)


def number_sheet(rng: np.random.Generator) -> Picture:
    """Fill and outline coverage, uint8 (layers, 64, 64, 2): all numbers in one hand, then names
    and words, which are drawn four times as wide as they are high."""
    face, stroke = int(rng.choice(_FACES)), int(rng.integers(5, 11))
    slant = rng.normal(0, 0.05)
    squeeze, edge = rng.uniform(0.85, 1.2), int(rng.integers(2, 7))
    sheet = np.zeros((len(NUMBERS) + NAMES + WORDS, NUMBER_SIZE, NUMBER_SIZE, 2), np.uint8)
    digits = {d: _glyph(d, face, stroke) for d in "0123456789"}
    for row, text in enumerate(NUMBERS):
        if text:
            sheet[row] = _number([digits[d] for d in text], edge, squeeze, slant)
    for row in range(len(NUMBERS), len(sheet)):
        text = "".join(rng.choice(list(_LETTERS), int(rng.integers(4, 10))))
        sheet[row, ..., 0] = _name(text, face)
    return sheet


def _glyph(text: str, face: int, stroke: int) -> Picture:
    """Letters cut out of their ground, uint8 (h, w)."""
    ink = np.zeros((96, 60 + 52 * len(text)), np.uint8)
    cv2.putText(ink, text, (30, 80), face, 2.4, 255, stroke, cv2.LINE_AA)
    ys, xs = np.nonzero(ink > 60)
    return ink[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]


def _number(digits: list[Picture], edge: int, squeeze: float, slant: float) -> Picture:
    tall = max(d.shape[0] for d in digits)
    gap = np.zeros((tall, 8), np.uint8)
    parts = [cv2.resize(d, (d.shape[1], tall)) for d in digits]
    cut = np.hstack([p for part in parts for p in (gap, part)][1:])
    wide = int(np.clip(cut.shape[1] * 46 / tall * squeeze, 8, 54))
    fill = np.zeros((NUMBER_SIZE, NUMBER_SIZE), np.uint8)
    left = (NUMBER_SIZE - wide) // 2
    fill[9:55, left : left + wide] = cv2.resize(cut, (wide, 46), interpolation=cv2.INTER_AREA)
    shear = np.array([[1, -slant, 32 * slant], [0, 1, 0]], np.float64)
    fill = cv2.warpAffine(fill, shear, (NUMBER_SIZE, NUMBER_SIZE)).astype(np.uint8)
    return np.dstack([fill, cv2.dilate(fill, np.ones((edge, edge), np.uint8))]).astype(np.uint8)


def _name(text: str, face: int) -> Picture:
    """A short word that fills the height and, if long, the width: uint8 (64, 64)."""
    word = _glyph(text, face, 9)
    wide = min(60, int(word.shape[1] / word.shape[0] * 54 / 4.1))
    layer = np.zeros((NUMBER_SIZE, NUMBER_SIZE), np.uint8)
    left = (NUMBER_SIZE - wide) // 2
    layer[5:59, left : left + wide] = cv2.resize(word, (wide, 54), interpolation=cv2.INTER_AREA)
    return layer


_GROUNDS = (
    (12, 12, 16),
    (235, 235, 235),
    (170, 22, 34),
    (20, 60, 140),
    (16, 30, 62),
    (224, 178, 40),
)


def board(rng: np.random.Generator) -> Picture:
    """An advertising board or a floor text, uint8 RGB BOARD_SIZE."""
    rows, columns = BOARD_SIZE
    picture = np.empty((rows, columns, 3), np.uint8)
    any_colour = rng.uniform() < 0.25
    ground = rng.integers(0, 256, 3) if any_colour else np.array(_GROUNDS[int(rng.integers(6))])
    picture[:] = ground
    plain = [240, 240, 240] if ground.mean() < 128 else [20, 20, 24]
    x = int(rng.integers(0, 60))
    while x < columns:
        word = "".join(rng.choice(list(_LETTERS), int(rng.integers(2, 9))))
        ink = [int(v) for v in rng.integers(0, 256, 3)] if rng.uniform() < 0.3 else plain
        size = rng.uniform(1.0, 2.0)
        cv2.putText(picture, word, (x, 50), int(rng.choice(_FACES)), size, ink, 4, cv2.LINE_AA)
        x += int(len(word) * 20 * size + rng.integers(20, 120))
    return picture


# Layers of the array of surfaces, and what each kind of place makes its walls of.
_SURFACES = ("dots", "dots", "plain", "noise", "stripes", "blocks", "foliage", "foliage")
BOARDS = (8, 9, 10, 11)
FOLIAGE, WINDOWS = (6, 7), (5,)
LAYERS: dict[str, tuple[int, ...]] = {
    "arena": (0, 1, 2, 3),
    "gym": (2, 3, 4, 5),
    "outdoor": FOLIAGE,
}


def surfaces(rng: np.random.Generator) -> Picture:
    """All surfaces of a place, uint8 RGB (12, 256, 256, 3): walls and the like, then boards."""
    layers = [surface(kind, rng) for kind in _SURFACES]
    for _ in BOARDS:
        painted = board(rng)
        layers.append(np.repeat(painted[:, ::2], SURFACE_SIZE // painted.shape[0], axis=0))
    return np.stack(layers)


def surface(kind: str, rng: np.random.Generator) -> Picture:
    """A wall, curtain, bank of seats, distant crowd, foliage or sky: uint8 RGB (256, 256, 3)."""
    match kind:
        case "plain":
            grey = rng.uniform(30, 210)
            picture = np.full((SURFACE_SIZE, SURFACE_SIZE, 3), grey * rng.uniform(0.85, 1.1, 3))
        case "noise":
            picture = _noise(rng, 5) * rng.uniform(60, 180) * rng.uniform(0.8, 1.2, 3)
        case "stripes":
            picture = _stripes(rng)
        case "blocks":
            picture = _blocks(rng)
        case "dots":
            picture = _dots(rng)
        case _:
            green = np.array([rng.uniform(70, 130), rng.uniform(100, 160), rng.uniform(40, 80)])
            picture = (0.2 + 1.1 * _noise(rng, 7)) * green
    grain = np.empty((SURFACE_SIZE, SURFACE_SIZE, 1))
    cv2.setRNGSeed(int(rng.integers(2**31)))
    cv2.randn(grain, np.zeros(1), np.full(1, rng.uniform(0, 8)))
    return np.clip(picture + grain.reshape(SURFACE_SIZE, SURFACE_SIZE, 1), 0, 255).astype(np.uint8)


def _noise(rng: np.random.Generator, octaves: int) -> NDArray[np.float64]:
    """Fractal noise 0..1, (256, 256, 1)."""
    total = np.zeros((SURFACE_SIZE, SURFACE_SIZE))
    for octave in range(1, octaves + 1):
        cells = rng.uniform(0, 1, (2**octave, 2**octave))
        scaled = cv2.resize(cells, (SURFACE_SIZE, SURFACE_SIZE), interpolation=cv2.INTER_CUBIC)
        total += scaled * 0.7**octave
    low, high = total.min(), total.max()
    return np.asarray((total - low) / (high - low))[:, :, None]


def _stripes(rng: np.random.Generator) -> NDArray[np.float64]:
    colours = rng.uniform(30, 210, (2, 1)) * rng.uniform(0.75, 1.15, (2, 3))
    period = int(rng.integers(8, 64))
    where = (np.arange(SURFACE_SIZE) // period) % 2
    row = colours[where]
    picture = np.tile(row[None], (SURFACE_SIZE, 1, 1))
    return picture if rng.uniform() < 0.5 else picture.transpose(1, 0, 2)


def _blocks(rng: np.random.Generator) -> NDArray[np.float64]:
    """Seats or windows: one colour with a grid of darker gaps, some blocks another colour."""
    cell = int(rng.integers(8, 32))
    base = rng.uniform(40, 200) * rng.uniform(0.8, 1.1, 3)
    other = rng.uniform(0, 255) * rng.uniform(0.7, 1.2, 3)
    picture = np.tile(base, (SURFACE_SIZE, SURFACE_SIZE, 1))
    for y in range(0, SURFACE_SIZE, cell):
        for x in range(0, SURFACE_SIZE, cell):
            if rng.uniform() < 0.15:
                picture[y : y + cell, x : x + cell] = other
    picture[::cell] *= 0.6
    picture[:, ::cell] *= 0.6
    return picture


def _dots(rng: np.random.Generator) -> NDArray[np.float64]:
    """A crowd too far away to be people: coloured blobs under darker rows."""
    picture = np.tile(rng.uniform(5, 60, 3), (SURFACE_SIZE, SURFACE_SIZE, 1)).astype(np.float32)
    for _ in range(int(rng.integers(150, 600))):
        at = rng.integers(0, SURFACE_SIZE, 2)
        shirt, skin = (
            rng.uniform(20, 200) * rng.uniform(0.6, 1.3, 3),
            np.array([150, 110, 85]) * rng.uniform(0.5, 1.3),
        )
        cv2.ellipse(picture, (int(at[0]), int(at[1]) + 7), (4, 6), 0, 0, 360, shirt.tolist(), -1)
        cv2.circle(picture, (int(at[0]), int(at[1])), 3, skin.tolist(), -1)
    return picture.astype(np.float64)
