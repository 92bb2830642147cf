"""Settings as frozen dataclasses: defaults here, TOML and flags on top, unknown keys refused."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from courtside.errors import SettingsError
from courtside.sport import SPORTS

Preset = Literal["embedded", "sam2"]
Minimap = Literal["none", "corner", "beside", "alone"]


@dataclass(frozen=True)
class VideoSettings:
    """Which frames are looked at.

    Attributes:
        every: seconds between sampled frames (`0.1`, `1/30`), or `frame` for each one.
        start: seconds into the video where to begin, null for its beginning.
        end: seconds into the video where to stop, null for its end.
    """

    every: float | str = 0.1
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True)
class DetectSettings:
    """What counts as seen; scores are 0 to 1.

    Attributes:
        people: least score of a person.
        ball: least score of a candidate for the ball; settling chooses among them.
        rim: least score of a rim.
        number: least score of a number region.
    """

    people: float = 0.25
    ball: float = 0.15
    rim: float = 0.4
    number: float = 0.3


@dataclass(frozen=True)
class CourtSettings:
    """Which court is looked for.

    Attributes:
        league: name of a court (`nba wnba ncaa fiba 3x3 nfhs`), null to find out.
        measures: metres in which the court differs from that league's (from the NBA's, where none
            is given), by the names of `court.shapes.Court`.
    """

    league: str | None = None
    measures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class IdentitySettings:
    """How sure a decision must be.

    Attributes:
        number: least probability for a number to be drawn; below it nobody gets a wrong one.
    """

    number: float = 0.9


@dataclass(frozen=True)
class RenderSettings:
    """What the annotated video shows and how it is encoded.

    Attributes:
        video: false for data alone.
        encoder: `libx264`, or a hardware encoder such as `h264_nvenc`.
        quality: constant rate factor of H.264, lower is better and larger.
        trail: seconds of path drawn behind each player, 0 for none.
        minimap: where the court from above is: in a corner of the picture, beside it, or in a
            video of its own, `minimap.mp4`.
    """

    video: bool = True
    encoder: str = "libx264"
    quality: int = 23
    trail: float = 0.0
    minimap: Minimap = "none"


@dataclass(frozen=True)
class Sam2Settings:
    """The preset `sam2`.

    Attributes:
        models: folder with the models, each in a folder of its own; null for where
            `courtside models fetch` puts them.
        device: `auto` takes a GPU where there is one.
        tracker: `edgetam` follows faster and less surely than `sam2`.
        mode: `exact` gives the masks of transformers; `game` remembers nothing doubtful.
        pixels: side of the tracker's input, a multiple of 64, of 256 for EdgeTAM; null for the
            model's own. Fewer are faster and coarser.
        memories: frames remembered beside prompted ones, null for the model's own number.
        layers: layers of the memory attention that are kept, null for all. Fewer are faster.
        int8: whether SAM 2.1's image encoder counts in 8 bits; for GPUs.
        compiled: whether torch compiles the model first; for GPUs and long videos.
        classes: what a detector's own classes are: `player`, `referee`, `person`, `ball`, `rim`
            or `number`.
    """

    models: str | None = None
    device: Literal["auto", "cpu", "cuda"] = "auto"
    tracker: Literal["sam2", "edgetam"] = "sam2"
    mode: Literal["game", "exact"] = "game"
    pixels: int | None = None
    memories: int | None = None
    layers: int | None = None
    int8: bool = False
    compiled: bool = False
    classes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """Everything a run depends on beside the video itself.

    Attributes:
        preset: which nets: `embedded` ships with courtside, `sam2` needs a GPU and downloads.
        sport: name of a `Sport`.
        chunk: seconds of video whose results are saved together; a killed run repeats at most
            one chunk.
    """

    preset: Preset = "embedded"
    sport: str = "basketball"
    chunk: float = 10.0
    video: VideoSettings = field(default_factory=VideoSettings)
    detect: DetectSettings = field(default_factory=DetectSettings)
    court: CourtSettings = field(default_factory=CourtSettings)
    identity: IdentitySettings = field(default_factory=IdentitySettings)
    render: RenderSettings = field(default_factory=RenderSettings)
    sam2: Sam2Settings = field(default_factory=Sam2Settings)


def load_settings(path: Path | None, flags: Mapping[str, Any] | None = None) -> Settings:
    """Return the defaults, overlaid by a TOML file, overlaid by flags.

    Args:
        path: TOML file with the tables and keys of `Settings`, or null.
        flags: dotted keys, e.g. `{"video.every": "frame"}`; null values are left out.

    Raises:
        SettingsError: for a missing or broken file, an unknown key (the message names the
            nearest known one), a wrong type or a value out of range.
    """
    tree = _read_toml(path) if path else {}
    for key, value in (flags or {}).items():
        if value is not None:
            _put(tree, key, value)
    return settings_from(tree, str(path) if path else "settings")


def settings_from(tree: Mapping[str, Any], origin: str) -> Settings:
    """Return settings from nested tables; `origin` names their source in messages.

    Raises:
        SettingsError: as `load_settings`.
    """
    _refuse_unknown(tree, Settings, "", origin)
    try:
        settings = msgspec.convert(tree, Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{origin}: {_plain(error)}") from None
    _check_ranges(settings, origin)
    return settings


def sampling_period(every: float | str) -> Fraction | None:
    """Return seconds between sampled frames, null for every frame.

    Raises:
        SettingsError: when it is neither `frame` nor a positive number.
    """
    if every == "frame":
        return None
    try:
        period = Fraction(str(every))
    except (ValueError, ZeroDivisionError):
        period = Fraction(0)
    if period <= 0:
        raise SettingsError(f"every must be a positive number of seconds or 'frame'; got {every!r}")
    return period


def differences(first: Any, second: Any, prefix: str = "") -> list[str]:
    """Return one text `key: old -> new` for each setting that differs."""
    found: list[str] = []
    for item in fields(first):
        old, new = getattr(first, item.name), getattr(second, item.name)
        if is_dataclass(old):
            found += differences(old, new, f"{prefix}{item.name}.")
        elif old != new:
            found.append(f"{prefix}{item.name}: {old} -> {new}")
    return found


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"no settings file at {path}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} is not a TOML settings file: {error}") from None


def _put(tree: dict[str, Any], key: str, value: object) -> None:
    *tables, last = key.split(".")
    for table in tables:
        tree = tree.setdefault(table, {})
    tree[last] = value


def _refuse_unknown(tree: Mapping[str, Any], kind: Any, prefix: str, origin: str) -> None:
    known = get_type_hints(kind)
    for key, value in tree.items():
        if key not in known:
            raise SettingsError(f"{origin}: unknown setting '{prefix}{key}'{_nearest(key, known)}")
        if is_dataclass(known[key]) and isinstance(value, Mapping):
            _refuse_unknown(value, known[key], f"{prefix}{key}.", origin)


def _nearest(key: str, known: Mapping[str, Any]) -> str:
    match = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    if match:
        return f"; did you mean '{match[0]}'?"
    return f"; known are: {', '.join(sorted(known))}"


def _plain(error: msgspec.ValidationError) -> str:
    text, _, where = str(error).partition(" - at `$.")
    place = f"setting '{where.rstrip('`')}': " if where else ""
    told = text[:1].lower() + text[1:].replace("`", "")
    return place + told + _choices(where.rstrip("`"))


def _choices(name: str) -> str:
    """Return the values a setting may have, empty where they cannot be listed."""
    kind: Any = Settings
    for part in name.split(".") if name else ():
        kind = get_type_hints(kind).get(part) if is_dataclass(kind) else None
    values = get_args(kind) if get_origin(kind) is Literal else ()
    return f"; expected one of {', '.join(values)}" if values else ""


def _check_ranges(settings: Settings, origin: str) -> None:
    sampling_period(settings.video.every)
    start, end = settings.video.start, settings.video.end
    checks = [
        (settings.sport in SPORTS, f"sport must be one of {', '.join(SPORTS)}"),
        (settings.chunk > 0, "chunk must be more than 0 seconds"),
        (start is None or start >= 0, "video.start must not be negative"),
        (end is None or end > (start or 0), "video.end must be after video.start"),
        (0 <= settings.identity.number <= 1, "identity.number must be between 0 and 1"),
        (0 <= settings.render.quality <= 51, "render.quality must be between 0 and 51"),
        (settings.render.trail >= 0, "render.trail must not be negative"),
    ]
    kinds = set(settings.sam2.classes.values())
    allowed = {"player", "referee", "person", "ball", "rim", "number"}
    checks.append((kinds <= allowed, f"sam2.classes must be one of {', '.join(sorted(allowed))}"))
    for name in ("memories", "layers"):
        count = getattr(settings.sam2, name)
        checks.append((count is None or count > 0, f"sam2.{name} must be at least 1"))
    for fine, complaint in checks:
        if not fine:
            raise SettingsError(f"{origin}: {complaint}")
