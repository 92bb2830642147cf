"""Arguments and options that commands share, and JSON for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

# Existence is checked where the path is used: one clear line, exit code 3.
PATH = click.Path(path_type=Path)

run_argument = click.argument("run", type=PATH)
quiet_option = click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def print_json(content: Any) -> None:
    """Print what programs read."""
    import msgspec

    print(json.dumps(msgspec.to_builtins(content), indent=1, ensure_ascii=False))
