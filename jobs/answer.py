"""The answer of a command that starts no Ray: result rows to the terminal or a file."""

import codecs
import io
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.exits import CannotStart, Exit
from jobs.files import new_file
from jobs.flat import write_csv
from jobs.options import Format
from jobs.views import Row, View
from ocr.records import Status

_ROWS_A_GROUP = 64


def answer(rows: Iterable[Row], view: View, form: Format, out: str | None) -> Exit:
    """Write the rows to the file `out`, or to stdout; FAILURES when one of them is an error."""
    if form is Format.PARQUET and out is None:
        raise CannotStart("--format parquet writes a file: name it with --out")
    failed = total = 0

    def counted() -> Iterator[Row]:
        nonlocal failed, total
        for row in rows:
            total += 1
            failed += row["status"] == Status.ERROR
            yield row

    with _target(form, out) as target:
        _WRITERS[form](counted(), view, target)
    if failed:
        print(f"{failed} of {total} {view.unit} {view.failure}", file=sys.stderr)
    return Exit.FAILURES if failed else Exit.OK


@contextmanager
def _target(form: Format, out: str | None) -> Iterator[BinaryIO]:
    if out is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    else:
        with new_file(out) as file:
            if form is Format.CSV:  # spreadsheets show Devanagari and Chinese right only with this mark
                file.write(codecs.BOM_UTF8)
            yield file


def _write_table(rows: Iterable[Row], view: View, target: BinaryIO) -> None:
    with _text(target) as text:
        for row in rows:
            view.show(row, text)
            text.flush()


def _write_json(rows: Iterable[Row], view: View, target: BinaryIO) -> None:
    with _text(target) as text:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False), file=text, flush=True)


def _write_csv(rows: Iterable[Row], view: View, target: BinaryIO) -> None:
    with _text(target) as text:
        write_csv(view.flat_rows(rows), view.flat_schema, text)


def _write_parquet(rows: Iterable[Row], view: View, target: BinaryIO) -> None:
    with pq.ParquetWriter(target, view.schema, compression="zstd") as writer:
        waiting = iter(rows)
        while group := list(islice(waiting, _ROWS_A_GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema=view.schema))


@contextmanager
def _text(target: BinaryIO) -> Iterator[io.TextIOWrapper]:
    text = io.TextIOWrapper(target, encoding="utf-8", newline="")
    yield text
    text.detach()


_WRITERS = {
    Format.TABLE: _write_table,
    Format.JSON: _write_json,
    Format.CSV: _write_csv,
    Format.PARQUET: _write_parquet,
}
