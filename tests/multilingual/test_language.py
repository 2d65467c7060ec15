"""Languages of tokens and of texts, on cases written for it; each group says what it is for."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from growth import growth
from hypothesis import given, settings
from hypothesis import strategies as st

from multilingual.code_mix import code_mix_index
from multilingual.language import profile, tag_tokens
from multilingual.scripts import script_runs, scripts_of

CASES = Path(__file__).parent / "cases"


def groups(name: str) -> list[Any]:
    return list(json.loads((CASES / f"{name}.json").read_text("utf-8")))


def numbered(name: str) -> list[Any]:
    return [
        pytest.param(case, group.get("language"), id=f"{place}-{number}")
        for place, group in enumerate(groups(name))
        for number, case in enumerate(group["cases"])
    ]


@pytest.mark.parametrize(("text", "language"), numbered("language_sentences"))
def test_language_of_a_text(text: str, language: str | None) -> None:
    assert profile(text).language == language


@pytest.mark.parametrize(("case", "_"), numbered("language_tokens"))
def test_language_of_each_token(case: dict[str, str], _: None) -> None:
    tokens = tag_tokens(case["text"])
    assert " ".join(token.tag for token in tokens) == case["tags"]
    if "kinds" in case:
        assert " ".join(token.kind for token in tokens) == case["kinds"]


def test_every_language_has_ten_cases() -> None:
    counts = {group["language"]: len(group["cases"]) for group in groups("language_sentences")}
    assert all(counts[language] >= 10 for language in ("hi", "hi-en", "zh", "pt", "en"))


MIXED_TEXT = st.text() | st.lists(
    st.sampled_from(
        ["mujhe", "fever", "não", "药", "है", "Dr.", "Crocin", "5mg", "\n", "@x", "a.b@c.d", "ＡＢ"]
    )
).map(" ".join)


@settings(deadline=None)  # the first call reads the word lists
@given(MIXED_TEXT)
def test_only_white_space_lies_between_tokens(text: str) -> None:
    end = 0
    for token in profile(text).tokens:
        assert token.text == text[token.start : token.end] != ""
        assert not text[end : token.start].strip()
        assert token.tag in {"hi", "en", "zh", "pt", "other"}
        assert (token.kind == "word") or token.tag == "other"
        end = token.end
    assert not text[end:].strip()


@pytest.mark.parametrize("unit", [".", "a", "ab", "1.", "a@", "a.", "药", "है", "mujhe fever ", "www.", "A-"])
def test_a_long_text_takes_no_longer_than_its_length_warrants(unit: str) -> None:
    assert growth(lambda characters: profile(unit * (characters // len(unit))), 5_000, 50_000) < 40


@given(st.lists(st.sampled_from(["hi", "en", "other"])))
def test_code_mix_index_lies_between_0_and_100_and_ignores_order(tags: list[str]) -> None:
    index = code_mix_index(tags)
    assert 0 <= index <= 50  # two languages: the main one has at least half
    assert index == code_mix_index(sorted(tags)) == code_mix_index([*tags, "other"])


def test_code_mix_index_of_the_paper() -> None:
    assert code_mix_index([]) == code_mix_index(["other"]) == code_mix_index(["hi", "hi"]) == 0
    assert code_mix_index(["hi"] * 6 + ["en"] * 2 + ["other"] * 3) == pytest.approx(100 * (1 - 6 / (11 - 3)))
    assert code_mix_index(["hi", "en", "zh", "pt"]) == 75


def test_scripts_of_a_text() -> None:
    assert scripts_of("BP बढ़ा है 药") == ("Devanagari", "Latin", "Han")
    assert scripts_of("12 / 3") == ()
    assert [(run.script, run.start, run.end) for run in script_runs("- abc देख, 药药")] == [
        ("Latin", 0, 6),
        ("Devanagari", 6, 11),
        ("Han", 11, 13),
    ]


@given(st.text())
def test_script_runs_leave_no_gap(text: str) -> None:
    runs = script_runs(text)
    assert {run.script for run in runs} == set(scripts_of(text))
    if runs:
        assert [run.start for run in runs] == [0, *(run.end for run in runs[:-1])]
        assert runs[-1].end == len(text)
        assert all(one.script != other.script for one, other in pairwise(runs))
