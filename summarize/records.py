"""The record of `summarize`: one row a query.

Every column is declared here once; `SUMMARY_SCHEMA` and the documentation derive from the declarations.
Text is NFC. Languages are hi (Devanagari), hi-en (Roman Hindi), zh, pt, en, or a mixture such as "en+zh".
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from multilingual.columns import column, schema_of
from ocr.records import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRecord:
    """One query as it came out; one row of the output."""

    row_id: str = column(pa.string(), "hash of the file's address, the row and its content")
    query_id: str = column(pa.string(), "as given, else made from content and position")
    source: str = column(pa.string(), "path or address of the file as found")
    row: int | None = column(
        pa.int64(),
        "counts from 1: the line of a JSONL, the record after a CSV's header, the row of a Parquet file",
        null="no row: a file that cannot be used, or a message typed in",
        default=None,
    )
    status: Status = column(pa.string(), "ok, review or error")
    error_stage: str | None = column(
        pa.string(), "read, prompt, engine or check", null="no error", default=None
    )
    error: str | None = column(pa.string(), "what went wrong, in a sentence", null="no error", default=None)
    language: str | None = column(
        pa.string(), "of the query, as detected, else as given", null="no words, or not read", default=None
    )
    scripts: tuple[str, ...] = column(pa.list_(pa.string()), "the query's scripts", default=())
    code_mix_index: float | None = column(
        pa.float32(), "of the query, 0 to 100 (Das and Gambäck 2014)", null="not read", default=None
    )
    query: str | None = column(
        pa.string(), "the message, without control characters", null="not read", default=None
    )
    context: str | None = column(
        pa.string(),
        "what was told besides: notes of the patient's columns, the context given, a document's text",
        null="nothing was",
        default=None,
    )
    image: str | None = column(pa.string(), "path or address as given", null="no image", default=None)
    image_used: bool = column(pa.bool_(), "a document's text or the picture was used", default=False)
    image_findings: str | None = column(
        pa.string(),
        "what the engine says it sees on the picture, in one or two sentences",
        null="no picture was looked at, or nothing came out",
        default=None,
    )
    summary: str | None = column(
        pa.string(), "one or two sentences", null="status is error, or nothing came out", default=None
    )
    target_language: str | None = column(
        pa.string(), "the language asked for: en, hi, hi-en, zh or pt", null="not read", default=None
    )
    engine: str = column(pa.string(), "name of the engine")
    engine_version: str = column(pa.string(), "its version, weights included")
    prompt_hash: str | None = column(
        pa.string(),
        "SHA-256 of the prompt's file, and of the table of English words if it takes them",
        null="not read, or an engine without",
        default=None,
    )
    input_tokens: int | None = column(
        pa.int32(), "tokens put to the engine", null="status is error", default=None
    )
    output_tokens: int | None = column(
        pa.int32(), "tokens the engine wrote", null="status is error", default=None
    )
    flags: tuple[str, ...] = column(
        pa.list_(pa.string()), "what a person should look at, as 'code' or 'code: detail'", default=()
    )
    elapsed_ms: float | None = column(
        pa.float32(), "a row's share of its batch's time", null="status is error", default=None
    )


SUMMARY_SCHEMA: pa.Schema = schema_of(SummaryRecord)


def to_row(record: SummaryRecord) -> dict[str, Any]:
    """A record as a row of `SUMMARY_SCHEMA`."""
    return asdict(record)


def from_row(row: Mapping[str, Any]) -> SummaryRecord:
    """The record of a row, as `to_row` or a Parquet file gives it."""
    lists = {name: tuple(row[name]) for name in ("scripts", "flags")}
    return SummaryRecord(**{**row, **lists, "status": Status(row["status"])})
