"""A row a medication: the flat form that `--format csv` and `nuskha export` give.

The page's columns come first, then the medication's; the schedule is four columns. In CSV a box is JSON,
lists are joined by '; ', and a text that a spreadsheet would take for a formula is preceded by an apostrophe.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO

import pyarrow as pa

from multilingual.columns import schema_of
from ocr.records import PAGE_SCHEMA, Medication, Schedule

PAGE_COLUMNS = ("page_id", "source", "page", "status", "engine")
_SCHEDULE = schema_of(Schedule)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _fields() -> Iterator[pa.Field]:
    yield from (PAGE_SCHEMA.field(name) for name in PAGE_COLUMNS)
    for column in schema_of(Medication):
        if column.name == "schedule":
            yield from _SCHEDULE
        else:
            yield column


ROW_SCHEMA = pa.schema(list(_fields()))


def medication_rows(pages: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows of ROW_SCHEMA from rows of PAGE_SCHEMA; a page without medicines gives none."""
    for page in pages:
        for medication in page["medications"]:
            row = {name: page[name] for name in PAGE_COLUMNS} | medication
            schedule = row.pop("schedule") or dict.fromkeys(_SCHEDULE.names)
            yield row | schedule


def write_csv(rows: Iterable[Mapping[str, Any]], file: TextIO) -> None:
    """Write rows of ROW_SCHEMA as CSV, after a line with the names of the columns."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(ROW_SCHEMA.names)
    writer.writerows([_cell(name, row[name]) for name in ROW_SCHEMA.names] for row in rows)


def _cell(name: str, value: Any) -> Any:
    if value is None:
        return ""
    if name == "box":
        return json.dumps([round(number, 1) for number in value])
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    text = "; ".join(value) if isinstance(value, list | tuple) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
