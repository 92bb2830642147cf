"""An approximation: the image encoder's linear layers in 8 bits, weights and activations.

Weights have one scale per output channel, activations one per token, found as they come (dynamic
quantisation, as in LLM.int8, Dettmers et al. 2022, https://arxiv.org/abs/2208.07339, without its
outliers). Products are summed in int32, so nothing but the rounding to 8 bits is lost.
"""

from __future__ import annotations

import torch
from torch.nn.functional import linear

from courtside.errors import InputError
from courtside.masks.sam2_sizes import sharing

_LARGEST = 127


class Int8Linear(torch.nn.Module):
    """A linear layer whose weights and inputs are rounded to 8 bits.

    Attributes:
        weight: int8, (outputs, inputs).
        scale: of each output, float32, (outputs,).
        bias: (outputs,), or null.
    """

    def __init__(self, layer: torch.nn.Linear) -> None:
        super().__init__()
        weight, scale = quantised(layer.weight.detach())
        self.register_buffer("weight", weight)
        self.register_buffer("scale", scale[:, 0])
        self.bias = layer.bias

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return (..., outputs) in the inputs' dtype for (..., inputs)."""
        rows = inputs.reshape(-1, inputs.shape[-1])
        if not _fits(rows, self.weight):
            weight = (self.weight * self.scale[:, None]).to(inputs.dtype)
            return linear(inputs, weight, self.bias)
        tokens, scale = quantised(rows)
        sums = torch._int_mm(tokens, self.weight.t())
        outputs = (sums * scale).mul_(self.scale)
        if self.bias is not None:
            outputs += self.bias
        return outputs.to(inputs.dtype).unflatten(0, inputs.shape[:-1])


def quantised(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return rows, (n, width), in int8 and the scale of each, float32, (n, 1)."""
    rows = rows.float()
    scale = rows.abs().amax(dim=1, keepdim=True).clamp_(min=1e-12).div_(_LARGEST)
    return (rows / scale).round_().to(torch.int8), scale


def quantise_encoder(model: torch.nn.Module) -> torch.nn.Module:
    """Return a model whose image encoder has `Int8Linear` for linear layers; all else is shared.

    Raises:
        InputError: the image encoder has no linear layers.
    """
    model = sharing(model)
    found = [
        (part, name, layer)
        for part in model.vision_encoder.modules()
        for name, layer in part.named_children()
        if isinstance(layer, torch.nn.Linear)
    ]
    if not found:
        raise InputError("int8 fits SAM 2.1 only: this image encoder has no linear layers")
    for part, name, layer in found:
        setattr(part, name, Int8Linear(layer))
    return model


def _fits(rows: torch.Tensor, weight: torch.Tensor) -> bool:
    """Say whether the device multiplies matrices of this shape in 8 bits: cuBLAS is particular."""
    return not rows.is_cuda or (
        len(rows) > 16 and rows.shape[1] % 8 == 0 and weight.shape[0] % 8 == 0
    )
