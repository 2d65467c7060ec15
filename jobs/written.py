"""What an output folder already holds, and what a new run does away with in it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from jobs.job import Job
from ocr.records import Status

_COLUMNS = ("status", "error_stage", "error")
_ELAPSED = "elapsed_ms"


@dataclass(slots=True)
class Written:
    """Counts over all rows of a folder, and how many outdated ones a run has dropped from it.

    Superseded are the rows of an earlier version of the input, retried the error rows that are made again.
    The engine's seconds are those of whole rows, which are this run's.
    """

    job: Job
    rows: int = 0
    review: int = 0
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    tally: Counter[str] = field(default_factory=Counter)
    superseded: int = 0
    retried: int = 0
    engine_seconds: float = 0.0

    @property
    def errors(self) -> int:
        """Rows whose status is error."""
        return self.failures.total()

    def take(self, rows: pa.Table) -> pa.Table:
        """Note rows and answer those that were not there before."""
        new = self.job.ledger.note(rows)
        fresh = rows if all(new) else rows.filter(_mask(new))
        self.rows += fresh.num_rows
        self.review += pc.sum(pc.equal(fresh["status"], Status.REVIEW)).as_py() or 0
        self.tally.update(self.job.tally(fresh))
        if _ELAPSED in fresh.column_names:
            self.engine_seconds += (pc.sum(fresh[_ELAPSED]).as_py() or 0.0) / 1000
        failed = fresh.filter(pc.equal(fresh["status"], Status.ERROR))
        stages, errors = (failed[name].to_pylist() for name in ("error_stage", "error"))
        self.failures.update(
            (stage, _reason(stage, error)) for stage, error in zip(stages, errors, strict=True)
        )
        return fresh

    def drop(self, rows: pa.Table) -> list[bool]:
        """Say of each row whether it stays, and count those that go.

        Rows of a file that has changed go as long as its new version can be read; when errors are retried,
        the error rows of this job's input go as well.
        """
        ledger = self.job.ledger
        superseded = ledger.superseded(rows)
        retried = [False] * rows.num_rows
        if self.job.request.retry_errors:
            failed = [status == Status.ERROR for status in rows["status"].to_pylist()]
            retried = [a and b for a, b in zip(failed, ledger.belongs(rows), strict=True)]
        self.superseded += sum(superseded)
        self.retried += sum(retried)
        return [not (a or b) for a, b in zip(superseded, retried, strict=True)]


def survey(job: Job) -> Written:
    """What the job's folder holds, once the outdated rows are gone from it.

    A part that holds such rows is replaced whole, so a run killed in between has merely fewer of them left to
    drop.
    """
    written = Written(job)
    for name in job.output.parts():
        rows = job.output.read_part(name, [*_COLUMNS, *job.columns])
        stays = written.drop(rows)
        if not all(stays):
            rows = rows.filter(_mask(stays))
            job.output.replace_part(name, job.output.read_part(name).filter(_mask(stays)))
        written.take(rows)
    return written


def _reason(stage: str, error: str) -> str:
    """What to say of an error outside its row: past the colon, an engine's may hold a patient's text."""
    return error if stage in ("read", "decode") else error.partition(":")[0]


def _mask(marks: Sequence[bool]) -> pa.BooleanArray:
    return pa.array(marks, pa.bool_())
