"""The grammar of prescriptions: from a line of text to medicine orders.

`annotate` says what each stretch of a text is; `parse_line` puts the stretches together as orders. Both read
English with its Latin and Indian shorthand, Roman Hindi, Devanagari, Portuguese and Chinese, mixed as they
come, and bear the usual errors of recognition. Nothing is guessed: what is not written is None.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from multilingual.clinical.annotations import Annotation, Kind, Span, annotate, spans
from multilingual.clinical.lexicon import Code
from multilingual.clinical.orders import Order, build_order

__all__ = ["Annotation", "Kind", "Order", "annotate", "parse_line"]

_DIRECTIONS = frozenset(
    (
        Kind.FREQUENCY,
        Kind.SCHEDULE,
        Kind.TIMING,
        Kind.DURATION,
        Kind.AS_NEEDED,
        Kind.ONCE,
        Kind.STRENGTH,
        Kind.DOSE,
    )
)
_REGIMEN = frozenset((Kind.FREQUENCY, Kind.SCHEDULE, Kind.ONCE, Kind.TIMING))
_SHARED = _REGIMEN | {Kind.DURATION, Kind.AS_NEEDED, Kind.FOOD}
_MIXING = frozenset(("+", "&", "/", Code.AND))
_SEPARATORS = frozenset((",", ";", "+", "&", "/", "|", Code.AND))


def parse_line(text: str) -> list[Order]:
    """Return the orders of a line: usually one, several where it names several medicines, none of no text.

    A text that holds directions only ("1-0-1 x 5 days") is one order with an empty `drug_text`.
    """
    orders: list[Order] = []
    for segment in _segments(text, spans(text)):
        for part in _mixed(segment):
            head, tail = _courses(text, part)
            order = build_order(text, head, tail)
            if order:
                orders.append(order)
    return orders


def _mixed(segment: list[Span]) -> list[list[Span]]:
    """Part the medicines of one nebulisation ("Neb with A & B BD"): each has its form and directions."""
    if not any(map(_is_nebulised, segment[:3])):
        return [segment]
    cuts = [
        index
        for index in range(1, len(segment) - 1)
        if segment[index].code in _MIXING
        and segment[index + 1].code == Code.UNKNOWN
        and _named(segment[:index])
    ]
    if not cuts:
        return [segment]
    lead = next(index for index, x in enumerate(segment) if x.code == Code.UNKNOWN)
    last = next((i for i, x in enumerate(segment) if i > cuts[-1] and x.kind in _SHARED), len(segment))
    starts, ends = [lead, *(cut + 1 for cut in cuts)], [*cuts, last]
    return [
        segment[:lead] + segment[start:end] + segment[last:] for start, end in zip(starts, ends, strict=True)
    ]


def _is_nebulised(span: Span) -> bool:
    return span.kind is Kind.FORM and span.value == "nebuliser solution"


def _named(found: list[Span]) -> bool:
    return any(x.code == Code.UNKNOWN for x in found)


@dataclass(slots=True)
class _Said:
    """What the segment so far has said."""

    name: bool = False
    directions: bool = False
    nebulised: bool = False

    def add(self, span: Span) -> None:
        self.name = self.name or (span.code == Code.UNKNOWN and not self.directions)
        self.directions = self.directions or span.kind in _DIRECTIONS
        self.nebulised = self.nebulised or _is_nebulised(span)


def _segments(text: str, found: list[Span]) -> Iterator[list[Span]]:
    """Part the line where a list goes on or a second medicine begins."""
    start, said = 0, _Said()
    for index, span in enumerate(found):
        if index > start and (span.kind is Kind.ITEM or _begins_order(text, found, index, said)):
            yield found[start:index]
            start, said = index, _Said()
        said.add(span)
    if start < len(found):
        yield found[start:]


def _begins_order(text: str, found: list[Span], index: int, said: _Said) -> bool:
    """Whether a second medicine begins at `index`: a form and a name, or a name with its own numbers."""
    span, before = found[index], found[index - 1]
    if not said.name:
        return False
    separated = before.code in _SEPARATORS
    if span.kind is Kind.FORM:
        following = next((x for x in found[index + 1 : index + 4] if x.code not in (".", ":", "-")), None)
        is_named = following is not None and following.code == Code.UNKNOWN
        return is_named and (separated or said.directions)
    if span.code != Code.UNKNOWN or not (separated and said.directions and text[span.start].isupper()):
        return False
    if said.nebulised and before.code in _MIXING:
        return False  # one nebulisation, whose medicines `_mixed` parts
    return any(x.kind in _DIRECTIONS or x.code == Code.NUMBER for x in found[index + 1 : index + 3])


def _courses(text: str, segment: list[Span]) -> tuple[list[Span], str]:
    """Split off a later course of the same medicine: "200 mg STAT, 100 mg OD x 4 days"."""
    begun = ordered = False
    for index, span in enumerate(segment):
        later = ordered and span.kind is Kind.THEN
        if later or (begun and span.code in (",", ";") and _is_course(segment, index + 1)):
            return segment[:index], text[span.start : segment[-1].end]
        begun = begun or span.kind in _REGIMEN
        ordered = ordered or span.kind in _DIRECTIONS
    return segment, ""


def _is_course(segment: list[Span], start: int) -> bool:
    """Whether at `start` begins an amount with its time, or a second time with a second duration."""
    first, following = segment[start : start + 1], segment[start + 1 : start + 4]
    if not first:
        return False
    if first[0].kind in (Kind.DOSE, Kind.STRENGTH) or first[0].code == Code.NUMBER:
        return any(x.kind in _REGIMEN for x in following)
    lasts = any(x.kind is Kind.DURATION for x in following)
    return first[0].kind in _REGIMEN and lasts and any(x.kind is Kind.DURATION for x in segment[:start])
