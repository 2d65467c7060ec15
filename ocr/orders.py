"""Lines of a page to what may be medicines: orders, named by the formulary, weighed, with their directions.

A line of directions alone belongs to the medicine beside it or the nearest above it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from multilingual.clinical.formulary_index import FormularyIndex
from multilingual.clinical.grammar import Order
from multilingual.clinical.name_keys import name_key
from multilingual.clinical.sections import Section
from ocr.engines.base import Fragment
from ocr.evidence import (
    AMONG_MEDICINES,
    ENOUGH,
    could_be_medicine,
    nearness,
    tells_frequency,
    weigh,
)
from ocr.lines import Line, lines_of_page, other_orders
from ocr.name_parts import letters_of
from ocr.naming import REREAD_LETTERS, UNNAMED, Naming, name_order, rename
from ocr.naming_columns import name_by_columns
from ocr.rereading import REREAD, frequency_elsewhere

_DIRECTIONS_REACH = 2.6
"""Directions belong to a medicine at most this many line heights above them."""
_LIST_REACH = 3.0
"""Medicines of one list stand at most this many line heights apart."""
_REGISTRATION = re.compile(r"\d{5}")
"""Numbers of registers and telephones are no directions."""
_WORTH_REREADING = 0.4
_LONG = 6
"""Letters of a name that counts though the likeliest reading of its line holds none."""
NAMED_ELSEWHERE = "name from another reading of the line"
_RESEMBLING = 0.4
_HOST_WEIGHT = 0.0
"""What directions may belong to: a name that nothing speaks against."""


@dataclass(slots=True)
class Found:
    """What may be a medicine: its order, the formulary's answer, the lines it was read from."""

    order: Order
    naming: Naming
    lines: list[Line]
    rx_seen: bool
    weight: float = field(init=False)
    """What speaks for it, the directions that were added to it included."""
    doubts: list[str] = field(init=False, default_factory=list)
    """Why a person should look at it, in plain words, beside what its order and its lines show."""

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

    def reread_frequency(self) -> None:
        """Take the frequency of another reading of its lines, where the likeliest told none."""
        told = None if tells_frequency(self.order) else frequency_elsewhere(self.lines)
        if told is not None:
            self.order = replace(self.order, **{name: getattr(told, name) for name in _FREQUENCY})
            self.doubts.append(REREAD)

    def _weigh(self) -> None:
        self.weight = weigh(self.order, self.naming, self.lines[0], rx_seen=self.rx_seen)


def orders_of_page(fragments: Sequence[Fragment], index: FormularyIndex) -> list[Found]:
    """The medicines of a page; its lines in reading order, with boxes in pixels of the upright page."""
    found: list[Found] = []
    rx_seen = False
    for line in lines_of_page(fragments):
        if line.whole:
            found += orders_of_line(line, index)
            continue
        rx_seen = rx_seen or (line.section is not None and line.section.section is Section.RX)
        for order in line.orders:
            worth_naming = could_be_medicine(order, line, rx_seen=rx_seen)
            naming = _name(order, line, index) if worth_naming else UNNAMED
            item = Found(order, naming, [line], rx_seen)
            if line.source.alternatives and line.alignment is None and len(line.orders) == 1:
                if item.weight >= _WORTH_REREADING:
                    named = [other for other in other_orders(line) if other.drug_text]
                    item.rename(rename(naming, named, index))
                if item.weight < ENOUGH and letters_of(order.drug_text) >= REREAD_LETTERS:
                    item = _named_elsewhere(line, index, rx_seen=rx_seen) or item
            host = _host(line, found) if item.weight < ENOUGH and _may_be_directions(order, line) else None
            if host is None:
                found.append(item)
            else:
                host.complete(order, line)
    medicines = _without_mentions(_listed(found))
    for item in medicines:
        item.reread_frequency()
    return medicines


def _named_elsewhere(line: Line, index: FormularyIndex, *, rx_seen: bool) -> Found | None:
    """What another reading of the line orders, where a long name of the formulary stands in it as it is."""
    for order in other_orders(line):
        if letters_of(order.drug_text) < _LONG or not could_be_medicine(order, line, rx_seen=rx_seen):
            continue
        naming = name_order(order, index, line.source.score)
        if naming.best is not None and naming.best.similarity == 1 and naming.read == order.drug_text:
            found = Found(order, naming, [line], rx_seen)
            if found.weight >= ENOUGH:
                found.doubts.append(NAMED_ELSEWHERE)
                return found
    return None


def orders_of_line(line: Line, index: FormularyIndex) -> list[Found]:
    """What may be ordered on a line that somebody took for one of a prescription already."""
    return [Found(order, _name(order, line, index), [line], rx_seen=True) for order in line.orders]


def _name(order: Order, line: Line, index: FormularyIndex) -> Naming:
    """The formulary's answer by what was seen, else by what was read."""
    seen = name_by_columns(order, line.alignment, index) if line.alignment is not None else None
    return seen or name_order(order, index, line.source.score)


def _listed(found: Sequence[Found]) -> list[Found]:
    """Those that weigh enough, and names akin to the formulary's next to them that nearly do."""
    sure = [item for item in found if item.weight >= ENOUGH]
    return [
        item
        for item in found
        if item.weight >= ENOUGH
        or item.lines[0].whole
        or (
            _resembles_a_name(item)
            and item.weight >= ENOUGH - AMONG_MEDICINES
            and any(_neighbours(item, other) for other in sure)
        )
    ]


def _without_mentions(found: Sequence[Found]) -> list[Found]:
    """All but mere mentions of a medicine that is ordered in full elsewhere: "20 min. after Barolix"."""
    return [item for item in found if not any(_mentions(item, other) for other in found)]


def _mentions(item: Found, other: Found) -> bool:
    """Whether an order tells nothing but the name, and perhaps the form, of another that tells more."""
    if item.order.item or item.lines[0].whole or not item.order.drug_text or _key(item) != _key(other):
        return False
    one, more = _told(item.order), _told(other.order)
    return one.items() < more.items() and one.keys() <= {"form"}


def _key(item: Found) -> str:
    """What two orders of one medicine have in common."""
    best = item.naming.best
    return name_key(best.entry.name if best else item.order.drug_text)


def _resembles_a_name(item: Found) -> bool:
    return item.naming.akin or nearness(item.naming, len(item.order.drug_text)) >= _RESEMBLING


def _neighbours(item: Found, other: Found) -> bool:
    upper, lower = sorted((item.lines, other.lines), key=lambda lines: lines[0].extent.middle)
    last, first = upper[-1].extent, lower[0].extent
    return last.overlaps_columns(first) and first.middle - last.middle < _LIST_REACH * last.height


def _may_be_directions(order: Order, line: Line) -> bool:
    """Whether an order that is no medicine tells how to take one: directions, and hardly another word."""
    if (
        line.section is not None
        or order.item
        or _REGISTRATION.search(order.text)
        or 2 * letters_of(order.drug_text) > letters_of(order.text)
    ):
        return False
    amounts = (order.dose, order.duration_days, order.strength)
    return tells_frequency(order) or any(amount is not None for amount in amounts)


def _host(line: Line, found: Sequence[Found]) -> Found | None:
    """What a line of directions belongs to: one on its row, else the nearest above; sure medicines first."""
    reach: list[tuple[bool, float, int]] = []
    for place, item in enumerate(found):
        weight = item.weight
        if weight < _HOST_WEIGHT or item.lines[0].whole:
            continue
        last = item.lines[-1].extent
        gap, height = line.extent.middle - last.middle, max(last.height, line.extent.height)
        if line.extent.beside(last):
            reach.append((weight < ENOUGH, 0.0, place))
        elif 0 < gap < _DIRECTIONS_REACH * height and line.extent.overlaps_columns(last):
            reach.append((weight < ENOUGH, gap, place))
    return found[min(reach)[2]] if reach else None


_FREQUENCY = ("frequency", "times_per_day", "once", "as_needed", "schedule")
_DIRECTIONS = ("strength", "dose", "duration_days", "route", "instructions", "count")


def _told(order: Order) -> dict[str, object]:
    """What an order tells beside its name."""
    values = {name: getattr(order, name) for name in ("form", *_FREQUENCY, *_DIRECTIONS)}
    return {name: value for name, value in values.items() if value not in (None, False)}


def _with_directions(order: Order, more: Order) -> Order:
    """The order completed by directions that stand on a line of their own; what it already told is kept.

    A form speaks for a medicine, so one from another line counts only for what is marked as one of a list.
    """
    told = {name: getattr(more, name) for name in _DIRECTIONS if getattr(order, name) is None}
    if order.item and order.form is None:
        told["form"] = more.form
    if not tells_frequency(order):  # a frequency is told once: its parts are not mixed from two lines
        told |= {name: getattr(more, name) for name in _FREQUENCY}
    return replace(order, **told)
