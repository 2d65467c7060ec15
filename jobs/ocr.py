"""The prescription job's pipeline on Ray Data, as one visible chain: documents -> pictures -> result rows."""

from collections.abc import Generator, Iterable, Mapping
from itertools import islice

import pyarrow as pa
import ray.data
from ray.data import Dataset

from jobs.cluster import Shares
from jobs.page_stages import ReadPages, decode_pages, documents
from jobs.streaming import INPUTS_A_TASK, before_workers, configure, on_workers, results, tasks
from multilingual.clinical.formulary import Formulary
from ocr.sources import Source
from ocr.units import Unit

PAGES_A_BATCH = {Unit.PAGE: 8, Unit.LINE: 64}
_BLOCK_BYTES = {Unit.PAGE: 1, Unit.LINE: 4 * 2**20}
"""Pages travel one by one, so that memory holds a few; lines, which are small, by the hundred."""
_INPUTS_A_TASK = {Unit.PAGE: INPUTS_A_TASK, Unit.LINE: 128}
_DOCUMENTS_A_ROUND = {Unit.PAGE: 10_000, Unit.LINE: 250_000}
"""For each worker. Ray's driver keeps up to a kilobyte of each block until a round ends (docs/scale.md)."""


def read_documents(
    waiting: Iterable[tuple[Source, frozenset[str]]],
    engine: str,
    options: Mapping[str, str],
    formulary: Formulary,
    shares: Shares,
    unit: Unit,
    limit_s: float,
    *,
    alone: bool = False,
) -> Generator[pa.Table]:
    """Read the documents and yield result rows (PAGE_SCHEMA), some at a time, in any order.

    With each document come its page_ids that are not to be read again. Pages whose worker dies every time are
    missing from the result; with `alone` every page is read by itself, so that only the page at fault is.
    """
    for pages in pictures(waiting, shares, unit, limit_s, alone=alone):
        yield from results(
            pages.map_batches(
                **on_workers(
                    ReadPages, engine, options, formulary, unit, limit_s=limit_s, shares=shares, alone=alone
                ),
                batch_size=1 if alone else PAGES_A_BATCH[unit],
            )
        )


def pictures(
    waiting: Iterable[tuple[Source, frozenset[str]]],
    shares: Shares,
    unit: Unit,
    limit_s: float,
    *,
    alone: bool = False,
) -> Generator[Dataset]:
    """The documents' pages (PICTURES), a dataset a round: memory holds one, however many there are."""
    configure(1 if alone else _BLOCK_BYTES[unit])
    left = iter(waiting)
    while documents_now := list(islice(left, _DOCUMENTS_A_ROUND[unit] * shares.workers)):
        parted = tasks(documents_now, shares, _INPUTS_A_TASK[unit], alone=alone)
        yield ray.data.from_blocks([documents(task) for task in parted]).map_batches(
            decode_pages, fn_kwargs={"unit": unit, "limit_s": limit_s}, **before_workers(shares)
        )
