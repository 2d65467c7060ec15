"""Negation and sides, with the concepts and drugs of each case given: no table of concepts is tested here."""

import json
from pathlib import Path

import pytest
from growth import growth
from hypothesis import given
from hypothesis import strategies as st

from multilingual.clinical.facts.negation import mark_negated
from multilingual.clinical.facts.records import Fact, Kind
from multilingual.clinical.facts.sides import find_sides

_CASES = Path(__file__).parent / "cases"
_LANGUAGES = ("en", "hi", "hi-en", "pt", "zh")


def _cases(language: str) -> list[dict]:
    lines = (_CASES / f"facts_{language}_negation.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _facts(case: dict) -> list[Fact]:
    """The facts of a case, each at the first place of its text behind the one before."""
    found, at = [], 0
    for fact in case["facts"]:
        start = case["text"].index(fact["text"], at)
        at = start + len(fact["text"])
        rest = {name: fact[name] for name in ("text", "value", "negated", "of") if name in fact}
        found.append(Fact(Kind(fact["kind"]), start, at, **rest))
    return found


_ALL = [
    pytest.param(case, id=f"{language}-{number}")
    for language in _LANGUAGES
    for number, case in enumerate(_cases(language), start=1)
]


@pytest.mark.parametrize("language", _LANGUAGES)
def test_each_language_has_its_cases(language: str) -> None:
    assert len(_cases(language)) >= 25


@pytest.mark.parametrize("case", _ALL)
def test_negation(case: dict) -> None:
    expected = _facts(case)
    plain = [Fact(x.kind, x.start, x.end, x.text, x.value, of=x.of) for x in expected]
    assert mark_negated(case["text"], plain) == expected


@pytest.mark.parametrize("case", _ALL)
def test_sides(case: dict) -> None:
    facts = _facts(case)
    concepts = [fact for fact in facts if fact.kind in (Kind.SYMPTOM, Kind.SITE)]
    assert find_sides(case["text"], concepts) == [fact for fact in facts if fact.kind is Kind.SIDE]


_WORDS = st.sampled_from(
    (
        *(
            "no",
            "fever",
            "nahi",
            "bukhar",
            "不",
            "没有",
            "发烧",
            "sem",
            "febre",
            "left",
            "arm",
            "左",
            "腿",
            ",",
        ),
        *("na", "koi", "aur", "or", "?", ".", "बुखार", "नहीं", "right now", "nem", "não", "e\u0301", "①", "\n"),
    )
)


@st.composite
def _read(draw: st.DrawFn) -> tuple[str, list[Fact]]:
    """A text and facts that lie anywhere in it, over one another too."""
    text = draw(st.one_of(st.text(max_size=60), st.lists(_WORDS, max_size=20).map(" ".join)))
    spans = draw(st.lists(st.tuples(st.integers(0, len(text)), st.integers(0, len(text))), max_size=6))
    kinds = draw(st.lists(st.sampled_from(list(Kind)), min_size=len(spans), max_size=len(spans)))
    return text, [
        Fact(kind, start, end, text[start:end], "fever")
        for kind, (start, end) in zip(kinds, spans, strict=True)
        if start < end
    ]


@given(_read())
def test_anything_is_read(read: tuple[str, list[Fact]]) -> None:
    text, facts = read
    marked = mark_negated(text, facts)
    assert [(x.kind, x.start, x.end, x.value) for x in marked] == [
        (x.kind, x.start, x.end, x.value) for x in facts
    ]
    assert not any(x.negated for x in marked if x.kind not in (Kind.SYMPTOM, Kind.DRUG))
    sides = find_sides(text, facts)
    assert [x.start for x in sides] == sorted(x.start for x in sides)
    assert all(text[x.start : x.end] == x.text and x.value in ("left", "right", "both") for x in sides)


@pytest.mark.parametrize(
    "piece", ["no fever, ", "koi bukhar ya ", "不，", "left and right ", "na fever ", "sem ou ", "("]
)
def test_a_long_text_takes_no_longer_than_its_length_warrants(piece: str) -> None:
    def read(size: int) -> None:
        text = piece * (size // len(piece.encode()))
        facts = [
            Fact(Kind.SYMPTOM, start, start + 5, "fever", "fever")
            for start in range(len(text) - 5)
            if text.startswith("fever", start)
        ]
        find_sides(text, facts)
        mark_negated(text, [*facts, Fact(Kind.SYMPTOM, 0, 1, text[0], "pain")])

    assert growth(read, 10_000, 100_000) < 40
