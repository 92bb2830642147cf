"""Pictures painted for the scene: jersey numbers, advertising boards, walls, seats, foliage."""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

NUMBERS = ("", *(str(n) for n in range(100)), "00")  # a row of the number sheet each
NUMBER_SIZE = 64
BOARD_SIZE = (64, 512)  # rows, columns of one painted board
SURFACE_SIZE = 256

_LETTERS = "ABCDEFGHIJKLMNOPRSTUVWXYZ"
_FACES = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_TRIPLEX)


def number_sheet(rng: np.random.Generator) -> Picture:
    """All numbers in one hand, uint8 (len(NUMBERS), 64, 64, 2): fill and outline coverage."""
    face, stroke = int(rng.choice(_FACES)), int(rng.integers(5, 11))
    slant = rng.normal(0, 0.05)
    squeeze, edge = rng.uniform(0.85, 1.2), int(rng.integers(2, 7))
    sheet = np.zeros((len(NUMBERS), NUMBER_SIZE, NUMBER_SIZE, 2), np.uint8)
    for row, text in enumerate(NUMBERS):
        if text:
            sheet[row] = _number(text, face, stroke, edge, squeeze, slant)
    return sheet


def _number(
    text: str, face: int, stroke: int, edge: int, squeeze: float, slant: float
) -> NDArray[np.uint8]:
    ink = np.zeros((96, 192), np.uint8)
    cv2.putText(ink, text, (30, 80), face, 2.4, 255, stroke, cv2.LINE_AA)
    ys, xs = np.nonzero(ink > 60)
    cut = ink[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    wide = int(np.clip(cut.shape[1] * 46 / cut.shape[0] * squeeze, 8, 54))
    fitted = cv2.resize(cut, (wide, 46), interpolation=cv2.INTER_AREA)
    fill = np.zeros((NUMBER_SIZE, NUMBER_SIZE), np.uint8)
    fill[9:55, (64 - wide) // 2 : (64 - wide) // 2 + wide] = fitted
    shear = np.array([[1, -slant, 32 * slant], [0, 1, 0]], np.float64)
    fill = cv2.warpAffine(fill, shear, (64, 64)).astype(np.uint8)
    outline = cv2.dilate(fill, np.ones((edge, edge), np.uint8))
    return np.dstack([fill, outline]).astype(np.uint8)


def board(rng: np.random.Generator) -> Picture:
    """An advertising board or a floor text, uint8 RGB BOARD_SIZE."""
    rows, columns = BOARD_SIZE
    picture = np.empty((rows, columns, 3), np.uint8)
    picture[:] = rng.integers(0, 256, 3)
    x = int(rng.integers(0, 60))
    while x < columns:
        word = "".join(rng.choice(list(_LETTERS), int(rng.integers(2, 9))))
        ink = [int(v) for v in rng.integers(0, 256, 3)]
        size = rng.uniform(1.0, 2.0)
        cv2.putText(picture, word, (x, 50), int(rng.choice(_FACES)), size, ink, 4, cv2.LINE_AA)
        x += int(len(word) * 20 * size + rng.integers(20, 120))
    return picture


def surface(rng: np.random.Generator) -> Picture:
    """A wall, curtain, bank of seats, distant crowd, foliage or sky: uint8 RGB (256, 256, 3)."""
    match str(rng.choice(["plain", "noise", "stripes", "blocks", "dots", "foliage"])):
        case "plain":
            picture = np.full((SURFACE_SIZE, SURFACE_SIZE, 3), rng.uniform(20, 200, 3))
        case "noise":
            picture = _noise(rng, 5) * rng.uniform(30, 220, 3)
        case "stripes":
            picture = _stripes(rng)
        case "blocks":
            picture = _blocks(rng)
        case "dots":
            picture = _dots(rng)
        case _:
            green = np.array([rng.uniform(40, 110), rng.uniform(80, 150), rng.uniform(20, 70)])
            picture = (0.25 + 1.1 * _noise(rng, 7)) * green
    grain = rng.normal(0, rng.uniform(0, 8), picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


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
    colours = rng.uniform(20, 230, (2, 3))
    period = int(rng.integers(8, 64))
    where = (np.arange(SURFACE_SIZE) // period) % 2
    row = colours[where]
    picture = np.tile(row[None], (SURFACE_SIZE, 1, 1))
    return picture if rng.uniform() < 0.5 else picture.transpose(1, 0, 2)


def _blocks(rng: np.random.Generator) -> NDArray[np.float64]:
    """Seats or windows: one colour with a grid of darker gaps, some blocks another colour."""
    cell = int(rng.integers(8, 32))
    base, other = rng.uniform(20, 200, 3), rng.uniform(0, 255, 3)
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
        shirt, skin = rng.uniform(20, 230, 3), np.array([150, 110, 85]) * rng.uniform(0.5, 1.3)
        cv2.ellipse(picture, (int(at[0]), int(at[1]) + 7), (4, 6), 0, 0, 360, shirt.tolist(), -1)
        cv2.circle(picture, (int(at[0]), int(at[1])), 3, skin.tolist(), -1)
    return picture.astype(np.float64)
