"""What docs/models.md tells of commands, options and lengths is so."""

import re
from pathlib import Path

import pytest
from test_readme import commands_in, parsed

import ocr.engines
import summarize.engines
from ocr.engines.options import VlmOptions
from ocr.vision_language.families import FAMILIES
from ocr.vision_language.medication_answer import line_schema, page_schema
from ocr.vision_language.schemas import longest_tokens

DOCUMENT = (Path(__file__).parents[1] / "docs" / "models.md").read_text(encoding="utf-8")
COMMANDS = list(commands_in(DOCUMENT))
BOXES = {
    "Qwen2.5-VL": "qwen2_5_vl",
    "Qwen3-VL": "qwen3_vl",
    "LLaVA-1.6": "llava_next",
    "Idefics2": "idefics2",
    "Idefics3": "idefics3",
    "SmolVLM": "smolvlm",
    "MedGemma": "gemma3",
    "PaddleOCR-VL": "paddleocr_vl",
}


@pytest.mark.parametrize("words", COMMANDS, ids=[" ".join(words[:2]) for words in COMMANDS])
def test_its_commands_are_ones_with_options_that_their_engines_have(words: list[str]) -> None:
    _, told = parsed(words)
    if told.get("engine") is None:
        return
    options = dict(option.split("=", 1) for option in told["engine_option"] or ())
    engines = summarize.engines if "summarize" in words[:2] else ocr.engines
    engines.read_options(told["engine"], options)


def test_every_option_of_vlm_is_told_with_its_default() -> None:
    told = dict(re.findall(r"^\| `([a-z_]+)` \| ([^|]+) \|", DOCUMENT, re.MULTILINE))
    fields = {name: field.default for name, field in VlmOptions.model_fields.items() if name != "kind"}
    assert fields.keys() <= told.keys()
    for name, default in fields.items():
        shown = (
            f"{default:,}" if type(default) is int else str(default).lower() if default is not None else ""
        )
        assert shown in told[name], name


@pytest.mark.parametrize(("name", "model_type"), BOXES.items())
def test_how_a_family_tells_boxes_and_what_it_needs_is_told(name: str, model_type: str) -> None:
    row = next(line for line in DOCUMENT.splitlines() if line.startswith(f"| {name} |"))
    _, _, boxes, needed = (cell.strip() for cell in row.strip("|").split("|"))
    family = FAMILIES[model_type]
    assert boxes == "no" if family.boxes == "none" else family.boxes in boxes
    assert needed.startswith("needed" if "torchvision" in family.needs else "no")


def test_the_longest_answers_are_told() -> None:
    schemas = (page_schema(boxes=False), page_schema(boxes=True), line_schema(boxes=False))
    for schema in schemas:
        assert f"{longest_tokens(schema):,}" in DOCUMENT
