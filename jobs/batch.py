"""The driver of every batch job: input in, result Parquet out, resumable at any moment.

The driver alone writes. It takes the rows as they come, drops those it has seen, and writes a part every few
seconds. What is written is known from the rows themselves, so a job that was killed starts again where its
last part ended: complete documents are not opened, half-read ones go on at the missing page, and messages
that have their summary are not condensed again.
"""

import contextlib
import sys
from collections.abc import Generator

import pyarrow as pa
from ray.exceptions import RayError

from jobs.account import FailureLimit, RunRecord, closing
from jobs.cluster import cluster, share_out
from jobs.exits import CannotStart, Exit, Stopped
from jobs.job import Job
from jobs.lease import lease_of
from jobs.meter import Meter
from jobs.metrics import Metrics
from jobs.preparation import check_output
from jobs.sigterm import stopping_on_sigterm
from jobs.ticking import ticking
from jobs.writer import PartWriter, new_run_id
from jobs.written import Written, survey


def run(job: Job) -> Exit:
    """Run the job, print its summary and say how to exit.

    Raises CannotStart when nothing could start, Stopped when the job could not go on, and
    KeyboardInterrupt when it was told to stop; what was read until then is written.
    """
    limit = FailureLimit(job.request.max_failures)
    run_id = new_run_id()
    record = RunRecord(job, run_id)
    with stopping_on_sigterm(), lease_of(job.output.folder):
        # Another run may have ended here since the job was prepared.
        check_output(job.output, job.name, job.reading, restart=job.request.restart)
        if job.request.restart:
            job.output.clear()
        earlier = job.output.run()
        job.output.write_run(record.at("running"))  # from here on the folder is this run's
        job.output.tidy()
        written = survey(job)
        meter = Meter(job)
        try:
            _read(job, written, PartWriter(job.output, run_id), meter)
        except KeyboardInterrupt:
            job.output.check_owner(run_id)
            job.output.write_run(record.at("interrupted"))
            print("stopped; the same command goes on from here", file=sys.stderr)
            raise
        job.output.check_owner(run_id)
        did_nothing = not (meter.rows or written.retried or written.superseded)
        if earlier and did_nothing and earlier["state"] == "finished":
            job.output.write_run(earlier)  # a run that did nothing leaves the account of the one that did
        else:
            job.output.write_run(record.at("finished", written, meter))
    print(closing(job, written, meter))
    return limit.exit_for(written)


def _read(job: Job, written: Written, writer: PartWriter, meter: Meter) -> None:
    """Read what is waiting: first in batches, then what is still missing alone; the rest is error rows."""
    request = job.request
    if _is_complete(job):
        return
    with cluster(request.address, request.workers), stopping_on_sigterm():
        shares = share_out(request.workers, request.gpus_per_worker, request.grow_s)
        metrics = Metrics(job.name)
        with meter:
            for alone in (False, True):
                if not _is_complete(job):
                    _write(job.read(shares, alone=alone), written, writer, meter, metrics)
            _write(job.lost(), written, writer, meter, metrics)


def _is_complete(job: Job) -> bool:
    return job.ledger.finished >= job.ledger.total


def _write(
    tables: Generator[pa.Table], written: Written, writer: PartWriter, meter: Meter, metrics: Metrics
) -> None:
    try:
        with contextlib.closing(tables), ticking(writer.flush_if_due, meter.show) as ticks:
            for rows in tables:
                if ticks.done():  # it failed: the folder is no longer this run's, or cannot be written
                    break
                errors = written.errors
                fresh = written.take(rows)
                writer.add(fresh)
                meter.advance(fresh.num_rows, written.errors - errors)
                metrics.count(fresh)
    except RayError as error:
        if not meter.rows:
            raise CannotStart(f"the workers did not start: {_last_line(error)}") from None
        raise Stopped(f"the job stopped ({type(error).__name__}); the same command goes on") from None
    finally:
        writer.flush()


def _last_line(error: RayError) -> str:
    """What a worker said that died while it loaded its engine, before it saw a row."""
    return str(error).strip().splitlines()[-1]
