"""The records of `eval`: one item a page, a summary or a document, and one figure over items.

An item carries `counts`: for each thing counted, numbers that add up over items (right and scored; true
positives, false positives and false negatives; a sum and how many it is of). Figures are statistics of such
sums (`eval.measures`), which is what makes their intervals cheap, and lets two outputs be compared from their
item tables alone. A thing that was not scored on an item is absent from its `counts`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from multilingual.columns import column, schema_of, struct_of

_WORDS = pa.map_(pa.string(), pa.string())
_COUNTS = pa.map_(pa.string(), pa.list_(pa.float64()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What every kind of item has."""

    item_id: str = column(pa.string(), "what the items of two systems are joined by")
    cluster: str = column(pa.string(), "what is resampled as a whole: a page, a writer, an image, a document")
    failed: bool = column(pa.bool_(), "there is no prediction, or it is an error")
    failure: str | None = column(pa.string(), "why, in a sentence", null="not failed", default=None)
    slices: Mapping[str, str] = column(_WORDS, "slices that the item belongs to, by their name")
    counts: Mapping[str, tuple[float, ...]] = column(
        _COUNTS, "numbers that add up over items, by what is counted"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryItem(Item):
    """A summary against its reference; `item_id` is the query's."""

    query: str = column(pa.string(), "the message")
    reference: str | None = column(pa.string(), "the summary wanted", null="none was written", default=None)
    prediction: str | None = column(pa.string(), "the summary", null="failed", default=None)
    visual: str | None = column(
        pa.string(), "what is to be seen on the picture", null="findings are not scored", default=None
    )
    findings: str | None = column(
        pa.string(),
        "what the engine says it sees there, empty where it says nothing",
        null="findings are not scored",
        default=None,
    )
    flags: tuple[str, ...] = column(pa.list_(pa.string()), "of the row", default=())
    lost: tuple[str, ...] = column(
        pa.list_(pa.string()), "facts of the reference that the summary lacks, as 'kind: value'", default=()
    )
    added: tuple[str, ...] = column(
        pa.list_(pa.string()), "facts of the summary that the reference lacks, as 'kind: value'", default=()
    )
    invented: tuple[str, ...] = column(
        pa.list_(pa.string()), "facts of the summary that nothing tells, as 'kind: value'", default=()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredMedicine:
    """A gold medicine with what was read for it, or a medicine read that gold does not have."""

    outcome: str = column(
        pa.string(),
        "found, misnamed (read under another name), missed, invented, or excused (gold is not sure)",
    )
    gold: str | None = column(pa.string(), "the gold line", null="invented", default=None)
    gold_name: str | None = column(pa.string(), "the gold name", null="invented", default=None)
    line: str | None = column(pa.string(), "the line read", null="missed", default=None)
    name: str | None = column(pa.string(), "the name read or matched", null="missed", default=None)
    wrong: tuple[str, ...] = column(
        pa.list_(pa.string()), "fields read wrongly, as 'field: read for gold'", default=()
    )
    critical: tuple[str, ...] = column(
        pa.list_(pa.string()),
        "critical errors: wrong drug, look-alike drug, tenfold dose, wrong frequency",
        default=(),
    )
    needs_review: bool = column(pa.bool_(), "it was marked for review", default=False)
    confidence: float | None = column(
        pa.float64(), "the probability given, else the engine's score", null="missed", default=None
    )
    box: tuple[float, ...] | None = column(
        pa.list_(pa.float32()),
        "four corners, pixels of the upright page",
        null="missed, or text",
        default=None,
    )
    crop: bytes | None = column(
        pa.binary(),
        "JPEG of the box",
        null="not kept: nothing was wrong, or no picture at hand",
        default=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PageItem(Item):
    """A page against its gold reading; `item_id` is the picture's name and the page."""

    source: str = column(pa.string(), "path or address of the document")
    page: int = column(pa.int32(), "counts from 1")
    text: str = column(pa.string(), "the raw reading", default="")
    medicines: tuple[ScoredMedicine, ...] = column(
        pa.list_(struct_of(ScoredMedicine)), "gold medicines in gold order, then those invented", default=()
    )
    confusions: Mapping[str, int] = column(
        pa.map_(pa.string(), pa.int32()), "grapheme clusters read for others, 'gold>read', and how often"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityItem(Item):
    """A sentence or document against its gold entities."""

    text: str = column(pa.string(), "the text")
    gold: tuple[str, ...] = column(pa.list_(pa.string()), "'type: words' of each gold entity", default=())
    missed: tuple[str, ...] = column(pa.list_(pa.string()), "gold entities that were not found", default=())
    invented: tuple[str, ...] = column(pa.list_(pa.string()), "entities that gold does not have", default=())


KINDS: Mapping[str, type[Item]] = {"ocr": PageItem, "summaries": SummaryItem, "entities": EntityItem}
"""Record of an item by the kind of evaluation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measure over the items of a slice, with a 95% interval; NaN where nothing was scored."""

    metric: str
    slice: str  # "all", or "name=value", several joined by ", "
    value: float
    low: float
    high: float
    n: int  # what the value is over: medicines, facts, items
    scored: int  # items that it was scored on
    failed: int  # items of the slice that failed; they are scored, as failures


def schema(kind: str) -> pa.Schema:
    """Arrow schema of the item table of a kind."""
    return schema_of(KINDS[kind])


def to_row(item: Item) -> dict[str, Any]:
    """The item as a plain dictionary of its schema's columns; what is empty in a struct stays null."""
    return asdict(item)
