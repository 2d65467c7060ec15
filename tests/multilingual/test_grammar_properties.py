"""What must hold for every text: an order reads back as it was written, offsets are true, nothing crashes."""

import unicodedata
from dataclasses import dataclass

import pytest
from growth import growth
from hypothesis import given, settings
from hypothesis import strategies as st

from multilingual.clinical.forms import FORM, canonical_form
from multilingual.clinical.grammar import annotate, parse_line
from multilingual.clinical.strengths import find_strengths, normalise_strength
from multilingual.normalise import ascii_digits, fold, normalise_indic

FORMS = {"Tab": "tablet", "Cap": "capsule", "Syp": "syrup", "Inj": "injection", "टैब": "tablet"}
NAMES = ("Xyzal", "Montair LC", "Pan-D", "Rejunex CD3", "Telma AM", "Zerodol-SP", "Folvite", "Crocin DS")
STRENGTHS = {"500 mg": "500 mg", "650": "650", "50/1000": "50/1000", "0.25 mcg": "0.25 mcg", "1 g": "1 g"}
TIMES = {
    "OD": 1.0, "BD": 2.0, "TDS": 3.0, "QID": 4.0, "q8h": 3.0, "6 hrly": 4.0, "once a week": 1 / 7,
    "twice daily": 2.0, "3 times a day": 3.0, "alternate days": 0.5, "din mein do baar": 2.0,
    "दिन में तीन बार": 3.0, "8/8h": 3.0, "de 12 em 12 horas": 2.0, "每日三次": 3.0,
}  # fmt: skip
DURATIONS = {
    "x 5d": 5.0, "x 2 wks": 14.0, "for 3 months": 90.0, "x 5/7": 5.0, "x 1/52": 7.0, "7 din": 7.0,
    "5 दिन": 5.0, "por 7 dias": 7.0, "连服7天": 7.0, "": None,
}  # fmt: skip
FOODS = ("", "after food", "before food", "khane ke baad", "खाने के बाद", "após as refeições", "饭后")


@dataclass(frozen=True)
class Written:
    """An order and how it is written."""

    form: str
    name: str
    strength: str
    when: str
    duration: str
    food: str

    def __str__(self) -> str:
        words = (self.form, self.name, self.strength, self.when, self.food, self.duration)
        return " ".join(filter(None, words))


QUICK = settings(deadline=None, max_examples=150)

amounts = st.sampled_from((0, 1, 2, 3))
patterns = st.lists(amounts, min_size=3, max_size=4).filter(any)


def written(when: st.SearchStrategy[str]) -> st.SearchStrategy[Written]:
    return st.builds(
        Written,
        form=st.sampled_from(sorted(FORMS)),
        name=st.sampled_from(NAMES),
        strength=st.sampled_from(sorted(STRENGTHS)),
        when=when,
        duration=st.sampled_from(sorted(DURATIONS)),
        food=st.sampled_from(FOODS),
    )


def pattern_text(pattern: list[int], sign: str) -> str:
    return sign.join(map(str, pattern))


def assert_same(line: str, order: Written) -> None:
    (read,) = parse_line(line)
    assert read.drug_text == order.name
    assert read.form == FORMS[order.form]
    assert read.strength == STRENGTHS[order.strength]
    assert read.duration_days == DURATIONS[order.duration]


@QUICK
@given(written(st.sampled_from(sorted(TIMES))))
def test_an_order_reads_back(order: Written) -> None:
    assert_same(str(order), order)
    (read,) = parse_line(str(order))
    assert read.times_per_day == pytest.approx(TIMES[order.when])
    assert read.schedule is None


@QUICK
@given(patterns, st.sampled_from(("-", "+", " - ", "—", " -")), st.data())
def test_a_pattern_reads_back(pattern: list[int], sign: str, data: st.DataObject) -> None:
    order = data.draw(written(st.just(pattern_text(pattern, sign))))
    assert_same(str(order), order)
    (read,) = parse_line(str(order))
    slots = (0, 1, 3) if len(pattern) == 3 else (0, 1, 2, 3)
    assert read.schedule == tuple(
        float(pattern[slots.index(slot)]) if slot in slots else 0.0 for slot in range(4)
    )
    assert read.times_per_day == sum(1 for amount in pattern if amount)


MISREADINGS = (
    ("-", "–"), ("1-", "l-"), ("0-", "O-"), ("0-1", "o-1"), (" x ", " X "), ("TDS", "T0S"), ("OD", "0D"),
    ("500 mg", "5OOmg"), ("500 mg", "50Omg"), ("Tab ", "Tab."), ("x 5d", "x5d"), ("x 5d", "xSd"),
    ("BD x", "BDx"), ("-1 x", "-1x"), ("1", "１"), ("5", "५"),
)  # fmt: skip


@QUICK
@given(st.data(), patterns)
def test_a_misread_order_reads_the_same(data: st.DataObject, pattern: list[int]) -> None:
    when = st.one_of(st.sampled_from(("OD", "BD", "TDS")), st.just(pattern_text(pattern, "-")))
    order = data.draw(written(when))
    clean = str(order)
    misread = [clean.replace(*pair) for pair in MISREADINGS if pair[0] in clean.removeprefix(order.name)]
    line = data.draw(st.sampled_from([clean, *misread]))
    (read,), (wanted,) = parse_line(line), parse_line(clean)
    if order.name in line:
        assert read.drug_text == wanted.drug_text
    assert (read.strength, read.times_per_day) == (wanted.strength, wanted.times_per_day)
    assert (read.schedule, read.duration_days) == (wanted.schedule, wanted.duration_days)


ALPHABET = st.one_of(
    st.characters(exclude_categories=["Cs"]),
    st.sampled_from("0123456789-+/.()½oilx मिग्रगोलीदनर片次每日éãç,;:#"),
)
TEXTS = st.one_of(
    st.text(ALPHABET, max_size=60),
    st.lists(
        st.sampled_from([*TIMES, *DURATIONS, *FOODS, *NAMES, *STRENGTHS, "1-0-1", "(", ")", "Tab", ","])
    ).map(" ".join),
)


@QUICK
@given(TEXTS)
def test_offsets_are_true_of_any_text(text: str) -> None:
    end = 0
    for annotation in annotate(text):
        assert end <= annotation.start < annotation.end <= len(text)
        end = annotation.end
    for order in parse_line(text):
        assert 0 <= order.drug_start <= order.drug_end <= len(text)
        assert text[order.start : order.start + len(order.text)] == order.text
        assert bool(order.drug_text) == (order.drug_end > order.drug_start)
        assert order.drug_text.strip() == order.drug_text
        assert order.text in text
        assert order.times_per_day is None or order.times_per_day > 0
        assert order.schedule is None or any(amount != 0 for amount in order.schedule)


@QUICK
@given(TEXTS)
def test_composed_and_decomposed_texts_say_the_same(text: str) -> None:
    composed, decomposed = (
        parse_line(unicodedata.normalize(normal_form, text)) for normal_form in ("NFC", "NFD")
    )
    assert [(o.strength, o.times_per_day, o.schedule, o.duration_days) for o in composed] == [
        (o.strength, o.times_per_day, o.schedule, o.duration_days) for o in decomposed
    ]


@pytest.mark.parametrize(
    "piece", ["1-", "(", "x ", "5 mg/", "片", "Tab Ab 1-0-1 ", "- ", "1 tab morning ", "½", "a.b."]
)
def test_a_long_text_takes_no_longer_than_its_length(piece: str) -> None:
    assert growth(lambda characters: parse_line((piece * characters)[:characters]), 1_000, 10_000) < 40


@pytest.mark.parametrize("text", ["", "   ", "()", "- - -", "\n", "।"])
def test_a_text_that_says_nothing_is_no_order(text: str) -> None:
    assert parse_line(text) == []


@QUICK
@given(st.integers(1, 999), st.sampled_from(("mg", "g", "mcg", "IU", "%")))
def test_a_strength_has_one_spelling(amount: int, unit: str) -> None:
    plain = f"{amount}%" if unit == "%" else f"{amount} {unit}"
    for text in (plain, plain.replace(" ", ""), plain.upper(), f"{amount}  {unit}"):
        assert normalise_strength(text) == plain
        (found,) = find_strengths(f"Tab X {text} BD")
        assert found.text == plain
        assert f"Tab X {text} BD"[found.start : found.end] == text
    assert normalise_strength(normalise_strength(plain)) == plain


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("1 g", ((1000.0, "mg"),)),
        ("50/1000 mg", ((50.0, "mg"), (1000.0, "mg"))),
        ("(10 mg+30 mg)/5 ml", ((10.0, "mg"), (30.0, "mg"), (5.0, "ml"))),
        ("60K IU", ((60000.0, "IU"),)),
        ("50.000 UI", ((50000.0, "IU"),)),
        ("0,5mg", ((0.5, "mg"),)),
        ("०.२५ मि.ग्रा.", ((0.25, "mg"),)),
        ("0.25克", ((250.0, "mg"),)),
        ("100 mcg/puff", ((0.1, "mg"),)),
    ],
)
def test_what_a_strength_amounts_to(text: str, amounts: tuple[tuple[float, str], ...]) -> None:
    (found,) = find_strengths(text)
    assert [amount for amount, _ in found.amounts] == pytest.approx([amount for amount, _ in amounts])
    assert [unit for _, unit in found.amounts] == [unit for _, unit in amounts]


def test_forms_of_five_languages() -> None:
    words = {"Tab.": "tablet", "CÁPSULAS": "capsule", "सिरप": "syrup", "goli": "tablet", "软膏": "ointment"}
    assert {word: canonical_form(word) for word in words} == words
    assert canonical_form("Stable") is None
    assert [match.group() for match in FORM.finditer("stab tabs 阿司匹林片")] == ["tabs", "片"]


def test_fold_keeps_the_way_back() -> None:
    text = "Ｔaｂ cafe\u0301 ५ ½ ㎎"
    shadow = fold(text)
    assert shadow.text == "tab cafe 5 ½ mg"
    assert text[slice(*shadow.span(4, 8))] == "cafe\u0301"
    assert text[slice(*shadow.span(13, 15))] == "㎎"


def test_digits_and_indic_letters_are_normalised() -> None:
    assert ascii_digits("५-०-५ ５") == "5-0-5 5"
    assert normalise_indic("\u0958") == normalise_indic("\u0915\u093c")
