"""What the pipelines on Ray Data have in common: how their stages run, and how results come to the caller.

Result rows come to the driver, who alone writes them (see `jobs.batch`): no worker that outlives its job can.
"""

import logging
import warnings
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import Any, TypeVar, cast

import pyarrow as pa
from ray.data import ActorPoolStrategy, DataContext, Dataset

from jobs.alone import Alone, Stage
from jobs.cluster import Shares
from jobs.packed import unpacked

T = TypeVar("T")

RETRIES = 2  # of a batch whose worker died, before its rows are left to a second pass
INPUTS_A_TASK = 16  # at most
_TASKS_A_WORKER = 16  # at least so many tasks for each worker, while there are inputs enough


def tasks(
    inputs: Sequence[T], shares: Shares, most: int = INPUTS_A_TASK, *, alone: bool
) -> list[Sequence[T]]:
    """Part the inputs into tasks of so many at most; with `alone` of one."""
    size = max(1, min(1 if alone else most, len(inputs) // (_TASKS_A_WORKER * shares.workers)))
    return [inputs[i : i + size] for i in range(0, len(inputs), size)]


def before_workers(shares: Shares) -> dict[str, Any]:
    """How `map_batches` runs a stage that opens input for the workers: as tasks, wherever there is a core."""
    return {
        "batch_size": None,
        "batch_format": "pyarrow",
        "num_cpus": shares.decoding_cpus,
        "max_retries": RETRIES,
    }


def on_workers(
    stage: Callable[..., Stage], *arguments: Any, limit_s: float, shares: Shares, alone: bool
) -> dict[str, Any]:
    """How `map_batches` runs a stage that holds an engine: on actors, started again when they die.

    The stage is made of the arguments and `limit_s`, what one row may take.
    """
    made = (*arguments, limit_s)
    return {
        "fn": Alone if alone else stage,
        "fn_constructor_args": (limit_s, stage, *made) if alone else made,
        "batch_format": "pyarrow",
        "compute": ActorPoolStrategy(size=shares.workers, max_tasks_in_flight_per_actor=1 if alone else 2),
        "num_cpus": shares.reading_cpus,
        "num_gpus": shares.gpus or None,
        "max_restarts": -1,
        "max_task_retries": RETRIES,
    }


def results(dataset: Dataset) -> Generator[pa.Table]:
    """Run the pipeline and yield what its last stage packed, as it comes."""
    batches = dataset.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0)
    with closing(cast("Generator[pa.Table]", iter(batches))) as packed:  # closing it ends the pipeline
        yield from map(unpacked, packed)


def configure(block_bytes: int = 1) -> None:
    """Set Ray Data up for these pipelines; before the dataset is made.

    A stage hands its rows on when there are `block_bytes` of them: by default each as soon as it is made, so
    that memory holds a few pictures, and results arrive one by one.
    """
    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.target_max_block_size = block_bytes
    context.target_min_block_size = 1
    # A block is lost only when the process working on it dies again and again; the caller misses its rows.
    context.max_errored_blocks = -1
    # Ray 2.60 has no other way yet to bound retries: a row that kills its worker would be tried for ever.
    warnings.filterwarnings("ignore", "`ray_remote_args` is deprecated")
    # A job may well have fewer rows than workers.
    warnings.filterwarnings("ignore", "The minimum number of concurrent actors")
    for handler in logging.getLogger("ray.data").handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setLevel(logging.CRITICAL)
