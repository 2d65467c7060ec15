"""Symptoms and body sites: written cases in five languages, the tables, and what tells what."""

import json
import os
import random
from pathlib import Path

import pytest
from growth import growth
from hypothesis import example, given
from hypothesis import strategies as st

from multilingual.clinical.facts.concepts import broader, find_concepts, tells
from multilingual.clinical.facts.notation import Phrase, phrases_of
from multilingual.clinical.facts.records import Kind
from multilingual.clinical.vocabulary import table

LANGUAGES = ("en", "hi-en", "hi", "zh", "pt")
FILES = Path(__file__).parent / "cases"
CASES = [
    pytest.param(json.loads(line), id=f"{language}-{number}")
    for language in LANGUAGES
    for number, line in enumerate(
        (FILES / f"facts_{language}_concepts.jsonl").read_text("utf-8").splitlines(), 1
    )
]
DATA = Path(os.environ.get("NUSKHA_DATA", Path(__file__).parents[3] / "shared" / "data")) / "queries"
TABLES = {Kind.SYMPTOM: table("symptoms"), Kind.SITE: table("sites")}
CONCEPTS = [name for entries in TABLES.values() for name in entries if name != "none"]
WORDS = [
    phrase.tokens for entries in TABLES.values() for entry in entries.values() for language in LANGUAGES
    for phrase in phrases_of(entry.get(language, "pain").split(",")[0], language)
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_case(case):
    facts = find_concepts(case["text"])
    assert [{"kind": fact.kind, "text": fact.text, "value": fact.value} for fact in facts] == case["facts"]


def test_tables_name_only_concepts_that_there_are():
    assert len(CONCEPTS) == len(set(CONCEPTS)) > 350
    for entries in TABLES.values():
        for name, entry in entries.items():
            assert set(entry) <= {"is", "alike", *LANGUAGES}, name
            assert {*entry.get("is", ()), *entry.get("alike", ())} <= set(CONCEPTS) - {name}, name


def test_relations_have_no_circle():
    for concept in CONCEPTS:
        assert concept in broader(concept)  # a circle has no end


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_words_keep_to_the_notation(kind, language):
    for entry in TABLES[kind].values():
        if language in entry:
            assert all(phrase.tokens for phrase in phrases_of(entry[language], language))


def test_notation():
    assert [phrase.tokens for phrase in phrases_of("gal(e|ey)", "hi")] == [("gale",), ("galey",)]
    assert list(phrases_of("{my|the} back {hurts}", "hi")) == [
        Phrase(("my", "back", "hurts"), 1, 1),
        Phrase(("the", "back", "hurts"), 1, 1),
    ]
    assert [phrase.tokens for phrase in phrases_of("lesão", "pt")] == [("lesao",), ("lesoes",)]
    assert [phrase.tokens for phrase in phrases_of("dry (|red) patch", "en")] == [
        ("dry", "patch"), ("dry", "patches"), ("dry", "red", "patch"), ("dry", "red", "patches"),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="notation"):
        list(phrases_of("sore, {my}", "en"))


@pytest.mark.parametrize(
    ("told", "value", "expected"),
    [
        ({"headache"}, "pain", True),
        ({"pain"}, "headache", False),
        ({"pain", "head"}, "headache", True),
        ({"pain", "knee"}, "sore throat", False),
        ({"hepatitis B"}, "hepatitis", True),
        ({"hepatitis"}, "hepatitis B", False),
        ({"lump"}, "swelling", True),
        ({"itching"}, "fever", False),
        ({"thumb"}, "hand", True),
        ({"hand"}, "thumb", False),
        ({"rash"}, "cancer", False),
        (set(), "fever", False),
        ({"a word unknown"}, "a word unknown", True),
    ],
)
def test_what_tells_what(told, value, expected):
    assert tells(told, value) is expected


def test_broader_of_an_unknown_value_is_itself():
    assert broader("no concept") == {"no concept"}
    assert {"headache", "pain", "head"} <= broader("headache")


@pytest.mark.parametrize(
    "text",
    [
        "My pet dog ran, and I came back on the other hand.",
        "Please get back to me, sir.",
        "Ek pair of glasses liya hai.",
        "Vou a pé pelos parques, nas manhãs.",
        "医生的手法不错,请放心。",
        "Dil se shukriya sir ji.",
    ],
)
def test_words_that_mean_another_thing(text):
    assert find_concepts(text) == []


def check(text):
    facts = find_concepts(text)
    end = 0
    for fact in facts:
        assert end <= fact.start < fact.end <= len(text)
        assert text[fact.start : fact.end] == fact.text
        end = fact.end
    return facts


@given(st.text())
@example("' - '' -- pain' -itch 'fever' don't- ")
@example("dor na ma\u0303o e no tórax, febre\u0301")
@example("ＰＡＩＮ\x00痛\ud800 ﬁ")
def test_any_text(text):
    check(text)


@given(st.lists(st.sampled_from(WORDS), max_size=8), st.sampled_from([" ", ", ", "\n", "-", "  . "]))
def test_texts_of_concept_words(words, joint):
    check(joint.join(" ".join(tokens) for tokens in words))


def test_capitals_and_marks_change_nothing():
    plain = find_concepts("dor nas costas e coração acelerado com náusea")
    other = find_concepts("DOR NAS COSTAS e corac\u0327a\u0303o ACELERADO com nausea")
    assert [fact.value for fact in plain] == [fact.value for fact in other] != []


def test_a_long_text_takes_no_longer_than_its_length_warrants():
    def found(sentences):
        text = "mujhe teen din se bukhar hai, my left knee is swollen and 膝盖也疼. " * sentences
        assert len(check(text)) >= 5 * sentences

    assert growth(found, 160, 1600) < 40


@pytest.mark.parametrize(
    ("name", "column", "least"),
    [("mmcqs_train", "core", 0.88), ("en_meqsum", "summary", 0.82), ("zh_toyhom_train", "summary", 0.88)],
)
def test_references_are_told_by_their_queries(name, column, least):
    path = DATA / f"{name}.jsonl"
    if not path.exists():
        pytest.skip(f"no {path}: set NUSKHA_DATA to the folder of the real data")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    told = []
    for row in random.Random(0).sample(rows, 300):
        known = {fact.value for fact in find_concepts(row["query"])}
        told += [tells(known, value) for value in {fact.value for fact in find_concepts(row[column])}]
    assert sum(told) / len(told) >= least
