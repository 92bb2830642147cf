"""SmolVLM2 as second reader: strict answers, scores from tokens, a queue that holds nothing up."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from courtside.errors import InputError
from courtside.models.pixels import HALF, as_pixels
from courtside.numbers.smolvlm import (
    ANSWER_TOKENS,
    Answer,
    _generate,
    load_smolvlm,
    parse,
    read,
)  # fmt: skip
from courtside.numbers.smolvlm_stage import evidence, second_reader
from courtside.sightings import Sightings, View
from courtside.store.state import decode_state, encode_state
from smolvlm_fakes import save_smolvlm


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_smolvlm(tmp_path_factory.mktemp("smolvlm"))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("23", "23"), (" 7 ", "7"), ("0", "0"), ("00", "00"), ("07", None), ("100", None),
        ("The number is 23", None), ("", None), ("2 3", None), ("²", None), ("٣", None),
    ],
)  # fmt: skip
def test_answers_are_digits_or_nothing(text: str, number: str | None) -> None:
    assert parse(text) == number


def test_scores_are_the_probabilities_of_the_answers_tokens(folder: Path) -> None:
    reader = load_smolvlm(folder)
    crop = np.full((30, 20, 3), 120, np.uint8)
    answer = read(reader, [crop, crop])
    assert answer[0] == answer[1]
    scripted = iter([("4", 0.9), ("2", 0.5), ("<end_of_utterance>", 0.8)])

    class Scripted(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.config, self.model = reader.model.config, reader.model.model

        def get_input_embeddings(self) -> Any:
            return reader.model.get_input_embeddings()

        def forward(self, inputs_embeds: torch.Tensor, **_: Any) -> Any:
            text, chance = next(scripted)
            size = reader.tokenizer.get_vocab_size()
            chances = torch.full((len(inputs_embeds), size), (1 - chance) / (size - 1))
            chances[:, reader.tokenizer.token_to_id(text)] = chance
            return type("Out", (), {"logits": chances.log()[:, None]})

    told = type(reader)(Scripted(), reader.tokenizer, reader.prompt, reader.end)
    (found,) = read(told, [crop])
    assert found.number == "42"
    assert found.score == pytest.approx(0.9 * 0.5 * 0.8, rel=1e-4)


def test_reading_equals_the_models_own_generation(folder: Path) -> None:
    reader = load_smolvlm(folder)
    crop = np.random.default_rng(0).integers(0, 255, (32, 32, 3)).astype(np.uint8)
    given = {
        "input_ids": torch.tensor([reader.prompt]),
        "pixel_values": as_pixels([crop], 32, HALF)[:, None],
    }
    expected = reader.model.generate(**given, do_sample=False, max_new_tokens=ANSWER_TOKENS)
    tokens, chances = _generate(reader, [crop])
    assert tokens[0].tolist() == expected[0, len(reader.prompt) :].tolist()
    assert ((chances > 0) & (chances <= 1)).all()


def test_the_question_has_room_for_one_unsplit_picture(folder: Path) -> None:
    reader = load_smolvlm(folder)
    image = reader.tokenizer.token_to_id("<image>")
    assert reader.prompt.count(image) == (32 // 8) ** 2 // 2**2
    assert "Read the number." in reader.tokenizer.decode(list(reader.prompt)).replace("Ġ", " ")


def test_an_adapter_changes_what_is_read(folder: Path, tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model

    plain = load_smolvlm(folder)
    whole = save_smolvlm(tmp_path)
    tuned = get_peft_model(
        load_smolvlm(whole).model, LoraConfig(r=2, target_modules=["q_proj", "v_proj"])
    )
    with torch.no_grad():
        for name, weight in tuned.named_parameters():
            if "lora_B" in name:
                weight.normal_()
    tuned.save_pretrained(whole / "adapter")
    tokens = {
        "input_ids": torch.tensor([plain.prompt]),
        "pixel_values": torch.ones(1, 1, 3, 32, 32),
    }
    with torch.no_grad():
        first = plain.model(**tokens).logits
        second = load_smolvlm(whole).model(**tokens).logits
    assert (first - second).abs().max() > 1e-3


def test_a_folder_without_tokenizer_or_with_a_broken_adapter_is_refused(tmp_path: Path) -> None:
    folder = save_smolvlm(tmp_path)
    (folder / "adapter").mkdir()
    with pytest.raises(InputError, match="holds no adapter"):
        load_smolvlm(folder)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(InputError, match=r"no tokenizer\.json"):
        load_smolvlm(folder)


def frame(index: int, tracks: list[int], readable: float = 0.5) -> tuple[View, Sightings]:
    view = View(index, index, Fraction(index, 4), 0, np.full((60, 80, 3), index, np.uint8))
    count = len(tracks)
    rows = view.rows([[10, 10, 30, 50]] * count, ["player"] * count, [0.9] * count)
    return view, rows.with_columns(
        track=tracks,
        readable=[readable] * count,
        tens=np.tile(np.eye(11)[0], (count, 1)),
        ones=np.tile(np.eye(10)[3], (count, 1)),
        number_box=np.tile([12.0, 12, 20, 20], (count, 1)),
    )


def test_doubtful_crops_wait_for_a_batch_and_answers_reach_the_tracks_next_row() -> None:
    batches: list[int] = []

    def answering(crops: Any) -> list[Answer]:
        batches.append(len(crops))
        return [Answer("42", 0.9)] * len(crops)

    stage = second_reader(answering)
    state: Any = stage.start()
    for index in range(5):
        state, rows = stage.step(state, *frame(index, [1, 2, 3]))
        state = decode_state(encode_state(state), stage.state_type)
        changed = rows["readable"] > 0.6
        assert changed.all() == (index == 4), "read when the oldest waited a second"
    assert batches == [6]
    assert rows["tens"].argmax(axis=1).tolist() == [5] * 3
    assert rows["ones"].argmax(axis=1).tolist() == [2] * 3


def test_sure_and_unreadable_crops_are_not_asked_about() -> None:
    def failing(_: Any) -> list[Answer]:
        raise AssertionError("nothing to read")

    stage = second_reader(failing)
    for readable in (0.95, 0.05):
        state: Any = stage.start()
        for index in range(9):
            state, _ = stage.step(state, *frame(index, [1], readable))
        assert not state.waiting


def test_the_queue_is_bounded_and_no_answer_changes_nothing() -> None:
    stage = second_reader(lambda crops: [Answer(None, 0.0)] * len(crops))
    view, rows = frame(0, list(range(40)))
    state, after = stage.step(stage.start(), view, rows)
    assert len(state.waiting) <= 24
    assert np.array_equal(after["tens"], rows["tens"])


def test_evidence_keeps_zero_and_double_zero_apart() -> None:
    def digits(number: str) -> tuple[int, int]:
        _, tens, ones = evidence(number, 0.8)
        sums: NDArray[Any] = np.array([tens.sum(), ones.sum()])
        assert sums == pytest.approx(1)
        return int(tens.argmax()), int(ones.argmax())

    assert [digits(number) for number in ("0", "00", "7", "42")] == [(0, 0), (1, 0), (0, 7), (5, 2)]
