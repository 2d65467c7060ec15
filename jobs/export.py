"""`nuskha export`: a job's output folder as one flat table, a row a medication or a message."""

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
from jobs.flat import write_csv
from jobs.output import Output
from jobs.views import View, view_of


@dataclass(slots=True)
class Exported:
    """What an export has written so far: flat rows, of how many result rows, how many of which gave none."""

    view: View
    rows: int = 0
    results: int = 0
    without: int = 0

    def __str__(self) -> str:
        said = f"{self.rows} {self.view.flat_unit} of {self.results} {self.view.unit}"
        return said + (f", {self.without} of them without {self.view.flat_unit}" if self.without else "")


def export(output: Output, file: str) -> Exported:
    """Write the folder's flat rows to `file` (.csv or .parquet), some results at a time.

    CSV is UTF-8 with a byte order mark, so that spreadsheets show Devanagari and Chinese right. Raises
    CannotStart when the folder holds no results or the file cannot be written.
    """
    write = {".csv": _write_csv, ".parquet": _write_parquet}.get(PurePath(file).suffix.lower())
    if write is None:
        raise CannotStart(f"{file}: name a file that ends in .csv or .parquet")
    exported = Exported(view_of(output.job()))
    with new_file(file) as target:
        write(_row_groups(output, exported), exported.view.flat_schema, target)
    return exported


def _row_groups(output: Output, exported: Exported) -> Iterator[list[dict[str, Any]]]:
    view = exported.view
    for name in output.parts():
        for batch in output.batches(name, view.flat_columns):
            rows: list[dict[str, Any]] = []
            for result in batch.to_pylist():
                flat = list(view.flat_rows([result]))
                exported.results += 1
                exported.without += not flat
                rows += flat
            exported.rows += len(rows)
            yield rows


def _write_csv(row_groups: Iterator[list[dict[str, Any]]], schema: pa.Schema, target: BinaryIO) -> None:
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=True)
    write_csv(chain.from_iterable(row_groups), schema, text)
    text.detach()


def _write_parquet(row_groups: Iterator[list[dict[str, Any]]], schema: pa.Schema, target: BinaryIO) -> None:
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for rows in row_groups:
            if rows:
                writer.write_table(pa.Table.from_pylist(rows, schema=schema))
