"""What goes wrong over one picture stays there; too little memory makes batches smaller, and never hangs."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from asked import LONGEST, PROMPT, QUESTIONS, model_of, texts, watch

from ocr.vision_language.asking import Question, Said
from ocr.vision_language.model import VisionLanguageModel
from ocr.vision_language.rows import row_of


@pytest.mark.parametrize("fits", [1, 2, 4])
def test_too_little_memory_halves_the_batch(
    model: VisionLanguageModel, wanted: list[Said], fits: int
) -> None:
    failures = []

    def limit(inputs: dict[str, Any]) -> None:
        if len(inputs["input_ids"]) > fits:
            failures.append(len(inputs["input_ids"]))
            raise torch.OutOfMemoryError("CUDA out of memory")

    rows = watch(model, limit)
    assert texts(model.answer(QUESTIONS, None, LONGEST)) == texts(wanted)
    assert sum(rows) == len(QUESTIONS)
    first = len(failures)
    assert 1 <= first <= 3
    assert texts(model.answer(QUESTIONS, None, LONGEST)) == texts(wanted)
    assert len(failures) == first  # it has learnt what fits


def test_a_picture_that_alone_is_too_much_is_said(model: VisionLanguageModel, wanted: list[Said]) -> None:
    """By the error that torch itself raises on a CPU."""
    widest = max(said.input_tokens for said in wanted)

    def limit(inputs: dict[str, Any]) -> None:
        if inputs["input_ids"].shape[1] >= widest:
            torch.empty(2**60)

    watch(model, limit)
    said = model.answer(QUESTIONS, None, LONGEST)
    failed = [answer for answer in said if answer.error]
    assert [answer.error for answer in failed] == [
        "the device has too little memory for this picture (option pixels makes it smaller)"
    ]
    assert (failed[0].text, failed[0].input_tokens) == ("", widest)
    assert {answer.text for answer in said if not answer.error} < {answer.text for answer in wanted}


def test_with_no_memory_at_all_it_does_not_hang(model: VisionLanguageModel) -> None:
    def limit(_: dict[str, Any]) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    assert watch(model, limit) == []
    said = model.answer(QUESTIONS, None, LONGEST)
    assert all(answer.error and "too little memory" in answer.error for answer in said)


def test_what_fails_over_one_picture_leaves_the_others(
    model: VisionLanguageModel, wanted: list[Said]
) -> None:
    row = row_of(model.loaded.processor, model.loaded.family, QUESTIONS[2], 1_000_000)

    def limit(inputs: dict[str, Any]) -> None:
        if any(torch.equal(picture, row.inputs["pixel_values"][0]) for picture in inputs["pixel_values"]):
            raise ValueError("Augmentin 625")

    watch(model, limit)
    said = model.answer(QUESTIONS, None, LONGEST)
    assert said[2].error == "the model failed over this picture (ValueError)"
    assert texts([*said[:2], *said[3:]]) == texts([*wanted[:2], *wanted[3:]])


def test_a_picture_that_can_not_be_prepared_leaves_the_others(
    model: VisionLanguageModel, wanted: list[Said]
) -> None:
    nothing = Question(PROMPT, np.zeros((0, 9, 3), np.uint8))
    said = model.answer([nothing, *QUESTIONS], None, LONGEST)
    assert said[0].error and said[0].error.startswith("the model failed over this picture (")
    assert texts(said[1:]) == texts(wanted)


def test_a_device_that_is_gone_is_no_picture_s_error(model: VisionLanguageModel) -> None:
    def gone(_: dict[str, Any]) -> None:
        raise torch.AcceleratorError("device-side assert triggered")

    watch(model, gone)
    with pytest.raises(torch.AcceleratorError):
        model.answer(QUESTIONS, None, LONGEST)


def test_what_the_model_has_no_room_for_is_said(folder: Path, wanted: list[Said], tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    config = json.loads((tmp_path / "config.json").read_text())
    room = wanted[1].input_tokens + 4
    config["text_config"]["max_position_embeddings"] = room
    (tmp_path / "config.json").write_text(json.dumps(config))
    said = model_of(tmp_path).answer([QUESTIONS[1], Question(PROMPT * 9, QUESTIONS[0].picture)], None, 12)
    assert (said[0].error, said[0].output_tokens, said[0].cut) == (None, 4, True)
    assert said[1].error == (
        f"picture and prompt take {said[1].input_tokens} of the model's {room} tokens "
        "(option pixels takes fewer)"
    )
