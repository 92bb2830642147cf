"""The colours of a game: two kits as leagues wear them and the referees' shirts. sRGB 0..1."""

import colorsys
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Role = Literal["player", "referee", "staff", "suit", "spectator", "bench"]
Colour = tuple[float, float, float]

WHITE_KITS = 0.78  # share of games with one side in white or nearly so
ANY_COLOUR = 0.1  # share of kits in a colour no league would choose
# Kits clubs wear beside white: navy, royal, red, black and so on.
CLUBS: tuple[Colour, ...] = (
    *((0.06, 0.11, 0.25), (0.08, 0.26, 0.62), (0.72, 0.08, 0.14), (0.06, 0.06, 0.07)),
    *((0.03, 0.3, 0.18), (0.29, 0.13, 0.5), (0.42, 0.06, 0.14), (0.0, 0.42, 0.48)),
    *((0.9, 0.38, 0.1), (0.96, 0.74, 0.16), (0.4, 0.66, 0.86), (0.36, 0.38, 0.4)),
    *((0.06, 0.06, 0.07), (0.05, 0.08, 0.2), (0.8, 0.1, 0.12), (0.11, 0.3, 0.75)),
)


@dataclass(frozen=True, slots=True)
class Kit:
    """One side's kit of one game. panels: whether jersey and shorts carry stripes at the side."""

    jersey: Colour
    shorts: Colour
    number: Colour
    outline: Colour
    trim: Colour
    socks: Colour
    sleeved: bool
    panels: bool = False


def random_kits(rng: np.random.Generator) -> tuple[Kit, Kit]:
    """Two kits that can be told apart: mostly one white, like the game's rules ask for."""
    light = white(rng) if rng.uniform() < WHITE_KITS else _club(rng)
    least = 0.25 if rng.uniform() < 0.08 else 0.6  # now and then dark plays against dark
    while True:
        dark = _club(rng)
        if np.abs(np.subtract(light, dark)).sum() > least:
            break
    kits = (_kit(light, rng), _kit(dark, rng))
    return kits if rng.uniform() < 0.5 else kits[::-1]


def _kit(main: Colour, rng: np.random.Generator) -> Kit:
    bright = brightness(main)
    second = _club(rng)
    while abs(brightness(second) - bright) < 0.3:
        second = _club(rng) if bright > 0.45 and rng.uniform() < 0.8 else white(rng)
    trim = second if rng.uniform() < 0.6 else _club(rng)
    shorts = main if rng.uniform() < 0.88 else trim
    outline = main if rng.uniform() < 0.5 else trim
    socks = white(rng) if rng.uniform() < 0.6 else (0.06, 0.06, 0.07)
    sleeved, panels = bool(rng.uniform() < 0.05), bool(rng.uniform() < 0.65)
    return Kit(main, shorts, second, outline, trim, socks, sleeved, panels)


def kit_of(main: Colour, rng: np.random.Generator) -> Kit:
    """A kit of a given main colour."""
    return _kit(main, rng)


def brightness(colour: Colour) -> float:
    """Luma of a colour, ITU-R BT.601."""
    return float(np.dot(colour, (0.299, 0.587, 0.114)))


def white(rng: np.random.Generator) -> Colour:
    """White cloth."""
    level = rng.uniform(0.84, 0.97)
    return (level, level, float(min(1.0, level + rng.uniform(-0.03, 0.03))))


def _club(rng: np.random.Generator) -> Colour:
    if rng.uniform() < ANY_COLOUR:
        return any_colour(rng, (0.05, 0.9))
    base = np.array(CLUBS[int(rng.integers(len(CLUBS)))])
    r, g, b = np.clip(base * rng.uniform(0.8, 1.25) + rng.normal(0, 0.02, 3), 0.02, 1.0)
    return (float(r), float(g), float(b))


def any_colour(rng: np.random.Generator, value: tuple[float, float]) -> Colour:
    """Any hue, or a grey, with HSV value in the range."""
    if rng.uniform() < 0.15:
        grey = rng.uniform(*value)
        return (grey, grey, grey)
    return colorsys.hsv_to_rgb(rng.uniform(), rng.uniform(0.4, 1.0), rng.uniform(*value))


@dataclass(frozen=True, slots=True)
class Shirt:
    """What the referees of a game wear above black trousers; striped: black and white, upright;
    panels: black at the sides."""

    colour: Colour
    striped: bool
    panels: bool = False


_SHIRTS: tuple[Colour, ...] = (
    *((0.53, 0.54, 0.57), (0.85, 0.85, 0.86), (0.09, 0.09, 0.1), (0.9, 0.42, 0.1)),
    *((0.9, 0.9, 0.9), (0.42, 0.56, 0.74)),
)
_SHIRT_SHARE = (0.48, 0.12, 0.08, 0.1, 0.16, 0.06)
_PANELLED = 0.35  # share of the shirts in one colour
_STRIPES = 4


def random_shirt(rng: np.random.Generator) -> Shirt:
    """Grey as in the NBA, white, black, orange, black and white stripes or blue."""
    choice = int(rng.choice(len(_SHIRTS), p=_SHIRT_SHARE))
    level = rng.uniform(0.8, 1.1)
    r, g, b = _SHIRTS[choice]
    panels = choice != _STRIPES and rng.uniform() < _PANELLED
    return Shirt((r * level, g * level, b * level), choice == _STRIPES, bool(panels))


def street_tone(rng: np.random.Generator, brightest: float) -> NDArray[np.float64]:
    """Everyday clothes: mostly dark, grey or white, now and then a colour."""
    value = 0.05 + (brightest - 0.05) * rng.uniform() ** 1.1
    saturation = rng.uniform(0.3, 0.85) if rng.uniform() < 0.4 else rng.uniform(0, 0.25)
    return np.array(colorsys.hsv_to_rgb(rng.uniform(), saturation, value))
