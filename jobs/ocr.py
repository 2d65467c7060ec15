"""The prescription job's pipeline on Ray Data, as one visible chain: documents -> pictures -> result rows."""

from collections.abc import Generator, Mapping, Sequence

import pyarrow as pa
import ray.data

from jobs.cluster import Shares
from jobs.page_stages import ReadPages, decode_pages, documents
from jobs.streaming import INPUTS_A_TASK, configure, on_workers, results, tasks
from multilingual.clinical.formulary import Formulary
from ocr.sources import Source
from ocr.units import Unit

PAGES_A_BATCH = {Unit.PAGE: 8, Unit.LINE: 64}
_BLOCK_BYTES = {Unit.PAGE: 1, Unit.LINE: 4 * 2**20}
"""Pages travel one by one, so that memory holds a few; lines, which are small, by the hundred."""
_INPUTS_A_TASK = {Unit.PAGE: INPUTS_A_TASK, Unit.LINE: 128}


def read_documents(
    waiting: Sequence[tuple[Source, frozenset[str]]],
    engine: str,
    options: Mapping[str, str],
    formulary: Formulary,
    shares: Shares,
    unit: Unit,
    *,
    alone: bool = False,
) -> Generator[pa.Table]:
    """Read the documents and yield result rows (PAGE_SCHEMA), some at a time, in any order.

    With each document come its page_ids that are not to be read again. Pages whose worker dies every time are
    missing from the result; with `alone` every page is read by itself, so that only the page at fault is.
    """
    configure(1 if alone else _BLOCK_BYTES[unit])
    parted = tasks(waiting, shares, _INPUTS_A_TASK[unit], alone=alone)
    dataset = (
        ray.data.from_arrow([documents(task) for task in parted])
        .map_batches(
            decode_pages,
            fn_kwargs={"unit": unit},
            batch_size=None,
            batch_format="pyarrow",
            num_cpus=shares.decoding_cpus,
        )
        .map_batches(
            ReadPages,
            fn_constructor_args=(engine, options, formulary, unit),
            batch_size=1 if alone else PAGES_A_BATCH[unit],
            **on_workers(shares, alone=alone),
        )
    )
    yield from results(dataset)
