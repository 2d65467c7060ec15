"""How rows travel between the stages of a job, and how many of them an engine takes at a time.

Ray hands rows over one by one, at a cost that many small rows would not bear: a table travels as one row.
"""

from collections.abc import Iterator
from time import perf_counter

import pyarrow as pa

PACKED = pa.schema(
    [
        pa.field("rows", pa.large_binary()),  # a table as an Arrow stream
    ]
)


def packed(rows: pa.Table) -> pa.Table:
    """A table as one row of PACKED."""
    stream = pa.BufferOutputStream()
    with pa.ipc.new_stream(stream, rows.schema) as writer:
        writer.write_table(rows)
    return pa.table([pa.array([stream.getvalue().to_pybytes()], pa.large_binary())], schema=PACKED)


def unpacked(results: pa.Table) -> pa.Table:
    """The rows of the tables in a PACKED table, which share one schema."""
    streams = (pa.ipc.open_stream(packed.as_buffer()) for packed in results["rows"])
    return pa.concat_tables([stream.read_all() for stream in streams])


class Calls:
    """Parts batches into calls of an engine that last about `longest_s` seconds each, as earlier ones did.

    So results leave the worker steadily, however slow its engine is.
    """

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._at_once = 1  # until it is known how long an item takes

    def of(self, items: int) -> Iterator[slice]:
        """The calls for a batch of so many items; the time until the next is asked for is the call's."""
        start = 0
        while start < items:
            stop = min(items, start + self._at_once)
            started = perf_counter()
            yield slice(start, stop)
            seconds_each = (perf_counter() - started) / (stop - start)
            self._at_once = max(1, int(self._longest_s / max(seconds_each, 1e-3)))
            start = stop
