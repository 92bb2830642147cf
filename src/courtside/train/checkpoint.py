"""Checkpoints of a training, and small files of weights to start others from."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from courtside.errors import InputError
from courtside.train.detector_net import DetectorNet
from courtside.train.person_net import PersonNet
from courtside.train.plan import Plan

AVERAGE = 0.998  # of the weights from batch to batch, for the exported nets


class Nets(nn.Module):
    """Both nets in one, so that one optimizer, one average and one checkpoint hold them."""

    def __init__(self) -> None:
        super().__init__()
        self.detector, self.person = DetectorNet(), PersonNet()


@dataclass
class Training:
    """What a training carries from batch to batch, and what a checkpoint holds."""

    nets: Nets
    average: torch.optim.swa_utils.AveragedModel
    optimizer: torch.optim.Optimizer
    step: int = 0
    seconds: float = 0.0


def save(out: Path, training: Training) -> None:
    """Write `checkpoint.pt`; it gets its name only when it is whole."""
    partial = out / "checkpoint.partial"
    parts = {"nets": training.nets, "average": training.average, "optimizer": training.optimizer}
    state = {"step": training.step, "seconds": training.seconds}
    torch.save({name: part.state_dict() for name, part in parts.items()} | state, partial)
    partial.replace(out / "checkpoint.pt")


def load(plan: Plan, device: torch.device) -> Training:
    """Return the training of `plan.out` where it stopped, or a new one."""
    nets = Nets()
    if plan.start is not None:
        nets.load_state_dict(load_weights(plan.start))
    nets = nets.to(device, memory_format=torch.channels_last)
    average = torch.optim.swa_utils.AveragedModel(
        nets, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGE), use_buffers=True
    )
    optimizer = torch.optim.AdamW(nets.parameters(), lr=plan.rate, weight_decay=0.02)
    training = Training(nets, average, optimizer)
    path = plan.out / "checkpoint.pt"
    if path.exists():
        saved = torch.load(path, weights_only=True, map_location=device)
        for name in ("nets", "average", "optimizer"):
            getattr(training, name).load_state_dict(saved[name])
        training.step, training.seconds = saved["step"], saved["seconds"]
    return training


def save_weights(nets: nn.Module, path: Path) -> None:
    """Write a net's weights in half precision, to start another training from."""
    halves = {
        name: value.half() if value.is_floating_point() else value
        for name, value in nets.state_dict().items()
    }
    torch.save(halves, path)


def load_weights(path: Path) -> dict[str, Tensor]:
    """Read weights of `save_weights`.

    Raises:
        InputError: when there is no such file.
    """
    if not path.is_file():
        raise InputError(f"no weights at {path}: expected a file of an earlier training")
    saved = torch.load(path, weights_only=True, map_location="cpu")
    return {n: v.float() if v.is_floating_point() else v for n, v in saved.items()}
