"""Flat rows as CSV for spreadsheets.

A box is JSON, lists are joined by '; ', and a text that a spreadsheet would take for a formula is preceded by
an apostrophe.
"""

import csv
import json
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

import pyarrow as pa

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(rows: Iterable[Mapping[str, Any]], schema: pa.Schema, file: TextIO) -> None:
    """Write rows of the schema as CSV, after a line with the names of the columns."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(schema.names)
    writer.writerows([_cell(name, row[name]) for name in schema.names] for row in rows)


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
