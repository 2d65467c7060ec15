"""The account of a job: `_run.json`, the closing summary, and the share of failures that is too many."""

import math
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from jobs.exits import CannotStart, Exit
from jobs.job import Job
from jobs.masking import masked
from jobs.meter import Meter
from jobs.versions import versions
from jobs.written import Written

_REASONS_SHOWN = 10
_VERSIONS = ("ray", "pyarrow", "numpy", "torch", "onnxruntime", "transformers", "paddleocr")


class FailureLimit:
    """How many error rows a job may have: a share ('1%') or a count ('20'), else CannotStart is raised."""

    def __init__(self, text: str) -> None:
        self._is_share = text.strip().endswith("%")
        try:
            self._most = float(text.strip().removesuffix("%")) / 100 if self._is_share else int(text)
        except ValueError:
            self._most = -1
        most = 1 if self._is_share else math.inf
        if not 0 <= self._most <= most:  # which refuses nan% too
            raise CannotStart(f"--max-failures {text!r} is neither a share such as 1% nor a count such as 20")

    def exit_for(self, written: Written) -> Exit:
        """FAILURES when the folder holds more errors than that."""
        allowed = self._most * written.rows if self._is_share else self._most
        return Exit.FAILURES if written.errors > allowed else Exit.OK


class RunRecord:
    """What `_run.json` tells about a run."""

    def __init__(self, job: Job, run_id: str) -> None:
        self._job = job
        self._run_id = run_id
        self._started = datetime.now(UTC)

    def at(self, state: str, written: Written | None = None, meter: Meter | None = None) -> dict[str, Any]:
        """The record in `state`: running, interrupted or finished; the last with its counts and timings."""
        job, unit = self._job, self._job.unit
        record = {
            "run_id": self._run_id,
            "job": job.name,
            "state": state,
            "started": self._started.isoformat(timespec="seconds"),
            "reading": dict(job.reading),
            "arguments": masked(asdict(job.request)),
            "models": dict(job.models),
            "versions": versions(*_VERSIONS),
        }
        if written is None or meter is None:
            return record
        ended = datetime.now(UTC)
        return record | {
            "ended": ended.isoformat(timespec="seconds"),
            "counts": {
                **job.inputs,
                unit: written.rows,
                f"{unit}_this_run": meter.rows,
                f"{unit}_to_review": written.review,
                f"{unit}_failed": written.errors,
                **written.tally,
                "failures": [
                    {"stage": stage, "reason": reason, unit: rows}
                    for (stage, reason), rows in written.failures.most_common()
                ],
            },
            "timings": {
                "run_seconds": round((ended - self._started).total_seconds(), 1),
                "reading_seconds": round(meter.seconds, 1),
                "engine_seconds": round(written.engine_seconds, 1),
                f"{unit}_per_second": round(meter.rows_per_second, 3),
            },
        }


def closing(job: Job, written: Written, meter: Meter) -> str:
    """The closing summary: what this run did, then how everything in the output folder came out."""
    did = f"{meter.rows} {job.unit} read in {meter.seconds:.0f} s ({meter.rows_per_second:.2f} {job.unit}/s)"
    lines = [
        ("this run", did if meter.rows else f"nothing to do: all {job.whole} were read before"),
        *([("retried", f"{written.retried} error rows")] if written.retried else []),
        *([("replaced", f"{written.superseded} rows of a changed input")] if written.superseded else []),
        _inputs(job),
        (job.unit, f"{written.rows}, {share(written.review, written.rows)} to review"),
        *job.findings(written.tally),
        ("failures", f"{written.errors} {job.unit}, {share(written.errors, written.rows)}"),
        *(("", f"{rows} x {stage}: {reason}") for (stage, reason), rows in _reasons(written)),
        ("output", job.request.output),
    ]
    return "\n".join(f"{name:<11}{text}" for name, text in lines)


def share(part: int, whole: int) -> str:
    """A count and its percentage of the whole."""
    return f"{part} ({part / whole:.1%})" if whole else f"{part}"


def _inputs(job: Job) -> tuple[str, str]:
    (name, count), *passed_over = job.inputs.items()
    asides = ", ".join(f"{number} {what.replace('_', ' ')}" for what, number in passed_over if number)
    return name, f"{count} ({asides} passed over)" if asides else f"{count}"


def _reasons(written: Written) -> list[tuple[tuple[str, str], int]]:
    shown = written.failures.most_common(_REASONS_SHOWN)
    rest = written.errors - sum(rows for _, rows in shown)
    return [*shown, (("others", "see the column error"), rest)] if rest else shown
