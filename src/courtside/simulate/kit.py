"""What people wear: colours of every region of the body, sRGB 0..1."""

import colorsys
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.body import REGIONS

Role = Literal["player", "referee", "staff", "suit", "spectator", "bench"]
Colour = tuple[float, float, float]

# Skin from light to dark, measured tones of the Monk scale (Monk 2023, CC BY 4.0), sRGB.
_SKIN = ("#f3e7db", "#eadaba", "#d7bd96", "#a07e56", "#825c43", "#604134", "#3a312a", "#4a3527")
_SKIN_SHARE = (0.06, 0.08, 0.1, 0.16, 0.2, 0.2, 0.1, 0.1)
_HAIR = ("#141010", "#1d1512", "#2c1d14", "#51361f", "#8a6a3e", "#b9b4ad")
_HAIR_SHARE = (0.35, 0.25, 0.2, 0.1, 0.05, 0.05)


@dataclass(frozen=True, slots=True)
class Kit:
    """One side's kit of one game."""

    jersey: Colour
    shorts: Colour
    number: Colour
    outline: Colour
    trim: Colour
    socks: Colour
    sleeved: bool


def random_kits(rng: np.random.Generator) -> tuple[Kit, Kit]:
    """Two kits that can be told apart: often one white, like the game's rules ask for."""
    light = _white(rng) if rng.uniform() < 0.6 else _colour(rng, value=(0.6, 1.0))
    while True:
        dark = _colour(rng, value=(0.05, 0.85))
        if np.abs(np.subtract(light, dark)).sum() > 0.6:
            break
    kits = (_kit(light, rng), _kit(dark, rng))
    return kits if rng.uniform() < 0.5 else kits[::-1]


def _kit(main: Colour, rng: np.random.Generator) -> Kit:
    bright = float(np.dot(main, (0.3, 0.59, 0.11)))
    second = _colour(rng, value=(0.05, 0.5)) if bright > 0.5 else _white(rng)
    if rng.uniform() < 0.3 and bright < 0.5:
        second = _colour(rng, value=(0.7, 1.0))
    shorts = main if rng.uniform() < 0.85 else second
    outline = main if rng.uniform() < 0.5 else _colour(rng, value=(0.0, 1.0))
    socks = _white(rng) if rng.uniform() < 0.5 else (0.06, 0.06, 0.07)
    return Kit(main, shorts, second, outline, second, socks, bool(rng.uniform() < 0.06))


def _white(rng: np.random.Generator) -> Colour:
    level = rng.uniform(0.82, 1.0)
    return (level, level, float(min(1.0, level + rng.uniform(-0.04, 0.03))))


def _colour(rng: np.random.Generator, value: tuple[float, float]) -> Colour:
    if rng.uniform() < 0.15:
        grey = rng.uniform(*value)
        return (grey, grey, grey)
    hue, saturation = rng.uniform(), rng.uniform(0.4, 1.0)
    return colorsys.hsv_to_rgb(hue, saturation, rng.uniform(*value))


def _hex(code: str) -> Colour:
    return (int(code[1:3], 16) / 255, int(code[3:5], 16) / 255, int(code[5:7], 16) / 255)


def random_shirt(rng: np.random.Generator) -> Colour:
    """What the referees of a game wear: grey, black, orange, black and white stripes or blue.

    At the size of a broadcast picture stripes are a grey.
    """
    tones = (
        (0.55, 0.56, 0.6),
        (0.08, 0.08, 0.09),
        (0.9, 0.45, 0.1),
        (0.62,) * 3,
        (0.35, 0.5, 0.75),
    )
    r, g, b = tones[int(rng.choice(len(tones), p=[0.4, 0.2, 0.15, 0.15, 0.1]))]
    level = rng.uniform(0.75, 1.2)
    return (r * level, g * level, b * level)


def look_of(role: Role, kit: Kit, shirt: Colour, rng: np.random.Generator) -> NDArray[np.float32]:
    """Colours of one person, float32 (len(REGIONS) + 2, 3): the regions, number, outline.

    kit: worn by players and bench; shirt: worn by referees.
    """
    skin = np.array(_hex(str(rng.choice(_SKIN, p=_SKIN_SHARE)))) * rng.uniform(0.85, 1.1)
    colours = dict.fromkeys(REGIONS, skin)
    hair = _hex(str(rng.choice(_HAIR, p=_HAIR_SHARE)))
    colours["hair"] = skin if rng.uniform() < 0.15 else np.array(hair)
    match role:
        case "player" | "bench":
            _wear_kit(colours, kit, rng, warm=role == "bench" and rng.uniform() < 0.5)
        case "referee":
            _wear_referee(colours, shirt, rng)
        case "staff" | "suit" | "spectator":
            _wear_street(colours, role, rng)
    table = [np.asarray(colours[region]) for region in REGIONS]
    rows = np.stack([*table, np.array(kit.number), np.array(kit.outline)])
    return np.asarray(np.clip(rows, 0, 1), np.float32)


Colours = dict[str, NDArray[np.float64]]


def _wear_kit(colours: Colours, kit: Kit, rng: np.random.Generator, warm: bool) -> None:
    colours["jersey"], colours["shorts"] = np.array(kit.jersey), np.array(kit.shorts)
    colours["socks"] = np.array(kit.socks)
    colours["shoes"] = np.array(_colour(rng, (0.0, 1.0)) if rng.uniform() < 0.5 else kit.trim)
    if kit.sleeved or warm:
        colours["upper sleeve"] = np.array(kit.jersey)
    if warm:
        colours["lower sleeve"] = np.array(kit.jersey)
    extra = np.array(kit.jersey if rng.uniform() < 0.5 else kit.trim)
    if rng.uniform() < 0.12:
        colours["lower sleeve"] = extra
    if rng.uniform() < 0.12:
        colours["upper sleeve"] = colours["lower sleeve"] = extra
    if rng.uniform() < 0.18:
        colours["knee"] = colours["shin"] = extra if rng.uniform() < 0.5 else np.full(3, 0.05)
    if rng.uniform() < 0.12:
        colours["hair"] = extra  # a headband or a cap


def _wear_referee(colours: Colours, shirt: Colour, rng: np.random.Generator) -> None:
    colours["jersey"] = colours["upper sleeve"] = np.array(shirt)
    trousers = np.full(3, rng.uniform(0.02, 0.12))
    for region in ("shorts", "knee", "shin", "socks", "shoes"):
        colours[region] = trousers


def _wear_street(colours: Colours, role: Role, rng: np.random.Generator) -> None:
    """Clothes of a crowd: mostly dark, grey or white, now and then a colour."""
    top = _street_tone(rng, 0.35 if role == "suit" else 0.9)
    if role == "spectator" and rng.uniform() < 0.2:
        top = np.array(_white(rng)) * rng.uniform(0.7, 1.0)
    colours["jersey"] = colours["upper sleeve"] = top
    if role == "suit" or rng.uniform() < 0.65:
        colours["lower sleeve"] = top
    legs = _street_tone(rng, 0.4)
    for region in ("shorts", "knee", "shin", "socks"):
        colours[region] = legs
    if role == "staff" and rng.uniform() < 0.25:  # shorts
        colours["knee"] = colours["shin"] = colours["skin"]
    colours["shoes"] = np.full(3, rng.uniform(0.02, 0.6))


def _street_tone(rng: np.random.Generator, brightest: float) -> NDArray[np.float64]:
    value = 0.03 + (brightest - 0.03) * rng.uniform() ** 1.6
    saturation = rng.uniform(0.3, 0.95) if rng.uniform() < 0.4 else rng.uniform(0, 0.25)
    return np.array(colorsys.hsv_to_rgb(rng.uniform(), saturation, value))
