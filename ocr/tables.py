"""Parquet files that hold documents in a column of bytes: a row is a document."""

import threading
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ocr.files import MAX_BYTES, SourceError, is_url, open_file, unreadable

# Columns by name, the likeliest first; "image.bytes" is a field of a struct, as in Hugging Face datasets.
BYTES_COLUMNS = ("image.bytes", "bytes", "image", "content", "data")
NAME_COLUMNS = ("image.path", "path", "filename", "file_name", "file", "name")


def row_names(path: str, version: str) -> Iterator[str | None]:
    """For each row the name that the table has for it, if any; raises SourceError if it has no documents."""
    try:
        table = _table(path, version)
        yield from table.names()
    except SourceError:
        raise
    except Exception as error:
        raise SourceError(_reason(error)) from error


def read_row(path: str, version: str, row: int) -> bytes:
    """The document in a row; raises SourceError. Ascending rows are read fast."""
    try:
        data = _table(path, version).read(row)
    except SourceError:
        raise
    except Exception as error:
        raise SourceError(_reason(error)) from error
    if data is None:
        raise SourceError("the row holds no bytes: its column is null")
    if len(data) > MAX_BYTES:
        raise SourceError(f"larger than {MAX_BYTES >> 30} GiB: split the document")
    return data


@lru_cache(maxsize=2)
def _table(path: str, version: str) -> "_Table":
    return _Table(path)


class _Table:
    """An opened Parquet file that remembers which row comes next: a row group is read once, and in pieces."""

    def __init__(self, path: str) -> None:
        self._file = pq.ParquetFile(
            open_file(path) if is_url(path) else path, buffer_size=1 << 20, pre_buffer=False
        )
        leaves = dict(_leaves(self._file.schema_arrow))
        binary = [name for name, kind in leaves.items() if _is_binary(kind)]
        self._column = _chosen(binary, BYTES_COLUMNS)
        if self._column is None:
            raise SourceError(_no_column(binary, leaves))
        text = [
            name
            for name, kind in leaves.items()
            if pa.types.is_string(kind) or pa.types.is_large_string(kind)
        ]
        self._name_column = next((name for name in NAME_COLUMNS if name in text), None)
        metadata = self._file.metadata
        sizes = (metadata.row_group(group).num_rows for group in range(metadata.num_row_groups))
        self._ends = list(accumulate(sizes))
        self._rows: Iterator[bytes | None] = iter(())
        self._next, self._end = 0, 0
        self._lock = threading.Lock()

    def names(self) -> Iterator[str | None]:
        if self._name_column is None:
            yield from (None for _ in range(self._file.metadata.num_rows))
            return
        for batch in self._file.iter_batches(batch_size=1024, columns=[self._name_column]):
            yield from _values(batch)

    def read(self, row: int) -> bytes | None:
        with self._lock:
            if not self._next <= row < self._end:
                group = next(group for group, end in enumerate(self._ends) if row < end)
                self._next, self._end = ([0, *self._ends])[group], self._ends[group]
                batches = self._file.iter_batches(batch_size=1, row_groups=[group], columns=[self._column])
                self._rows = (value for batch in batches for value in _values(batch))
            while self._next < row:
                next(self._rows)
                self._next += 1
            self._next += 1
            return next(self._rows)


def _leaves(fields: Any, above: str = "") -> Iterator[tuple[str, pa.DataType]]:
    for field in fields:
        if pa.types.is_struct(field.type):
            yield from _leaves(field.type, f"{above}{field.name}.")
        else:
            yield above + field.name, field.type


def _is_binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def _chosen(binary: list[str], known: tuple[str, ...]) -> str | None:
    """The best known name, else the only candidate."""
    return next((name for name in known if name in binary), binary[0] if len(binary) == 1 else None)


def _no_column(binary: list[str], leaves: dict[str, pa.DataType]) -> str:
    names = ", ".join(BYTES_COLUMNS)
    if binary:
        return f"the table has several columns of bytes ({', '.join(binary)}): name the right one {names}"
    return f"the table has no column of bytes ({names}), but {', '.join(leaves)}"


def _values(batch: pa.RecordBatch) -> list[Any]:
    column = batch.column(0)
    while pa.types.is_struct(column.type):
        column = pa.compute.struct_field(column, [0])
    return column.to_pylist()  # type: ignore[no-any-return]


def _reason(error: Exception) -> str:
    if isinstance(error, pa.ArrowInvalid):
        return "the Parquet file is damaged: write it again"
    return unreadable(error)
