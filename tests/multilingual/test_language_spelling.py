"""Normal forms: Roman Hindi, both scripts of Hindi, Han characters, numerals."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multilingual.devanagari_spelling import spell_in_devanagari
from multilingual.normalise import normalise_han
from multilingual.numerals import ascii_numerals, han_number
from multilingual.roman_hindi import normal_form, normalise_roman_hindi
from multilingual.transliterate import spell_in_latin, to_devanagari, to_roman
from multilingual.word_lists import hindi_words

WORDS = json.loads((Path(__file__).parent / "cases" / "roman_hindi.json").read_text("utf-8"))


@pytest.mark.parametrize("word", WORDS, ids=[word["normal"] for word in WORDS])
def test_variants_have_one_normal_form(word: dict[str, str]) -> None:
    assert {normal_form(variant) for variant in word["variants"]} == {word["normal"]}
    assert {to_devanagari(variant) for variant in word["variants"]} == {word["devanagari"]}
    assert to_roman(word["devanagari"]) == word["normal"]


def test_words_that_differ_keep_apart() -> None:
    for one, other in (
        ("mera", "mere"),
        ("hai", "hain"),
        ("karna", "karta"),
        ("mil", "mal"),
        ("din", "dino"),
    ):
        assert normal_form(one) != normal_form(other)


@settings(deadline=None)  # the first call reads the lexicon
@given(st.text(alphabet="abcdefghijklmnoprstuvyz", min_size=1, max_size=9))
def test_the_normal_form_is_its_own(word: str) -> None:
    assert normal_form(normal_form(word)) == normal_form(word)


def test_only_roman_hindi_is_normalised() -> None:
    text = "muje fever  h, Crocin 500mg li thi; मुझे nhi pta"
    assert normalise_roman_hindi(text) == "mujhe fever  hai, Crocin 500mg li thi; मुझे nahi pata"


def test_the_lexicon_is_written_alike() -> None:
    for word in hindi_words():
        assert word.roman.isascii() and word.roman.islower() and word.roman.isalpha()
        assert all("\u0900" <= char <= "\u097f" for char in word.devanagari)
        assert word.roman not in word.variants


def test_texts_between_scripts() -> None:
    assert to_devanagari("Mere pet me 2 din se dard hai!") == "मेरे पेट में 2 दिन से दर्द है!"
    assert to_roman("मुझे 102 bukhar है।") == "mujhe 102 bukhar hai।"


@pytest.mark.parametrize(
    ("devanagari", "latin"),
    [
        ("समझना", "samajhna"),
        ("मित्र", "mitra"),
        ("धर्म", "dharm"),
        ("कमल", "kamal"),
        ("जरूरत", "jaroorat"),
        ("पड़ना", "padna"),
        ("संगीत", "sangit"),
        ("आलू", "alu"),
    ],
)
def test_latin_spelling_by_rule(devanagari: str, latin: str) -> None:
    assert spell_in_latin(devanagari) == latin


@pytest.mark.parametrize(
    ("latin", "devanagari"), [("sankramit", "संक्रमित"), ("vaigyanik", "वैज्ञानिक"), ("hanuman", "हनुमान")]
)
def test_devanagari_spelling_by_rule(latin: str, devanagari: str) -> None:
    assert spell_in_devanagari(latin) == devanagari


@settings(deadline=None)  # the first call counts the letters
@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=10))
def test_every_latin_word_has_a_devanagari_spelling(word: str) -> None:
    assert all("\u0900" <= char <= "\u097f" for char in spell_in_devanagari(word))


@given(st.text())
def test_han_forms_keep_every_offset(text: str) -> None:
    normal = normalise_han(text)
    assert len(normal) == len(text)
    assert normalise_han(normal) == normal


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("三", 3),
        ("十", 10),
        ("十四", 14),
        ("二十", 20),
        ("一百零五", 105),
        ("三百五", 350),
        ("两千", 2000),
        ("三十八点五", 38.5),
        ("二〇二三", 2023),
        ("三万五", 35000),
        ("一亿零三", 100000003),
        ("零", 0),
    ],
)
def test_han_numerals(numeral: str, value: float) -> None:
    assert han_number(numeral) == value


@pytest.mark.parametrize("text", ["", "点五", "三天", "三点", "一二十", "abc"])
def test_what_is_no_han_numeral(text: str) -> None:
    with pytest.raises(ValueError, match="not a Han numeral"):
        han_number(text)


@given(st.text(alphabet="零〇一二两三四五六七八九十百千万亿点", max_size=8))
def test_a_han_numeral_is_a_number_or_an_error(text: str) -> None:
    try:
        assert han_number(text) >= 0
    except ValueError as error:
        assert "not a Han numeral" in str(error)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("१०१ डिग्री", "101 डिग्री"),
        ("发烧三天，一直三十八点五度", "发烧3天，一直38.5度"),
        ("一样", "一样"),
        ("每日三次，一次两片", "每日3次，1次2片"),
        ("两个月", "2个月"),
        ("３ days", "3 days"),
    ],
)
def test_numerals_in_three_scripts(text: str, expected: str) -> None:
    assert ascii_numerals(text) == expected
