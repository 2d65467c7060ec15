"""What every family shares, on the smallest of them: batches, chances, ends, and failures that stay small."""

import json
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from asked import LONGEST, PROMPT, QUESTIONS, model_of, picture, texts, watch
from tiny_families import save_tiny
from tiny_model import save_tiny_model
from transformers import AutoTokenizer

from ocr.vision_language import medication_answer
from ocr.vision_language.asking import Question, Said
from ocr.vision_language.chances import Chances
from ocr.vision_language.families import FAMILIES
from ocr.vision_language.model import VisionLanguageModel
from ocr.vision_language.pictures import within
from ocr.vision_language.rows import row_of
from ocr.vision_language.schemas import longest_tokens, text_pattern
from ocr.vision_language.spelling import spelt


def test_nothing_is_answered_with_nothing(model: VisionLanguageModel) -> None:
    assert model.answer([], None, LONGEST) == []


def test_batches_hold_so_many_tokens_the_largest_first(folder: Path, wanted: list[Said]) -> None:
    largest = max(said.input_tokens for said in wanted) + LONGEST
    model = model_of(folder, batch_tokens=3 * largest)
    widths: list[int] = []
    rows = watch(model, lambda inputs: widths.append(inputs["input_ids"].shape[1]))
    assert texts(model.answer(QUESTIONS, None, LONGEST)) == texts(wanted)
    assert rows == [3, 2]
    assert widths == sorted(widths, reverse=True)
    smallest = model_of(folder, batch_tokens=1)
    rows = watch(smallest, lambda inputs: None)
    assert texts(smallest.answer(QUESTIONS, None, LONGEST)) == texts(wanted)
    assert rows == [1] * len(QUESTIONS)


def test_questions_with_and_without_pictures_go_together(model: VisionLanguageModel) -> None:
    mixed = [Question(PROMPT), QUESTIONS[0], Question("Why?"), QUESTIONS[1]]
    rows = watch(model, lambda inputs: None)
    together = model.answer(mixed, None, LONGEST)
    assert rows == [2, 2]
    assert texts(together) == [model.answer([question], None, LONGEST)[0].text for question in mixed]


def test_a_family_that_is_not_in_the_table_is_batched_by_shape(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = model_of(save_tiny("llava_next", tmp_path))
    monkeypatch.delitem(FAMILIES, "llava_next")
    unlisted = model_of(tmp_path)
    rows, fewer = watch(unlisted, lambda inputs: None), watch(listed, lambda inputs: None)
    assert texts(unlisted.answer(QUESTIONS, None, 4)) == texts(listed.answer(QUESTIONS, None, 4))
    assert (len(rows), len(fewer)) == (2, 1)


def test_chances_are_those_of_the_model(model: VisionLanguageModel) -> None:
    (said,) = model.answer(QUESTIONS[:1], None, LONGEST)
    row = row_of(model.loaded.processor, model.loaded.family, QUESTIONS[0], 1_000_000)
    inputs = dict(row.inputs)
    image = model.loaded.processor.image_token_id
    for token in said.tokens:
        with torch.no_grad():
            scores = model.loaded.model(**inputs).logits[0, -1]
        scores[image] = -torch.inf  # no answer has a picture
        chance, chosen = scores.softmax(dim=0).max(dim=0)
        assert token.chance == pytest.approx(chance.item(), abs=1e-4)
        inputs["input_ids"] = torch.cat([inputs["input_ids"], chosen.view(1, 1)], dim=1)
        inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])


def test_a_chance_is_among_the_tokens_that_are_allowed() -> None:
    chances = Chances()
    never = -torch.inf
    first = torch.tensor([[0.0, 0.0, never], [2.0, never, never]])
    second = torch.tensor([[1.0, 1.0, 1.0], [never, 0.0, 0.0]])
    ids = torch.tensor([[7], [8]])
    assert chances(ids, first) is first
    ids = torch.cat([ids, torch.tensor([[1], [0]])], dim=1)
    chances(ids, second)
    ids = torch.cat([ids, torch.tensor([[2], [1]])], dim=1)
    assert chances.of(ids) == [pytest.approx([0.5, 1 / 3]), pytest.approx([1.0, 0.5])]


def test_tokens_that_can_not_be_otherwise_are_certain(model: VisionLanguageModel) -> None:
    schema = json.dumps({"type": "integer", "minimum": 7, "maximum": 7})
    (said,) = model.answer(QUESTIONS[:1], schema, 5)
    assert (said.text, said.cut, said.output_tokens) == ("7", False, 2)
    assert [token.chance for token in said.tokens] == [1.0]


def test_an_answer_ends_with_an_end_token(model: VisionLanguageModel, wanted: list[Said]) -> None:
    assert model.stops == [model.loaded.processor.tokenizer.eos_token_id]
    word = next(token.text for token in wanted[0].tokens if token.text.isalnum())
    model.stops += model.loaded.processor.tokenizer(word, add_special_tokens=False).input_ids
    (said,) = model.answer(QUESTIONS[:1], None, LONGEST)
    assert not said.cut
    assert said.output_tokens == len(said.tokens) + 1 < LONGEST
    assert wanted[0].text.startswith(said.text + word)
    assert wanted[0].cut and wanted[0].output_tokens == LONGEST


def test_an_answer_that_is_cut_says_so(model: VisionLanguageModel) -> None:
    schema = medication_answer.line_schema(boxes=False)
    (said,) = model.answer(QUESTIONS[:1], schema, 6)
    assert said.cut and said.output_tokens == 6
    number = json.dumps({"type": "integer", "minimum": 7, "maximum": 7})
    (whole,) = model.answer(QUESTIONS[:1], number, 1)  # no room for an end token, and none needed
    assert (whole.text, whole.cut) == ("7", False)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_what_is_said_of_a_page_parses(model: VisionLanguageModel, temperature: float) -> None:
    """With texts of two characters; random weights say the longest that they may."""
    schema = medication_answer.page_schema(boxes=True)
    tree = json.loads(schema)
    parts = tree["properties"]["medications"]["items"]["properties"]
    for part in parts.values():
        if "pattern" in part:
            part["pattern"] = text_pattern(2, visible=True)
    schema = json.dumps(tree)
    model.temperature = temperature
    said = model.answer(QUESTIONS, schema, longest_tokens(schema))
    assert not any(answer.cut or answer.error for answer in said)
    for answer in said:
        assert len(medication_answer.parse(answer).medicines) <= 12


def test_the_same_seed_draws_the_same(model: VisionLanguageModel, wanted: list[Said]) -> None:
    def drawn(seed: int) -> list[str]:
        model.temperature, model.seed = 1.0, seed
        return texts(model.answer(QUESTIONS, None, LONGEST))

    before = torch.random.get_rng_state()
    first = drawn(1)
    assert first == drawn(1)
    assert first not in (drawn(2), texts(wanted))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_what_its_makers_would_sample_by_is_left_alone(
    folder: Path, wanted: list[Said], tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    config = {"do_sample": True, "temperature": 3.0, "top_k": 2, "max_length": 3, "eos_token_id": [2, 1]}
    (tmp_path / "generation_config.json").write_text(json.dumps(config))
    model = model_of(tmp_path)
    assert model.stops == [1, 2]
    assert texts(model.answer(QUESTIONS, None, LONGEST)) == texts(wanted)


def test_who_writes_a_special_token_has_written_none(model: VisionLanguageModel) -> None:
    plain, written = (
        model.answer([Question(prompt, QUESTIONS[0].picture)], None, LONGEST)[0]
        for prompt in ("Read   it  now", "Read <image> it<s></s>now")
    )
    assert written == plain
    odd = Question("half a pair \ud83d of surrogates", QUESTIONS[0].picture)
    assert model.answer([odd], None, 2)[0].error is None


def test_pictures_are_made_smaller_in_their_proportions() -> None:
    page = picture(0, 300, 200)
    assert within(page, 60_000) is page
    small = within(page, 15_000)
    assert small.shape == (150, 100, 3) and small.dtype == np.uint8
    assert within(np.full((400, 3, 3), 200, np.uint8), 300).shape == (200, 1, 3)
    assert within(picture(1, 1, 5000), 100).shape == (1, 707, 3)
    # Each pixel is the mean of those that it stands for: thin strokes grow pale instead of breaking.
    stripes = np.zeros((2, 8, 3), np.uint8)
    stripes[:, ::2] = 200
    assert np.all(within(np.tile(stripes, (8, 2, 1)), 64) == 100)


def test_the_parts_of_a_text_join_to_it(model: VisionLanguageModel) -> None:
    tokenizer = model.loaded.processor.tokenizer
    tokens = tokenizer("दवा Tab 药", add_special_tokens=False).input_ids
    text, parts = spelt(tokenizer, [*tokens, tokenizer.eos_token_id])
    assert text == "दवा Tab 药" == "".join(parts)
    assert len(parts) == len(tokens) + 1
    assert "" in parts[:3]  # a letter of three bytes belongs to the last of them
    broken, parts = spelt(tokenizer, tokens[:-1])
    assert broken == "दवा Tab \ufffd" == "".join(parts)
    assert spelt(tokenizer, []) == ("", [])


def test_the_parts_join_where_bytes_change_what_came_before(tmp_path: Path) -> None:
    """As where a letter falls back to bytes: one that fits to no other spoils the whole run of them."""
    tokenizer: Any = AutoTokenizer.from_pretrained(save_tiny_model(tmp_path))
    first, second = tokenizer("é", add_special_tokens=False).input_ids
    assert spelt(tokenizer, [first, second]) == ("é", ["", "é"])
    assert spelt(tokenizer, [first, second, first]) == ("\ufffd" * 3, ["\ufffd", "", "\ufffd" * 2])
    draws = random.Random(0)
    for _ in range(200):
        tokens = [draws.randrange(len(tokenizer)) for _ in range(draws.randrange(1, 30))]
        text, parts = spelt(tokenizer, tokens)
        assert "".join(parts) == text == tokenizer.decode(tokens, skip_special_tokens=True)
        assert len(parts) == len(tokens)
