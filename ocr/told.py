"""A medicine as a model tells it, in parts, as a line of a prescription; and what that does not say again.

The line is parsed by the same grammar as any other. Where that does not find a part in it as it was told, a
person shall look at it: the part is named, and nothing is guessed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from multilingual.clinical.grammar import Order
from ocr.lines import BETWEEN_WHOLE, orders_of_whole
from ocr.vision_language.medication_answer import Medicine

_WRITTEN = ("form", "name", "strength", "dose", "frequency", "duration", "route", "instructions")
"""The parts of a medicine in the order that they are written in."""

_SAID_BY = (
    *("drug_text", "other_names", "form", "strength", "dose"),
    *("times_per_day", "once", "as_needed", "schedule", "duration_days", "route", "instructions"),
)
"""What an order says, in the names of its fields."""
_OF_NAMES = frozenset({"drug_text", "other_names", "form", "strength"})
"""What a name may say: "Dolo 650". Else some of its words were taken for something else."""
_AMOUNTS = frozenset({"strength", "dose"})
"""Parts that do not say what they should where they are taken for something else."""
_BESIDE = {"duration": "BD", "route": "BD"}
"""What a part is understood beside: "5/7" after a frequency is a duration."""


def line_of(medicines: Sequence[Medicine]) -> str:
    """The medicines as they would be written, one after the other."""
    return BETWEEN_WHOLE.join(map(_line, medicines))


def doubts_of(medicines: Sequence[Medicine]) -> tuple[str, ...]:
    """What `line_of` does not tell as the model did."""
    return tuple(doubt for medicine in medicines for doubt in _doubts(medicine))


def _line(medicine: Medicine) -> str:
    return _joined(getattr(medicine, part) for part in _WRITTEN)


def _joined(values: Iterable[str | None]) -> str:
    return " ".join(" ".join(value.split()) for value in values if value).replace(BETWEEN_WHOLE, ", ")


def _doubts(medicine: Medicine) -> Iterator[str]:
    order, *more = orders_of_whole(_line(medicine))
    for part in _WRITTEN:
        value = getattr(medicine, part)
        if value is not None and not _is_said(medicine, part, value, order):
            yield f"{part} as told by the model: {value}"
    if more:
        yield "told as one medicine, reads as several"


def _is_said(medicine: Medicine, part: str, value: str, order: Order) -> bool:
    """Whether the order says what the part says by itself, beside nothing but the name."""
    if part == "name":
        if _compact(value) == _compact(order.drug_text):
            return True
        says = _said(_joined([value]))
        return "drug_text" in says and says.keys() <= _OF_NAMES and _holds(order, says)
    if part == "form":
        form = _said(_joined([value, medicine.name])).get("form")
        return form is not None and form == order.form
    if _compact(value) == _compact(getattr(order, part, None)):
        return True
    if part == "instructions" and _compact(value) in _compact(order.instructions):
        return True
    before = _joined([medicine.form, medicine.name, _BESIDE.get(part)])
    said_before, after = _said(before), _said(_joined([before, value]))
    says = {field: said for field, said in after.items() if said_before.get(field) != said}
    return bool(says) and (part not in _AMOUNTS or part in says) and _holds(order, says)


def _said(text: str) -> dict[str, Any]:
    order = orders_of_whole(text)[0]
    return {
        field: value for field in _SAID_BY if (value := _value(order, field)) not in (None, "", (), False)
    }


def _value(order: Order, field: str) -> Any:
    """What a field says; of a schedule the times, since its amounts may be told by the dose."""
    if field == "schedule" and order.schedule is not None:
        return tuple(bool(amount) for amount in order.schedule)
    return getattr(order, field)


def _holds(order: Order, says: Mapping[str, Any]) -> bool:
    """Whether the whole order says all this; among its instructions others may stand."""
    return all(
        _compact(said) in _compact(order.instructions)
        if field == "instructions"
        else bool(said == _value(order, field))
        for field, said in says.items()
    )


def _compact(text: object) -> str:
    return re.sub(r"\s", "", str(text or "")).casefold()
