"""Times of day of an order: its schedule, and how often that is."""

from collections.abc import Sequence

from multilingual.clinical.annotations import Kind, Span
from multilingual.clinical.patterns import Amounts
from multilingual.clinical.values import Amount, Dose


def read_schedule(
    spans: Sequence[Span], per_day: float | None, dose: Dose | str | None
) -> tuple[Amounts | None, float | None]:
    """Return the schedule and the times a day that it names; both None where no time of day is written.

    Amounts are in the dose's unit; an unnamed amount is 1. A pattern of ones counts doses: "5 ml 1-0-1" is
    five millilitres twice. The other times of day are 0 where those named are all there are, else None.
    """
    amount = dose.amount if isinstance(dose, Dose) else 1.0
    for span in spans:
        if span.kind is Kind.SCHEDULE:
            return _of_pattern(span.value, dose), float(sum(1 for x in span.value.amounts if x))
    slots = _slots(spans, Kind.TIMING)
    if not slots:
        slots = _slots(spans, Kind.FOOD)
        if not slots or len(slots) != (per_day or len(slots)):
            return None, None
    whole = per_day is None or per_day == len(slots) or (per_day < 1 and len(slots) == 1)
    rest = 0.0 if whole else None
    by_slot = [amount if slot in slots else rest for slot in range(4)]
    return (by_slot[0], by_slot[1], by_slot[2], by_slot[3]), float(len(slots))


def _slots(spans: Sequence[Span], kind: Kind) -> set[int]:
    named = (x.value if kind is Kind.TIMING else x.value.slots for x in spans if x.kind is kind)
    return {slot for slots in named for slot in slots}


def _of_pattern(pattern: Amount, dose: Dose | str | None) -> Amounts:
    if (
        pattern.unit is None
        and isinstance(dose, Dose)
        and all(x in (None, 0.0, 1.0) for x in pattern.amounts)
    ):
        by_slot = [x and x * dose.amount for x in pattern.amounts]
        return (by_slot[0], by_slot[1], by_slot[2], by_slot[3])
    return pattern.amounts


def dose_of_pattern(spans: Sequence[Span]) -> Dose | None:
    """The dose that a pattern tells by its unit: "2-2-2 tsp" is two teaspoons; None where amounts differ."""
    for span in spans:
        if span.kind is Kind.SCHEDULE and span.value.unit:
            amounts = {x for x in span.value.amounts if x}
            return Dose(amounts.pop(), span.value.unit) if len(amounts) == 1 else None
    return None
