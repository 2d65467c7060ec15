"""The faithfulness check: cases written by hand, and what holds for any text."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarize.faithful import check, examine, other_language

CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("cases").joinpath("faithful.jsonl").read_text("utf-8").splitlines()
]
LANGUAGES = ["en", "hi", "hi-en", "zh", "pt"]
PHRASES = [
    "Mujhe teen din se bukhar hai",
    "no itching",
    "a 34-year-old woman",
    "500 mg amoxicillin",
    "左膝疼痛",
    "没有发烧",
    "dor no braço direito há 2 semanas",
    "102 F",
    "BP 140/90",
    "सिर में दर्द नहीं है",
]
messages = st.lists(st.sampled_from(PHRASES), min_size=1, max_size=5).map(". ".join)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["reason"])
def test_cases_written_by_hand(case: dict[str, Any]) -> None:
    assert list(check(case["summary"], [case["source"]], case["target"])) == case["flags"]


def test_every_source_counts() -> None:
    summary = "Can a 60-year-old woman take metformin?"
    message, notes = "Can my mother take metformin?", "Age: 60 years. Sex: female."
    assert check(summary, [message], "en") == ("invented_age: 60-year-old",)
    assert check(summary, [message, notes], "en") == ()


def test_a_picture_may_tell_where_a_symptom_is() -> None:
    message, summary = "Haath par daane hain. Pair mein dard hai.", "What causes the rash on the foot?"
    assert check(summary, [message], "en") == ("misplaced_symptom: rash on the foot",)
    assert check(summary, [message], "en", "A red rash on the foot.") == ()


def test_what_neither_the_flags_nor_the_facts_of_the_sources_settle_is_left() -> None:
    summary, message = (
        "A swelling, a blue skin and scalp, and a fever",
        "Skin par safed gaanth aur bukhar hai.",
    )
    examined = examine(summary, [message], "en")
    assert examined.flags == ("invented_site: scalp",)
    assert examined.loose == 1  # a lump is a swelling
    assert examined.words.split() == ["A", "swelling,", "a", "blue", "and", ",", "and", "a"]
    assert len(examined.words) == len(summary)
    by_image = examine(summary, [message], "en", "The scalp is blue and swollen.")
    assert (by_image.flags, by_image.loose) == (("told_by_image: scalp",), 0)


def test_no_source_supports_nothing() -> None:
    assert check("Is 5 mg enough?", [], "en") == ("invented_number: 5 mg",)


@settings(deadline=None)
@given(messages, st.sampled_from(LANGUAGES))
def test_a_summary_that_repeats_its_source_invents_nothing(message: str, target: str) -> None:
    flags = check(message, [message], target)
    assert [flag for flag in flags if not flag.startswith(("not_target_language", "untranslated"))] == []


@settings(deadline=None)
@given(messages, messages, st.sampled_from(LANGUAGES))
def test_more_sources_never_make_an_invention(summary: str, message: str, target: str) -> None:
    """What one source tells stays told, whatever else is known."""
    alone = {flag for flag in check(summary, [summary], target) if flag.startswith("invented")}
    together = {flag for flag in check(summary, [summary, message], target) if flag.startswith("invented")}
    assert together <= alone


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=200), st.sampled_from(LANGUAGES))
def test_any_text_is_checked(summary: str, source: str, target: str) -> None:
    for flag in check(summary, [source], target):
        code, _, detail = flag.partition(": ")
        assert code.isidentifier()
        assert 0 < len(detail) <= 60


@pytest.mark.parametrize(
    ("summary", "message", "findings", "flags"),
    [
        ("A rash.", "What is this?", "A rash on the arm.", ("told_by_image: rash",)),
        ("A rash.", "I have a rash.", "A rash on the arm.", ()),
        ("A rash.", "What is this?", "A hand.", ("invented_symptom: rash",)),
        ("A rash.", "What is this?", "No rash.", ("invented_symptom: rash",)),
        ("A rash of 3 cm.", "I have a rash.", "It is about 3 cm wide.", ("told_by_image: 3 cm",)),
        # A sore throat is told by the two together.
        ("A sore throat.", "My throat.", "The throat is sore.", ("told_by_image: sore throat",)),
        # What the message denies or tells of the other side is no less flipped for being seen.
        (
            "Swelling of the knee.",
            "No swelling of the knee.",
            "A swollen knee.",
            ("flipped_negation: Swelling",),
        ),
        ("Is the right knee hurt?", "My left knee is hurt.", "The right knee.", ("flipped_side: right",)),
        ("Uma erupção.", "What is this?", "A rash on the arm.", ("told_by_image: erupção",)),
    ],
)
def test_what_only_the_picture_tells_is_told_by_it(
    summary: str, message: str, findings: str, flags: tuple[str, ...]
) -> None:
    assert check(summary, [message], "en", findings) == flags


@settings(deadline=None)
@given(messages, messages, messages, st.sampled_from(LANGUAGES))
def test_findings_make_no_flag_and_take_none_away(
    summary: str, message: str, findings: str, target: str
) -> None:
    without, having = check(summary, [message], target), check(summary, [message], target, findings)
    assert [flag.partition(": ")[2] for flag in without] == [flag.partition(": ")[2] for flag in having]
    changed = {
        (a.partition("_")[0], b.partition(": ")[0]) for a, b in zip(without, having, strict=True) if a != b
    }
    assert changed <= {("invented", "told_by_image")}
    assert check(summary, [message], target, "") == without


@pytest.mark.parametrize(
    ("summary", "target", "other"),
    [
        ("Is it safe to take paracetamol with amoxicillin?", "en", None),
        ("É seguro tomar paracetamol com amoxicilina?", "en", "pt"),
        ("可以同时吃对乙酰氨基酚和阿莫西林吗？", "en", "zh"),
        ("क्या दोनों दवाएं साथ में लेना सुरक्षित है?", "hi", None),
        ("Kya dono dawa saath mein lena theek hai?", "hi", "hi-en"),
        ("Paracetamol 500 mg", "zh", None),
        ("", "en", None),
    ],
)
def test_the_language_of_a_summary(summary: str, target: str, other: str | None) -> None:
    assert other_language(summary, target) == other
