"""Amounts: numbers with units, vital signs, and bare numbers.

Amounts of one kind come in one unit, so that they compare: mass of drugs in mg, volumes in ml, lengths in cm
or, if imperial, in inches, temperatures in degrees Celsius.
"""

from collections.abc import Iterator
from typing import Final

from multilingual.clinical.facts.numbers import spoken_at
from multilingual.clinical.facts.numerals import Numeral, numeral_of
from multilingual.clinical.facts.records import Fact, Kind
from multilingual.clinical.facts.values import show
from multilingual.clinical.facts.vitals import Found, find_vitals, unit_at
from multilingual.clinical.facts.words import Reading, rule
from multilingual.clinical.vocabulary import folded, table

_LONGEST_LIST = 20
_LARGE_HAN = 11  # a Han numeral that is nothing else
_COUNTED_AGAINST: Final = frozenset(("min", "minute", "hpf", "day", "cumm", "分"))
_SHOWN: Final[dict[str, str]] = {
    folded(word): entry["show"].lower()
    for section in ("strength", "volume")
    for entry in table("units")[section]
    for word in entry["words"]
}

_WEAK_COUNT = rule("weak_word times | (?<!give) weak_word (?!asked | stop | comma | am | spoken_hi)")
_HAN_PERCENT = rule("percent_of number")
_AMOUNT = rule("number dash? unit (slash (unit | period | other))?")
_BARE = rule("number | often | ratio | time | date")


def find_quantities(reading: Reading, taken: set[int]) -> Iterator[Fact]:
    """Numbers of a text, with their units; the lexemes used are added to `taken`."""
    for finder in (find_vitals, _amounts, _bare):
        for first, last, value in finder(reading, taken):
            if taken.isdisjoint(range(first, last + 1)):
                taken.update(range(first, last + 1))
                start, end = reading.span(first, last)
                yield Fact(Kind.NUMBER, start, end, reading.text[start:end], value)


def _amounts(reading: Reading, taken: set[int]) -> Found:
    for match in _HAN_PERCENT.finditer(reading.codes):
        yield match.start(), match.end() - 1, f"{_shown(_numeral(reading, match.end() - 1))} %"
    for match in _AMOUNT.finditer(reading.codes):
        first = match.start()
        last = next(index for index in (first + 1, first + 2) if reading.has(index, "unit"))
        numeral, unit = _numeral(reading, first), unit_at(reading, last)
        if unit is None:
            continue
        base, factor = unit
        if match.end() - 1 > last + 1 and (per := _denominator(reading, last + 2)):
            yield first, last + 2, f"{_shown(numeral)} {_written(reading, last)}/{per}"
        else:
            yield first, last, f"{_shown(numeral.times(factor))} {base.lower()}"


def _written(reading: Reading, index: int) -> str:
    """A unit above or below a stroke, as the unit of its own scale: a concentration is not converted."""
    word: str = reading.lexemes[index].text
    return _SHOWN.get(word, word)


def _denominator(reading: Reading, index: int) -> str | None:
    lexeme = reading.lexemes[index]
    known = reading.has(index, "unit") and reading.lexemes[index].start - reading.lexemes[index - 2].end <= 3
    return _written(reading, index) if known or lexeme.text in _COUNTED_AGAINST else None


def _numeral(reading: Reading, index: int) -> Numeral:
    numeral: Numeral = reading.lexemes[index].meanings["number"]
    return numeral


def _shown(numeral: Numeral) -> str:
    return show(numeral.low) if numeral.high is None else f"{show(numeral.low)}-{show(numeral.high)}"


def _bare(reading: Reading, taken: set[int]) -> Found:
    for match in _BARE.finditer(reading.codes):
        index = match.start()
        meanings = reading.lexemes[index].meanings
        if "ratio" in meanings:
            over, under = meanings["ratio"]
            yield index, index, f"{show(over)}/{show(under)}"
        elif "often" in meanings:
            yield index, index, show(meanings["often"])
        elif "time" in meanings or "date" in meanings:
            yield index, index, reading.lexemes[index].text.replace("/", "-").replace(".", "-")
        elif not _is_list_mark(reading, index) and _counts(reading, index):
            yield index, index, _shown(_numeral(reading, index))
    for match in _WEAK_COUNT.finditer(reading.codes):
        index = match.start()
        numeral = numeral_of(reading.lexemes[index])
        is_two = reading.lexemes[index].text == "do" or reading.has(index + 1, "times")
        if (
            numeral
            and numeral.low > 1
            and numeral.language == "hi"
            and is_two
            and _speaks(reading, index, "hi")
        ):
            yield index, index, show(numeral.low)


def _speaks(reading: Reading, index: int, language: str) -> bool:
    return spoken_at(reading, index) == language


def _is_list_mark(reading: Reading, index: int) -> bool:
    """Whether a figure numbers a list: "1. fever 2. cough"."""
    if not (reading.has(index + 1, "closing") or reading.has(index + 1, "stop")) or not reading.is_close(
        index + 1, 0
    ):
        return False
    if index + 2 >= len(reading.lexemes) or _numeral(reading, index).low > _LONGEST_LIST:
        return False
    return index == 0 or reading.has(index - 1, "stop") or reading.has(index - 1, "colon")


def _counts(reading: Reading, index: int) -> bool:
    """Whether a number stands for a count: figures do; a word must not be a mere article or another word."""
    numeral = _numeral(reading, index)
    if numeral.language is None:
        return True
    if numeral.low <= 1 and numeral.high is None:
        return False
    if numeral.language == "zh":
        return reading.has(index + 1, "measure") or numeral.low >= _LARGE_HAN
    if numeral.language == "hi" and reading.lexemes[index].text.isascii():
        return _speaks(reading, index, "hi")
    return True
