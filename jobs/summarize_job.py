"""The summary job: patients' messages in, a row with a summary each out."""

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

import pyarrow as pa

from jobs.cluster import Shares
from jobs.job import Job, Request
from jobs.message_ledger import MessageLedger
from jobs.message_stages import lost_messages
from jobs.messages import find_files
from jobs.options import MESSAGE_LIMIT_S, Target
from jobs.output import Output
from jobs.preparation import check_gpus, check_output, refusing, settings, with_pace
from jobs.summariser import ask_engine
from jobs.summarize import condense_messages
from summarize.engines import OPTIONS, read_options
from summarize.languages import LANGUAGES
from summarize.prompts import load_prompt

_ROWS_A_TABLE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SummarizeRequest(Request):
    """A summary job as asked for on the command line."""

    target: Target = Target.ENGLISH
    limit_s: float = MESSAGE_LIMIT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class SummarizeJob(Job):
    """Condenses messages into rows of SUMMARY_SCHEMA; resumes by message."""

    name: ClassVar[str] = "summarize"
    whole: ClassVar[str] = "messages"
    unit: ClassVar[str] = "messages"
    columns: ClassVar[Sequence[str]] = ("row_id", "source", "row", "flags")

    ledger: MessageLedger

    def read(self, shares: Shares, *, alone: bool) -> Generator[pa.Table]:
        """See `Job.read`."""
        request, target = self.request, self.reading["target_language"]
        options = with_pace(OPTIONS[request.engine], request.engine_options, shares.threads)
        taken, pending = self.ledger.taken, self.ledger.pending()
        return condense_messages(
            taken, pending, request.engine, options, target, shares, request.limit_s, alone=alone
        )

    def lost(self) -> Generator[pa.Table]:
        """See `Job.lost`."""
        if self.ledger.finished == self.ledger.total:
            return
        engine, version = self.reading["engine"], self.reading["engine_version"]
        waiting = self.ledger.waiting()
        while group := list(islice(waiting, _ROWS_A_TABLE)):
            yield lost_messages(group, engine, version)

    def tally(self, rows: pa.Table) -> Counter[str]:
        """Messages by the flags that they have."""
        return Counter(
            f"flagged_{code}"
            for flags in rows["flags"].to_pylist()
            for code in {flag.partition(":")[0] for flag in flags}
        )

    def findings(self, tally: Mapping[str, int]) -> Sequence[tuple[str, str]]:
        """See `Job.findings`."""
        flags = [f"{count} {name.removeprefix('flagged_')}" for name, count in sorted(tally.items())]
        gone = self.ledger.total - self.ledger.finished
        return [
            *([("flags", ", ".join(flags))] if flags else []),
            *([("gone", f"{gone} messages: the input changed meanwhile; run again")] if gone else []),
        ]


def prepare(request: SummarizeRequest) -> SummarizeJob:
    """Check everything that can be checked without Ray. Raises CannotStart; writes nothing."""
    engine = ask_engine(request.engine, request.engine_options)
    check_gpus(engine.name, engine.uses_gpu, request.gpus_per_worker)
    options = read_options(request.engine, request.engine_options)
    reading = {
        "engine": engine.name,
        "engine_version": engine.version,
        "engine_options": settings(options),
        "target_language": request.target.value,
        "prompts": prompts(engine.prompt, request.target),
    }
    output = Output(request.output)
    check_output(output, SummarizeJob.name, reading, restart=request.restart)
    found = find_files(request.inputs, request.output)
    ledger = MessageLedger(found.files, request.limit)
    return SummarizeJob(
        request=request,
        reading=reading,
        output=output,
        inputs={
            "files": len(ledger.taken),
            "hidden_files": found.hidden.count,
            "other_files": found.others,
        },
        ledger=ledger,
        models=engine.models,
    )


def prompts(task: str, target: Target) -> dict[str, str]:
    """The hash of each prompt that may be put to the engine, by language; none for one without prompts.

    Raises CannotStart where there is none for the target.
    """
    languages = LANGUAGES if target is Target.SOURCE else [target.value]
    with refusing(ValueError):
        return {language: load_prompt(task, language).digest for language in languages} if task else {}
