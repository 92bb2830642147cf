"""Which published models the `sam2` preset uses, and what a folder of them must hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from courtside.errors import InputError

# Nothing that can run code when it is read: no pickles, no Python files.
ALLOWED = ("*.safetensors", "*.json", "*.txt")


@dataclass(frozen=True)
class Published:
    """A model on the Hugging Face hub.

    Attributes:
        name: as courtside calls it, and its folder.
        hub: owner and name on the hub.
        purpose: what it does, as a user would say it.
        licence: of the weights.
        optional: whether the preset also works without it.
        asked: whether it is fetched only when it is asked for by name.
    """

    name: str
    hub: str
    purpose: str
    licence: str = "Apache-2.0"
    optional: bool = False
    asked: bool = False


MODELS = (
    Published("rfdetr", "Roboflow/rf-detr-base", "find people and the ball"),
    Published("sam2", "facebook/sam2.1-hiera-tiny", "follow people by mask"),
    Published("siglip", "google/siglip-base-patch16-224", "tell teams apart", optional=True),
    Published(
        "smolvlm",
        "HuggingFaceTB/SmolVLM2-500M-Video-Instruct",
        "read numbers the small reader doubts",
        optional=True,
    ),
    Published(
        "edgetam", "yonigozlan/EdgeTAM-hf", "follow in sam2's place", optional=True, asked=True
    ),
)
NAMES = tuple(model.name for model in MODELS)


def published(name: str) -> Published:
    """Return a model by name.

    Raises:
        InputError: when there is none of that name.
    """
    for model in MODELS:
        if model.name == name:
            return model
    raise InputError(f"no model {name!r}; known are: {', '.join(NAMES)}")


def default_folder() -> Path:
    """Return where models are kept unless the user says otherwise."""
    return Path.home() / ".cache" / "courtside" / "models"


def check_folder(folder: Path) -> None:
    """Refuse a folder that is no checkpoint in the hub's own format.

    Raises:
        InputError: naming what is missing, or pickled weights.
    """
    if not (folder / "config.json").is_file():
        raise InputError(
            f"no model in {folder}: expected config.json and *.safetensors; "
            f"get it with 'courtside models fetch{_asked(folder.name)}'"
        )
    if any(folder.glob("*.safetensors")):
        return
    pickles = [path.name for kind in ("*.bin", "*.pt", "*.pth") for path in folder.glob(kind)]
    if pickles:
        raise InputError(
            f"{folder / pickles[0]} is a pickle, which may run code when it is read: "
            "courtside takes safetensors only"
        )
    raise InputError(f"{folder} holds no weights: expected *.safetensors")


def _asked(name: str) -> str:
    return f" {name}" if any(model.name == name and model.asked for model in MODELS) else ""
