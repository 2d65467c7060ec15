"""The prescription job's pipeline on Ray Data, as one visible chain: documents -> pictures -> result rows."""

from collections.abc import Generator, Mapping, Sequence

import pyarrow as pa
import ray.data

from jobs.cluster import Shares
from jobs.page_stages import ReadPages, decode_pages, documents
from jobs.streaming import configure, on_workers, results, tasks
from multilingual.clinical.formulary import Formulary
from ocr.sources import Source

PAGES_A_BATCH = 8


def read_documents(
    waiting: Sequence[tuple[Source, frozenset[str]]],
    engine: str,
    options: Mapping[str, str],
    formulary: Formulary,
    shares: Shares,
    *,
    alone: bool = False,
) -> Generator[pa.Table]:
    """Read the documents and yield result rows (PAGE_SCHEMA), some at a time, in any order.

    With each document come its page_ids that are not to be read again. Pages whose worker dies every time are
    missing from the result; with `alone` every page is read by itself, so that only the page at fault is.
    """
    configure()
    dataset = (
        ray.data.from_arrow([documents(task) for task in tasks(waiting, shares, alone=alone)])
        .map_batches(
            decode_pages,
            batch_size=None,
            batch_format="pyarrow",
            num_cpus=shares.decoding_cpus,
        )
        .map_batches(
            ReadPages,
            fn_constructor_args=(engine, options, formulary),
            batch_size=1 if alone else PAGES_A_BATCH,
            **on_workers(shares, alone=alone),
        )
    )
    yield from results(dataset)
