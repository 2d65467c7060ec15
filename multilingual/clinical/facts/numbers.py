"""Numbers of running text: figures and number words of five languages, alone and as ranges.

`read` turns a text into the lexemes that the rules of quantities, durations and ages work on.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Final

from multilingual.clinical.facts.numerals import Numeral, join_ranges, merge
from multilingual.clinical.facts.words import (
    Lexeme,
    Meanings,
    Reading,
    Token,
    code_of,
    read_word,
    shadow_of,
    sign_meanings,
    tokens_of,
)
from multilingual.clinical.numerals import read_number
from multilingual.clinical.vocabulary import folded, table

_LANGUAGES: Final = ("en", "hi", "pt")
_WINDOW: Final = 8
_LONGEST_FIGURE: Final = 15
_HAN: Final = {char: index for index, char in enumerate("〇一二三四五六七八九")} | {"两": 2, "俩": 2}
_HAN_SCALE: Final = {"十": 10, "百": 100, "千": 1000}
_HAN_RANGE: Final = re.compile(r"(十?)([一二两三四五六七八九])([二三四五六七八九])(十?)")
_ENDS_A_NAME: Final = re.compile(r"(?<!\dx)(?<=[a-z])$|[a-z]-$")
_GLUED: Final = re.compile(r"(?:st|nd|rd|th|s|o|a|ed|rm|u)(?![a-z])|'s(?![a-z])|[a-wyz]\d")
_WORD_LENGTH: Final = 5  # letters of a word that an amount is written onto: "weight73kgs"
_HAN_ORDINAL: Final = "第"


def read(text: str) -> Reading:
    """Read `text` into lexemes; its numbers are merged, its ranges joined."""
    shadow = shadow_of(text)
    lexemes = join_ranges(merge(_mark_names(shadow.text, _lexemes(shadow.text))))
    return Reading(text, shadow, lexemes, "".join(code_of(lexeme.meanings) for lexeme in lexemes))


def _lexemes(shadow: str) -> list[Lexeme]:
    tokens = tokens_of(shadow)
    portuguese = _is_portuguese(tokens)
    lexemes: list[Lexeme] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        meanings, length = read_word(tokens, index)
        if not meanings and token.kind == "comma" and not portuguese:
            lexemes += _comma_parts(token)
        else:
            if not meanings and token.kind != "word":
                meanings = _meanings(token, portuguese=portuguese)
            end = tokens[index + length - 1].end
            lexemes.append(Lexeme(token.start, end, shadow[token.start : end], meanings))
        index += length
    return lexemes


def _meanings(token: Token, *, portuguese: bool) -> Meanings:
    if token.kind == "sign":
        return sign_meanings(token.text)
    if token.kind == "numeral":
        return _han(token.text)
    return _figure(token.kind, token.text, portuguese)


@cache
def _spoken_words() -> dict[str, frozenset[str]]:
    return {
        language: frozenset(map(folded, words)) for language, words in table("fact_numbers")["spoken"].items()
    }


def _is_portuguese(tokens: list[Token]) -> bool:
    words = Counter(token.text for token in tokens)
    counts = {name: sum(words[word] for word in spoken) for name, spoken in _spoken_words().items()}
    return counts["pt"] > max(counts["en"], counts["hi"], 1)


def _comma_parts(token: Token) -> Iterator[Lexeme]:
    """The two numbers of "2,3 din", where a comma is no decimal sign."""
    low, high = token.text.split(",")
    comma = token.start + len(low)
    yield Lexeme(token.start, comma, low, _figure("plain", low, False))
    yield Lexeme(comma, comma + 1, ",", sign_meanings(","))
    yield Lexeme(comma + 1, token.end, high, _figure("plain", high, False))


def _figure(kind: str, figures: str, portuguese: bool) -> Meanings:
    if len(figures) > _LONGEST_FIGURE:
        return {"name_part": None}
    if kind in ("date", "time"):
        return {kind: figures}
    if kind == "ratio":
        over, under = (float(part) for part in figures.split("/"))
        return {"ratio": (over, under)}
    if kind == "comma" or (
        kind == "grouped" and (portuguese or figures[0] == "0") and figures.count(",") == 1
    ):
        return {"number": Numeral(float(figures.replace(".", "").replace(",", ".")))}
    if kind == "grouped":
        plain = figures.replace(",", "") if "," in figures else figures.replace(".", "")
        return {"number": Numeral(float(plain))}
    if kind == "plain" and portuguese and re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", figures):
        return {"number": Numeral(float(figures.replace(".", "")))}
    return {"number": Numeral(read_number(figures))}


def _han(numeral: str) -> Meanings:
    ranged = _HAN_RANGE.fullmatch(numeral)
    if ranged and (len(numeral) > 2 or numeral[0] != "十"):
        ten, low, high, tens = ranged.groups()
        factor, more = (10 if tens else 1), (10 if ten else 0)
        if _HAN[low] < _HAN[high]:
            return {"number": Numeral(more + _HAN[low] * factor, more + _HAN[high] * factor, "zh")}
    total, digit = 0, 0
    for position, char in enumerate(numeral):
        if char in _HAN_SCALE:
            total += (digit or (1 if position == 0 else 0)) * _HAN_SCALE[char]
            digit = 0
        elif digit:
            return {}  # digits in a row: a telephone number, a year
        else:
            digit = _HAN[char]
    value = float(total + digit)
    return {"number": Numeral(value, None, "zh", weak=value == 1)} if value else {}


def _mark_names(shadow: str, lexemes: list[Lexeme]) -> list[Lexeme]:
    """Mark the figures that are parts of names: B12, H1N1, covid-19, 2nd, 30s."""
    marked = []
    for index, lexeme in enumerate(lexemes):
        if "number" in lexeme.meanings:
            following = lexemes[index + 1].meanings if index + 1 < len(lexemes) else {}
            measured = not following.keys().isdisjoint(("unit", "period"))
            before = _ENDS_A_NAME.search(shadow, max(0, lexeme.start - 3), lexeme.start)
            hyphened = index > 1 and lexemes[index - 1].text == "-"
            told = hyphened and (measured or lexemes[index - 2].meanings)
            written_on = measured and index > 0 and len(lexemes[index - 1].text) >= _WORD_LENGTH
            ordinal = index > 0 and lexemes[index - 1].text == _HAN_ORDINAL
            if ordinal or _GLUED.match(shadow, lexeme.end) or (before and not told and not written_on):
                lexeme = replace(lexeme, meanings={"name_part": None})
        marked.append(lexeme)
    return marked


def spoken_at(reading: Reading, index: int) -> str | None:
    """The language spoken around the lexeme at `index`, by function words; None where none is."""
    near = reading.lexemes[max(0, index - _WINDOW) : index + _WINDOW + 1]
    counts = {name: sum(f"spoken_{name}" in lexeme.meanings for lexeme in near) for name in _LANGUAGES}
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else None
