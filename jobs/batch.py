"""The prescription job: documents in, result Parquet out, resumable at any moment.

The driver alone writes. It takes the rows as they come, drops those it has seen, and writes a part every few
seconds. What is written is known from the rows themselves, so a job that was killed starts again where its
last part ended: complete documents are not opened, half-read ones go on at the missing page.
"""

import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from types import FrameType

import pyarrow as pa
from ray.exceptions import RayError

from jobs.cluster import cluster, share_out
from jobs.exits import CannotStart, Exit, Stopped
from jobs.meter import Meter
from jobs.ocr import read_documents
from jobs.preparation import Job, Request, prepare, with_pace
from jobs.stages import lost_pages
from jobs.summary import FailureLimit, RunRecord, summary
from jobs.writer import PartWriter, new_run_id
from jobs.written import Outdated, Written, survey
from ocr.sources import Source

_TICK_S = 1.0


def run(request: Request) -> Exit:
    """Run the job, print its summary and say how to exit.

    Raises CannotStart when nothing could start, Stopped when the job could not go on, and
    KeyboardInterrupt when it was told to stop; what was read until then is written.
    """
    limit = FailureLimit(request.max_failures)
    job = prepare(request)
    run_id = new_run_id()
    record = RunRecord(job, run_id)
    if request.restart:
        job.output.clear()
    earlier = job.output.run()
    job.output.write_run(record.at("running"))  # from here on the folder is this run's
    job.output.tidy()
    outdated = Outdated(job.sources, errors_too=request.retry_errors)
    written = survey(job.output, outdated)
    meter = Meter(len(job.sources), finished=len(job.sources) - len(_waiting(job, written)))
    try:
        _read(job, written, PartWriter(job.output, run_id), meter)
    except KeyboardInterrupt:
        job.output.check_owner(run_id)
        job.output.write_run(record.at("interrupted"))
        print("stopped; the same command goes on from here", file=sys.stderr)
        raise
    job.output.check_owner(run_id)
    did_nothing = not (meter.pages or outdated.retried or outdated.superseded)
    if earlier and did_nothing and earlier["state"] == "finished":
        job.output.write_run(earlier)  # a run that did nothing leaves the account of the one that did
    else:
        job.output.write_run(record.at("finished", written, meter))
    print(summary(job, written, outdated, meter))
    return limit.exit_for(written)


def _read(job: Job, written: Written, writer: PartWriter, meter: Meter) -> None:
    """Read what is waiting: first in batches, then what is still missing alone; the rest is error rows."""
    if not _waiting(job, written):
        return
    request = job.request
    with cluster(request.address, request.workers), _stopping_on_sigterm():
        shares = share_out(request.workers, request.gpus_per_worker)
        options = with_pace(request.engine, request.engine_options, shares.threads)
        with meter:
            for alone in (False, True):
                waiting = _waiting(job, written)
                if waiting:
                    rows = read_documents(
                        waiting, request.engine, options, job.formulary, shares, alone=alone
                    )
                    _write(rows, written, writer, meter)
            _write(_lost(job, written), written, writer, meter)


def _waiting(job: Job, written: Written) -> list[tuple[Source, frozenset[str]]]:
    return [
        (source, written.seen(source.source_id))
        for source in job.sources
        if source.source_id not in written.complete
    ]


def _lost(job: Job, written: Written) -> Generator[pa.Table]:
    for source, seen in _waiting(job, written):
        document = written.started.get(source.source_id)
        pages = document.pages if document else None
        yield lost_pages(source, pages, seen, job.reading.engine, job.reading.engine_version)


def _write(tables: Generator[pa.Table], written: Written, writer: PartWriter, meter: Meter) -> None:
    try:
        with closing(tables), _ticking(writer.flush_if_due, meter.show) as ticking:
            for rows in tables:
                if ticking.done():  # it failed: the folder is no longer this run's, or cannot be written
                    break
                complete, errors = len(written.complete), written.errors
                fresh = written.take(rows)
                writer.add(fresh)
                meter.advance(len(written.complete) - complete, fresh.num_rows, written.errors - errors)
    except RayError as error:
        if not meter.pages:
            raise CannotStart(f"the workers did not start: {_last_line(error)}") from None
        raise Stopped(f"the job stopped ({type(error).__name__}); the same command goes on") from None
    finally:
        writer.flush()


@contextmanager
def _ticking(*actions: Callable[[], None]) -> Iterator[Future[None]]:
    """Call the actions every second in a thread of their own, as minutes may pass between two pages.

    What they raise ends the thread, and is raised again at the end.
    """
    over = threading.Event()

    def tick() -> None:
        while not over.wait(_TICK_S):
            for action in actions:
                action()

    with ThreadPoolExecutor(1, "tick") as threads:
        ticking = threads.submit(tick)
        try:
            yield ticking
        finally:
            over.set()
    ticking.result()


def _last_line(error: RayError) -> str:
    """What a worker said that died while it loaded its engine, before it saw a page."""
    return str(error).strip().splitlines()[-1]


@contextmanager
def _stopping_on_sigterm() -> Iterator[None]:
    """Treat a polite request to end like Ctrl-C, so that what was read is written."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    earlier = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)
