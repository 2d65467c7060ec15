"""Ray's processes, and waiting for things to happen."""

import time
from collections.abc import Callable, Sequence

import psutil


def workers(stage: str) -> list[psutil.Process]:
    """Ray's processes that have an engine and are busy with it in the stage of that name."""
    family = psutil.Process().children(recursive=True)
    return [process for process in family if stage in " ".join(_command(process))]


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "what was waited for did not happen"
        time.sleep(0.1)


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
