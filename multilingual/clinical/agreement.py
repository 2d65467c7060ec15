"""Whether the form and the strength read beside a name are those that a medicine comes in."""

import re
from collections.abc import Iterable
from functools import lru_cache

from multilingual.clinical.forms import canonical_form
from multilingual.clinical.strengths import strength_amounts

# Forms that prescribers do not tell apart, or write for one another.
_FAMILIES = (
    {"tablet", "capsule", "lozenge", "pessary"},
    {"syrup", "suspension", "solution", "drops", "powder", "granules", "sachet"},
    {"injection", "infusion", "solution", "powder"},
    {"ointment", "cream", "gel", "lotion", "paste", "powder", "solution", "soap", "shampoo"},
    {"inhaler", "nebuliser solution", "spray", "powder", "capsule", "solution"},
    {"drops", "ointment", "gel", "spray", "solution", "suspension"},
    {"mouthwash", "solution", "gel"},
    {"suppository", "pessary", "enema"},
)

_A_MILLILITRE = re.compile(r"/\s*ml\b", re.IGNORECASE)

Amount = tuple[float, str]


def form_agrees(read: str | None, known: Iterable[str]) -> bool | None:
    """True for a form that is known or of one family with it; None where either is missing."""
    known = frozenset(known)
    form = canonical_form(read) or read if read else None
    if not form or not known:
        return None
    return form in known or any(form in family and not known.isdisjoint(family) for family in _FAMILIES)


def strength_agrees(read: str | None, known: Iterable[str]) -> bool | None:
    """True where the strength read is a known one, or a part or the sum of one; None where either is missing.

    "625" agrees with "500 mg+125 mg" and "25" with "25 mcg"; "250 mg/5 ml" does not agree with "125 mg/5 ml".
    """
    amounts = _amounts(read) if read else None
    compared = [other for strength in known if (other := _amounts(strength))]
    if not amounts or not compared:
        return None
    return any(_alike(amounts, other) for other in compared)


@lru_cache(maxsize=16384)
def _amounts(strength: str) -> tuple[tuple[Amount, ...], float]:
    """The amounts of a strength, and the volume in ml that they are counted against (0 if none)."""
    amounts = strength_amounts(strength)
    volumes = [value for value, unit in amounts if unit == "ml"]
    volume = volumes[-1] if volumes else float(bool(_A_MILLILITRE.search(strength)))
    return tuple(amount for amount in amounts if amount[1] != "ml"), volume


def _alike(read: tuple[tuple[Amount, ...], float], known: tuple[tuple[Amount, ...], float]) -> bool:
    (amounts, volume), (others, other_volume) = read, known
    if volume and other_volume and volume != other_volume:
        others = tuple((value * volume / other_volume, unit) for value, unit in others)
    if len(amounts) == 1:
        total = (sum(value for value, _ in others), others[0][1]) if others else None
        return any(_same(amounts[0], other) for other in (*others, *([total] if total else [])))
    left = list(others)
    for amount in amounts:
        match = next((other for other in left if _same(amount, other)), None)
        if match is None:
            return False
        left.remove(match)
    return bool(amounts)


def _same(read: Amount, known: Amount) -> bool:
    (value, unit), (other, other_unit) = read, known
    if unit == other_unit:
        return _close(value, other)
    if unit and other_unit:
        return False
    # A bare number counts milligrams, or micrograms where those are fractions of one, or grams where many.
    micrograms = other < 1 and _close(value, other * 1000)
    grams = other >= 100 and _close(value * 1000, other)
    return _close(value, other) or micrograms or grams


def _close(value: float, other: float) -> bool:
    return abs(value - other) <= 0.02 * max(value, other)
