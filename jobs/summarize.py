"""The summary job's pipeline on Ray Data, as one visible chain: files -> messages -> result rows."""

from collections.abc import Generator, Mapping, Sequence
from functools import partial

import pyarrow as pa
import ray.data

from jobs.cluster import Shares
from jobs.message_ledger import Keys, Taken
from jobs.message_stages import MESSAGES_A_BATCH, Condense, files, read_messages
from jobs.streaming import before_workers, configure, on_workers, results, tasks


def condense_messages(
    taken: Sequence[Taken],
    pending: Keys,
    engine: str,
    options: Mapping[str, str],
    target: str,
    shares: Shares,
    limit_s: float,
    *,
    alone: bool = False,
) -> Generator[pa.Table]:
    """Condense the pending messages of the files and yield result rows (SUMMARY_SCHEMA), in any order.

    Messages whose worker dies every time are missing from the result; with `alone` every message is condensed
    by itself, so that only the one at fault is.
    """
    configure()
    dataset = (
        ray.data.from_blocks([files(task) for task in tasks(taken, shares, alone=alone)])
        .map_batches(
            partial(read_messages, pending=pending, at_once=1 if alone else MESSAGES_A_BATCH),
            **before_workers(shares),
        )
        .map_batches(
            **on_workers(
                Condense, engine, options, target, shares.threads, limit_s=limit_s, shares=shares, alone=alone
            ),
            batch_size=1,
        )
    )
    yield from results(dataset)
