"""A limit to what one row may take, which holds for native code as well."""

import faulthandler
from collections.abc import Iterator
from contextlib import contextmanager

PAST_LIMIT = 1
"""The exit status of a process that ran past its limit."""


class TimeLimit:
    """Ends this process when work takes longer: what hangs in native code, nothing gentler stops.

    The clock ticks in C and needs no lock of Python's. Where the work stood goes to stderr: files and lines,
    no values. A process may have one limit running at a time.
    """

    def __init__(self, seconds: float, more_rows_s: float = 0.0) -> None:
        self._seconds, self._more_rows_s = seconds, more_rows_s
        self._running_s = 0.0

    @contextmanager
    def of(self, rows: int = 1) -> Iterator[None]:
        """Within the block one row may take as long as the limit says, all others `more_rows_s` together."""
        self._running_s = self._seconds + (self._more_rows_s if rows > 1 else 0.0)
        faulthandler.dump_traceback_later(self._running_s, exit=True)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """Within a block of `of`: time that does not count. After it the limit begins anew."""
        faulthandler.cancel_dump_traceback_later()
        try:
            yield
        finally:
            faulthandler.dump_traceback_later(self._running_s, exit=True)
