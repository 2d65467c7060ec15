"""SIGTERM, a polite request to end, is treated like Ctrl-C: rows are written, the lease is given back."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stopping_on_sigterm() -> Iterator[None]:
    """Raise KeyboardInterrupt in the block on SIGTERM; to be entered again once Ray has set its handler."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    earlier = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)
