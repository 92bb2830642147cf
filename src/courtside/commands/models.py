"""`courtside models`: the published models that the preset sam2 uses."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from courtside.commands.options import PATH, json_option, print_json

folder_option = click.option("--models", "folder", type=PATH, help="Folder with the models.")


@click.group()
def models() -> None:
    """Fetch and check the published models that the preset sam2 uses."""


@models.command("fetch")
@click.argument("names", nargs=-1)
@folder_option
@json_option
def models_fetch(names: tuple[str, ...], folder: Path | None, as_json: bool) -> None:
    """Download NAMES, or all models, from the Hugging Face hub; safetensors only."""
    from courtside.models.catalogue import default_folder
    from courtside.models.store import fetch

    _show_models(fetch(names, folder or default_folder()), as_json)


@models.command("list")
@folder_option
@json_option
def models_list(folder: Path | None, as_json: bool) -> None:
    """Tell which models there are and which lie in the folder."""
    from courtside.models.catalogue import default_folder
    from courtside.models.store import listed

    _show_models(listed(folder or default_folder()), as_json)


@models.command("verify")
@folder_option
@json_option
def models_verify(folder: Path | None, as_json: bool) -> None:
    """Hash every file and compare it with what was fetched."""
    from courtside.models.catalogue import default_folder
    from courtside.models.store import verify

    _show_models(verify(folder or default_folder()), as_json)


def _show_models(found: list[Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        for one in found:
            print(f"{one.name:8} {one.state:8} {one.hub}  {one.detail}")
    if any(one.state == "broken" for one in found):
        sys.exit(3)
