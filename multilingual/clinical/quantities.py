"""Which number of an order is the strength, which the dose, which the count.

A number with a unit says so itself. A bare one is told by its place: "Dolo 650 1 TDS", "Telma 40 1 OD",
"Azithral 200 3.5 ml", "Janumet 50/1000 1 BD", "Rejunex CD3 1 daily", "Amaryl 2 1-0-1".
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from multilingual.clinical.annotations import Kind, Span
from multilingual.clinical.lexicon import Code
from multilingual.clinical.names import Name
from multilingual.clinical.numerals import show_number
from multilingual.clinical.readers import is_share_of_time
from multilingual.clinical.strengths import normalise_strength, strength_amounts
from multilingual.clinical.values import Dose

WHEN = frozenset((Kind.FREQUENCY, Kind.SCHEDULE, Kind.TIMING, Kind.AS_NEEDED, Kind.ONCE))
_DOSING = WHEN | {Kind.DOSE, Kind.DURATION, Kind.FOOD, Kind.SIG, Kind.NOTE, Kind.THEN, Kind.ROUTE}
_BARE = frozenset((Code.NUMBER, Code.GLUED_NUMBER, Code.RATIO, Code.SHARE))
_LIQUIDS = frozenset(("syrup", "suspension", "drops", "solution", "inhaler", "spray", "mouthwash"))
_OF_ONE = re.compile(
    r"\d*[.,]?\d+(?P<part>/\d+)?\s*(?:tab(?:let)?|c[aá]ps?(?:sul[ea]|ula)?|comp(?:rimido)?|cp)\.?",
    re.IGNORECASE,
)
_ROMAN = frozenset(("i", "ss"))
_MOST_TABLETS = 4
_MOST_LIQUID = 20
_LEAST_COUNT = 20
_MOST_INSULIN = 100.0


@dataclass(slots=True)
class Quantities:
    """The quantities of one order, and the indices of the spans they were read from."""

    strength: str | None = None
    dose: Dose | str | None = None
    count: float | None = None
    used: set[int] = field(default_factory=set)


def read_quantities(text: str, spans: Sequence[Span], name: Name, form: str | None) -> Quantities:
    """Assign the strength, dose and count of one order."""
    found = Quantities()
    for index, span in enumerate(spans):
        if index in name.taken:
            continue
        if span.kind is Kind.STRENGTH:
            _assign_strength(found, index, spans)
        elif span.kind is Kind.DOSE and _is_strength_of_form(text, spans, index, name):
            found.strength = show_number(span.value.amount)
            found.used.add(index)
        elif span.kind is Kind.DOSE and found.dose is None:
            found.dose = span.value
            found.used.add(index)
        elif span.kind is Kind.COUNT and found.count is None:
            found.count = span.value
            found.used.add(index)
    _assign_bare_after_name(found, text, spans, name, form)
    _assign_bare_dose(found, spans, name)
    _assign_one(found, spans)
    return found


def _assign_strength(found: Quantities, index: int, spans: Sequence[Span]) -> None:
    span = spans[index]
    if found.strength is None and not _is_insulin_dose(span.value):
        found.strength = span.value
    elif found.dose is None and spans[index - 1].code != "/":
        found.dose = span.value
    else:
        return
    found.used.add(index)


def _is_insulin_dose(strength: str) -> bool:
    amounts = strength_amounts(strength)
    return (
        len(amounts) == 1 and amounts[0][1] == "IU" and amounts[0][0] <= _MOST_INSULIN and "/" not in strength
    )


def _is_strength_of_form(text: str, spans: Sequence[Span], index: int, name: Name) -> bool:
    """Whether the number between a name and its form is no dose: "Loratadine 10 tab", "Foo 2 Tab 1 tab BD".

    In "10 tabs", "5片" and "5 goli" it is.
    """
    told = {x.kind for x in spans}
    is_behind_name = bool(name.pieces) and index == name.after
    if not is_behind_name or told & {Kind.STRENGTH, Kind.FORM}:
        return False
    if not (one := _OF_ONE.fullmatch(text, spans[index].start, spans[index].end)):
        return False
    before_time = itertools.takewhile(lambda x: x.kind not in WHEN, spans[index + 1 :])
    if any(x.kind is Kind.DOSE for x in before_time):
        return True
    amount = spans[index].value.amount
    return not one["part"] and (amount > _MOST_TABLETS or amount * 2 % 1 > 0)


def _assign_bare_after_name(
    found: Quantities, text: str, spans: Sequence[Span], name: Name, form: str | None
) -> None:
    """Read the bare numbers between the name and the first word of the directions."""
    if not name.pieces:
        return
    bare: list[int] = []
    index = name.after
    while index < len(spans) and spans[index].kind not in _DOSING:
        is_time = spans[index].code == Code.SHARE and is_share_of_time(spans[index].value)
        if spans[index].code in _BARE and index not in name.taken and not is_time:
            bare.append(index)
        index += 1
    following = spans[index].kind if index < len(spans) else None
    if bare and found.strength is None and _is_strength(text, spans, bare, found, following, form):
        found.strength = normalise_strength(text[spans[bare[0]].start : spans[bare[0]].end])
        found.used.add(bare.pop(0))
    if bare and found.dose is None and spans[bare[0]].code == Code.NUMBER:
        value = spans[bare[0]].value
        if value <= (_MOST_LIQUID if form in _LIQUIDS else _MOST_TABLETS):
            found.dose = Dose(value)
            found.used.add(bare[0])
        elif found.count is None and value >= _LEAST_COUNT:
            found.count = value
            found.used.add(bare[0])


def _is_strength(
    text: str,
    spans: Sequence[Span],
    bare: list[int],
    found: Quantities,
    following: Kind | None,
    form: str | None,
) -> bool:
    span = spans[bare[0]]
    if span.code != Code.NUMBER or len(bare) > 1 or isinstance(found.dose, Dose):
        return True
    previous = spans[bare[0] - 1]
    if (
        previous.code == "("
        or previous.end == span.start
        or (following is Kind.SCHEDULE and form not in _LIQUIDS)
    ):
        return True
    if not (span.word[:1].isdecimal() or span.word[:1] == ".") or not span.word[-1:].isdecimal():
        return False  # a number word or a vulgar fraction counts tablets
    if form in _LIQUIDS:
        return bool(span.value > _MOST_LIQUID)
    return "/" not in span.word and (span.value > _MOST_TABLETS or not float(span.value).is_integer())


def _assign_bare_dose(found: Quantities, spans: Sequence[Span], name: Name) -> None:
    """Read a bare number beside a frequency or a time of day: "at night 1", "1 BD" below the name."""
    if found.dose is not None:
        return
    for index, span in enumerate(spans):
        is_number = span.code == Code.NUMBER or (span.code == Code.WEAK_NUMBER and span.word in _ROMAN)
        if not is_number or index in found.used or index in name.taken or span.value > _MOST_LIQUID:
            continue
        neighbours = (spans[j].kind for j in (index - 1, index + 1) if 0 <= j < len(spans))
        if any(kind in WHEN or kind in (Kind.FOOD, Kind.SIG, Kind.ROUTE) for kind in neighbours):
            found.dose = Dose(span.value)
            found.used.add(index)
            return


def _assign_one(found: Quantities, spans: Sequence[Span]) -> None:
    """Read the one of "1 Tab Crocin SOS"; before a pattern it is the number of a list."""
    if found.dose is not None or len(spans) < 2 or any(x.kind is Kind.SCHEDULE for x in spans):
        return
    if spans[0].code == Code.NUMBER and spans[0].value == 1 and spans[1].kind is Kind.FORM:
        found.dose = Dose(1.0, spans[1].value)
        found.used.add(0)
