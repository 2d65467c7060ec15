"""Why a person should look at a medication: doubt is marked, never hidden."""

import re
from collections.abc import Iterator, Sequence

from multilingual.clinical.formulary_index import doubtful
from multilingual.clinical.grammar import Order
from multilingual.clinical.patterns import Amounts
from multilingual.clinical.repairs import is_mended
from ocr.calibration import confidence_calibration
from ocr.evidence import tells_frequency
from ocr.lines import Line
from ocr.naming import Naming

_UNIT_OF_MASS = re.compile(r"(?<![^\W_])[^\W_]{0,5}?\s?(?:mg|mcg|gm|µg)\b|\d\s?g\b", re.IGNORECASE)
_PIECES = frozenset({"tablet", "capsule", "suppository", "sachet"})
_MOST_PIECES = 4
"""More tablets or the like at once than this are unusual."""
SURE = 0.9
"""A name less similar to its match is doubtful."""
LOW_SCORE = 0.75
"""A line read with a lower score is doubtful."""


def review_reasons(order: Order, naming: Naming, lines: Sequence[Line]) -> tuple[str, ...]:
    """Reasons in plain words, the gravest first; empty when nothing is doubtful. `lines` were read."""
    return (*_name_reasons(order, naming), *_order_reasons(order), *_line_reasons(lines))


def confidence_reasons(confidence: float | None) -> tuple[str, ...]:
    """Why a medication is doubtful as a whole, if it is; of an engine that claims no confidence nothing."""
    if confidence is None or confidence >= confidence_calibration().review_below:
        return ()
    return (f"drug or dose may be wrong: {confidence:.0%} sure",)


def _name_reasons(order: Order, naming: Naming) -> Iterator[str]:
    best = naming.best
    if best is None:
        yield "name not in the formulary" if order.drug_text else "no name read"
        return
    if best.similarity < SURE or naming.read != order.drug_text:
        yield f"read as '{order.drug_text}'"
    if doubtful([best, *naming.others]):
        yield f"may be {naming.others[0].entry.name}"
    if naming.lookalikes:
        yield f"looks like {', '.join(naming.lookalikes)}"
    if best.form_agrees is False:
        yield f"does not come as {order.form}"
    if best.strength_agrees is False:
        yield f"does not come in {order.strength}"


def _schedule_reasons(order: Order, schedule: Amounts) -> Iterator[str]:
    amounts = [amount for amount in schedule if amount]
    counted = order.form in _PIECES or (order.form is None and order.dose is None)
    if counted and max(amounts, default=0) > _MOST_PIECES:
        yield f"unusual amount at once: {max(amounts):g}"
    if order.times_per_day is not None and order.times_per_day >= 1 and len(amounts) != order.times_per_day:
        yield "frequency and times of day disagree"


def _line_reasons(lines: Sequence[Line]) -> Iterator[str]:
    if any(line.repaired for line in lines):
        yield "form or strength put right from a misreading"
    if min(line.source.score for line in lines) < LOW_SCORE:
        yield "read with a low score"


def _order_reasons(order: Order) -> Iterator[str]:
    if _UNIT_OF_MASS.search(order.text) and not _UNIT_OF_MASS.search(order.strength or order.dose or ""):
        yield "strength could not be read"
    if not tells_frequency(order):
        yield "no frequency read"
    elif order.frequency and is_mended(order.frequency):
        yield "frequency put right from a misreading"
    if order.schedule is not None:
        yield from _schedule_reasons(order, order.schedule)
    if order.duration_days == 0:
        yield "duration could not be read"
