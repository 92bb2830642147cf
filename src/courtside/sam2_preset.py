"""The sam2 preset put together: which models it loads, and its stages in order."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import Any, Literal

from courtside.embedded_preset import load_detector
from courtside.engine import load_net
from courtside.errors import InputError, missing_extra
from courtside.models.catalogue import MODELS, check_folder, default_folder
from courtside.models.loading import (
    architecture,
    choose_device,
    choose_dtype,
    load_pretrained,
    torch_and_transformers,
)  # fmt: skip
from courtside.numbers.look import build_reader
from courtside.settings import Sam2Settings, Settings
from courtside.stage import Halves, LookStage, stateless
from courtside.teams.look import look_teams
from courtside.video.motion import build_camera
from courtside.weights import weights_path


def sam2_stages(settings: Settings) -> Halves:
    """Return the look stages of the preset, as the two halves of the loop.

    Raises:
        InputError: a model is missing, broken or of another kind.
        MachineError: the extra is not installed, or there is no GPU where one was asked for.
    """
    torch_and_transformers()  # one clear line before anything that imports them
    from courtside.court.feet import build_feet
    from courtside.court.league import readings_of
    from courtside.court.stage import build_court
    from courtside.detect.rfdetr import build_rfdetr, load_rfdetr
    from courtside.detect.stage import build_ground
    from courtside.masks.sam2 import Options
    from courtside.masks.sam2_stage import build_sam2_follower

    own, folder = settings.sam2, models_folder(settings.sam2)
    device = choose_device(own.device)
    dtype = choose_dtype(device)
    detector = load_rfdetr(folder / "rfdetr", own.classes, device, dtype)
    model = _faster(load_sam2(folder / own.tracker, own.pixels, device, dtype), own)
    options = Options(mode=own.mode, memories=own.memories, compiled=own.compiled)
    # No published model knows a court's lines: the embedded net goes on seeing those.
    ground = build_ground(load_detector)
    first = [build_camera(), build_rfdetr(detector, settings.detect), ground]
    second = [
        build_court(readings_of(settings)),
        build_sam2_follower(model, options),
        build_feet(),
        stateless("teams", ["mask", "visibility"], ["kit"], look_teams),
        *_siglip(folder / "siglip", device, dtype),
        build_reader(load_net(weights_path("numbers")), settings.detect.number),
        *_smolvlm(folder / "smolvlm", device, dtype),
    ]
    return first, second


def models_folder(own: Sam2Settings) -> Path:
    """Return the folder of the preset's models.

    Raises:
        InputError: when there is none.
    """
    folder = Path(own.models) if own.models else default_folder()
    if not folder.is_dir():
        raise InputError(f"no models in {folder}: get them with 'courtside models fetch'")
    return folder


def load_sam2(folder: Path, pixels: int | None, device: str, dtype: Any = None) -> Any:
    """Return SAM 2.1 or EdgeTAM for pictures of a size; null for the size it was trained with.

    Raises:
        InputError: when the folder holds another model, or the size does not fit.
        MachineError: EdgeTAM's image encoder needs timm, which is not installed.
    """
    # The published checkpoints may name the model for pictures; the one for video reads the same.
    match architecture(folder):
        case "Sam2VideoModel" | "Sam2Model":
            kind = "Sam2VideoModel"
        case "EdgeTamVideoModel" | "EdgeTamModel":
            kind = "EdgeTamVideoModel"
            _check_backbone(folder)
        case other:
            raise InputError(f"{folder} holds {other}, not SAM 2.1 or EdgeTAM")
    model = load_pretrained(kind, folder, device, dtype)
    if pixels is None or pixels == model.config.image_size:
        return model
    from courtside.masks.sam2_edge import size_step
    from courtside.masks.sam2_sizes import resized

    if pixels <= 0 or pixels % (step := size_step(model.config)):
        raise InputError(f"sam2.pixels must be a multiple of {step}; got {pixels}")
    return resized(model, pixels)


def _check_backbone(folder: Path) -> None:
    wants = "timm_wrapper" in (folder / "config.json").read_text("utf-8")
    if wants and importlib.util.find_spec("timm") is None:
        raise missing_extra("timm", "edgetam", "EdgeTAM")


def _faster(model: Any, own: Sam2Settings) -> Any:
    """Return the model with the approximations that were asked for."""
    from courtside.masks.sam2_int8 import quantise_encoder
    from courtside.masks.sam2_sizes import pruned

    if own.layers is not None:
        model = pruned(model, own.layers)
    return quantise_encoder(model) if own.int8 else model


def tune(
    name: Literal["rfdetr", "smolvlm"],
    data: Path,
    folder: Path | None,
    out: Path,
    schedule: tuple[int, int, float],
    device: Any = "auto",
    quiet: bool = False,
) -> Any:
    """Tune one of the models and return figures before and after.

    Args:
        name: of the model.
        data: what to learn from.
        folder: of the models; null for the default one.
        out: gets the result.
        schedule: steps, batch and learning rate.
        device: `auto`, `cpu` or `cuda`.
        quiet: print no progress.

    Raises:
        InputError: data or model cannot be used.
        MachineError: the extra is not installed, or there is no GPU where one was asked for.
    """
    torch_and_transformers()
    from courtside.train.tuning import Tuning

    def told(step: int, loss: float) -> None:
        if not quiet and step % 10 == 0:
            print(f"step {step} of {schedule[0]}, loss {loss:.3f}", flush=True)

    base = (folder or default_folder()) / name
    chosen = choose_device(device)
    if name == "rfdetr":
        from courtside.train.rfdetr import tune_rfdetr

        return tune_rfdetr(data, base, out, Tuning(*schedule), chosen, told)
    from courtside.train.smolvlm import tune_smolvlm

    return tune_smolvlm(data, base, out, Tuning(*schedule), chosen, told)


def sam2_hashes(settings: Settings) -> dict[str, str]:
    """Return the sha256 of each model's weights by name, as the run's manifest keeps it."""
    folder = models_folder(settings.sam2)
    found = {}
    for model in MODELS:
        files = sorted((folder / model.name).glob("*.safetensors"))
        if files:
            digest = hashlib.sha256()
            for path in files:
                with path.open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
            found[model.name] = digest.hexdigest()
    return found


def _siglip(folder: Path, device: str, dtype: Any) -> list[LookStage]:
    if not folder.is_dir():
        return []
    check_folder(folder)
    from courtside.teams.siglip import build_siglip, load_siglip

    return [build_siglip(load_siglip(folder, device, dtype))]


def _smolvlm(folder: Path, device: str, dtype: Any) -> list[LookStage]:
    if not folder.is_dir():
        return []
    check_folder(folder)
    from courtside.numbers.smolvlm import load_smolvlm
    from courtside.numbers.smolvlm_stage import build_second_reader

    return [build_second_reader(load_smolvlm(folder, device, dtype))]
