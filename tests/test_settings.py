"""Settings: defaults, TOML, flags on top; unknown keys and wrong types get one clear line."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from courtside.errors import SettingsError
from courtside.settings import Settings, differences, load_settings, sampling_period


def written(folder: Path, text: str) -> Path:
    path = folder / "courtside.toml"
    path.write_text(text)
    return path


def test_flags_go_over_file_over_defaults(tmp_path: Path) -> None:
    path = written(tmp_path, 'sport = "basketball3x3"\n[video]\nevery = 0.2\nstart = 3\n')
    settings = load_settings(path, {"video.every": "frame", "video.end": None})
    assert settings.sport == "basketball3x3"
    assert settings.video.every == "frame"
    assert (settings.video.start, settings.video.end) == (3, None)
    assert settings.chunk == Settings().chunk


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[vidoe]\nevery = 1", "unknown setting 'vidoe'; did you mean 'video'"),
        ("[video]\nevrey = 1", "unknown setting 'video.evrey'; did you mean 'every'"),
        ("zzz = 1", "unknown setting 'zzz'; known are: chunk, "),
        ('chunk = "long"', "'chunk': expected float, got str"),
        ("chunk = 0", "chunk must be more than 0"),
        ("video = 3", "'video': expected object, got int"),
        ('preset = "fast"', "'preset': invalid enum value 'fast'; expected one of embedded, sam2"),
        ('sport = "chess"', "sport must be one of basketball, "),
        ("[video]\nevery = -1", "every must be a positive number"),
        ('[video]\nevery = "often"', "every must be a positive number"),
        ("[video]\nstart = 5\nend = 4", "end must be after"),
        ("[render]\nquality = 99", "quality must be between 0 and 51"),
        ("chunk = = 1", "is not a TOML settings file"),
    ],
)
def test_mistakes_get_one_clear_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        load_settings(written(tmp_path, text))
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 3


def test_missing_file() -> None:
    with pytest.raises(SettingsError, match="no settings file at nowhere.toml"):
        load_settings(Path("nowhere.toml"))


def test_sampling_period_is_exact() -> None:
    assert sampling_period(0.1) == Fraction(1, 10)
    assert sampling_period("1/30") == Fraction(1, 30)
    assert sampling_period("frame") is None


def test_differences_name_the_key_and_both_values() -> None:
    other = load_settings(None, {"video.every": 0.5, "preset": "sam2"})
    assert differences(Settings(), other) == [
        "preset: embedded -> sam2",
        "video.every: 0.1 -> 0.5",
    ]
