"""What one person looks like: skin, hair, beard, kit or street clothes, shoes, sleeves, bands.

A look is a float32 table (LOOK_ROWS, 3): a colour for each of `REGIONS`, then number, outline and
trim colours (sRGB 0..1), then a row of marks: pattern bits, and the layers of the number sheet
that hold the name on the back and the word on the chest (0: none).
"""

import numpy as np
from numpy.typing import NDArray

from courtside.simulate.body import LEG, REGIONS
from courtside.simulate.kit import Kit, Role, Shirt, any_colour, street_tone, white

LOOK_ROWS = len(REGIONS) + 4
PANELS, STRIPES, HEADBAND, BEARD, NECK = 1, 2, 4, 8, 16  # pattern bits, as in the shader
BLACK = np.full(3, 0.05)

# Skin from light to dark after the Monk scale (Monk 2023, CC BY 4.0), sRGB as filmed.
_SKIN = ("#dcb598", "#d0a27e", "#c99a72", "#a87850", "#8d6248", "#74503c", "#5e4032", "#4a3429")
_SKIN_SHARE = (0.06, 0.1, 0.1, 0.14, 0.2, 0.2, 0.12, 0.08)
_HAIR = ("#141010", "#1d1512", "#2c1d14", "#51361f", "#8a6a3e", "#b9b4ad")
_HAIR_SHARE = (0.38, 0.27, 0.18, 0.09, 0.04, 0.04)

Colours = dict[str, NDArray[np.float64]]


def look_of(
    role: Role,
    kit: Kit,
    shirt: Shirt,
    rng: np.random.Generator,
    layers: tuple[int, int] = (0, 0),
) -> NDArray[np.float32]:
    """The look of one person, float32 (LOOK_ROWS, 3).

    kit: worn by players and bench; shirt: by referees; layers: name and word of a player.
    """
    skin = _hex(str(rng.choice(_SKIN, p=_SKIN_SHARE))) * rng.uniform(0.88, 1.1)
    colours = dict.fromkeys(REGIONS, skin)
    colours["hair"] = skin if rng.uniform() < 0.15 else _hex(str(rng.choice(_HAIR, p=_HAIR_SHARE)))
    bits = BEARD if rng.uniform() < 0.3 else 0
    trim = np.array(kit.trim)
    match role:
        case "player":
            bits |= _wear_kit(colours, kit, rng)
        case "bench":
            _wear_kit(colours, kit, rng)
            if rng.uniform() < 0.6:
                _wear_warmup(colours, kit, rng)
        case "referee":
            bits |= _wear_referee(colours, shirt)
            trim = BLACK
        case "staff" | "suit" | "spectator":
            _wear_street(colours, role, kit, rng)
    table = [np.asarray(colours[region]) for region in REGIONS]
    rows = np.stack([*table, np.array(kit.number), np.array(kit.outline), trim])
    marks = np.array([[bits, *layers]], np.float64)
    return np.vstack([np.clip(rows, 0, 1), marks]).astype(np.float32)


def in_trousers(look: NDArray[np.float32]) -> bool:
    """Whether a look's legs are of one colour down to the shoes."""
    legs = look[[REGIONS.index("shorts"), *LEG]]
    return bool((legs == legs[0]).all())


def _hex(code: str) -> NDArray[np.float64]:
    return np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def _wear_kit(colours: Colours, kit: Kit, rng: np.random.Generator) -> int:
    """Jersey, shorts, socks, shoes and what players add of their own; returns pattern bits."""
    colours["jersey"], colours["shorts"] = np.array(kit.jersey), np.array(kit.shorts)
    colours["socks"] = np.array(kit.socks)
    colours["shoes"] = _shoes(kit, rng)
    if kit.sleeved:
        colours["upper sleeve"] = np.array(kit.jersey)
    extra = (BLACK, np.array(white(rng)), np.array(kit.jersey), np.array(kit.trim))
    extra_of = [extra[int(i)] for i in rng.choice(4, 3, p=[0.35, 0.3, 0.25, 0.1])]
    if rng.uniform() < 0.12:
        colours["lower sleeve"] = extra_of[0]
    if rng.uniform() < 0.1:
        colours["upper sleeve"] = colours["lower sleeve"] = extra_of[0]
    if rng.uniform() < 0.2:
        colours["knee"] = extra_of[1]
        if rng.uniform() < 0.5:
            colours["shin"] = extra_of[1]
    return NECK | (PANELS if kit.panels else 0) | (HEADBAND if rng.uniform() < 0.12 else 0)


def _shoes(kit: Kit, rng: np.random.Generator) -> NDArray[np.float64]:
    options = (white(rng), (0.06, 0.06, 0.07), kit.trim, any_colour(rng, (0.3, 1.0)))
    return np.array(options[int(rng.choice(4, p=[0.4, 0.25, 0.2, 0.15]))])


def _wear_warmup(colours: Colours, kit: Kit, rng: np.random.Generator) -> None:
    """A shooting shirt or a whole track suit."""
    top = np.array(kit.trim if rng.uniform() < 0.5 else kit.jersey)
    colours["jersey"] = colours["upper sleeve"] = top
    if rng.uniform() < 0.6:
        colours["lower sleeve"] = top
    if rng.uniform() < 0.5:
        legs = BLACK if rng.uniform() < 0.5 else top
        for region in ("shorts", "knee", "shin", "socks"):
            colours[region] = legs


def _wear_referee(colours: Colours, shirt: Shirt) -> int:
    colours["jersey"] = colours["upper sleeve"] = np.array(shirt.colour)
    for region in ("shorts", "knee", "shin", "socks", "shoes"):
        colours[region] = BLACK
    return (STRIPES if shirt.striped else 0) | (PANELS if shirt.panels else 0)


def _wear_street(colours: Colours, role: Role, kit: Kit, rng: np.random.Generator) -> None:
    """Clothes of a crowd; some wear the club's colours, coaches suits or polo shirts."""
    top = street_tone(rng, 0.3 if role == "suit" else 0.85)
    if role == "spectator" and rng.uniform() < 0.35:
        top = np.array(white(rng) if rng.uniform() < 0.5 else kit.jersey) * rng.uniform(0.75, 1.0)
    polo = role == "suit" and rng.uniform() < 0.35
    if polo:
        top = np.array(kit.trim if rng.uniform() < 0.5 else white(rng))
    colours["jersey"] = colours["upper sleeve"] = top
    if not polo and (role == "suit" or rng.uniform() < 0.65):
        colours["lower sleeve"] = top
    legs = street_tone(rng, 0.35)
    for region in ("shorts", "knee", "shin", "socks"):
        colours[region] = legs
    if role == "staff" and rng.uniform() < 0.25:  # shorts
        colours["knee"] = colours["shin"] = colours["skin"]
    colours["shoes"] = np.full(3, rng.uniform(0.04, 0.6))
