"""Rows to result files: gathered for a while, then written as one part."""

import threading
import time
import uuid
from datetime import UTC, datetime

import pyarrow as pa

from jobs.output import Output

FLUSH_S = 15.0
"""How long a row waits at most for its part to be written."""
_ROWS_A_PART = 20_000


class PartWriter:
    """Writes the parts of one run, and only while that run owns the folder."""

    def __init__(self, output: Output, run_id: str) -> None:
        self._output = output
        self._run_id = run_id
        self._stem = new_stem(run_id)
        self._parts = 0
        self._waiting: list[pa.Table] = []
        self._since = 0.0
        self._lock = threading.RLock()  # rows come in one thread, time passes in another

    def add(self, rows: pa.Table) -> None:
        """Take result rows, all of one schema. Raises Stopped when another run owns the folder."""
        if not rows.num_rows:
            return
        with self._lock:
            if not self._waiting:
                self._since = time.monotonic()
            self._waiting.append(rows)
            if sum(rows.num_rows for rows in self._waiting) >= _ROWS_A_PART:
                self.flush()

    def flush_if_due(self) -> None:
        """Write what has waited long enough. Raises Stopped when another run owns the folder."""
        with self._lock:
            if self._waiting and time.monotonic() - self._since >= FLUSH_S:
                self.flush()

    def flush(self) -> None:
        """Write everything taken so far. Raises Stopped when another run owns the folder."""
        with self._lock:
            if not self._waiting:
                return
            self._output.check_owner(self._run_id)
            name = f"{self._stem}-{self._parts:05}.parquet"
            self._output.write_part(name, pa.concat_tables(self._waiting))
            self._parts += 1
            self._waiting = []


def new_stem(run_id: str) -> str:
    """How the names of a run's parts begin; in order they come after those of earlier runs."""
    return f"part-{datetime.now(UTC):%Y%m%dT%H%M%S}-{run_id[:8]}"


def new_run_id() -> str:
    """A name for a run that no other run has."""
    return uuid.uuid4().hex
