"""A quiet Ray: started on this machine or joined at an address, and how its cores are shared out."""

import logging
import os
import re
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import ray
from ray.autoscaler.sdk import request_resources

from jobs.exits import CannotStart
from jobs.head import Head
from jobs.ticking import ticking

_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",  # else Ray's own processes write to this one's stderr
}
_MOST_CPUS = 8.0  # of one worker: its models gain nothing from more
_DECODING_SHARE = 0.25  # of a worker's cores, kept for opening the pages that it reads
_LOOK_AGAIN_S = 1.0
_ANSWER_S = 10.0  # in which a running Ray answers at its address
_STORE_BYTES = 512 * 2**20  # pages under way, for the job and again for each worker


@dataclass(frozen=True, slots=True)
class Shares:
    """What each worker may use. `threads` is what its engine should compute with."""

    workers: int
    threads: int
    reading_cpus: float
    decoding_cpus: float
    gpus: float


@contextmanager
def cluster(address: str | None, workers: int | None) -> Iterator[None]:
    """Ray for the time of a job. A Ray that runs already in this process is used and left alone.

    Without `address`, the one that Ray's own RAY_ADDRESS names is joined (as inside `ray job submit`), else a
    Ray is started here and stopped at the end. Raises CannotStart when that fails; when the head is lost
    later, the process ends (see `jobs.head`).
    """
    if ray.is_initialized():
        yield
        return
    os.environ.update(_QUIET | os.environ)
    joined = address or os.environ.get("RAY_ADDRESS")
    _knock(joined or "")
    try:
        with _hushed():
            ray.init(
                address=joined or "local",
                include_dashboard=None if joined else False,
                object_store_memory=None if joined else _store_bytes(workers),
                runtime_env=_code() if address else None,
                logging_level=logging.ERROR,
                log_to_driver=False,
            )
    except Exception as error:  # of a node that does not come up in time, Ray raises no narrower one
        where = f"join Ray at {joined}" if joined else "start Ray on this machine"
        hint = (
            "; a Ray that asks for a token wants RAY_AUTH_MODE=token and RAY_AUTH_TOKEN set" if joined else ""
        )
        raise CannotStart(f"could not {where}: {str(error).splitlines()[0]}{hint}") from None
    try:
        with ticking(Head(ray.get_runtime_context().gcs_address).look):
            yield
    finally:
        ray.shutdown()


def share_out(workers: int | None, gpus_per_worker: float, grow_s: float = 0.0) -> Shares:
    """Divide the cluster among `workers`; by default one for every two cores, or for each share of a GPU.

    Ray's account of cores bounds what runs at once, so a worker leaves a part of its cores to those who open
    pages for it, and one with a GPU half of those beside it. Opening pages takes no GPU.

    With `grow_s` the cluster is one that grows with demand: for the first node with room for a worker so many
    seconds are waited; the others join the work as they come. Raises CannotStart when the workers do not fit.
    """
    nodes = _nodes(workers or 1, gpus_per_worker, grow_s)
    room = [_room(node, gpus_per_worker) for node in nodes]
    if not any(room) or (gpus_per_worker and not grow_s and (workers or 1) > sum(room)):
        wanted, has = "a core", "none"
        if gpus_per_worker:
            gpus = sum(node.get("GPU", 0.0) for node in nodes)
            wanted, has = f"{gpus_per_worker:g} GPU", f"{gpus:g} GPU"
        hint = (
            f", and no more came in {grow_s:g} s" if grow_s else "; where it grows with demand, give --grow"
        )
        raise CannotStart(f"{workers or 1} workers with {wanted} each do not fit: this Ray has {has}{hint}")
    if gpus_per_worker:
        beside = min(_cpus(node) / fitting for node, fitting in zip(nodes, room, strict=True) if fitting)
        return Shares(
            workers or sum(room), max(1, int(beside)), _rounded(min(1.0, beside / 2)), 0.5, gpus_per_worker
        )
    cpus, largest_node = sum(map(_cpus, nodes)), max(map(_cpus, nodes))
    workers = workers or max(1, int(cpus // 2))
    each = min(largest_node if grow_s else cpus / workers, largest_node, _MOST_CPUS)
    decoding = each * _DECODING_SHARE
    return Shares(workers, max(1, int(each)), _rounded(each - decoding), _rounded(decoding / 2), 0.0)


def _nodes(workers: int, gpus: float, grow_s: float) -> list[Mapping[str, float]]:
    """What each node has; with `grow_s` the workers are asked for, until there is room for the first."""
    until = time.monotonic() + grow_s
    asked = False
    while True:
        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]  # type: ignore[no-untyped-call]
        if time.monotonic() >= until or any(_room(node, gpus) for node in nodes):
            break
        if not asked:
            print(f"asked Ray for nodes, and wait up to {grow_s:g} s for the first", file=sys.stderr)
            request_resources(bundles=[{"CPU": 1} | ({"GPU": gpus} if gpus else {})] * workers)
            asked = True
        time.sleep(_LOOK_AGAIN_S)
    if asked:
        request_resources(bundles=[])  # from now on the workers themselves are the demand
    return nodes


def _room(node: Mapping[str, float], gpus: float) -> int:
    """How many workers the GPUs of a node are enough for; without GPUs 1 where there is a core."""
    return int(node.get("GPU", 0.0) / gpus + 1e-6) if gpus else int(_cpus(node) > 0)


def _cpus(node: Mapping[str, float]) -> float:
    return node.get("CPU", 0.0)


def _knock(address: str) -> None:
    """Raise CannotStart where nothing answers at HOST:PORT: Ray itself would try for minutes."""
    place = re.fullmatch(r"\[?([^/]+?)\]?:(\d{1,5})", address)
    try:
        if place:
            socket.create_connection((place[1], int(place[2])), _ANSWER_S).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotStart(f"could not join Ray at {address}: nothing answers there ({reason})") from None


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep Ray's libraries from writing to stderr as they start; what goes wrong is raised all the same."""
    sys.stderr.flush()
    stderr = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(nowhere)
        os.close(stderr)


def _rounded(cpus: float) -> float:
    """Ray counts in ten-thousandths; rounding down keeps the shares within the whole."""
    return max(int(cpus * 1000) / 1000, 0.001)


def _store_bytes(workers: int | None) -> int:
    available = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    wanted = _STORE_BYTES * (1 + (workers or (os.cpu_count() or 2) // 2))
    return max(80 * 2**20, min(wanted, int(available * 0.3)))


def _code() -> dict[str, list[str]]:
    """This code, for workers on other machines; what it depends on must be installed there."""
    root = Path(__file__).resolve().parent.parent
    return {"py_modules": [str(root / room) for room in ("jobs", "eval", "summarize", "ocr", "multilingual")]}
