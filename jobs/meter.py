"""How far a job has come, on stderr: one bar on a terminal, else a line now and then.

With NUSKHA_LOG_FORMAT=json in the environment each line is a JSON object of counts, for what gathers logs:
when the job starts, now and then, and when it ends.
"""

import json
import os
import sys
import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from jobs.job import Job

_LINE_EVERY_S = 15.0


class Meter:
    """Counts the rows of a run. A context manager; its clock runs from entering to leaving it."""

    def __init__(self, job: Job) -> None:
        self.rows = 0
        self._job = job
        self._errors = 0
        self._as_json = os.environ.get("NUSKHA_LOG_FORMAT") == "json"
        self._console = Console(stderr=True)
        self._bar: Progress | None = None
        self._started = self._said = 0.0
        self._seconds: float | None = 0.0

    @property
    def seconds(self) -> float:
        """Seconds since entering, or from entering to leaving."""
        return time.monotonic() - self._started if self._seconds is None else self._seconds

    @property
    def rows_per_second(self) -> float:
        """Mean over `seconds`."""
        return self.rows / self.seconds if self.seconds else 0.0

    def __enter__(self) -> Self:
        self._started = self._said = time.monotonic()
        self._seconds = None
        if self._as_json:
            self._log("started")
        elif self._console.is_terminal:
            self._bar = Progress(
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn(f"{self._job.whole}  {{task.fields[counts]}}"),
                TimeRemainingColumn(),
                console=self._console,
            )
            self._bar.start()
            self._task = self._bar.add_task("", total=self._job.ledger.total, counts=self._counts())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._seconds = self.seconds
        if self._bar is not None:
            self._bar.stop()
        if self._as_json:
            self._log("ended")

    def advance(self, rows: int, errors: int) -> None:
        """Count rows that came, and errors among them."""
        self.rows += rows
        self._errors += errors

    def show(self) -> None:
        """Refresh the bar, or say a line when one is due."""
        ledger = self._job.ledger
        if self._bar is not None:
            self._bar.update(self._task, completed=ledger.finished, counts=self._counts())
        elif time.monotonic() - self._said >= _LINE_EVERY_S:
            self._said = time.monotonic()
            if self._as_json:
                self._log("progress")
                return
            self._console.print(
                f"{ledger.finished} of {ledger.total} {self._job.whole}, {self._counts()}",
                highlight=False,
                soft_wrap=True,
            )

    def _counts(self) -> str:
        unit = self._job.unit
        return f"{self.rows} {unit} this run, {self.rows_per_second:.2f} {unit}/s, {self._errors} errors"

    def _log(self, event: str) -> None:
        job = self._job
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "event": event,
            "job": job.name,
            "output": job.request.output,
            job.whole: job.ledger.total,
            f"{job.whole}_finished": job.ledger.finished,
            f"{job.unit}_this_run": self.rows,
            f"{job.unit}_failed_this_run": self._errors,
            f"{job.unit}_per_second": round(self.rows_per_second, 3),
            "seconds": round(self.seconds, 1),
        }
        print(json.dumps(line, ensure_ascii=False), file=sys.stderr, flush=True)
