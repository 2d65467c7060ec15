"""`nuskha show`: what a job found, as tables for people."""

import sys
from collections.abc import Iterator
from heapq import nsmallest

from jobs.output import Output
from jobs.views import Row, view_of

MOST_ROWS = 50


def show(output: Output) -> None:
    """Print the first `MOST_ROWS` rows of an output folder by source and place, and say how many there are.

    Raises CannotStart when the folder holds no results.
    """
    view = view_of(output.job())
    total = 0

    def rows() -> Iterator[Row]:
        nonlocal total
        for name in output.parts():
            for batch in output.batches(name, view.schema.names):
                total += batch.num_rows
                yield from batch.to_pylist()

    for row in nsmallest(MOST_ROWS, rows(), key=view.place):
        view.show(row, sys.stdout)
    if total > MOST_ROWS:
        print(f"{MOST_ROWS} of {total} {view.unit}; nuskha export writes all of them", file=sys.stderr)
