"""Lengths of time: "3 din se", "teen hafte", "for two weeks", "半年", "há 3 anos", and "every 6 hours".

A year has 365 days, a month 30, and twelve months are a year: 18 months are 545 days, as is a year and a
half.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from multilingual.clinical.facts.numbers import spoken_at
from multilingual.clinical.facts.numerals import Numeral, numeral_of
from multilingual.clinical.facts.records import Fact, Kind
from multilingual.clinical.facts.values import show
from multilingual.clinical.facts.words import Period, Reading, rule

_YEAR, _MONTH, _MONTHS = 365, 30, 12
_FIRST_YEAR: Final = 1900  # "2012年" is a date
_OF_A_YEAR: Final = re.compile(r"\d{1,2}月|的?时候|[底初]")
_OLD_YEAR: Final = 70  # so is "98年", and "05年"

_TIMED = rule("(number | weak_word) dash? approximately? dash? (period | glued_period)")
_INTERVAL = rule("of? (number | weak_word) of_em (number | weak_word) (period | glued_period)")
_EVERY = rule("every (number | weak_word)? approximately? (period | glued_period)")
_HOURLY = rule("number dash? hourly")
_SLASHED = rule("ratio (period | glued_period)")
_SECOND = rule("every_second period")
_MORE = rule("approximately? (and | comma)? (number | weak_word) period")
_ALL_OF = rule("(?<!number) (?<!weak_word) period all_of")
_YEAR_AND_HALF = rule("(lasting | other | spoken_en) period half_more")
_FREQUENCY = rule(
    "(within | other | spoken_hi){0,3} (number | weak_word | often) (times | measure)"
    " | within (number | weak_word | often)"
)
_BEHIND = rule("approximately* (ago | half_more)")


def days_of(period: Period, count: float) -> float:
    """Days of so many periods."""
    months = period.months * (count + (0.5 if period.half else 0))
    days = period.days * (count + (0.5 if period.half else 0))
    return months // _MONTHS * _YEAR + months % _MONTHS * _MONTH + days


def years_of(period: Period, count: float) -> float:
    """Years of so many periods, as ages are counted."""
    return (period.months / _MONTHS + period.days / _YEAR) * (count + (0.5 if period.half else 0))


def period_at(reading: Reading, index: int) -> Period | None:
    """The period that a lexeme names; a letter does only where it is written onto a figure."""
    if index >= len(reading.lexemes):
        return None
    meanings = reading.lexemes[index].meanings
    if "period" in meanings:
        period: Period = meanings["period"]
        return period
    if "glued_period" in meanings and reading.lexemes[index].start == reading.lexemes[index - 1].end:
        glued: Period = meanings["glued_period"]
        return glued
    return None


def find_durations(reading: Reading, taken: set[int]) -> Iterator[Fact]:
    """Durations and intervals of a text; the lexemes used are added to `taken`."""
    for first, last, value in chain(_intervals(reading), _phrases(reading), _counted(reading, taken)):
        if taken.isdisjoint(range(first, last + 1)):
            taken.update(range(first, last + 1))
            start, end = reading.span(first, last)
            yield Fact(Kind.DURATION, start, end, reading.text[start:end], value)


def _intervals(reading: Reading) -> Iterator[tuple[int, int, str]]:
    for pattern in (_INTERVAL, _EVERY, _HOURLY, _SLASHED, _SECOND):
        for match in reading.matches(pattern):
            first, last = match.start(), match.end() - 1
            period = Period(days=1 / 24) if pattern is _HOURLY else period_at(reading, last)
            if period is None:
                continue
            if pattern is _SLASHED:
                over, under = reading.lexemes[first].meanings["ratio"]
                if over == under:
                    yield first, last, f"every {_days(period, Numeral(over))}"
                continue
            numbers = [
                numeral for index in range(first, last + 1) if (numeral := numeral_of(reading.lexemes[index]))
            ]
            if pattern is _SECOND:
                numbers = [Numeral(2.0)]
            # "every day" is no length; "every 6 hours" and "de 12 em 12 horas" are.
            if numbers and not (len(numbers) == 1 and numbers[0].low == 1 and pattern is _EVERY):
                yield first, last, f"every {_days(period, numbers[-1])}"


def _phrases(reading: Reading) -> Iterator[tuple[int, int, str]]:
    """Durations without a number of their own before the period: "2/3 weeks", "saal bhar"."""
    for match in _SLASHED.finditer(reading.codes):
        over, under = reading.lexemes[match.start()].meanings["ratio"]
        period = period_at(reading, match.end() - 1)
        if period and (under == over + 1 or 0 < over < under <= 4):
            numeral = Numeral(over, under) if over > 1 else Numeral(over / under)
            yield match.start(), match.end() - 1, _days(period, numeral)
    for match in _YEAR_AND_HALF.finditer(reading.codes):
        period = period_at(reading, match.end() - 2)
        if period and not numeral_of(reading.lexemes[match.start()]):
            yield match.end() - 2, match.end() - 1, _days(period, Numeral(1.5))
    for match in _ALL_OF.finditer(reading.codes):
        period = period_at(reading, match.end() - 2)
        if period and _size(period) > 1:  # "din bhar" is all day
            yield match.end() - 2, match.end() - 1, _days(period, Numeral(1.0))


def _counted(reading: Reading, taken: set[int]) -> Iterator[tuple[int, int, str]]:
    position = 0
    while match := _TIMED.search(reading.codes, position):
        first, last = match.start(), match.end() - 1
        position = first + 1
        numeral, period = numeral_of(reading.lexemes[first]), period_at(reading, last)
        if numeral is None or period is None or not taken.isdisjoint(range(first, last + 1)):
            continue
        if not _is_length(reading, first, last, numeral, period):
            continue
        last, total = _with_more(reading, last, numeral, period)
        position = last + 1
        yield first, last, total


def _with_more(reading: Reading, last: int, numeral: Numeral, period: Period) -> tuple[int, str]:
    """Add what follows: "1 year and 2 months", "um ano e meio", "一年半"."""
    if numeral.high is not None:
        return last, _days(period, numeral)
    behind = reading.lexemes[last + 1] if last + 1 < len(reading.lexemes) else None
    han_half = behind and behind.text == "半" and period.language == "zh" and not period_at(reading, last + 2)
    if behind and ("half_more" in behind.meanings or han_half):
        return last + 1, _days(period, Numeral(numeral.low + 0.5))
    more = _MORE.match(reading.codes, last + 1)
    if more:
        index = next(i for i in range(more.start(), more.end()) if numeral_of(reading.lexemes[i]))
        second, smaller = numeral_of(reading.lexemes[index]), period_at(reading, more.end() - 1)
        after_comma = any(reading.has(i, "comma") for i in range(more.start(), more.end()))
        if second and second.weak and after_comma:
            return last, _days(period, numeral)
        if (
            second
            and smaller
            and not second.high
            and _size(smaller) < _size(period)
            and _fits(second, smaller)
        ):
            return more.end() - 1, show(days_of(period, numeral.low) + days_of(smaller, second.low)) + " days"
    return last, _days(period, numeral)


def _fits(numeral: Numeral, period: Period) -> bool:
    return not numeral.weak or numeral.language == period.language


def _size(period: Period) -> float:
    return period.days + period.months * _MONTH


def _days(period: Period, numeral: Numeral) -> str:
    low = show(days_of(period, numeral.low))
    return f"{low} days" if numeral.high is None else f"{low}-{show(days_of(period, numeral.high))} days"


def _is_length(reading: Reading, first: int, last: int, numeral: Numeral, period: Period) -> bool:
    """Whether the number and the period are a length of time, not a date, a rate or another word."""
    if numeral.high is not None:
        return True
    if period.language == "zh" and _is_date(reading, first, last, numeral):
        return False
    if reading.has(last + 1, "fever"):
        return True
    if numeral.low == 1 or numeral.weak:
        return _is_one_length(reading, first, last, numeral, period)
    return not (reading.has(first - 1, "clock") and reading.lexemes[last].text in ("h", "hs"))


def _is_date(reading: Reading, first: int, last: int, numeral: Numeral) -> bool:
    figures, behind = reading.lexemes[first].text, reading.lexemes[last].end
    if reading.lexemes[last].text == "日":
        return reading.shadow.text.endswith("月", 0, reading.lexemes[first].start)
    if reading.lexemes[last].text != "年":
        return False
    if figures.isdecimal() and _OF_A_YEAR.match(reading.shadow.text, behind):
        return True
    return figures.isdecimal() and (
        numeral.low >= _FIRST_YEAR or (len(figures) == 2 and (figures[0] == "0" or numeral.low >= _OLD_YEAR))
    )


def _is_one_length(reading: Reading, first: int, last: int, numeral: Numeral, period: Period) -> bool:
    """Whether "a week", "ek din", "do saal", "一天" is a length of time."""
    if numeral.weak and numeral.language != period.language and numeral.language != spoken_at(reading, first):
        return False
    if numeral.low != 1:
        return True
    if reading.has(first - 1, "lasting") and period.language != "zh":
        return True
    if _FREQUENCY.match(reading.codes, last + 1) and not _BEHIND.match(reading.codes, last + 1):
        return False
    a_day = period.days == 1
    if period.language != "zh" and reading.has(last + 1, "within") and not reading.has(first - 1, "lasting"):
        return False
    if not numeral.weak:
        return not a_day or not reading.has(first - 1, "times")
    if reading.has(first - 1, "times") or reading.has(first - 1, "often") or reading.has(first - 1, "rate"):
        return False
    article = reading.lexemes[first].text in ("a", "an", "um", "uma", "一") or a_day
    if not article:
        return True
    if period.language == "zh" and not a_day:
        return True
    if period.language == "pt" and not a_day:
        return True
    return reading.has(first - 1, "lasting") or _BEHIND.match(reading.codes, last + 1) is not None
