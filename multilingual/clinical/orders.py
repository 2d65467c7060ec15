"""From the annotations of one order to its fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from multilingual.clinical.annotations import Annotation, Kind, Span
from multilingual.clinical.forms import FORMS, KEPT
from multilingual.clinical.instructions import read_instructions
from multilingual.clinical.lexicon import Code
from multilingual.clinical.names import find_name
from multilingual.clinical.patterns import Amounts
from multilingual.clinical.quantities import WHEN, read_quantities
from multilingual.clinical.times import dose_of_pattern, read_schedule
from multilingual.clinical.values import Dose, Times
from multilingual.clinical.vocabulary import folded, table

_FORM_OF_UNIT = {"drop": "drops", "puff": "inhaler"}
_ROUTE_OF_FORM_WORD = {
    folded(word): route for route, words in table("directions")["form_route"].items() for word in words
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One medicine order as written. What is not written is None."""

    text: str
    """The part of the line that this order takes."""
    start: int = 0
    """Where it begins in the line; the places of its name and its annotations are of the line, too."""
    drug_text: str
    """The name alone; empty where the text holds directions only."""
    drug_start: int
    drug_end: int
    other_names: tuple[str, ...] = ()
    """The generic beside its brand, or alternatives: "Crocin/Calpol"."""
    item: bool = False
    """Whether the marker of a list began it: "1)", "(2)"."""
    form: str | None = None
    strength: str | None = None
    dose: str | None = None
    """Amount a time: "1 tablet", "5 ml", "1"."""
    frequency: str | None = None
    """As written."""
    times_per_day: float | None = None
    """Once a week 1/7, q8h 3; None for STAT, SOS, and a range ("2-3 times")."""
    once: bool = False
    as_needed: bool = False
    schedule: Amounts | None = None
    """Amounts in the dose's unit, morning, noon, evening, night; None where no time of day is written."""
    duration_days: float | None = None
    """Of "3-5 days" the upper; None for "till next visit"."""
    route: str | None = None
    instructions: str | None = None
    """Food, site and other words, as written."""
    count: float | None = None
    """How much is dispensed: "#21"."""
    annotations: tuple[Annotation, ...] = ()


def build_order(text: str, spans: Sequence[Span], tail: str = "") -> Order | None:
    """Return the order that `spans` of `text` hold, None where they hold neither a name nor a direction.

    `tail` is the text of a later course of the same medicine, which is kept among the instructions.
    """
    name = find_name(text, spans)
    if not name.pieces and all(x.kind in (None, Kind.ITEM, Kind.LEAD) for x in spans):
        return None
    first: dict[Kind, Any] = {}
    for index, span in enumerate(spans):
        if span.kind and (index not in name.taken or span.value in KEPT):
            first.setdefault(span.kind, span.value)
    form = first.get(Kind.FORM) or _form_of_dose(first.get(Kind.DOSE))
    quantities = read_quantities(text, spans, name, form)
    times: Times = first.get(Kind.FREQUENCY) or Times(None)
    dose = quantities.dose or times.dose or dose_of_pattern(spans)
    per_day = None if _is_merely_daily(spans) else times.per_day
    schedule, named = read_schedule(spans, per_day, dose)
    if Kind.FREQUENCY not in first or (per_day is None and named):
        per_day = named
    elif per_day is None:
        per_day = times.per_day
    if Kind.AS_NEEDED in first or Kind.ONCE in first:
        per_day = None
    start, end = spans[0].start, spans[-1].end
    return Order(
        text=text[start:end],
        start=start,
        drug_text=name.text(text),
        drug_start=name.pieces[0][0] if name.pieces else start,
        drug_end=name.pieces[-1][1] if name.pieces else start,
        other_names=tuple(name.others),
        item=spans[0].kind is Kind.ITEM,
        form=form,
        strength=quantities.strength,
        dose=str(dose) if dose else None,
        frequency=_frequency(text, [x for i, x in enumerate(spans) if i not in name.taken]),
        times_per_day=per_day,
        once=Kind.ONCE in first,
        as_needed=Kind.AS_NEEDED in first,
        schedule=schedule,
        duration_days=first.get(Kind.DURATION, times.days),
        route=_route(spans, first),
        instructions=read_instructions(text, spans, name.taken | quantities.used, name.after, tail),
        count=quantities.count,
        annotations=tuple(Annotation(x.kind, x.start, x.end, x.value) for x in spans if x.kind),
    )


def _is_merely_daily(spans: Sequence[Span]) -> bool:
    """Whether the only frequency is "daily", which the times of day beside it may multiply."""
    frequencies = [x for x in spans if x.kind is Kind.FREQUENCY]
    return (
        len(frequencies) == 1 and frequencies[0].code == Code.PER_ALONE and frequencies[0].value.per_day == 1
    )


def _frequency(text: str, spans: Sequence[Span]) -> str | None:
    """The words that tell when, as written, as long as they stand together."""
    start = end = None
    for span in spans:
        if span.kind in WHEN:
            start = span.start if start is None else start
            end = span.end
        elif start is not None and span.code not in (",", "."):
            break
    return None if start is None else text[start:end]


def _form_of_dose(dose: Dose | str | None) -> str | None:
    """The form that the unit of a dose tells: "2 tabs", "4 drops"."""
    unit = dose.unit if isinstance(dose, Dose) else None
    return unit if unit in FORMS else _FORM_OF_UNIT.get(unit or "")


def _route(spans: Sequence[Span], first: dict[Kind, Any]) -> str | None:
    written: str | None = first.get(Kind.ROUTE) or first.get(Kind.SITE)
    if written:
        return written
    forms = (x.word for x in spans if x.kind is Kind.FORM)
    return next((route for word in forms if (route := _ROUTE_OF_FORM_WORD.get(word))), None)
