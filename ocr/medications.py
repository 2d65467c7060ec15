"""Lines of a page, in reading order, to the medications ordered on it.

Each line is parsed by the grammar and weighed as a medicine: what its form, strength and directions, its place on
the page and the formulary say for it, against what the section it stands in says against it (`EVIDENCE`). A line
of directions alone belongs to the medicine beside it or the nearest above it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from multilingual.clinical.formulary_index import FormularyIndex
from multilingual.clinical.grammar import Order, parse_line
from multilingual.clinical.sections import Section, SectionMatch, section_of
from ocr.heads import repair_head
from ocr.naming import Naming, name_order
from ocr.records import Medication, Schedule, TextLine
from ocr.review import review_reasons
from ocr.rows import Extent, extent_of, hull

EVIDENCE = {
    "form": 1.6,
    "list marker": 0.6,
    "strength with its unit": 1.0,
    "bare number": 0.2,
    "frequency": 1.0,
    "dose": 0.5,
    "duration": 0.4,
    "quantity": 0.6,
    "under Rx": 0.4,
    "alike in the formulary": 1.2,
    "exactly in the formulary": 1.6,
    "akin to one in the formulary": 1.0,
    "unreadable strength": 0.6,
    "section": -3.0,
    "prose": -1.5,
    "no name": -3.0,
}
"""What speaks for a medicine, in units in which `ENOUGH` makes one. Set by hand on the development pages."""

ENOUGH = 1.6
AMONG_MEDICINES = 0.6
"""What a line directly above or below a medicine needs less: medicines come in lists."""
ENOUGH_IN_TEXT = 1.0
"""For lines that somebody took for lines of a prescription already."""
_PROSE_WORDS = 5
"""A name of more words than this is a sentence."""
_LEAST_LETTERS = 3
"""A shorter name is one only if the formulary knows it."""
_DIRECTIONS_REACH = 2.6
"""Directions belong to a medicine at most this many line heights above them."""
_LIST_REACH = 3.0
"""Medicines of one list stand at most this many line heights apart."""
_UNREADABLE_STRENGTH = re.compile(r"\b[A-Za-z]{1,3}[0oO]?(?:mg|my|ng|mcg|ml|gm)\b")
"""What a misread strength looks like: 'smy' for '5mg'."""
_HOST_WEIGHT = 0.0
"""What directions may belong to: a name that nothing speaks against."""
_SECTION_REACH = 2.5
"""A heading alone on its line governs lines at most this many line heights under the last one it governs."""
_GOVERNING = frozenset(
    {Section.VITALS, Section.COMPLAINT, Section.HISTORY, Section.ALLERGY, Section.DIAGNOSIS, Section.TESTS}
)
_NOWHERE = (0.0,) * 8
_GOVERNED_WEIGHT = 0.5
"""A line under a heading is less surely of its section than one that a heading begins."""


@dataclass(slots=True)
class _Line:
    """A text line with what is known of it before it is weighed."""

    source: TextLine
    orders: list[Order]
    section: SectionMatch | None
    extent: Extent


@dataclass(slots=True)
class _Found:
    """What may be a medicine: its order, the formulary's answer, the lines it was read from."""

    order: Order
    naming: Naming
    lines: list[_Line]
    rx_seen: bool

    def weight(self) -> float:
        """What speaks for it, the directions that were added to it included."""
        return _weigh(self.order, self.naming, self.lines[0].section, rx_seen=self.rx_seen)


def find_medications(lines: Sequence[TextLine], index: FormularyIndex) -> list[Medication]:
    """The medications of one page; `lines` in reading order, with boxes in pixels of the upright page."""
    found: list[_Found] = []
    rx_seen = False
    for line in _with_sections([_line(source) for source in lines]):
        rx_seen = rx_seen or (line.section is not None and line.section.section is Section.RX)
        for order in line.orders:
            item = _Found(order, name_order(order, index), [line], rx_seen)
            host = _host(line, found) if _may_be_directions(order, line) and item.weight() < ENOUGH else None
            if host is None:
                found.append(item)
                continue
            host.order = _with_directions(host.order, order)
            if host.lines[-1] is not line:
                host.lines.append(line)
    return [_medication(item) for item in _listed(found)]


def _listed(found: Sequence[_Found]) -> list[_Found]:
    """Those that weigh enough, and those next to them on the page that nearly do."""
    sure = [item for item in found if item.weight() >= ENOUGH]
    return [
        item
        for item in found
        if item.weight() >= ENOUGH
        or (item.weight() >= ENOUGH - AMONG_MEDICINES and any(_neighbours(item, other) for other in sure))
    ]


def _neighbours(item: _Found, other: _Found) -> bool:
    upper, lower = sorted((item.lines, other.lines), key=lambda lines: lines[0].extent.middle)
    last, first = upper[-1].extent, lower[0].extent
    return last.overlaps_columns(first) and first.middle - last.middle < _LIST_REACH * last.height


def medications_of_line(text: str, index: FormularyIndex) -> list[Medication]:
    """The medications of a text that is one line of a prescription; no boxes, score 1."""
    line = _Line(TextLine(text, 1.0, _NOWHERE), parse_line(text), section_of(text), extent_of(_NOWHERE))
    found = [_Found(order, name_order(order, index), [line], rx_seen=True) for order in line.orders]
    return [replace(_medication(item), box=None) for item in found if item.weight() >= ENOUGH_IN_TEXT]


def _line(source: TextLine) -> _Line:
    orders = [_without_unreadable_strength(order) for order in parse_line(repair_head(source.text))]
    return _Line(source, orders, section_of(source.text), extent_of(source.box))


def _without_unreadable_strength(order: Order) -> Order:
    """The order with a strength that could not be read, and what follows it, kept out of the name."""
    unreadable = _UNREADABLE_STRENGTH.search(order.drug_text)
    if unreadable is None or not order.drug_text[: unreadable.start()].strip():
        return order
    return replace(order, drug_text=order.drug_text[: unreadable.start()].strip(" -.,"))


def _with_sections(lines: Sequence[_Line]) -> Iterator[_Line]:
    """The lines; those that closely follow a heading that stands alone are given its section."""
    governing: list[tuple[SectionMatch, Extent]] = []
    for line in lines:
        if line.section is not None and line.section.heading:
            governing = [entry for entry in governing if not line.extent.overlaps_columns(entry[1])]
            if line.section.alone and line.section.section in _GOVERNING:
                governing.append((line.section, line.extent))
        elif line.section is None:
            for place, (match, last) in enumerate(governing):
                gap = line.extent.top - last.bottom
                if line.extent.overlaps_columns(last) and gap < _SECTION_REACH * last.height:
                    line.section = replace(match, heading=False, weight=_GOVERNED_WEIGHT)
                    governing[place] = (match, line.extent)
                    break
        yield line


def _weigh(order: Order, naming: Naming, section: SectionMatch | None, *, rx_seen: bool) -> float:
    """How much speaks for this order being a medicine."""
    holds = {
        "form": order.form is not None,
        "list marker": order.item,
        "strength with its unit": order.strength is not None and _has_unit(order.strength),
        "bare number": order.strength is not None and not _has_unit(order.strength),
        "frequency": _tells_frequency(order),
        "dose": order.dose is not None,
        "duration": order.duration_days is not None,
        "quantity": order.count is not None,
        "under Rx": rx_seen,
        "alike in the formulary": naming.best is not None and naming.best.similarity < 1,
        "exactly in the formulary": naming.best is not None and naming.best.similarity == 1,
        "akin to one in the formulary": naming.akin,
        "unreadable strength": order.strength is None and _UNREADABLE_STRENGTH.search(order.text) is not None,
        "prose": len(order.drug_text.split()) > _PROSE_WORDS,
        "no name": naming.best is None and _letters(order.drug_text) < _LEAST_LETTERS,
    }
    against = EVIDENCE["section"] * section.weight if section and section.section is not Section.RX else 0.0
    return sum(EVIDENCE[name] for name, told in holds.items() if told) + against


def _has_unit(strength: str) -> bool:
    return any(c.isalpha() or c == "%" for c in strength)


def _letters(name: str) -> int:
    """Letters of a name; a sign of Han counts as two."""
    return sum(1 + (c >= "\u3400") for c in name if c.isalpha())


def _tells_frequency(order: Order) -> bool:
    return order.times_per_day is not None or order.schedule is not None or order.once or order.as_needed


def _may_be_directions(order: Order, line: _Line) -> bool:
    """Whether an order that is no medicine tells how to take one: directions, and hardly another word."""
    if line.section is not None or len(order.drug_text.split()) > 2:
        return False
    return _tells_frequency(order) or order.dose is not None or order.duration_days is not None or order.strength is not None


def _host(line: _Line, found: Sequence[_Found]) -> _Found | None:
    """What a line of directions belongs to: one on its row, else the nearest above; a medicine before what may be one."""
    reach: list[tuple[bool, float, int]] = []
    for place, item in enumerate(found):
        weight = item.weight()
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
    if not _tells_frequency(order):  # a frequency is told once: its parts are not mixed from two lines
        told |= {name: getattr(more, name) for name in _FREQUENCY}
    return replace(order, **told)


def _medication(found: _Found) -> Medication:
    order, naming = found.order, found.naming
    entry = naming.best.entry if naming.best else None
    described = naming.best or naming.generic
    lines = [line.source for line in found.lines]
    reasons = review_reasons(order, naming, min(line.score for line in lines))
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
        duration_days=order.duration_days,
        route=order.route,
        instructions=order.instructions,
        score=_mean_score(lines),
        box=hull(line.box for line in lines),
        alternatives=tuple(dict.fromkeys(candidate.entry.name for candidate in naming.others)),
        needs_review=bool(reasons),
        review_reasons=reasons,
    )


def _mean_score(lines: Sequence[TextLine]) -> float:
    """Mean score weighted by length."""
    return sum(line.score * len(line.text) for line in lines) / sum(len(line.text) for line in lines)
