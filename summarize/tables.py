"""The rows of JSON Lines, CSV and Parquet files as mappings from column name to value, streamed.

A row that cannot be read comes as a `Broken`, and the rows after it are read all the same.
"""

import csv
import io
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from ocr.files import open_file, unreadable
from summarize.decoding import text_lines

Cells = dict[str, Any]
"""One row by column names in lower case, words joined by an underscore."""

REQUIRED = "query"
_DELIMITERS = ",;\t"
_PEEKED = 100  # JSON lines looked at to know whether the file has the column at all
_BATCH = 128  # rows of a Parquet file held at once
_LONGEST_FIELD = 8 << 20  # characters of a CSV field; beyond it a quotation mark was never closed
_END = "\0end"  # a line of its own, unless a quotation mark is open; no line of a file keeps its null bytes


class QueriesUnreadable(ValueError):
    """The file as a whole cannot be used; the message names it, what is wrong, and the way out."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that could not be read: why, and what tells it from others."""

    reason: str
    content: str


Row = tuple[int, Cells | Broken]
"""A row with its number, which counts from 1."""


def read_rows(address: str, columns: Collection[str]) -> Iterator[Row]:
    """The rows of the file at a path or fsspec address, with at least its cells named in `columns`.

    Raises QueriesUnreadable when the first row is asked for, or later if the file breaks off.
    """
    suffix = PurePosixPath(address).suffix.lower()
    if suffix not in _READERS:
        known = ", ".join(sorted(_READERS))
        raise QueriesUnreadable(f"{address}: not a kind of file with queries; known: {known}")
    try:
        with open_file(address) as file:
            yield from _READERS[suffix](file, columns)
    except _NoRowsError as error:
        raise QueriesUnreadable(f"{address}: {error}") from None
    except pa.ArrowInvalid:
        raise QueriesUnreadable(f"{address}: the Parquet file is damaged: write it again") from None
    except Exception as error:  # each file system has errors of its own
        raise QueriesUnreadable(f"{address}: {unreadable(error)}") from error


def column_name(name: str) -> str:
    """A column's name in the form in which names are compared."""
    return "_".join(name.strip().lower().replace("-", " ").replace(".", " ").split())


class _NoRowsError(ValueError):
    pass


def _missing(found: Sequence[str]) -> _NoRowsError:
    names = ", ".join(name for name in found if name) or "none"
    return _NoRowsError(f"there is no column {REQUIRED!r}; the columns are: {names}. Rename the right one")


def _json_rows(file: BinaryIO, columns: Collection[str]) -> Iterator[Row]:
    lines = text_lines(_buffered(file))
    rows = ((number, _json_row(line)) for number, line in enumerate(lines, start=1) if line.strip())
    first = list(islice(rows, _PEEKED))
    if not first:
        raise _NoRowsError("the file is empty")
    objects = [cells for _, cells in first if isinstance(cells, dict)]
    if not objects:
        raise _NoRowsError('no line is a JSON object; write one a line, such as {"query": "..."}')
    if not any(REQUIRED in cells for cells in objects):
        raise _missing(list(dict.fromkeys(name for cells in objects for name in cells)))
    return chain(first, rows)


def _json_row(line: str) -> Cells | Broken:
    try:
        row = json.loads(line, strict=False)  # control characters in strings are removed later
    except ValueError as error:  # its message could hold the text
        where = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        return Broken(f"the line is not JSON: it breaks{where}", line)
    except RecursionError:
        return Broken("the line is not JSON: it is nested too deep", line)
    if not isinstance(row, dict):
        return Broken("the line is JSON, but no object", line)
    return _cells(row.items())


def _csv_rows(file: BinaryIO, columns: Collection[str]) -> Iterator[Row]:
    lines = _csv_lines(text_lines(_buffered(file)))
    heading = next((line for line in lines if line.strip()), None)
    if heading is None or heading == _END:
        raise _NoRowsError("the file is empty")
    headings = {mark: [column_name(name) for name in _split(heading, mark)] for mark in _DELIMITERS}
    delimiter = max(headings, key=lambda mark: (REQUIRED in headings[mark], len(headings[mark])))
    if REQUIRED not in headings[delimiter]:
        raise _missing(headings[delimiter])
    return _csv_records(lines, headings[delimiter], delimiter)


def _csv_records(lines: Iterator[str], header: list[str], delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(_LONGEST_FIELD)  # the module's own limit is 128 KiB
    reader = csv.reader(lines, delimiter=delimiter)
    number = 0
    while True:
        before, reason = reader.line_num, None
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            fields, reason = [], "the record is no CSV"
        else:
            reason = _misfit(fields, header, reader.line_num - before)
        if fields == [_END]:
            return
        if fields or reason:
            number += 1
            first, last = before + 2, reader.line_num + 1  # the header is a line as well
            place = f"line {first}" if first == last else f"lines {first} to {last}"
            broken = Broken(f"{reason} ({place})", delimiter.join(fields)) if reason else None
            yield number, broken or _cells(zip(header, fields, strict=False))


def _misfit(fields: list[str], header: list[str], lines: int) -> str | None:
    """What tells that the fields of a record are not what they should be, if anything does."""
    if any(field.endswith(_END) for field in fields) and fields != [_END]:
        return "a quotation mark is not closed"
    counts = f"{len(fields)} fields where the header has {len(header)}"
    if len(fields) > len(header):
        return f"{counts}: put quotation marks around texts"
    return f"{counts}: a quotation mark is amiss" if 0 < len(fields) < len(header) and lines > 1 else None


def _csv_lines(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield from io.StringIO(line.replace("\0", ""), newline=None)  # a lone \r ends a line as well
    yield _END


def _split(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter))


def _parquet_rows(file: BinaryIO, columns: Collection[str]) -> Iterator[Row]:
    table = pq.ParquetFile(file, pre_buffer=False)
    names = table.schema_arrow.names
    if REQUIRED not in map(column_name, names):
        raise _missing(names)
    wanted = [name for name in names if column_name(name) in columns]
    batches = table.iter_batches(batch_size=_BATCH, columns=wanted)
    rows = (row for batch in batches for row in batch.to_pylist())
    return ((number, _cells(row.items())) for number, row in enumerate(rows, start=1))


def _cells(pairs: Iterable[tuple[str, Any]]) -> Cells:
    """Cells by comparable names; of two columns of one name the first that holds anything counts."""
    cells: Cells = {}
    for name, value in pairs:
        key = column_name(name)
        if cells.get(key) in (None, ""):
            cells[key] = value
    return cells


def _buffered(file: BinaryIO) -> io.BufferedReader:
    return (
        file if isinstance(file, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, file), 1 << 20)
    )


_READERS: dict[str, Callable[[BinaryIO, Collection[str]], Iterator[Row]]] = {
    ".jsonl": _json_rows,
    ".ndjson": _json_rows,
    ".csv": _csv_rows,
    ".tsv": _csv_rows,
    ".parquet": _parquet_rows,
    ".pq": _parquet_rows,
}
