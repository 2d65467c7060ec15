"""Ages: "23 mahine ke bete", "24 saal ka hoon", "I'm 34", "34F", "32岁", "tenho 45 anos", "२५ साल"."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from multilingual.clinical.facts.durations import period_at, years_of
from multilingual.clinical.facts.numerals import Numeral, numeral_of
from multilingual.clinical.facts.records import Fact, Kind
from multilingual.clinical.facts.values import show
from multilingual.clinical.facts.words import Period, Reading, rule

AGE_AND_SEX: Final = re.compile(
    r"(?<![\w.])(?<!\d/)(?P<age>\d{1,3}) ?(?:y/?o?\.? ?|yrs?\.? ?)?"
    r"(?:/ ?(?P<sex>[MFmf])|,? ?(?P<capital>[MF]))(?![\w'])"
    r"|(?<!\w)(?P<before>[MF]) ?[/,]? ?(?P<behind>\d{1,3})(?![\w.]\d|\w|/)"
)
"""An age beside the letter of a sex: "34F", "M/35", "25 / f"."""

_OLDEST: Final = 115
_OLDEST_BESIDE: Final = 92  # above, "F" is Fahrenheit
_YOUNGEST_ALONE: Final = 10  # "I am 5" may go on, "I am 34" hardly does
_BEFORE: Final = 6
_HALF: Final = "半"
_YEARS: Final = Period(months=12)
# What makes the number before it something else than an age told without "years".
_OTHERWISE: Final = frozenset(
    (
        "unit", "period", "glued_period", "times", "foot", "slash", "ratio", "celsius", "fahrenheit",
        "either", "metre", "number", "colon", "over", "scale", "range", "dash", "measure", "clock",
        "approximately",
    )
)  # fmt: skip
_PARTS: Final = frozenset(("number", "word", "weak_word", "period", "glued_period", "old", "years_old"))

_TOLD: Final = frozenset(("number", "period", "glued_period", "old", "years_old"))

_ONE = "(number | weak_word) approximately* dash? (period | glued_period)"
_LENGTH = f"{_ONE} (and? {_ONE})?"
_OPEN = "(number | weak_word) approximately* (period | glued_period)"
_SIDE = "(comma | bracket | dash | colon)?"
_PLAIN = "(number | weak_word) approximately* period"
_SAID = "(am | colon | genitive | i_am | comma | approximately | lasting | with | of | dash | spoken_hi){0,6}"


def _numerals(reading: Reading, first: int, last: int) -> Iterator[tuple[Numeral, Period | None, int]]:
    """The numbers of a match, each with its period, if one is told, and its place."""
    for index in range(first, last + 1):
        numeral = numeral_of(reading.lexemes[index])
        if numeral is None:
            continue
        behind = index + 1
        while (
            behind <= last
            and not reading.has(behind, "years_old")
            and (reading.has(behind, "approximately") or reading.has(behind, "dash"))
        ):
            behind += 1
        period = _YEARS if reading.has(behind, "years_old") else period_at(reading, behind)
        yield numeral, period, index


def _always(reading: Reading, first: int, last: int) -> bool:
    return True


def _in_years(reading: Reading, first: int, last: int) -> bool:
    """Whether years are told: months of a grown person are a duration."""
    return any(period and period.months == _YEARS.months for _, period, _ in _numerals(reading, first, last))


def _of_child(reading: Reading, first: int, last: int) -> bool:
    """Whether years are told, or weeks or months of a baby."""
    near = range(max(0, first - _BEFORE), last + 1)
    return _in_years(reading, first, last) or any(reading.has(index, "baby") for index in near)


def _of_baby(reading: Reading, first: int, last: int) -> bool:
    """As `_of_child`, but for days, which a baby may suffer too: "bebê 3 dias com febre"."""
    in_days = any(period and period.days for _, period, _ in _numerals(reading, first, last))
    return _of_child(reading, first, last) and not (in_days and not _in_years(reading, first, last))


def _of_grown(reading: Reading, first: int, last: int) -> bool:
    """Whether ten years or more are told."""
    return any(
        period and period.months == _YEARS.months and numeral.low >= _YOUNGEST_ALONE
        for numeral, period, _ in _numerals(reading, first, last)
    )


def _grown(reading: Reading, first: int, last: int) -> bool:
    """Whether a number without "years" can only be an age."""
    numeral, _, index = next(_numerals(reading, first, last))
    behind = reading.lexemes[index + 1].meanings.keys() if index + 1 < len(reading.lexemes) else set()
    return (
        not numeral.weak
        and numeral.low.is_integer()
        and numeral.low >= _YOUNGEST_ALONE
        and not behind & _OTHERWISE
        and not reading.has(index - 1, "more")
    )


_RULES: Final[tuple[tuple[str, Callable[[Reading, int, int], bool]], ...]] = (
    (f"{_ONE} ((and | comma)? {_ONE})? dash? (old | genitive age)", _always),
    (f"number approximately* years_old (weak_word | {_LENGTH})?", _always),
    (f"age {_SAID} {_ONE} ((and | comma)? {_ONE})?", _always),
    (f"{_LENGTH} genitive (other | weak_word | and){{0,3}} person", _always),
    (f"{_LENGTH} (comma | dash)? other? person", _of_baby),
    (f"{_LENGTH} genitive person? am", _of_child),
    (f"{_LENGTH} genitive become am?", _of_child),
    (f"first_person {_PLAIN} (am | become | genitive? comma)", _of_grown),
    (f"(^ | stop | comma | am) {_PLAIN} genitive (comma | stop)", _in_years),
    (f"(^ | stop) {_PLAIN} comma", _of_grown),
    ("number dash? old", _grown),
    (f"{_LENGTH} genitive am_self", _always),
    (f"first_person {_PLAIN} genitive other{{1,3}} am_self", _of_grown),
    (f"{_LENGTH} am_self", _in_years),
    (f"i_am {_SIDE} (lasting | approximately)? {_LENGTH} (?!ago | of)", _in_years),
    (f"have_years approximately? {_LENGTH} (?!of | since_that)", _of_child),
    (f"(?<!since_that) with {_LENGTH} (?!of | since_that)", _of_child),
    (f"person other? (of | with | bracket) {_OPEN}", _of_child),
    (f"person other? with {_LENGTH} (?!of | since_that)", _of_child),
    (f"person {_SIDE} {_OPEN} (?!ago | of)", _of_baby),
    (f"born {_LENGTH}", _always),
    (f"age {_SAID} number", _grown),
    ("i_am (lasting | approximately)? number", _grown),
    (f"person {_SIDE} number", _grown),
    ("number (comma | slash)? sexed", _grown),
)


def find_ages(reading: Reading, taken: set[int]) -> Iterator[Fact]:
    """Ages of a text; the lexemes used are added to `taken`."""
    for match, name in ages_beside_letters(reading.text):
        inside = {i for i, x in enumerate(reading.lexemes) if _overlaps(reading, x.start, match.span())}
        if inside and taken.isdisjoint(inside):
            taken |= inside
            start, end = match.span(name)
            yield Fact(Kind.AGE, start, end, match[name], f"{show(float(match[name]))} years")
    for pattern, holds in _RULES:
        for match in reading.matches(rule(pattern)):
            first, last = match.start(), match.end() - 1
            used = [i for i in range(first, last + 1) if not _PARTS.isdisjoint(reading.lexemes[i].meanings)]
            if not taken.isdisjoint(used) or not holds(reading, first, last):
                continue
            age = _age(reading, first, last)
            if age is None:
                continue
            begin, finish = _extent(reading, first, last)
            taken.update(range(begin, finish + 1))
            start, end = reading.span(begin, finish)
            yield Fact(Kind.AGE, start, end, reading.text[start:end], age)


def ages_beside_letters(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Matches of `AGE_AND_SEX` that are ages, each with the name of the group that holds the number."""
    for match in AGE_AND_SEX.finditer(text):
        name = "age" if match["age"] else "behind"
        if 0 < int(match[name]) <= (_OLDEST if match["sex"] else _OLDEST_BESIDE):
            yield match, name


def _overlaps(reading: Reading, offset: int, span: tuple[int, int]) -> bool:
    return span[0] <= reading.shadow.origins[offset] < span[1]


def _extent(reading: Reading, first: int, last: int) -> tuple[int, int]:
    """The lexemes of a match that tell the age itself: its numbers, their periods, and "old"."""
    begin = next(index for _, _, index in _numerals(reading, first, last))
    parts = [
        index
        for index in range(begin, last + 1)
        if (lexeme := reading.lexemes[index]).text == _HALF or not _TOLD.isdisjoint(lexeme.meanings)
    ]
    return begin, max([begin, *parts])


def _age(reading: Reading, first: int, last: int) -> str | None:
    """The value of the age that a match tells: a number of years, or years and months together."""
    low, high = 0.0, 0.0
    for numeral, period, _ in _numerals(reading, first, last):
        if numeral.weak and numeral.language != (period.language if period else "zh"):
            continue  # "24 saal ka ek aadmi", but "5岁半"
        told = period or _YEARS
        low += years_of(told, numeral.low)
        high += years_of(told, numeral.high or numeral.low)
    if not 0 < high <= _OLDEST:
        return None
    return f"{show(low)} years" if low == high else f"{show(low)}-{show(high)} years"
