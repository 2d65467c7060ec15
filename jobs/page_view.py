"""Pages as tables for people, and a row a medication: the flat form of `--format csv` and `nuskha export`.

In the flat form the page's columns come first, then the medication's; the schedule is four columns.
"""

from collections.abc import Iterable, Iterator
from typing import Any, TextIO

import pyarrow as pa

from jobs.page_table import print_page
from jobs.views import Row, View
from multilingual.columns import schema_of
from ocr.records import PAGE_SCHEMA, Medication, Schedule, from_row

_PAGE_COLUMNS = ("page_id", "source", "page", "status", "engine")
_SCHEDULE = schema_of(Schedule)


def _fields() -> Iterator[pa.Field]:
    yield from (PAGE_SCHEMA.field(name) for name in _PAGE_COLUMNS)
    for column in schema_of(Medication):
        if column.name == "schedule":
            yield from _SCHEDULE
        else:
            yield column


ROW_SCHEMA = pa.schema(list(_fields()))


def medication_rows(pages: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Rows of ROW_SCHEMA from rows of PAGE_SCHEMA; a page without medicines gives none."""
    for page in pages:
        for medication in page["medications"]:
            row = {name: page[name] for name in _PAGE_COLUMNS} | medication
            schedule = row.pop("schedule") or dict.fromkeys(_SCHEDULE.names)
            yield row | schedule


def _place(page: Row) -> tuple[str, int]:
    return page["source"], page["page"] or 0


def _show(page: Row, file: TextIO) -> None:
    print_page(from_row(page), file)


VIEW = View(
    unit="pages",
    failure="could not be read",
    flat_unit="medicines",
    schema=PAGE_SCHEMA,
    flat_schema=ROW_SCHEMA,
    flat_columns=(*_PAGE_COLUMNS, "medications"),
    flat_rows=medication_rows,
    place=_place,
    show=_show,
)
