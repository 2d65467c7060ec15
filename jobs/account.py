"""How a job ended: `_run.json`, the closing summary, and the share of failures that is too many."""

import math
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from jobs.exits import CannotStart, Exit
from jobs.meter import Meter
from jobs.preparation import Job
from jobs.written import Outdated, Written

_REASONS_SHOWN = 10
_VERSIONS = ("nuskha", "ray", "pyarrow", "numpy")


class FailureLimit:
    """How many error pages a job may have: a share ('1%') or a count ('20'), else CannotStart is raised."""

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
        allowed = self._most * written.pages if self._is_share else self._most
        return Exit.FAILURES if written.errors > allowed else Exit.OK


class RunRecord:
    """What `_run.json` tells about a run."""

    def __init__(self, job: Job, run_id: str) -> None:
        self._job = job
        self._run_id = run_id
        self._started = datetime.now(UTC)

    def at(self, state: str, written: Written | None = None, meter: Meter | None = None) -> dict[str, Any]:
        """The record in `state`: running, interrupted or finished; the last with its counts and timings."""
        record = {
            "run_id": self._run_id,
            "state": state,
            "started": self._started.isoformat(timespec="seconds"),
            "reading": asdict(self._job.reading),
            "arguments": asdict(self._job.request),
            "versions": {"python": platform.python_version()} | {name: version(name) for name in _VERSIONS},
        }
        if written is None or meter is None:
            return record
        return record | {
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            "counts": {
                "documents": len(self._job.sources),
                "hidden_files": self._job.hidden,
                "pages": written.pages,
                "pages_this_run": meter.pages,
                "pages_to_review": written.review,
                "pages_failed": written.errors,
                "medications": written.medications,
                "medications_to_review": written.doubtful_medications,
                "failures": [
                    {"stage": stage, "reason": reason, "pages": pages}
                    for (stage, reason), pages in written.failures.most_common()
                ],
            },
            "timings": {
                "reading_seconds": round(meter.seconds, 1),
                "pages_per_second": round(meter.pages_per_second, 3),
            },
        }


def summary(job: Job, written: Written, outdated: Outdated, meter: Meter) -> str:
    """The closing summary: what this run did, then how everything in the output folder came out."""
    did = f"{meter.pages} pages read in {meter.seconds:.0f} s ({meter.pages_per_second:.2f} pages/s)"
    lines = [
        ("this run", did if meter.pages else "nothing to do: every document was read before"),
        ("documents", f"{len(job.sources)}{_aside(job.hidden, 'hidden or system files passed over')}"),
        ("pages", f"{written.pages}, {_share(written.review, written.pages)} to review"),
        (
            "medicines",
            f"{written.medications}, {_share(written.doubtful_medications, written.medications)} to review",
        ),
        ("failures", f"{written.errors} pages, {_share(written.errors, written.pages)}"),
        *(("", f"{pages} x {stage}: {reason}") for (stage, reason), pages in _reasons(written)),
        ("output", job.request.output),
    ]
    if outdated.retried:
        lines.insert(1, ("retried", f"{outdated.retried} error rows"))
    if outdated.superseded:
        lines.insert(
            1, ("replaced", f"{outdated.superseded} rows of files that have changed since they were read")
        )
    return "\n".join(f"{name:<11}{text}" for name, text in lines)


def _reasons(written: Written) -> list[tuple[tuple[str, str], int]]:
    shown = written.failures.most_common(_REASONS_SHOWN)
    rest = written.errors - sum(pages for _, pages in shown)
    return [*shown, (("others", "see the column error"), rest)] if rest else shown


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.1%})" if whole else f"{part}"


def _aside(count: int, what: str) -> str:
    return f" ({count} {what})" if count else ""
