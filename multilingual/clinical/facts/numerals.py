"""Numbers of several words and ranges: "twenty-five", "cento e vinte", "sadhe teen", "2 lakh", "5 ya 6"."""

from dataclasses import dataclass, replace
from typing import Final

from multilingual.clinical.facts.words import Lexeme

_TWENTY: Final = 20
_WIDEST: Final = 5  # "das pandrah" is a range, "do saat" none
_RANGE_ROLES: Final = frozenset(("range", "dash"))


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number, or a range where `high` is told. `weak` words may be no numbers; `language` is the word's."""

    low: float
    high: float | None = None
    language: str | None = None
    weak: bool = False

    @property
    def is_word(self) -> bool:
        """Whether it is written in letters."""
        return self.language is not None

    def times(self, factor: float) -> "Numeral":
        """The numeral multiplied."""
        return replace(self, low=self.low * factor, high=self.high and self.high * factor)


def merge(lexemes: list[Lexeme]) -> list[Lexeme]:
    """Join the words of one number: "twenty-five", "cento e vinte", "sadhe teen", "2 lakh"."""
    merged: list[Lexeme] = []
    index = 0
    while index < len(lexemes):
        lexeme = lexemes[index]
        numeral, end = _cardinal(lexemes, index) if lexeme.meanings else (None, index + 1)
        if numeral is not None and not numeral.weak:
            text = " ".join(part.text for part in lexemes[index:end])
            lexeme = Lexeme(lexeme.start, lexemes[end - 1].end, text, {"number": numeral})
        merged.append(lexeme)
        index = end
    return merged


def _cardinal(lexemes: list[Lexeme], start: int) -> tuple[Numeral | None, int]:
    """The number that begins at `start`, if one does, and the index behind it."""
    shift = lexemes[start].meanings.get("shift", 0.0)
    first = numeral_of(lexemes[start + bool(shift)]) if start + bool(shift) < len(lexemes) else None
    if first is None:
        return None, start + 1
    index, value, language = start + bool(shift) + 1, first.low, first.language
    while index < len(lexemes):
        meanings = lexemes[index].meanings
        if "scale" in meanings and (
            lexemes[index].text != "k" or lexemes[index].start == lexemes[index - 1].end
        ):
            value *= meanings["scale"]
            index += 1
            continue
        step = 2 if lexemes[index].text == "-" or "and" in meanings else 1
        more = numeral_of(lexemes[index + step - 1]) if index + step - 1 < len(lexemes) else None
        if more is None or not _adds(value, language, more, joined=step == 2):
            break
        value, language = value + more.low, more.language
        index += step
    if index < len(lexemes) and "half_more" in lexemes[index].meanings:
        value, index = value + 0.5, index + 1
    weak = first.weak and index == start + 1
    return replace(first, low=value + shift, weak=weak, high=None if index > start + 1 else first.high), index


def numeral_of(lexeme: Lexeme) -> Numeral | None:
    """The numeral that a lexeme is or, if its word is weak, may be."""
    meanings = lexeme.meanings
    if "number" in meanings:
        numeral: Numeral = meanings["number"]
        return numeral
    for role in ("word", "weak_word"):
        if role in meanings:
            value, language = meanings[role]
            return Numeral(value, None, language, weak=role == "weak_word")
    return None


def _adds(value: float, language: str | None, more: Numeral, *, joined: bool) -> bool:
    """Whether a number word goes on: "twenty one", "vinte e um", "sau bees", "one hundred and ten"."""
    if language is None or more.language != language or more.low < 1 or not more.low.is_integer():
        return False
    room = next((size for size in (1000, 100, 10) if value % size == 0), 1)
    tens = _TWENTY <= value < 100 and language in ("en", "pt") and joined == (language == "pt")
    if language == "en" and joined and _TWENTY <= value < 100:
        tens = True
    return more.low < room and (value >= 100 or tens)


def join_ranges(lexemes: list[Lexeme]) -> list[Lexeme]:
    """Join "2-3", "5 ya 6", "do teen", "5 a 6" to ranges."""
    joined: list[Lexeme] = []
    index = 0
    while index < len(lexemes):
        lexeme, end = lexemes[index], index + 1
        for step in (2, 1) if numeral_of(lexeme) else ():
            if index + step < len(lexemes) and (found := _range(lexemes[index : index + step + 1])):
                text = " ".join(part.text for part in lexemes[index : index + step + 1])
                lexeme = Lexeme(lexeme.start, lexemes[index + step].end, text, {"number": found})
                end = index + step + 1
                break
        joined.append(lexeme)
        index = end
    return joined


def _range(lexemes: list[Lexeme]) -> Numeral | None:
    low, high = numeral_of(lexemes[0]), numeral_of(lexemes[-1])
    if low is None or high is None or low.high or high.high or low.low >= high.low:
        return None
    if low.weak or high.weak:
        same = low.language == high.language == "hi" or not low.weak
        if not same or (high.weak and low.weak and len(lexemes) == 2 and low.low != 1):
            return None
    if len(lexemes) == 2:
        if (
            low.language != "hi"
            or high.language != "hi"
            or high.low - low.low > (1 if low.low == 1 else _WIDEST)
        ):
            return None
    elif not (_RANGE_ROLES & lexemes[1].meanings.keys() or (lexemes[1].text == "a" and not low.weak)):
        return None
    return Numeral(low.low, high.low, low.language or high.language)
