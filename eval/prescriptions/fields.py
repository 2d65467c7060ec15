"""Fields of a medicine compared by what they mean: strength, form, frequency, duration.

Gold holds them as written and they are parsed here; a medicine read holds them parsed. A value that means
nothing to the parser is compared as text.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Any, Final

from eval.prescriptions.gold import GoldMedicine
from multilingual.clinical.forms import canonical_form
from multilingual.clinical.grammar import parse_line
from multilingual.clinical.orders import Order
from multilingual.clinical.strengths import normalise_strength, strength_amounts
from multilingual.normalise import fold

FIELDS: Final = ("strength", "form", "frequency", "duration")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_A_MILLILITRE = re.compile(r"/\s*ml\b")
_SLOTS: Final = ("morning", "noon", "evening", "night")


@dataclass(frozen=True, slots=True)
class Regimen:
    """How often: "BD", "1-0-1" and "twice daily" are all 2 times a day; `text` is what was written."""

    text: str
    times_per_day: float | None = None
    once: bool = False
    as_needed: bool = False
    slots: tuple[bool | None, ...] | None = None  # morning, noon, evening, night; None where it is not told

    @property
    def is_understood(self) -> bool:
        """Whether it tells anything but its text."""
        return self.times_per_day is not None or self.once or self.as_needed or self.slots is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """What was written of a medicine; None where nothing was."""

    strength: str | None
    form: str | None
    frequency: Regimen | None
    duration: float | None  # days; None also where it is no number of days ("till next visit")
    dose: str | None


def fields_of_gold(medicine: GoldMedicine) -> Fields:
    """The fields of a gold medicine, parsed."""
    told = medicine.fields
    form = told["form"]
    return Fields(
        strength=told["strength"],
        form=(canonical_form(form) or fold(form).text or None) if form else None,
        frequency=regimen_of(told["frequency"], told["dose"]) if told["frequency"] else None,
        duration=days_of(told["duration"]) if told["duration"] else None,
        dose=told["dose"],
    )


def fields_of_row(row: Mapping[str, Any]) -> Fields:
    """The fields of a medicine read, a row as `ocr.records.Medication` declares."""
    told = row["schedule"]
    amounts = tuple(told[slot] for slot in _SLOTS) if told else None
    regimen = _regimen(
        row["frequency"] or "", row["times_per_day"], bool(row["once"]), bool(row["as_needed"]), amounts
    )
    return Fields(
        strength=row["strength"] or None,
        form=row["form"] or None,
        frequency=regimen if regimen.text or regimen.is_understood else None,
        duration=_rounded(row["duration_days"]),
        dose=row["dose"] or None,
    )


def regimen_of(frequency: str, dose: str | None = None) -> Regimen:
    """A frequency as written; some tell their times only beside the dose ("1 cápsula" "ao dia")."""
    for text in (frequency, f"{dose} {frequency}" if dose else ""):
        orders: list[Order] = parse_line(text) if text else []
        if orders:
            order = orders[0]
            regimen = _regimen(frequency, order.times_per_day, order.once, order.as_needed, order.schedule)
            if regimen.is_understood:
                return regimen
    return Regimen(frequency)


def _regimen(
    text: str, times: float | None, once: bool, as_needed: bool, amounts: Sequence[float | None] | None
) -> Regimen:
    slots = tuple(None if amount is None else amount > 0 for amount in amounts) if amounts else None
    return Regimen(text, _rounded(times), once, as_needed, slots)


def days_of(duration: str) -> float | None:
    """The days of a duration as written; None where it is no number of days."""
    orders = parse_line(f"x {duration}")
    return _rounded(orders[0].duration_days) if orders else None


def _rounded(value: float | None) -> float | None:
    """To three places: a record's numbers are of single precision."""
    return None if value is None else round(float(value), 3)


def same_regimen(one: Regimen, other: Regimen) -> bool:
    """Whether two frequencies are one schedule; times of day must agree where both tell them."""
    if not (one.is_understood or other.is_understood):
        return _plain(one.text) == _plain(other.text)
    told = zip(one.slots or (), other.slots or (), strict=False)
    return (one.times_per_day, one.once, one.as_needed) == (
        other.times_per_day,
        other.once,
        other.as_needed,
    ) and all(ours == theirs for ours, theirs in told if None not in (ours, theirs))


@dataclass(frozen=True, slots=True)
class Amount:
    """One quantity of a strength or dose: `value` in the unit of `base`, `written` as the number stands."""

    value: float
    base: str  # mg, IU, ml, mg/ml, %, ...; "" where no unit is written
    written: float


def amounts_of(text: str) -> tuple[Amount, ...]:
    """The quantities of a strength, smallest first; () where it holds none.

    What is counted against a volume is brought to a millilitre: "250 mg/5 ml" is "50 mg/ml".
    """
    found = strength_amounts(text)
    written = [float(number) for number in _NUMBER.findall(normalise_strength(text))]
    if len(written) != len(found):
        written = [value for value, _ in found]
    together = list(zip(found, written, strict=True))
    volumes = [value for (value, unit), _ in together if unit == "ml"]
    masses = [((value, unit), number) for (value, unit), number in together if unit != "ml"]
    if masses and (volumes or _A_MILLILITRE.search(fold(text).text)):
        volume = volumes[-1] if volumes else 1.0
        together = [((value / volume, f"{unit}/ml"), number) for (value, unit), number in masses if volume]
    return tuple(sorted((Amount(v, unit, number) for (v, unit), number in together), key=lambda a: a.value))


def same_strength(one: str, other: str) -> bool:
    """Whether two strengths are one: 500 mg is 0.5 g; a unit that one of them lacks is forgiven."""
    ours, theirs = amounts_of(one), amounts_of(other)
    if not (ours and theirs):
        return _plain(one) == _plain(other)
    return len(ours) == len(theirs) and all(map(_same_amount, ours, theirs))


def _same_amount(one: Amount, other: Amount) -> bool:
    if one.base and other.base:
        return one.base == other.base and isclose(one.value, other.value, rel_tol=1e-6)
    return any(
        isclose(a, b, rel_tol=1e-6) for a in (one.value, one.written) for b in (other.value, other.written)
    )


_SAME: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "strength": same_strength,
    "form": lambda one, other: one == other,
    "frequency": same_regimen,
    "duration": lambda one, other: one == other,
}


def is_same(field: str, one: Fields, other: Fields) -> bool:
    """Whether a field of FIELDS means the same in both; absent from both it does."""
    ours, theirs = getattr(one, field), getattr(other, field)
    return ours is theirs if ours is None or theirs is None else _SAME[field](ours, theirs)


def shown(field: str, fields: Fields) -> str:
    """A field for people to read; "nothing" where it is absent."""
    value = getattr(fields, field)
    if value is None:
        return "nothing"
    if isinstance(value, Regimen):
        return value.text or _spelled(value)
    return f"{value:g} days" if isinstance(value, float) else str(value)


def _spelled(regimen: Regimen) -> str:
    """A frequency that came without its text."""
    if regimen.times_per_day is not None:
        return f"{regimen.times_per_day:g} times a day"
    return "once" if regimen.once else "as needed" if regimen.as_needed else "by time of day"


def _plain(text: str) -> str:
    return "".join(fold(text).text.split())
