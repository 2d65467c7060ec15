"""ROUGE against values worked out by hand, and against rouge-score's own tokenizer where that is right."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from eval.rouge import MEASURES, rouge, sentences

CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("cases").joinpath("rouge.jsonl").read_text("utf-8").splitlines()
]

WORDS = ["the", "swelling", "swollen", "itches", "2.5", "mg", "rash-like", "don't", "5'9\"", "(left)", "U.S."]
english = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["reason"][:40])
def test_cases_worked_out_by_hand(case: dict[str, Any]) -> None:
    score = rouge(case["prediction"], case["reference"], case["language"])[case["measure"]]
    assert score.f1 == pytest.approx(case["f1"], abs=case["tolerance"]), case["reason"]


@settings(deadline=None)
@given(english, english)
def test_english_agrees_with_rouge_score_itself(prediction: str, reference: str) -> None:
    theirs = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True).score(reference, prediction)
    ours = rouge(prediction, reference, "en")
    for name, score in theirs.items():
        assert ours[name].precision == pytest.approx(score.precision, abs=1e-9)
        assert ours[name].recall == pytest.approx(score.recall, abs=1e-9)
        assert ours[name].f1 == pytest.approx(score.fmeasure, abs=1e-9)


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(["en", "hi", "hi-en", "zh", "pt", None]))
def test_scores_are_shares_and_precision_and_recall_swap(one: str, other: str, language: str | None) -> None:
    forth, back = rouge(one, other, language), rouge(other, one, language)
    assert set(forth) == set(MEASURES)
    for name in ("rouge1", "rouge2", "rougeL"):
        assert 0 <= forth[name].f1 <= 1
        assert forth[name].precision == pytest.approx(back[name].recall)


def test_a_sentence_ends_before_a_blank_or_at_a_full_stop_of_its_script() -> None:
    assert sentences("Took 2.5 mg. Is it safe?\nThanks") == ["Took 2.5 mg.", "Is it safe?", "Thanks"]
    assert sentences("发烧三天。要吃药吗？") == ["发烧三天。", "要吃药吗？"]
    assert sentences("मुझे बुखार है। क्या करूं") == ["मुझे बुखार है।", "क्या करूं"]
    assert sentences(" \n ") == []
