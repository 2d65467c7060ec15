"""A pure function over many chunks on Ray, results in order; few chunks at a time: memory stays flat."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import ray

from jobs.cluster import cluster

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")
_WAITING = 2  # chunks for each core


def in_parallel(
    function: Callable[[Chunk], Result],
    chunks: Iterable[Chunk],
    address: str | None = None,
    at_once: int | None = None,
) -> Iterator[Result]:
    """`function` of each chunk, in the chunks' order, on the Ray at `address` or one started here.

    `at_once` bounds how many chunks are under way; by default all cores are kept busy.
    """
    with cluster(address, None):
        remote: Any = ray.remote(function)
        cores = ray.cluster_resources().get("CPU", 1)  # type: ignore[no-untyped-call]
        most = at_once or max(1, int(cores)) * _WAITING
        under_way: deque[Any] = deque()
        for chunk in chunks:
            if len(under_way) == most:
                yield ray.get(under_way.popleft())
            under_way.append(remote.remote(chunk))
        while under_way:
            yield ray.get(under_way.popleft())
