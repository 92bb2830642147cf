"""Named approximations of SAM 2.1's weights: 8 bits in the encoder, fewer layers for memories."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from courtside.errors import InputError
from courtside.masks.sam2 import Sam2State
from courtside.masks.sam2_int8 import Int8Linear, quantise_encoder
from courtside.masks.sam2_sizes import pruned
from edgetam_fakes import small_edge
from sam2_fakes import film, overlaps, place, small_model


@pytest.fixture(scope="module")
def model() -> Any:
    return small_model()


def followed(model: Any, frames: int = 4) -> torch.Tensor:
    state = Sam2State(model)
    for number in range(3):
        state.add(number, place(number))
    return torch.cat([state.step(picture)[1] for picture in film(frames)])


def test_a_linear_layer_in_8_bits_is_right_to_a_hundredth() -> None:
    torch.manual_seed(0)
    layer, inputs = torch.nn.Linear(24, 40), torch.randn(3, 700, 24)
    inputs[0] *= 100  # a token's own scale: large ones leave small ones alone
    inputs[1, 5] = 0
    expected, found = layer(inputs), Int8Linear(layer)(inputs)
    assert found.shape == expected.shape
    error = (found - expected).norm(dim=-1) / expected.norm(dim=-1)
    assert 1e-4 < error.mean() < 0.01
    assert error.max() < 0.05
    torch.testing.assert_close(found[1, 5], layer.bias)
    half = Int8Linear(layer.to(torch.bfloat16))(inputs.to(torch.bfloat16))
    assert half.dtype == torch.bfloat16
    assert (half - expected).norm() / expected.norm() < 0.02


def test_shapes_that_the_device_cannot_do_in_8_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, inputs = torch.nn.Linear(10, 6, bias=False), torch.randn(4, 10)
    small = Int8Linear(layer)
    monkeypatch.setattr("courtside.masks.sam2_int8._fits", lambda *_: False)
    torch.testing.assert_close(small(inputs), layer(inputs), atol=0.02, rtol=0)


def test_an_encoder_in_8_bits_follows_the_same_people(model: Any) -> None:
    exact = followed(model)
    small = quantise_encoder(model)
    with torch.no_grad():
        maps, expected = (
            one.vision_encoder(film(1)).fpn_hidden_states[-1] for one in (small, model)
        )
    assert (maps - expected).norm() / expected.norm() < 0.05
    masks = followed(small)
    assert overlaps(masks, exact)[-3:].min() > 0.85
    assert (masks - exact).abs().max() > 1e-3, "it is an approximation"
    layers = [part for part in small.vision_encoder.modules() if isinstance(part, Int8Linear)]
    assert layers
    assert all(layer.weight.dtype == torch.int8 for layer in layers)
    torch.testing.assert_close(followed(model), exact, atol=0, rtol=0)


def test_fewer_layers_keep_the_last_and_share_weights(model: Any) -> None:
    exact, layers = followed(model), model.memory_attention.layers
    small = pruned(model, 1)
    kept = small.memory_attention.layers
    assert [kept[0].layer_norm1.weight.data_ptr()] == [layers[1].layer_norm1.weight.data_ptr()]
    assert small.config.memory_attention_num_layers == 1
    masks = followed(small)
    torch.testing.assert_close(masks[:3], exact[:3], atol=0, rtol=0)  # prompted: no memory yet
    assert (masks[3:] - exact[3:]).abs().max() > 0.1
    torch.testing.assert_close(followed(pruned(model, 2)), exact, atol=0, rtol=0)
    torch.testing.assert_close(followed(model), exact, atol=0, rtol=0)


def test_what_does_not_fit_is_one_clear_line(model: Any) -> None:
    for layers in (0, 3):
        with pytest.raises(InputError, match=r"sam2\.layers must be between 1 and 2"):
            pruned(model, layers)
    with pytest.raises(InputError, match="no linear layers"):
        quantise_encoder(small_edge())
