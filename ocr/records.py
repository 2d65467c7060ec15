"""The records of `ocr`: lines of text, medications, and one row a page.

Every column is declared here once; `PAGE_SCHEMA` and the documentation derive from the declarations.
Boxes are four corner points `(x0, y0, x1, y1, x2, y2, x3, y3)`, clockwise from the top left, in pixels of the
upright page. Text is NFC. What is called confidence is a calibrated probability; all else is a score, 0 to 1.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import pyarrow as pa

from multilingual.columns import column, schema_of, struct_of

Box = tuple[float, float, float, float, float, float, float, float]
BOX = pa.list_(pa.float32())


class Status(StrEnum):
    """How a page came out: read, read with doubt, or not read."""

    OK = "ok"
    REVIEW = "review"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line (or word) as an engine read it."""

    text: str = column(pa.string(), "the reading, NFC")
    score: float = column(pa.float32(), "the engine's own, 0 to 1")
    box: Box = column(BOX, "four corners, pixels of the upright page")
    alternatives: tuple[str, ...] = column(
        pa.list_(pa.string()), "other readings of a line read with doubt, likeliest first", default=()
    )


@dataclass(frozen=True, slots=True)
class Schedule:
    """Amounts by time of day, in the dose's unit; null where the time is unknown."""

    morning: float | None = column(pa.float32(), "amount in the morning", null="unknown")
    noon: float | None = column(pa.float32(), "amount at noon", null="unknown")
    evening: float | None = column(pa.float32(), "amount in the evening", null="unknown")
    night: float | None = column(pa.float32(), "amount at night", null="unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Medication:
    """One medicine as ordered. Fields absent on paper are null, never guessed."""

    line: str = column(pa.string(), "the text it was read from, verbatim")
    drug_text: str = column(pa.string(), "the name alone as read, without form, strength or dose")
    drug: str | None = column(
        pa.string(), "the name as matched in the formulary", null="no match", default=None
    )
    generic: str | None = column(
        pa.string(), "generics of the match", null="no match, or not in the formulary", default=None
    )
    form: str | None = column(pa.string(), "tablet, capsule, syrup, ...", null="not written", default=None)
    strength: str | None = column(
        pa.string(), "as written, normalised: '500 mg', '50/1000'", null="not written", default=None
    )
    dose: str | None = column(
        pa.string(), "amount a time: '1 tablet', '5 ml'", null="not written", default=None
    )
    frequency: str | None = column(pa.string(), "as written", null="not written", default=None)
    times_per_day: float | None = column(
        pa.float32(), "once a week 1/7, q8h 3", null="not written, STAT or SOS", default=None
    )
    once: bool = column(pa.bool_(), "a single dose now (STAT)", default=False)
    as_needed: bool = column(pa.bool_(), "SOS, PRN", default=False)
    schedule: Schedule | None = column(
        struct_of(Schedule), "amounts by time of day", null="no time of day written", default=None
    )
    duration_days: float | None = column(
        pa.float32(), "days", null="not written, or not a number of days", default=None
    )
    route: str | None = column(pa.string(), "oral, intravenous, ...", null="not written", default=None)
    instructions: str | None = column(
        pa.string(), "food, site and other words, as written", null="not written", default=None
    )
    score: float = column(pa.float32(), "the engine's own score of the line, 0 to 1")
    confidence: float | None = column(
        pa.float32(),
        "calibrated probability that drug and dose are right",
        null="the engine does not show what it saw",
        default=None,
    )
    box: Box | None = column(BOX, "of the lines it was read from", null="text had no boxes", default=None)
    alternatives: tuple[str, ...] = column(
        pa.list_(pa.string()), "other formulary names it may be, best first", default=()
    )
    needs_review: bool = column(pa.bool_(), "a person should look at it", default=False)
    review_reasons: tuple[str, ...] = column(pa.list_(pa.string()), "why", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRecord:
    """One page as it came out; one row of the output."""

    page_id: str = column(pa.string(), "hash of source_id and page")
    source_id: str = column(pa.string(), "hash of address and version (ETag, or size and mtime)")
    document_id: str | None = column(pa.string(), "SHA-256 of the bytes", null="unreadable", default=None)
    source: str = column(pa.string(), "path or address as found; a zip member is archive.zip!inner/name.jpg")
    page: int | None = column(pa.int32(), "counts from 1", null="the document did not open", default=None)
    pages: int | None = column(
        pa.int32(), "pages in the document", null="the document did not open", default=None
    )
    width: int | None = column(
        pa.int32(), "of the upright page, pixels", null="status is error", default=None
    )
    height: int | None = column(
        pa.int32(), "of the upright page, pixels", null="status is error", default=None
    )
    status: Status = column(pa.string(), "ok, review or error")
    error_stage: str | None = column(
        pa.string(), "read, decode, engine or parse", null="no error", default=None
    )
    error: str | None = column(pa.string(), "what went wrong, in a sentence", null="no error", default=None)
    engine: str = column(pa.string(), "name of the engine")
    engine_version: str = column(pa.string(), "its version, weights included")
    warnings: tuple[str, ...] = column(
        pa.list_(pa.string()), "what was odd about the page: cut file, reduced size", default=()
    )
    text: str = column(pa.string(), "the raw reading, lines in reading order", default="")
    text_decoded: str | None = column(
        pa.string(),
        "the reading with the names of medicines as the formulary has them",
        null="status is error",
        default=None,
    )
    lines: tuple[TextLine, ...] = column(pa.list_(struct_of(TextLine)), "lines in reading order", default=())
    medications: tuple[Medication, ...] = column(
        pa.list_(struct_of(Medication)), "in reading order", default=()
    )
    elapsed_ms: float | None = column(
        pa.float32(), "engine and parsing, a page's share of its batch", null="status is error", default=None
    )


PAGE_SCHEMA: pa.Schema = schema_of(PageRecord)


def to_row(record: PageRecord) -> dict[str, Any]:
    """The record as a plain dictionary of `PAGE_SCHEMA`'s columns."""
    return asdict(record)


def from_row(row: Mapping[str, Any]) -> PageRecord:
    """The record of a plain dictionary of `PAGE_SCHEMA`'s columns; the inverse of `to_row`."""
    return PageRecord(
        **{
            **row,
            "status": Status(row["status"]),
            "warnings": tuple(row["warnings"]),
            "lines": tuple(_line(line) for line in row["lines"]),
            "medications": tuple(_medication(medication) for medication in row["medications"]),
        }
    )


def _line(row: Mapping[str, Any]) -> TextLine:
    return TextLine(**{**row, "box": tuple(row["box"]), "alternatives": tuple(row["alternatives"])})


def _medication(row: Mapping[str, Any]) -> Medication:
    return Medication(
        **{
            **row,
            "schedule": Schedule(**row["schedule"]) if row["schedule"] else None,
            "box": tuple(row["box"]) if row["box"] else None,
            "alternatives": tuple(row["alternatives"]),
            "review_reasons": tuple(row["review_reasons"]),
        }
    )
