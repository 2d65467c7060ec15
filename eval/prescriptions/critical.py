"""Critical errors: those of a medicine read that could harm whoever takes it.

- wrong drug: a gold medicine's line was read under the name of another medicine;
- look-alike drug: likewise, and the two names are mistaken for one another (`drug_names.is_lookalike`);
- tenfold dose: strength or dose is right but for a factor of 10, 100 or 1000: a decimal point, a nought, or
  milligrams for micrograms;
- wrong frequency: both tell how often, and not the same: other times a day, or a single dose for a course.

A name that is no medicine's is not among them: it misleads nobody, and costs precision and recall already.
"""

from collections.abc import Mapping
from enum import StrEnum
from math import isclose
from typing import Any, Final

from eval.prescriptions.drug_names import is_known, is_lookalike
from eval.prescriptions.fields import Amount, Fields, Regimen, amounts_of, shown
from eval.prescriptions.gold import GoldMedicine

_FACTORS: Final = (10.0, 100.0, 1000.0)


class Critical(StrEnum):
    """Kinds of critical errors; an error is shown as 'kind: read for gold'."""

    WRONG_DRUG = "wrong drug"
    LOOKALIKE = "look-alike drug"
    TENFOLD = "tenfold dose"
    FREQUENCY = "wrong frequency"


def wrong_drug(gold: GoldMedicine, row: Mapping[str, Any]) -> Critical | None:
    """What a medicine read in a gold one's line, but not under its name, is: None where it is no medicine."""
    name = row["drug"] or row["drug_text"]
    if is_lookalike(name, gold.names):
        return Critical.LOOKALIKE
    return Critical.WRONG_DRUG if row["drug"] or is_known(name) else None


def field_errors(gold: GoldMedicine, told: Fields, read: Fields) -> list[str]:
    """The critical errors in the fields of a medicine that was found, as 'kind: read for gold'.

    Fields that gold is not sure of are left out.
    """
    errors = [
        f"{Critical.TENFOLD}: {shown(field, read)} for {shown(field, told)}"
        for field in ("strength", "dose")
        if field not in gold.unscored and is_tenfold(getattr(told, field), getattr(read, field))
    ]
    if "frequency" not in gold.unscored and is_other_regimen(told.frequency, read.frequency):
        errors.append(f"{Critical.FREQUENCY}: {shown('frequency', read)} for {shown('frequency', told)}")
    return errors


def is_tenfold(one: str | None, other: str | None) -> bool:
    """Whether two strengths or doses of as many quantities differ in one of them by a power of ten."""
    ours, theirs = amounts_of(one or ""), amounts_of(other or "")
    if len(ours) != len(theirs):
        return False
    return any(map(_is_tenfold, ours, theirs))


def _is_tenfold(one: Amount, other: Amount) -> bool:
    if one.base and other.base:
        return one.base == other.base and _is_power(one.value, other.value)
    # Without a unit the numbers as written are compared: "75" for "75 mcg" is no error of a thousand.
    return _is_power(one.written, other.written) and not isclose(one.value, other.value)


def _is_power(one: float, other: float) -> bool:
    less, more = sorted((one, other))
    return less > 0 and any(isclose(more / less, factor, rel_tol=1e-6) for factor in _FACTORS)


def is_other_regimen(one: Regimen | None, other: Regimen | None) -> bool:
    """Whether two frequencies both tell how often, and tell it differently; "as needed" tells no number."""
    if one is None or other is None:
        return False
    often = [regimen for regimen in (one, other) if regimen.once or regimen.times_per_day is not None]
    return len(often) == 2 and (one.once, one.times_per_day) != (other.once, other.times_per_day)
