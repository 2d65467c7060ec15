"""Actions that are done every second in a thread of their own, as minutes may pass between two rows."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

_TICK_S = 1.0


@contextmanager
def ticking(*actions: Callable[[], None]) -> Iterator[Future[None]]:
    """Call the actions every second while the block runs.

    What they raise ends the thread, so that the future is done, and is raised again at the end.
    """
    over = threading.Event()

    def tick() -> None:
        while not over.wait(_TICK_S):
            for action in actions:
                action()

    with ThreadPoolExecutor(1, "tick") as threads:
        ticks = threads.submit(tick)
        try:
            yield ticks
        finally:
            over.set()
    ticks.result()
