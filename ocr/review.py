"""Why a person should look at a medication: doubt is marked, never hidden."""

from collections.abc import Iterator

from multilingual.clinical.formulary_index import doubtful
from multilingual.clinical.grammar import Order
from ocr.naming import Naming

SURE = 0.9
"""A name less similar to its match is doubtful."""
LOW_SCORE = 0.75
"""A line read with a lower score is doubtful."""


def review_reasons(order: Order, naming: Naming, score: float) -> tuple[str, ...]:
    """Reasons in plain words, the gravest first; empty when nothing is doubtful. `score` is the least."""
    return (*_name_reasons(order, naming), *_order_reasons(order, score))


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


def _order_reasons(order: Order, score: float) -> Iterator[str]:
    if order.times_per_day is None and not (order.once or order.as_needed or order.schedule):
        yield "no frequency read"
    if score < LOW_SCORE:
        yield "read with a low score"
