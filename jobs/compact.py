"""`nuskha compact OUTPUT`: the many small result files of a finished job become a few large ones.

Parts are merged in order, some rows at a time, until a file has `LARGE` bytes; those that have them already
stay as they are. Memory holds one such file. A compaction that was killed leaves every row once
(`Output.merge_parts`), and the job can be run again as ever: it knows its rows wherever they lie.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.exits import CannotStart
from jobs.lease import lease_of
from jobs.output import Output
from jobs.sigterm import stopping_on_sigterm
from jobs.writer import new_run_id, new_stem

LARGE = 64 * 2**20
"""Bytes of a result file that is not merged any more."""
_ROWS_A_GROUP = 20_000
_BYTES_A_GROUP = 32 * 2**20
_JOBS = ("ocr", "summarize")


@dataclass(frozen=True, slots=True)
class Compacted:
    """How many result files a folder had and has, and their bytes now."""

    before: int
    after: int
    size: int

    def __str__(self) -> str:
        size = f"{self.size / 2**20:.1f} MB"
        if self.before == self.after:
            return f"nothing to merge: result files {self.after}, {size}"
        return f"{self.before} files merged into {self.after}, {size}"


def compact(output: Output) -> Compacted:
    """Merge the folder's small result files.

    Raises CannotStart where the folder holds no results of a finished job or another command writes to it,
    and Stopped where it can't be written; the same command then goes on.
    """
    job = output.job()
    if job not in _JOBS:
        raise CannotStart(f"{output.address} is of nuskha {job}, whose files stay as they are")
    with stopping_on_sigterm(), lease_of(output.folder):
        state = (output.run() or {}).get("state")
        if state != "finished":
            raise CannotStart(
                f"{output.address} is of a job that has not finished ({state}); run its command again first"
            )
        output.tidy()
        before = output.part_sizes()
        small = [name for name in sorted(before) if before[name] < LARGE]
        stem = new_stem(new_run_id())
        for number, (parts, content) in enumerate(_merged(output, small)):
            output.merge_parts(f"{stem}-{number:05}.parquet", content, parts)
        after = output.part_sizes()
    return Compacted(len(before), len(after), sum(after.values()))


def _merged(output: Output, names: Sequence[str]) -> Iterator[tuple[Sequence[str], bytes]]:
    """Some parts, and the result file that holds their rows; one that would stay alone is left out."""
    while len(names) > 1:
        parts, content = _merge_some(output, names)
        names = names[len(parts) :]
        if len(parts) > 1:
            yield parts, content


def _merge_some(output: Output, names: Sequence[str]) -> tuple[Sequence[str], bytes]:
    """The first of the parts, of one schema and so many that their file is `LARGE`, and that file."""
    merged: list[str] = []
    sink = pa.BufferOutputStream()
    with output.opened_part(names[0]) as first:
        schema = first.schema_arrow
    with pq.ParquetWriter(sink, schema, compression="zstd") as file:
        groups = _RowGroups(file)
        for name in names:
            with output.opened_part(name) as part:
                if not part.schema_arrow.equals(schema):
                    break  # written by another version of the program
                for batch in part.iter_batches(batch_size=1024):
                    groups.add(batch)
            merged.append(name)
            if sink.tell() >= LARGE and len(names) - len(merged) != 1:
                break
        groups.write()
    return merged, sink.getvalue().to_pybytes()


class _RowGroups:
    """Rows to row groups of a good size, whatever the size of the parts that they come from."""

    def __init__(self, file: pq.ParquetWriter) -> None:
        self._file = file
        self._waiting: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0

    def add(self, batch: pa.RecordBatch) -> None:
        self._waiting.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= _ROWS_A_GROUP or self._bytes >= _BYTES_A_GROUP:
            self.write()

    def write(self) -> None:
        if self._waiting:
            self._file.write_table(pa.Table.from_batches(self._waiting))
            self._waiting, self._rows, self._bytes = [], 0, 0
