"""Errors planted by rule: that they are errors, that they are reproducible, and that most are found."""

import json
import os
import re
from pathlib import Path

import pytest

from eval.summaries.planted import ALTERATIONS, figures, found, plant

DATA = Path(os.environ.get("NUSKHA_DATA", Path(__file__).parents[4] / "shared" / "data"))
VALID = DATA / "queries" / "mmcqs_valid.jsonl"
ROWS = {
    "en": [
        (
            "Meri maa 61 saal ki hain, 3 hafte se bayen ghutne mein dard hai, bukhar nahi hai. "
            "500 mg metformin leti hain.",
            "What helps a 61-year-old woman on 500 mg of metformin with pain in the left knee for 3 weeks, "
            "without fever?",
        ),
        (
            "Mujhe khujli aur lal daane hain, kya karu?",
            "What can be done about the rash with itching?",
        ),
    ],
    "zh": [
        (
            "我妈妈61岁，左膝疼了3周，没有发烧，吃300毫克布洛芬有用吗？",
            "61岁，女，左膝疼3周，没有发烧，吃300毫克布洛芬有用吗？",
        ),
        ("胃痛怎么办？", "胃痛怎么办？"),
    ],
    "pt": [
        (
            "Minha mãe tem 61 anos, dor no joelho esquerdo há 3 semanas, sem febre, "
            "posso dar 500 mg de dipirona?",
            "Mulher de 61 anos com dor no joelho esquerdo há 3 semanas, sem febre: "
            "pode tomar 500 mg de dipirona?",
        ),
        ("Tenho refluxo, tem cura?", "Refluxo tem cura?"),
    ],
}


@pytest.mark.parametrize("language", list(ROWS))
def test_the_same_seed_plants_the_same_errors(language: str) -> None:
    assert plant(ROWS[language] * 9, 18, language, 3) == plant(ROWS[language] * 9, 18, language, 3)
    assert plant(ROWS[language] * 9, 18, language, 3) != plant(ROWS[language] * 9, 18, language, 4)


@pytest.mark.parametrize("language", list(ROWS))
def test_every_kind_is_planted_and_changes_the_summary(language: str) -> None:
    planted = plant(ROWS[language] * 40, 80, language)
    assert len(planted) == 80
    assert all(error.altered != error.summary for error in planted)
    assert {error.kind for error in planted} >= ALTERATIONS.keys() - {"swapped sex", "other drug"}


def test_no_more_is_planted_than_there_are_summaries() -> None:
    assert len(plant(ROWS["en"], 50, "en")) == 2
    assert plant([], 50, "en") == []


@pytest.mark.parametrize("language", list(ROWS))
def test_a_planted_figure_is_told_nowhere_in_the_query(language: str) -> None:
    for error in plant(ROWS[language] * 40, 80, language):
        planted = set(re.findall(r"\d+", error.altered)) - set(re.findall(r"\d+", error.summary))
        assert not planted & set(re.findall(r"\d+", error.query)), error.kind


@pytest.mark.parametrize("language", list(ROWS))
def test_most_are_found_and_faithful_summaries_are_left_alone(language: str) -> None:
    planted = plant(ROWS[language] * 40, 60, language)
    missed = [error.kind for error in planted if not found(error, language)]
    assert len(missed) <= 12, missed
    assert figures(planted[:20], language)["unaltered flagged"].value == 0


def test_four_of_five_are_found_on_real_messages() -> None:
    if not VALID.exists():
        pytest.skip(f"no real messages at {VALID}")
    rows = [json.loads(line) for line in VALID.read_text("utf-8").splitlines()]
    planted = plant([(row["query"], row["core"]) for row in rows], 200, "en")
    table = figures(planted, "en")
    assert table["all"].n == 200
    assert table["all"].value >= 0.8
    # Many of these references tell what only the picture shows; a message of words alone does not tell it.
    assert table["unaltered flagged"].value <= 0.4
