"""What is to be learned from a name in columns of which it is known what was written."""

from collections.abc import Iterator

from multilingual.clinical.formulary_index import FormularyIndex
from multilingual.clinical.grammar import Order
from multilingual.clinical.name_keys import name_key
from ocr.calibrate.fit import NONE, Choice
from ocr.ctc.names import weigh_names
from ocr.ctc.spans import Alignment
from ocr.naming_columns import stretches_of

UNKNOWN = 0.25
"""How often a medicine is in no list: each name is learned from as if it were in the list and as if not."""
_MOST = 40
"""Names of a shortlist that are learned from: those that the columns fit best."""


def places_of(index: FormularyIndex) -> dict[str, int]:
    """Places in the index by the letters of names."""
    return {name_key(entry.name).lower(): place for place, entry in enumerate(index.entries)}


def choices_of(
    order: Order, alignment: Alignment, index: FormularyIndex, true: int | None
) -> Iterator[Choice]:
    """The choice that the name of an order is: `true` is its place in the index, None where it has none.

    A name in the index is two choices: it is taken, and nothing is where it would not be in the list.
    """
    stretch = next(stretches_of(order, alignment), None)
    if stretch is None:
        return
    weighed = weigh_names(stretch, index, order.form, order.strength)
    best = (-weighed.features[:, 1]).argsort()[:_MOST]
    places, features = weighed.places[best], weighed.features[best]
    if true is None:
        yield Choice(features, NONE)
        return
    hits = (places == true).nonzero()[0]
    if len(hits):
        yield Choice(features, int(hits[0]), 1 - UNKNOWN)
    yield Choice(features[places != true], NONE, UNKNOWN)
