"""ROUGE against values worked out by hand, and against rouge-score, whose numbers it has to have."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from eval.rouge import MEASURES, rouge, sentences
from eval.tokens import tokens_for

CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("cases").joinpath("rouge.jsonl").read_text("utf-8").splitlines()
]
LANGUAGES = st.sampled_from(["en", "hi", "hi-en", "zh", "pt", None])

WORDS = ["the", "swelling", "swollen", "itches", "2.5", "mg", "rash-like", "don't", "5'9\"", "(left)", "U.S."]
english = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
)
# Few words, so that many subsequences are as long as one another.
repetitive = st.lists(
    st.lists(st.sampled_from(["dard", "दर्द", "疼", "dor", "é"]), max_size=9).map(" ".join), max_size=4
).map(". ".join)
messages = st.one_of(repetitive, st.text(max_size=60))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["reason"][:40])
def test_cases_worked_out_by_hand(case: dict[str, Any]) -> None:
    score = rouge(case["prediction"], case["reference"], case["language"])[case["measure"]]
    assert score.f1 == pytest.approx(case["f1"], abs=case["tolerance"]), case["reason"]


@settings(deadline=None)
@given(english, english)
def test_english_agrees_with_rouge_score_itself(prediction: str, reference: str) -> None:
    scorer = RougeScorer(list(MEASURES), use_stemmer=True)
    theirs = scorer.score("\n".join(sentences(reference)), "\n".join(sentences(prediction)))
    _assert_same(rouge(prediction, reference, "en"), theirs)


@settings(deadline=None, max_examples=500)
@given(messages, messages, LANGUAGES)
def test_every_language_agrees_with_rouge_score_on_our_tokens(
    prediction: str, reference: str, language: str | None
) -> None:
    scorer = RougeScorer(list(MEASURES), tokenizer=tokens_for(language))
    theirs = scorer.score("\n".join(sentences(reference)), "\n".join(sentences(prediction)))
    _assert_same(rouge(prediction, reference, language), theirs)


def _assert_same(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert ours.keys() == theirs.keys()
    for name, score in theirs.items():
        assert tuple(ours[name]) == pytest.approx(tuple(score), abs=1e-9), name


@settings(deadline=None)
@given(messages, LANGUAGES)
def test_a_text_with_two_tokens_scores_one_against_itself(text: str, language: str | None) -> None:
    tokens = tokens_for(language).tokenize(text)
    for name, score in rouge(text, text, language).items():
        assert score.f1 == (1.0 if len(tokens) > (name == "rouge2") else 0.0)


@settings(deadline=None)
@given(messages, messages, LANGUAGES)
def test_precision_and_recall_change_places_with_the_texts(
    one: str, other: str, language: str | None
) -> None:
    forth, back = rouge(one, other, language), rouge(other, one, language)
    for name in ("rouge1", "rouge2", "rougeL"):  # the union of ROUGE-Lsum is over the reference's sentences
        assert 0 <= forth[name].f1 <= 1
        assert (forth[name].precision, forth[name].recall) == (back[name].recall, back[name].precision)
        assert forth[name].f1 == pytest.approx(back[name].f1)


@settings(deadline=None)
@given(messages, messages, LANGUAGES)
def test_composed_and_decomposed_texts_score_the_same(one: str, other: str, language: str | None) -> None:
    composed, decomposed = (
        [unicodedata.normalize(form, text) for text in (one, other)] for form in ("NFC", "NFD")
    )
    expected = rouge(composed[0], composed[1], language)
    assert rouge(decomposed[0], decomposed[1], language) == expected
    assert rouge(composed[0], decomposed[1], language) == expected


def test_a_sentence_ends_before_a_blank_or_at_a_full_stop_of_its_script() -> None:
    assert sentences("Took 2.5 mg. Is it safe?\nThanks") == ["Took 2.5 mg.", "Is it safe?", "Thanks"]
    assert sentences("发烧三天。要吃药吗？") == ["发烧三天。", "要吃药吗？"]
    assert sentences("मुझे बुखार है। क्या करूं") == ["मुझे बुखार है।", "क्या करूं"]
    assert sentences(" \n ") == []
