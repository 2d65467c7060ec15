"""`nuskha export`: a job's output folder as one table with a row a medication."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePath
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.exits import CannotStart
from jobs.files import new_file
from jobs.flat import PAGE_COLUMNS, ROW_SCHEMA, medication_rows, write_csv
from jobs.output import Output

_COLUMNS = [*PAGE_COLUMNS, "medications"]


@dataclass(slots=True)
class Exported:
    """What an export has written so far."""

    rows: int = 0
    pages: int = 0
    pages_without: int = 0


def export(output: Output, file: str) -> Exported:
    """Write the folder's medications to `file` (.csv or .parquet), some pages at a time.

    CSV is UTF-8 with a byte order mark, so that spreadsheets show Devanagari and Chinese right. Raises
    CannotStart when the folder holds no results or the file cannot be written.
    """
    write = {".csv": _write_csv, ".parquet": _write_parquet}.get(PurePath(file).suffix.lower())
    if write is None:
        raise CannotStart(f"{file}: name a file that ends in .csv or .parquet")
    if output.run() is None:
        raise CannotStart(f"{output.address} is no output folder of nuskha batch: it has no _run.json")
    exported = Exported()
    with new_file(file) as target:
        write(_row_groups(output, exported), target)
    return exported


def _row_groups(output: Output, exported: Exported) -> Iterator[list[dict[str, Any]]]:
    for name in output.parts():
        for batch in output.batches(name, _COLUMNS):
            pages = batch.to_pylist()
            rows = list(medication_rows(pages))
            exported.rows += len(rows)
            exported.pages += len(pages)
            exported.pages_without += sum(not page["medications"] for page in pages)
            yield rows


def _write_csv(row_groups: Iterator[list[dict[str, Any]]], target: BinaryIO) -> None:
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=True)
    write_csv(chain.from_iterable(row_groups), text)
    text.detach()


def _write_parquet(row_groups: Iterator[list[dict[str, Any]]], target: BinaryIO) -> None:
    with pq.ParquetWriter(target, ROW_SCHEMA, compression="zstd") as writer:
        for rows in row_groups:
            if rows:
                writer.write_table(pa.Table.from_pylist(rows, schema=ROW_SCHEMA))
