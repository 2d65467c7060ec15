"""How the time of a work grows with its size: seconds alone say more of the machine than of the code."""

import gc
import time
from collections.abc import Callable

_LEAST = 0.005  # seconds of processor time: what takes less is lost in the clock and the first call


def growth(work: Callable[[int], object], small: int, large: int) -> float:
    """The processor time of `work(large)`, the best of two, by that of `work(small)`, the best of three.

    A text ten times as long takes about ten times the time where each piece is held against few others, and a
    hundred times where it is held against all. Garbage is collected between, as timeit does it, but for what
    the process held before: to look through that takes longer than the work.
    """

    def seconds(size: int) -> float:
        gc.collect()
        gc.disable()
        try:
            started = time.process_time()
            work(size)
            return time.process_time() - started
        finally:
            gc.enable()

    gc.freeze()
    try:
        return min(seconds(large) for _ in range(2)) / max(_LEAST, min(seconds(small) for _ in range(3)))
    finally:
        gc.unfreeze()
