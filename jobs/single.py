"""`nuskha ocr`: a few files, read in this process without Ray, and shown or written."""

import codecs
import io
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from jobs.exits import CannotStart, Exit
from jobs.files import new_file
from jobs.flat import medication_rows, write_csv
from jobs.options import Format
from jobs.table import print_page
from multilingual.clinical.formulary_index import FormularyIndex
from ocr.draw import draw
from ocr.engines.base import Engine
from ocr.pages import Page, open_pages
from ocr.reading import read_pages
from ocr.records import PAGE_SCHEMA, PageRecord, Status, to_row
from ocr.sources import Source

_PAGES_AT_ONCE = 8


def read_sources(
    sources: Iterable[Source], engine: Engine, index: FormularyIndex
) -> Iterator[tuple[Page, PageRecord]]:
    """The pages of documents with what was read on them, in order."""
    pages = (page for source in sources for page in open_pages(source))
    while batch := list(islice(pages, _PAGES_AT_ONCE)):
        yield from zip(batch, read_pages(batch, engine, index), strict=True)


def save_drawings(read: Iterable[tuple[Page, PageRecord]], file: str) -> Iterator[tuple[Page, PageRecord]]:
    """Draw what was read on each page: the first to `file`, the others with -2, -3, ... before the suffix.

    A page that was not read is not drawn, and keeps its number. Raises CannotStart when `file` is no PNG's
    name or cannot be written.
    """
    path = Path(file)
    if path.suffix.lower() != ".png":
        raise CannotStart(f"--draw {file}: name a file that ends in .png")
    for number, (page, record) in enumerate(read, start=1):
        if page.picture is not None:
            target = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
            with new_file(str(target)) as out:
                Image.fromarray(draw(page.picture, record)).save(out, "PNG")
        yield page, record


def answer(records: Iterable[PageRecord], form: Format, out: str | None) -> Exit:
    """Write the records to the file `out`, or to stdout; FAILURES when a page could not be read."""
    if form is Format.PARQUET and out is None:
        raise CannotStart("--format parquet writes a file: name it with --out")
    failed = pages = 0

    def counted() -> Iterator[PageRecord]:
        nonlocal failed, pages
        for record in records:
            pages += 1
            failed += record.status is Status.ERROR
            yield record

    with _target(form, out) as target:
        _WRITERS[form](counted(), target)
    if failed:
        print(f"{failed} of {pages} pages could not be read", file=sys.stderr)
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


def _write_table(records: Iterable[PageRecord], target: BinaryIO) -> None:
    with _text(target) as text:
        for record in records:
            print_page(record, text)
            text.flush()


def _write_json(records: Iterable[PageRecord], target: BinaryIO) -> None:
    with _text(target) as text:
        for record in records:
            print(json.dumps(to_row(record), ensure_ascii=False), file=text, flush=True)


def _write_csv(records: Iterable[PageRecord], target: BinaryIO) -> None:
    with _text(target) as text:
        write_csv(medication_rows(to_row(record) for record in records), text)


def _write_parquet(records: Iterable[PageRecord], target: BinaryIO) -> None:
    with pq.ParquetWriter(target, PAGE_SCHEMA, compression="zstd") as writer:
        for record in records:
            writer.write_table(pa.Table.from_pylist([to_row(record)], schema=PAGE_SCHEMA))


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
