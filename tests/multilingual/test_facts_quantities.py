"""Facts that are counted or named: drugs, numbers, durations, ages and sexes, in five languages."""

import json
import os
import re
import unicodedata
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from growth import growth
from hypothesis import example, given, settings
from hypothesis import strategies as st

from multilingual.clinical.facts import Fact, Kind, find_counted
from multilingual.clinical.facts.drugs import known_names
from multilingual.clinical.facts.values import show

CASES = Path(__file__).parent / "cases"
LANGUAGES = ("en", "hi-en", "hi", "zh", "pt")
DATA = Path(os.environ.get("NUSKHA_DATA", Path(__file__).parents[2] / "../shared/data"))


def lines(language: str) -> list[dict[str, Any]]:
    text = (CASES / f"facts_{language}_quantities.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def values(text: str, kind: Kind) -> list[str]:
    return [fact.value for fact in find_counted(text) if fact.kind is kind]


@pytest.mark.parametrize(
    "case",
    [pytest.param(x, id=f"{name}-{i}") for name in LANGUAGES for i, x in enumerate(lines(name), 1)],
)
def test_case(case: dict[str, Any]) -> None:
    found = [{"kind": x.kind.value, "text": x.text, "value": x.value} for x in find_counted(case["text"])]
    assert found == case["facts"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_cases(language: str) -> None:
    cases = lines(language)
    assert len(cases) >= 20
    assert {fact["kind"] for case in cases for fact in case["facts"]} == {
        "drug", "number", "duration", "age", "sex",
    }  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        ("for three weeks", "teen hafte se", "तीन हफ्ते से", "三个星期了", "há três semanas", "for 21 days"),
        ("18 months ago", "dedh saal pehle", "डेढ़ साल पहले", "一年半以前", "há um ano e meio", "1.5 years ago"),
        ("for 12 months", "ek saal se", "एक साल से", "一年了", "há 1 ano", "for a year"),
        ("every 8 hours", "har 8 ghante", "हर 8 घंटे", "每8小时", "de 8 em 8 horas", "8/8h", "8 hourly"),
        ("for 2-3 days", "do teen din se", "दो तीन दिन से", "两三天了", "há 2 a 3 dias", "2 ya 3 din se"),
    ],
    ids=["weeks", "eighteen-months", "year", "every", "range"],
)
def test_durations_are_the_same_in_every_language(said: tuple[str, ...]) -> None:
    assert len({tuple(values(text, Kind.DURATION)) for text in said}) == 1
    assert len(values(said[0], Kind.DURATION)) == 1


@pytest.mark.parametrize(
    "said",
    [
        (
            "I am 32 years old",
            "main 32 saal ki hoon",
            "मेरी उम्र 32 साल है",
            "我三十二岁",
            "tenho 32 anos",
            "32F",
        ),
        ("my 6-month-old baby", "6 mahine ka baccha", "6 महीने का बच्चा", "6个月大的宝宝", "bebê de 6 meses"),
    ],
    ids=["grown", "baby"],
)
def test_ages_are_the_same_in_every_language(said: tuple[str, ...]) -> None:
    assert len({tuple(values(text, Kind.AGE)) for text in said}) == 1
    assert not any(values(text, Kind.DURATION) or values(text, Kind.NUMBER) for text in said)


@pytest.mark.parametrize(
    "said",
    [
        ("acetaminophen", "Crocin", "पैरासिटामोल", "对乙酰氨基酚", "Tylenol", "paracitamol"),
        ("antibiotics", "antibiotic", "एंटीबायोटिक", "抗生素", "antibióticos"),
        ("vitamin D3", "vit d", "विटामिन डी", "维生素D", "vitamina D"),
    ],
    ids=["generic", "class", "vitamin"],
)
def test_drugs_are_the_same_in_every_language(said: tuple[str, ...]) -> None:
    assert len({tuple(values(f"{text} 5 mg", Kind.DRUG)) for text in said}) == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("fever of 101.3°F", "38.5 celsius"),
        ("bukhar 101.3 hai", "38.5 celsius"),
        ("0.5 g", "500 mg"),
        ("100 mcg", "0.1 mg"),
        ("5 ft 11 in", "71 inch"),
        ("16 mm", "1.6 cm"),
        ("pressão 14 por 9", "140/90 mmhg"),
        ("高压140，低压90", "140/90 mmhg"),
    ],
)
def test_amounts_come_in_one_unit(text: str, value: str) -> None:
    assert values(text, Kind.NUMBER) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "aas paas dekho, relent mat karo, the frontal bone, a candid talk, pause for now",
        "kal kar do, bata do, what do I do",
        "COVID-19, H1N1, the 2nd dose, in her 30s: 这两天, 十二指肠, 大三阳",
        "daily, every day, a day, twenty-something, one of them, uma dor, um pouco, ek aur",
    ],
)
def test_words_that_look_like_facts_are_none(text: str) -> None:
    found = [fact for fact in find_counted(text) if fact.kind is not Kind.SEX]
    assert [fact.value for fact in found] in ([], ["20"])


def test_no_common_word_is_a_drug() -> None:
    common = (
        "pain skin hand doctor please problem image water sugar salt iron hair face right left neck swelling "
        "rash fever cough chest heart blood kidney liver stomach mouth tongue teeth gum eye ear nose paani "
        "khana neend sardi khansi dard aankh naak kaan haath pair sujan khujli zyada thoda bahut theek dor "
        "febre tosse perna braço cabeça olho criança exame cirurgia consulta médico remédio"
    )
    names = known_names()
    assert not [word for word in re.split(" ", common) if word in names]


TEXTS = st.text(
    alphabet=st.one_of(
        st.sampled_from("0123456789 .,/-'\"½°%()年月天岁个半三十百两多 teendosahirmg फ़ॉँ१२३़"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=60,
)
_WORDS = (
    "do teen 3 5.5 1/2 saal din mahine ka ke bete hai hoon 岁 三 个月 半 年 kg mg ° F 140 / 90 por de em "
    "horas anos tenho com um meio every 6 hours - , . i am old vitamin b 12 ' \" year and a half 第 高压 "
    "低压 sadhe sau to fever 102 mein baar साल दो से है"
)
PIECES = st.lists(st.sampled_from(re.split(" ", _WORDS)), max_size=25).map(" ".join)


def check(text: str, facts: list[Fact]) -> None:
    assert [fact.start for fact in facts] == sorted(fact.start for fact in facts)
    for fact in facts:
        assert 0 <= fact.start < fact.end <= len(text)
        assert fact.text == text[fact.start : fact.end]
        assert fact.value


@settings(max_examples=300, deadline=None)
@given(st.one_of(TEXTS, PIECES))
@example("0/1F")  # a ratio, no woman of one year
def test_any_text_is_read_and_its_spans_are_true(text: str) -> None:
    facts = find_counted(text)
    check(text, facts)
    counted = [(f.start, f.end) for f in facts if f.kind in (Kind.NUMBER, Kind.DURATION, Kind.AGE)]
    assert all(a[1] <= b[0] for a, b in pairwise(counted))


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_normal_forms_tell_the_same(language: str) -> None:
    for case in lines(language):
        for form in ("NFC", "NFD"):
            text = unicodedata.normalize(form, case["text"])
            facts = find_counted(text)
            check(text, facts)
            assert [fact.value for fact in facts] == [fact["value"] for fact in case["facts"]]


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 400), st.sampled_from(["days", "din", "दिन", "天", "dias"]))
def test_days_are_read_back(count: int, period: str) -> None:
    assert values(f"since {count} {period} ago", Kind.DURATION) == [f"{count} days"]


def test_amounts_are_shown_without_needless_zeros() -> None:
    assert [show(x) for x in (21.0, 38.54, 0.125, 1e7, 0.5)] == ["21", "38.54", "0.125", "10000000", "0.5"]


@pytest.mark.parametrize(
    ("unit", "size"),
    [
        ("Main 24 saal ka hoon, 3 din se 102 bukhar hai. ", 100_000),
        ("我三十二岁，发烧三天，", 100_000),
        ("1,", 20_000),  # nothing but numbers
        ("ek do ", 20_000),
    ],
    ids=["hi-en", "zh", "numbers", "words"],
)
def test_a_long_text_takes_no_longer_than_its_length_warrants(unit: str, size: int) -> None:
    assert growth(lambda bytes_: find_counted(unit * (bytes_ // len(unit.encode()))), size // 10, size) < 40


@pytest.mark.skipif(not (DATA / "queries/mmcqs_valid.jsonl").exists(), reason="the real queries are not here")
def test_human_summaries_rarely_tell_what_their_queries_do_not() -> None:
    """At most 8% of people's summaries tell a drug, number, duration or age not found in the query."""
    text = (DATA / "queries/mmcqs_valid.jsonl").read_text("utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    kinds = (Kind.DRUG, Kind.NUMBER, Kind.DURATION, Kind.AGE)
    told = [
        {(fact.kind, fact.value) for fact in find_counted(row["core"]) if fact.kind in kinds}
        <= {(fact.kind, fact.value) for fact in find_counted(row["query"])}
        for row in rows
    ]
    assert sum(told) >= 0.92 * len(told)
