"""Lines of a page, in reading order, to the medications ordered on it.

Each line is parsed by the grammar, named by the formulary and weighed as a medicine (`ocr.orders`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from multilingual.clinical.formulary_index import FormularyIndex
from multilingual.clinical.grammar import Order
from ocr.calibration import confidence_calibration
from ocr.confidence import confidence_features, confidence_of
from ocr.engines.base import Fragment
from ocr.evidence import ENOUGH_IN_TEXT
from ocr.lines import line_of_fragment, line_of_text
from ocr.naming import Naming
from ocr.orders import Found, orders_of_line, orders_of_page
from ocr.records import Medication, Schedule, TextLine
from ocr.review import confidence_reasons, review_reasons
from ocr.rows import hull

_ALTERNATIVE = 0.4
"""Score from which a candidate is an alternative: "Pan" for a "Pan-XY" that is in no list has so much."""


@dataclass(frozen=True, slots=True)
class Prescription:
    """What a page or a line orders, and its lines with the names of medicines as the formulary has them."""

    medications: list[Medication]
    decoded: list[str]


def read_prescription(fragments: Sequence[Fragment], index: FormularyIndex) -> Prescription:
    """What one page orders; its lines in reading order, with boxes in pixels of the upright page."""
    found = orders_of_page(fragments, index)
    decoded = [_decoded(fragment.line, found) for fragment in fragments]
    return Prescription([_medication(item) for item in found], decoded)


def read_line(fragment: Fragment, index: FormularyIndex) -> Prescription:
    """What a line orders that was cut out as one; names are decoded also where too little is ordered."""
    found = orders_of_line(line_of_fragment(fragment), index)
    ordered = [_medication(item) for item in found if fragment.whole or item.weight >= ENOUGH_IN_TEXT]
    return Prescription(ordered, [_decoded(fragment.line, found)])


def medications_of_line(text: str, index: FormularyIndex) -> list[Medication]:
    """The medications of a text that is one line of a prescription; no boxes, score 1."""
    found = orders_of_line(line_of_text(text), index)
    return [replace(_medication(item), box=None) for item in found if item.weight >= ENOUGH_IN_TEXT]


def _decoded(text: TextLine, found: Sequence[Found]) -> str:
    """The text of a line with the names found on it as the formulary has them."""
    decoded = text.text
    for item in found:
        best, read = item.naming.best, item.naming.read
        if best is not None and item.lines[0].source is text and read != best.entry.name:
            decoded = decoded.replace(read, best.entry.name, 1)
    return decoded


def _medication(found: Found) -> Medication:
    order, naming = found.order, found.naming
    entry = naming.best.entry if naming.best else None
    described = naming.best or naming.generic
    lines = [line.source for line in found.lines]
    confidence = _confidence(found)
    reasons = (
        *review_reasons(order, naming, found.lines),
        *confidence_reasons(confidence),
        *found.doubts,
        *(doubt for line in found.lines for doubt in line.doubts),
    )
    return Medication(
        line="\n".join(line.text for line in lines),
        drug_text=_read_name(order, naming),
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
        confidence=confidence,
        box=hull(line.box for line in lines),
        alternatives=_alternatives(naming),
        needs_review=bool(reasons),
        review_reasons=reasons,
    )


def _read_name(order: Order, naming: Naming) -> str:
    """The name as read: the grammar's, or the other word of the order that the formulary knows."""
    elsewhere = naming.best is not None and naming.read not in order.drug_text and naming.read in order.text
    return naming.read if elsewhere else order.drug_text


def _confidence(found: Found) -> float | None:
    """The probability that drug and dose are right; None where the engine does not show what it saw."""
    if any(line.alignment is None for line in found.lines):
        return None
    features = confidence_features(found.order, found.naming, found.lines, found.weight)
    return confidence_of(features, confidence_calibration().weights)


def _alternatives(naming: Naming) -> tuple[str, ...]:
    """Names that may be meant instead, best first; the farthest of the candidates are no alternatives."""
    near = (other.entry.name for other in naming.others if other.score >= _ALTERNATIVE)
    return tuple(dict.fromkeys(near))


def _mean_score(lines: Sequence[TextLine]) -> float:
    """Mean score weighted by length."""
    return sum(line.score * len(line.text) for line in lines) / sum(len(line.text) for line in lines)
