"""How the time of a work grows with its size: seconds alone say more of the machine than of the code."""

import gc
import time
from collections.abc import Callable

_LEAST = 0.005  # seconds of processor time: what takes less is lost in the clock and the first call
_CLEAR = 30  # times; below what any test asks for


def growth(work: Callable[[int], object], small: int, large: int) -> float:
    """The processor time of `work(large)` by that of `work(small)`, the least of up to three looks at both.

    It is looked at again only where it seems to be too much: another process makes work slower, never faster.
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
        work(small)  # what is loaded with the first call is not counted
        fastest = {small: float("inf"), large: float("inf")}
        for _ in range(3):
            fastest = {size: min(least, seconds(size)) for size, least in fastest.items()}
            if fastest[large] <= _CLEAR * max(_LEAST, fastest[small]):
                break
        return fastest[large] / max(_LEAST, fastest[small])
    finally:
        gc.unfreeze()
