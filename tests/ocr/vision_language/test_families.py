"""Each family of models, its real classes at a small size: asked in batches, constrained, adapted, saved."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from asked import PROMPT, QUESTIONS, model_of, picture
from peft import LoraConfig, PeftModel, get_peft_model
from PIL import Image
from tiny_families import FAMILIES, NEED_TORCHVISION, TURN, save_tiny
from transformers import AutoModelForImageTextToText

from ocr.vision_language import families, medication_answer
from ocr.vision_language.asking import Question
from ocr.vision_language.model import VisionLanguageModel
from ocr.vision_language.rows import collate, row_of, turn
from ocr.vision_language.schemas import longest_tokens

ROOT = Path(__file__).parents[3]
BESIDE = ROOT / ".venv" / "torchvision"
TORCHVISION = find_spec("torchvision") is not None
HERE = [name for name in FAMILIES if (name in NEED_TORCHVISION) == TORCHVISION]


@dataclass
class Tried:
    """A family's folder and its model, in float32."""

    name: str
    folder: Path
    model: VisionLanguageModel


@pytest.fixture(scope="module", params=HERE)
def tried(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Tried:
    folder = save_tiny(request.param, tmp_path_factory.mktemp(request.param))
    return Tried(request.param, folder, model_of(folder))


def rows_together(tried: Tried) -> dict[str, torch.Tensor]:
    loaded = tried.model.loaded
    rows = [row_of(loaded.processor, loaded.family, question, 1_000_000) for question in QUESTIONS]
    return collate(rows, loaded.processor.tokenizer.pad_token_id)


def test_a_batch_gives_what_each_picture_gives_alone(tried: Tried) -> None:
    together = tried.model.answer(QUESTIONS, None, 12)
    assert {said.error for said in together} == {None}
    assert len({said.text for said in together}) == len(QUESTIONS)  # or the test would prove little
    for question, said in zip(QUESTIONS, together, strict=True):
        (alone,) = tried.model.answer([question], None, 12)
        assert alone.text == said.text
        assert (alone.input_tokens, alone.output_tokens) == (said.input_tokens, said.output_tokens)
        assert alone.seen_size == said.seen_size
        assert [token.chance for token in alone.tokens] == pytest.approx(
            [token.chance for token in said.tokens], abs=1e-4
        )
        assert "".join(token.text for token in said.tokens) == said.text
        assert all(0 <= token.chance <= 1 for token in said.tokens)


def test_rows_that_have_ended_leave_the_batch(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most rows end at their third token; the others say what they say alone."""
    inner = tried.model.loaded.model
    generate = inner.generate
    given: list[tuple[int, torch.Tensor]] = []

    def watched(**inputs: Any) -> Any:
        output = generate(**inputs)
        given.append((inputs["input_ids"].shape[1], output.sequences))
        return output

    monkeypatch.setattr(inner, "generate", watched)
    tried.model.answer(QUESTIONS, None, 12)
    third = [row[begun + 2].item() for begun, sequences in given for row in sequences]
    rows = [len(sequences) for _, sequences in given]
    monkeypatch.setattr(tried.model, "stops", third[: rows[0] - 1])
    given.clear()
    together = tried.model.answer(QUESTIONS, None, 12)
    if rows == [len(QUESTIONS)]:  # where pictures of any size make one batch
        assert len(given) > 1 and len(given[1][1]) < len(given[0][1])
    for question, said in zip(QUESTIONS, together, strict=True):
        (alone,) = tried.model.answer([question], None, 12)
        assert (alone.text, alone.output_tokens, alone.cut) == (said.text, said.output_tokens, said.cut)
        assert len(alone.tokens) == len(said.tokens)


def test_what_is_said_depends_on_the_picture(tried: Tried) -> None:
    shown = [Question(PROMPT, picture(seed, 80, 100)) for seed in range(3)]
    said = tried.model.answer([*shown, Question(PROMPT)], None, 12)
    chances = {tuple(round(token.chance, 4) for token in answer.tokens) for answer in said}
    assert len(chances) == len(said)


def test_the_size_of_the_picture_as_seen_is_told_where_boxes_refer_to_it(tried: Tried) -> None:
    said = tried.model.answer(QUESTIONS, None, 1)
    if tried.model.boxes != "pixels":
        assert {answer.seen_size for answer in said} == {None}
        return
    for question, answer in zip(QUESTIONS, said, strict=True):
        assert question.picture is not None and answer.seen_size is not None
        height, width = question.picture.shape[:2]
        across, down = answer.seen_size
        assert across % 28 == down % 28 == 0
        assert across == pytest.approx(width, abs=28) and down == pytest.approx(height, abs=28)


def test_a_batch_is_what_the_processor_itself_would_make(tried: Tried) -> None:
    processor = tried.model.loaded.processor
    made = rows_together(tried)
    wanted = processor(
        text=[turn(processor, question.prompt, sees=True) for question in QUESTIONS],
        images=[[Image.fromarray(question.picture)] for question in QUESTIONS],
        return_tensors="pt",
        padding=True,
        padding_side="left",
        add_special_tokens=False,
    )
    assert set(made) == set(wanted)
    for name, array in wanted.items():
        assert made[name].dtype == array.dtype
        assert made[name].shape == array.shape
        assert torch.equal(made[name], array), name


def test_the_prompt_stands_in_a_turn_that_begins_once(tried: Tried) -> None:
    processor = tried.model.loaded.processor
    row = row_of(processor, tried.model.loaded.family, QUESTIONS[0], 1_000_000)
    tokens = row.inputs["input_ids"][0].tolist()
    assert tokens.count(processor.tokenizer.bos_token_id) == 1
    text = processor.tokenizer.decode(tokens, skip_special_tokens=True)
    assert text.startswith("user: ") and text.endswith(f"{PROMPT}\nassistant: ")
    processor.chat_template = None
    try:
        row = row_of(processor, tried.model.loaded.family, QUESTIONS[0], 1_000_000)
        tokens = row.inputs["input_ids"][0].tolist()
        assert tokens.count(processor.tokenizer.bos_token_id) == 1
        assert processor.tokenizer.decode(tokens, skip_special_tokens=True).strip() == PROMPT
        assert tried.model.answer(QUESTIONS[:1], None, 4)[0].error is None
    finally:
        processor.chat_template = TURN.replace("IMAGE", FAMILIES[tried.name].image)


def small(schema: str, parts: int) -> str:
    """A schema of prescriptions with its texts made short and all but `parts` parts of a medicine left out.

    Random weights say the longest that they may.
    """
    tree = json.loads(schema)
    medicines = tree["properties"]["medications"]
    medicines["minItems"] = 1
    medicines["items"]["properties"] = dict(list(medicines["items"]["properties"].items())[:parts])
    return re.sub(r"\{0,\d+\}|\{1,\d+\}", "{1,2}", json.dumps(tree))


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_constrained_answers_parse(tried: Tried, temperature: float) -> None:
    schema = small(medication_answer.line_schema(boxes=False), 3)
    model = tried.model
    model.temperature = temperature
    try:
        said = model.answer(QUESTIONS, schema, longest_tokens(schema))
    finally:
        model.temperature = 0.0
    assert not any(answer.cut or answer.error for answer in said)
    assert all(len(medication_answer.parse(answer).medicines) <= 3 for answer in said)
    assert len({answer.text for answer in said}) > 1


@pytest.fixture(scope="module")
def adapter(tried: Tried, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA adapter that peft saved, of all linear layers."""
    folder = tmp_path_factory.mktemp(f"{tried.name}-adapter")
    base = AutoModelForImageTextToText.from_pretrained(tried.folder, dtype=torch.float32)
    with torch.random.fork_rng(), pytest.warns(FutureWarning):
        torch.manual_seed(3)
        lora = LoraConfig(r=2, lora_alpha=8, target_modules="all-linear", init_lora_weights=False)
        get_peft_model(base, lora).save_pretrained(folder, save_embedding_layers=False)
    return folder


def test_an_adapter_is_merged(tried: Tried, adapter: Path) -> None:
    adapted = model_of(tried.folder, adapter=str(adapter))
    assert adapted.version.startswith(f"{tried.model.version} + {adapter.name} ")
    assert set(adapted.models) - set(tried.model.models) == {f"{adapter.name}/adapter_model.safetensors"}
    said = adapted.answer(QUESTIONS, None, 12)
    assert not {answer.text for answer in said} & {
        answer.text for answer in tried.model.answer(QUESTIONS, None, 12)
    }
    base = AutoModelForImageTextToText.from_pretrained(tried.folder, dtype=torch.float32)
    with pytest.warns(FutureWarning):
        beside = PeftModel.from_pretrained(base, adapter).eval()
    batch = rows_together(tried)
    with torch.inference_mode():
        wanted, merged = beside(**batch).logits, adapted.loaded.model(**batch).logits
    torch.testing.assert_close(merged, wanted, atol=1e-3, rtol=1e-3)


def test_saved_and_loaded_again_it_says_the_same(tried: Tried, tmp_path: Path) -> None:
    tried.model.loaded.model.save_pretrained(tmp_path)
    tried.model.loaded.processor.save_pretrained(tmp_path)
    again = model_of(tmp_path)
    assert again.answer(QUESTIONS, None, 12) == tried.model.answer(QUESTIONS, None, 12)
    assert again.stops == tried.model.stops


def test_in_bfloat16_it_answers_too(tried: Tried) -> None:
    said = model_of(tried.folder, dtype="bfloat16").answer(QUESTIONS, None, 4)
    assert {answer.error for answer in said} == {None}


@pytest.mark.skipif(TORCHVISION, reason="runs in its own subprocess")
@pytest.mark.skipif(
    not BESIDE.is_dir(), reason=f"{BESIDE} is missing: pip install --target puts torchvision there"
)
@pytest.mark.slow
def test_families_that_need_torchvision() -> None:
    """This file again, where torchvision is: it cannot be loaded beside the CPU build of torch otherwise."""
    paths = [str(BESIDE), str(Path(__file__).parent)]
    run = subprocess.run(  # noqa: S603 - this file, with this interpreter
        [sys.executable, "-m", "pytest", "-q", "-p", "torchvision_beside", __file__],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=290,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert " passed" in run.stdout


def test_the_table_names_every_family_here() -> None:
    assert set(FAMILIES) <= set(families.FAMILIES)
    assert {name for name in FAMILIES if "torchvision" in families.FAMILIES[name].needs} == set(
        NEED_TORCHVISION
    )
