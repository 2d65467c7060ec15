"""The lines of a page, each with its orders, the section of the form that it stands in, and its place."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from multilingual.clinical.grammar import Order, parse_line
from multilingual.clinical.sections import Section, SectionMatch, section_of
from ocr.ctc.spans import Alignment, align
from ocr.engines.base import Fragment
from ocr.heads import begins_with_rx, repair_head
from ocr.records import TextLine
from ocr.rows import Extent, extent_of

UNREADABLE_STRENGTH = re.compile(
    r"\b(?!\d+(?:mg|mcg|ml|gm)\b)[bBdfFiIjJlLoOsStTzZ\d]{1,3}[0oO]?(?:mg|my|mq|ng|ny|mcg|meg|ml|gm)\b|(?<![\w.])\d{2,3}y\b"
)
"""What a misread strength looks like: letters that digits are taken for, and a unit: 'smy' for '5mg'."""
_SCRAPS = re.compile(r"(?<=[A-Za-z]{4})(?:\s+(?:[a-z]{1,3}|I))+$")
"""What trails behind a name in small letters, or a stroke: suffixes stand in capitals."""
_SECTION_REACH = 2.5
"""A heading alone on its line governs lines at most this many line heights under the last one it governs."""
CLINICAL = frozenset(
    {Section.VITALS, Section.COMPLAINT, Section.HISTORY, Section.ALLERGY, Section.DIAGNOSIS, Section.TESTS}
)
"""Sections whose heading governs the lines under it."""
_GOVERNED = 0.6
"""A line under a heading is less surely of its section than the line above it."""
_SIG = re.compile(r"sig(?:na)?\b", re.IGNORECASE)
_NOWHERE = (0.0,) * 8
BETWEEN_WHOLE = "; "
"""What stands between medicines that an engine told as whole orders on one line."""


@dataclass(slots=True)
class Line:
    """A text line with what is known of it before it is weighed."""

    source: TextLine
    orders: list[Order]
    section: SectionMatch | None
    extent: Extent
    repaired: bool
    """Whether it tells a form or a strength only since it was put right."""
    alignment: Alignment | None = None
    """Where its characters stand in the columns that it was read from, where an engine has them."""
    behind_rx: bool = False
    """Whether it begins with the sign of a prescription, which `repair_head` takes off."""
    whole: bool = False
    """Whether an engine understood it as a whole order."""
    doubts: tuple[str, ...] = ()
    """The engine's own."""


def lines_of_page(fragments: Sequence[Fragment]) -> Iterator[Line]:
    """The lines of a page, in reading order, repaired and parsed, those under a heading given its section."""
    return _with_sections([line_of_fragment(fragment) for fragment in fragments])


def line_of_fragment(fragment: Fragment) -> Line:
    """A line that an engine read, repaired and parsed; a whole order is left as the engine told it."""
    if fragment.whole:
        source = fragment.line
        orders = orders_of_whole(source.text)
        extent = extent_of(source.box)
        return Line(source, orders, None, extent, False, whole=True, doubts=fragment.doubts)
    line = _parsed(fragment.line, repair_head(fragment.line.text))
    if fragment.columns is not None:
        line.alignment = align(fragment.columns, fragment.line.text)
    return line


def orders_of_whole(text: str) -> list[Order]:
    """The orders of a line of whole orders: of each at least one, though it be a mere name."""
    return [order for told in text.split(BETWEEN_WHOLE) for order in parse_line(told) or [_mere_name(told)]]


def _mere_name(text: str) -> Order:
    return Order(text=text, drug_text=text, drug_start=0, drug_end=len(text))


def line_of_text(text: str) -> Line:
    """A line of text that stands on no page."""
    return _parsed(TextLine(text, 1.0, _NOWHERE), text)


def other_orders(line: Line) -> Iterator[Order]:
    """The orders that other readings of the line hold, with a name or without, of the likeliest first."""
    for text in line.source.alternatives:
        yield from map(_trimmed, parse_line(repair_head(text)))


def _parsed(source: TextLine, text: str) -> Line:
    orders = [_without_name(order) if _is_signed(order) else _trimmed(order) for order in parse_line(text)]
    repaired = text != source.text and not _told(orders) <= _told(parse_line(source.text))
    return Line(
        source,
        orders,
        section_of(source.text),
        extent_of(source.box),
        repaired,
        behind_rx=begins_with_rx(source.text),
    )


def _told(orders: Sequence[Order]) -> set[str | None]:
    return {None} | {order.form for order in orders} | {order.strength for order in orders}


def _trimmed(order: Order) -> Order:
    """The order with a strength that could not be read, and scraps at the end, kept out of the name."""
    name = order.drug_text
    unreadable = UNREADABLE_STRENGTH.search(name)
    if unreadable is not None:
        name = name[: unreadable.start()].strip(" -.,")
    scrap = _SCRAPS.search(name)
    if scrap is not None:
        name = name[: scrap.start()]
    return order if name == order.drug_text else replace(order, drug_text=name)


def _is_signed(order: Order) -> bool:
    """Whether an order begins as directions do, "Sig: 1 tab", and what may be a name is a small word."""
    return _SIG.match(order.text) is not None and order.drug_text.islower()


def _without_name(order: Order) -> Order:
    return replace(order, drug_text="", drug_start=0, drug_end=0)


def _with_sections(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines; those that closely follow a heading that stands alone are given its section."""
    governing: list[tuple[SectionMatch, Extent]] = []
    for line in lines:
        if line.section is not None and line.section.heading:
            governing = [entry for entry in governing if not line.extent.overlaps_columns(entry[1])]
            if line.section.alone and line.section.section in CLINICAL:
                governing.append((line.section, line.extent))
        elif line.section is None:
            if any(order.item for order in line.orders):  # complaints come in lists, measures do not
                governing = [entry for entry in governing if entry[0].section is not Section.VITALS]
            for place, (match, last) in enumerate(governing):
                gap = line.extent.top - last.bottom
                if line.extent.overlaps_columns(last) and gap < _SECTION_REACH * last.height:
                    line.section = replace(match, heading=False, weight=_GOVERNED * match.weight)
                    governing[place] = (line.section, line.extent)
                    break
        yield line
