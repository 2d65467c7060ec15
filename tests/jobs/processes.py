"""Ray's processes, and waiting for things to happen."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import psutil


def workers(stage: str) -> list[psutil.Process]:
    """Ray's processes that have an engine and are busy with it in the stage of that name."""
    family = psutil.Process().children(recursive=True)
    return [process for process in family if stage in " ".join(_command(process))]


def wait_until(condition: Callable[[], bool], seconds: float = 60, every: float = 0.1) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "what was waited for did not happen"
        time.sleep(every)


@contextmanager
def a_worker_killed(stage: str, after: float = 1.0) -> Iterator[None]:
    """Kill one worker of that stage `after` seconds into its work, while the block runs.

    Workers that an earlier job left behind, which end on their own, don't count.
    """
    earlier = set(workers(stage))
    killed: list[psutil.Process] = []

    def kill() -> None:
        wait_until(lambda: bool(set(workers(stage)) - earlier))
        time.sleep(after)
        for worker in set(workers(stage)) - earlier:
            worker.kill()
            killed.append(worker)
            return

    killer = threading.Thread(target=kill)
    killer.start()
    yield
    killer.join()
    assert killed, "the job was over before a worker could be killed"


def end(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
