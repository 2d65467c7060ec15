"""`nuskha show`: what a job found, as tables for people."""

import sys
from collections.abc import Iterator
from heapq import nsmallest

from jobs.exits import CannotStart
from jobs.output import Output
from jobs.table import print_page
from ocr.records import PAGE_SCHEMA, PageRecord, from_row

MOST_PAGES = 50


def show(output: Output) -> None:
    """Print the first `MOST_PAGES` pages of an output folder by source and page, and say how many there are.

    Raises CannotStart when the folder holds no results.
    """
    if output.run() is None:
        raise CannotStart(f"{output.address} is no output folder of nuskha batch: it has no _run.json")
    total = 0

    def records() -> Iterator[PageRecord]:
        nonlocal total
        for name in output.parts():
            for batch in output.batches(name, PAGE_SCHEMA.names):
                total += batch.num_rows
                yield from map(from_row, batch.to_pylist())

    for record in nsmallest(MOST_PAGES, records(), key=lambda record: (record.source, record.page or 0)):
        print_page(record, sys.stdout)
    if total > MOST_PAGES:
        print(f"{MOST_PAGES} of {total} pages; nuskha export writes all of them", file=sys.stderr)
