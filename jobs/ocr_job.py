"""The prescription job: scans in, a row a page out."""

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from jobs import vllm_pages
from jobs.account import share
from jobs.cluster import Shares
from jobs.documents import DocumentLedger
from jobs.job import Job, Request
from jobs.ocr import read_documents
from jobs.output import Output
from jobs.page_stages import lost_pages
from jobs.preparation import (
    check_gpus,
    check_output,
    find_documents,
    open_formulary,
    refusing,
    settings,
    with_pace,
)
from jobs.reader import EngineFacts, ask_engine, facts_of
from jobs.vllm_engine import NAME as VLLM
from jobs.vllm_engine import Relay, open_vllm
from multilingual.clinical.formulary import Formulary
from ocr.engines import OPTIONS, read_options
from ocr.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrRequest(Request):
    """A prescription job as asked for on the command line."""

    formulary: str | None = None
    formulary_columns: Mapping[str, str] | None = None
    unit: Unit = Unit.PAGE
    """What each picture holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrJob(Job):
    """Reads documents into rows of PAGE_SCHEMA; resumes by page."""

    name: ClassVar[str] = "ocr"
    whole: ClassVar[str] = "documents"
    unit: ClassVar[str] = "pages"
    columns: ClassVar[Sequence[str]] = (
        *("page_id", "source_id", "source", "pages"),
        "medications.list.element.needs_review",
    )

    formulary: Formulary
    ledger: DocumentLedger

    def read(self, shares: Shares, *, alone: bool) -> Generator[pa.Table]:
        """See `Job.read`."""
        request = self.request
        waiting = ((waits.source, waits.seen) for waits in self.ledger.waiting())
        unit = Unit(self.reading["unit"])
        if request.engine == VLLM:
            vllm = open_vllm(request.engine_options, request.gpus_per_worker)
            return vllm_pages.read_documents(
                waiting, vllm, self.formulary, shares, unit, request.limit_s, alone=alone
            )
        options = with_pace(OPTIONS[request.engine], request.engine_options, shares.threads)
        return read_documents(
            waiting, request.engine, options, self.formulary, shares, unit, request.limit_s, alone=alone
        )

    def lost(self) -> Generator[pa.Table]:
        """See `Job.lost`."""
        engine, version = self.reading["engine"], self.reading["engine_version"]
        for waits in list(self.ledger.waiting()):
            yield lost_pages(waits.source, waits.pages, waits.seen, engine, version)

    def tally(self, rows: pa.Table) -> Counter[str]:
        """Medications, and those to review."""
        medications = pc.list_flatten(rows["medications"])
        doubtful = pc.sum(pc.struct_field(medications, "needs_review")).as_py() or 0
        return Counter({"medications": len(medications), "medications_to_review": doubtful})

    def findings(self, tally: Mapping[str, int]) -> Sequence[tuple[str, str]]:
        """See `Job.findings`."""
        found, doubtful = tally.get("medications", 0), tally.get("medications_to_review", 0)
        return [("medicines", f"{found}, {share(doubtful, found)} to review")]


def prepare(request: OcrRequest) -> OcrJob:
    """Check everything that can be checked without Ray. Raises CannotStart; writes nothing."""
    engine = _ask(request)
    check_gpus(engine.name, engine.uses_gpu, request.gpus_per_worker)
    formulary = open_formulary(request.formulary, request.formulary_columns)
    with refusing(ValueError):
        options = read_options(request.engine, request.engine_options)
    reading = {
        "engine": engine.name,
        "engine_version": engine.version,
        "engine_options": settings(options),
        "formulary": formulary.digest,
        "unit": request.unit.value,
    }
    output = Output(request.output)
    check_output(output, OcrJob.name, reading, restart=request.restart)
    documents = find_documents(request.inputs, request.output)
    ledger = DocumentLedger(islice(documents.sources, request.limit))
    return OcrJob(
        request=request,
        reading=reading,
        output=output,
        inputs={"documents": ledger.total, "hidden_files": documents.hidden},
        ledger=ledger,
        formulary=formulary,
        models=engine.models,
    )


def _ask(request: OcrRequest) -> EngineFacts:
    if request.engine != VLLM:
        return ask_engine(request.engine, request.engine_options)
    vllm = open_vllm(request.engine_options, request.gpus_per_worker)
    return facts_of(vllm.engine(Relay(vllm)))
