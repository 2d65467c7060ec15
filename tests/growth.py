"""How the time of a work grows with its size: seconds alone say more of the machine than of the code."""

import time
from collections.abc import Callable

_LEAST = 0.005  # seconds of processor time: what takes less is lost in the clock and the first call


def growth(work: Callable[[int], object], small: int, large: int) -> float:
    """How many times the processor time of `work(small)`, the best of three, `work(large)` takes.

    A text ten times as long takes about ten times the time where each piece is held against few others, and a
    hundred times where it is held against all.
    """

    def seconds(size: int) -> float:
        started = time.process_time()
        work(size)
        return time.process_time() - started

    return seconds(large) / max(_LEAST, min(seconds(small) for _ in range(3)))
