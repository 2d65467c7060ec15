"""The prescription job's pipeline on Ray Data, as one visible chain: documents -> pictures -> result rows.

Result rows come to the caller, who alone writes them (see `jobs.batch`): no worker that outlives its job can.
"""

import logging
import warnings
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from typing import cast

import pyarrow as pa
import ray.data
from ray.data import ActorPoolStrategy, DataContext

from jobs.cluster import Shares
from jobs.stages import ReadPages, decode_pages, documents, unpacked
from multilingual.clinical.formulary import Formulary
from ocr.sources import Source

PAGES_A_BATCH = 8
_DOCUMENTS_A_TASK = 16
_TASKS_A_WORKER = 16  # at least so many tasks for each worker, while there are documents enough
_RETRIES = 2  # of a batch whose worker died, before its pages are left to a second pass


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
    _configure()
    size = 1 if alone else max(1, min(_DOCUMENTS_A_TASK, len(waiting) // (_TASKS_A_WORKER * shares.workers)))
    dataset = (
        ray.data.from_arrow([documents(waiting[i : i + size]) for i in range(0, len(waiting), size)])
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
            batch_format="pyarrow",
            compute=ActorPoolStrategy(size=shares.workers, max_tasks_in_flight_per_actor=1 if alone else 2),
            num_cpus=shares.reading_cpus,
            num_gpus=shares.gpus or None,
            max_restarts=-1,
            max_task_retries=_RETRIES,
        )
    )
    batches = dataset.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0)
    with closing(cast("Generator[pa.Table]", iter(batches))) as results:  # closing it ends the pipeline
        yield from map(unpacked, results)


def _configure() -> None:
    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    # A page leaves a stage as soon as it is made: memory holds a few pictures, and results arrive one by one.
    context.target_max_block_size = 1
    context.target_min_block_size = 1
    # A block is lost only when the process working on it dies again and again; the caller misses its pages.
    context.max_errored_blocks = -1
    # Ray 2.60 has no other way yet to bound retries: a page that kills its worker would be tried for ever.
    warnings.filterwarnings("ignore", "`ray_remote_args` is deprecated")
    # A job may well have fewer pages than workers.
    warnings.filterwarnings("ignore", "The minimum number of concurrent actors")
    for handler in logging.getLogger("ray.data").handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setLevel(logging.CRITICAL)
