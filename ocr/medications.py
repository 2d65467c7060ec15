"""Lines of a page, in reading order, to the medications ordered on it.

Each line is parsed by the grammar, named by the formulary and weighed as a medicine (`ocr.evidence`). A
line of directions alone belongs to the medicine beside it or the nearest above it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from multilingual.clinical.formulary_index import FormularyIndex
from multilingual.clinical.grammar import Order
from multilingual.clinical.sections import Section
from ocr.evidence import (
    AMONG_MEDICINES,
    ENOUGH,
    ENOUGH_IN_TEXT,
    could_be_medicine,
    nearness,
    tells_frequency,
    weigh,
)
from ocr.lines import Line, line_of_text, lines_of_page, other_orders
from ocr.naming import UNNAMED, Naming, name_order, rename
from ocr.records import Medication, Schedule, TextLine
from ocr.review import review_reasons
from ocr.rows import hull

_DIRECTIONS_REACH = 2.6
"""Directions belong to a medicine at most this many line heights above them."""
_LIST_REACH = 3.0
"""Medicines of one list stand at most this many line heights apart."""
_REGISTRATION = re.compile(r"\d{5}")
"""Numbers of registers and telephones are no directions."""
_ALTERNATIVE = 0.4
"""Score from which a candidate is an alternative: "Pan" for a "Pan-XY" that is in no list has so much."""
_WORTH_REREADING = 0.4
_RESEMBLING = 0.4
_HOST_WEIGHT = 0.0
"""What directions may belong to: a name that nothing speaks against."""


@dataclass(slots=True)
class _Found:
    """What may be a medicine: its order, the formulary's answer, the lines it was read from."""

    order: Order
    naming: Naming
    lines: list[Line]
    rx_seen: bool
    weight: float = field(init=False)
    """What speaks for it, the directions that were added to it included."""

    def __post_init__(self) -> None:
        self._weigh()

    def rename(self, naming: Naming) -> None:
        """Take another answer of the formulary."""
        self.naming = naming
        self._weigh()

    def complete(self, directions: Order, line: Line) -> None:
        """Add directions that stand on a line of their own."""
        self.order = _with_directions(self.order, directions)
        if self.lines[-1] is not line:
            self.lines.append(line)
        self._weigh()

    def _weigh(self) -> None:
        self.weight = weigh(self.order, self.naming, self.lines[0], rx_seen=self.rx_seen)


def find_medications(lines: Sequence[TextLine], index: FormularyIndex) -> list[Medication]:
    """The medications of one page; `lines` in reading order, with boxes in pixels of the upright page."""
    found: list[_Found] = []
    rx_seen = False
    for line in lines_of_page(lines):
        rx_seen = rx_seen or (line.section is not None and line.section.section is Section.RX)
        for order in line.orders:
            worth_naming = could_be_medicine(order, line, rx_seen=rx_seen)
            naming = name_order(order, index, line.source.score) if worth_naming else UNNAMED
            item = _Found(order, naming, [line], rx_seen)
            if line.source.alternatives and len(line.orders) == 1 and item.weight >= _WORTH_REREADING:
                item.rename(rename(naming, other_orders(line), index))
            host = _host(line, found) if item.weight < ENOUGH and _may_be_directions(order, line) else None
            if host is None:
                found.append(item)
            else:
                host.complete(order, line)
    return [_medication(item) for item in _listed(found)]


def _listed(found: Sequence[_Found]) -> list[_Found]:
    """Those that weigh enough, and names akin to the formulary's next to them that nearly do."""
    sure = [item for item in found if item.weight >= ENOUGH]
    return [
        item
        for item in found
        if item.weight >= ENOUGH
        or (
            _resembles_a_name(item)
            and item.weight >= ENOUGH - AMONG_MEDICINES
            and any(_neighbours(item, other) for other in sure)
        )
    ]


def _resembles_a_name(item: _Found) -> bool:
    return item.naming.akin or nearness(item.naming, len(item.order.drug_text)) >= _RESEMBLING


def _neighbours(item: _Found, other: _Found) -> bool:
    upper, lower = sorted((item.lines, other.lines), key=lambda lines: lines[0].extent.middle)
    last, first = upper[-1].extent, lower[0].extent
    return last.overlaps_columns(first) and first.middle - last.middle < _LIST_REACH * last.height


def medications_of_line(text: str, index: FormularyIndex) -> list[Medication]:
    """The medications of a text that is one line of a prescription; no boxes, score 1."""
    line = line_of_text(text)
    found = [
        _Found(order, name_order(order, index, line.source.score), [line], rx_seen=True)
        for order in line.orders
    ]
    return [replace(_medication(item), box=None) for item in found if item.weight >= ENOUGH_IN_TEXT]


def _may_be_directions(order: Order, line: Line) -> bool:
    """Whether an order that is no medicine tells how to take one: directions, and hardly another word."""
    if (
        line.section is not None
        or order.item
        or _REGISTRATION.search(order.text)
        or 2 * _letters(order.drug_text) > _letters(order.text)
    ):
        return False
    amounts = (order.dose, order.duration_days, order.strength)
    return tells_frequency(order) or any(amount is not None for amount in amounts)


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _host(line: Line, found: Sequence[_Found]) -> _Found | None:
    """What a line of directions belongs to: one on its row, else the nearest above; sure medicines first."""
    reach: list[tuple[bool, float, int]] = []
    for place, item in enumerate(found):
        weight = item.weight
        if weight < _HOST_WEIGHT:
            continue
        last = item.lines[-1].extent
        gap = line.extent.middle - last.middle
        if line.extent.beside(last):
            reach.append((weight < ENOUGH, 0.0, place))
        elif 0 < gap < _DIRECTIONS_REACH * last.height and line.extent.overlaps_columns(last):
            reach.append((weight < ENOUGH, gap, place))
    return found[min(reach)[2]] if reach else None


_FREQUENCY = ("frequency", "times_per_day", "once", "as_needed", "schedule")
_DIRECTIONS = ("strength", "dose", "duration_days", "route", "instructions", "count")


def _with_directions(order: Order, more: Order) -> Order:
    """The order completed by directions that stand on a line of their own; what it already told is kept."""
    told = {name: getattr(more, name) for name in _DIRECTIONS if getattr(order, name) is None}
    if not tells_frequency(order):  # a frequency is told once: its parts are not mixed from two lines
        told |= {name: getattr(more, name) for name in _FREQUENCY}
    return replace(order, **told)


def _medication(found: _Found) -> Medication:
    order, naming = found.order, found.naming
    entry = naming.best.entry if naming.best else None
    described = naming.best or naming.generic
    lines = [line.source for line in found.lines]
    reasons = review_reasons(order, naming, found.lines)
    return Medication(
        line="\n".join(line.text for line in lines),
        drug_text=order.drug_text,
        drug=entry.name if entry else None,
        generic=" + ".join(described.entry.generics) or described.entry.name if described else None,
        form=order.form,
        strength=order.strength,
        dose=order.dose,
        frequency=order.frequency,
        times_per_day=order.times_per_day,
        once=order.once,
        as_needed=order.as_needed,
        schedule=Schedule(*order.schedule) if order.schedule else None,
        duration_days=order.duration_days or None,
        route=order.route,
        instructions=order.instructions,
        score=_mean_score(lines),
        box=hull(line.box for line in lines),
        alternatives=_alternatives(naming),
        needs_review=bool(reasons),
        review_reasons=reasons,
    )


def _alternatives(naming: Naming) -> tuple[str, ...]:
    """Names that may be meant instead, best first; the farthest of the candidates are no alternatives."""
    near = (other.entry.name for other in naming.others if other.score >= _ALTERNATIVE)
    return tuple(dict.fromkeys(near))


def _mean_score(lines: Sequence[TextLine]) -> float:
    """Mean score weighted by length."""
    return sum(line.score * len(line.text) for line in lines) / sum(len(line.text) for line in lines)
