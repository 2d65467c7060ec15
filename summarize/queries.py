"""Patients' messages from files, one `Query` a row; whatever is wrong with a row is said in the row.

Of a row only these columns are read: query, query_id, language, image, context, and the patient's own, which
become pseudo-notes. Everything else (references, classes, labels) is left where it is.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from ocr.files import is_url
from summarize.decoding import decode_line
from summarize.plain import plain, whole
from summarize.pseudonotes import PATIENT_COLUMNS, pseudonotes
from summarize.tables import Broken, Cells, QueriesUnreadable, column_name, read_rows

__all__ = ["QueriesUnreadable", "Query", "read_queries", "typed_query"]

COLUMNS = frozenset({"query", "query_id", "language", "image", "context"}) | PATIENT_COLUMNS
"""Every column that is read, by its name in lower case."""


@dataclass(frozen=True, slots=True)
class Query:
    """A patient's message with what came beside it, or the reason why the row cannot be used."""

    row_id: str  # 32 hexadecimal digits, from the file's address, the row and its content
    query_id: str  # as given, else made from content and position
    source: str  # the file's path or address as given
    row: int | None  # counts from 1; null for a message typed in
    query: str
    language: str | None = None  # as given: a hint
    image: str | None = None  # as given: relative to the file's folder, absolute, or an address
    context: str | None = None
    notes: str | None = None  # pseudo-notes of the patient's columns
    error: str | None = None  # why the row cannot be used; null for a good one


def read_queries(address: str) -> Iterator[Query]:
    """The rows of a .jsonl, .ndjson, .csv, .tsv or .parquet file at a path or fsspec address, streamed.

    Raises QueriesUnreadable, when the first row is asked for, if the file as a whole cannot be used: there is
    none, it is empty or damaged, or it has no column `query`.
    """
    for row, cells in read_rows(address, COLUMNS):
        if isinstance(cells, Broken):
            yield _identified(address, row, {"query": "", "error": cells.reason}, None, cells.content)
        else:
            yield _query(address, row, cells)


def typed_query(text: str, image: str | None = None) -> Query:
    """A message that stands in no file; its image is relative to the working directory."""
    return _query("", None, {"query": text, "image": image})


def _query(source: str, row: int | None, cells: Cells) -> Query:
    text, error = _message(cells)
    context = _value(cells, "context")
    patient = _fields(context) | cells  # a context given as fields is a patient's columns
    parts = {
        "query": text,
        "language": _text(_value(cells, "language")),
        "image": _image(_value(cells, "image")),
        "context": None if _fields(context) else _text(context),
        "notes": pseudonotes(patient),
        "error": error,
    }
    query_id = _value(cells, "query_id")
    return _identified(source, row, parts, None if query_id is None else whole(str(query_id)).strip() or None)


def _identified(
    source: str, row: int | None, parts: dict[str, Any], query_id: str | None, content: str = ""
) -> Query:
    read = json.dumps([parts, query_id, content], sort_keys=True)
    place = source if is_url(source) or not source else str(Path(source).absolute())
    made = _digest(f"{row}\n{json.dumps([parts, content], sort_keys=True)}")
    return Query(_digest(f"{place}\n{row}\n{read}"), query_id or made, source, row, **parts)


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _message(cells: Cells) -> tuple[str, str | None]:
    """The message of a row, and why it cannot be used, if so."""
    if "query" not in cells:
        return "", "the row has no query"
    given = _value(cells, "query")
    if isinstance(given, list | dict | bool):
        return "", "the query is not text"
    text = _text(given) or ""
    if not text:
        return "", "the query is empty"
    return text, None if any(char.isalnum() for char in text) else "the query holds no words"


def _value(cells: Cells, name: str) -> Any:
    """A cell's value; null for one that holds nothing."""
    value = cells.get(name)
    return None if isinstance(value, float) and math.isnan(value) else value


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        value = decode_line(value)
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False, default=str)
    return None if value is None else plain(str(value)) or None


def _image(value: Any) -> str | None:
    """A file's name as it is: its characters are not to be changed."""
    if isinstance(value, dict):  # as data sets of pictures hold them
        value = value.get("path") or value.get("bytes")
    if isinstance(value, bytes):
        return "(bytes in the row)"
    return None if value is None else whole(str(value)).strip() or None


def _fields(context: Any) -> Cells:
    """The fields of a context that is an object, or the JSON of one."""
    if isinstance(context, str) and context.lstrip().startswith("{"):
        try:
            context = json.loads(context, strict=False)
        except (ValueError, RecursionError):
            return {}
    if not isinstance(context, dict):
        return {}
    return {column_name(str(name)): value for name, value in context.items()}
