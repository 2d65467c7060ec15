"""`nuskha simulate N OUTPUT`: prescriptions drawn on Ray into Parquet shards, with what stands on them.

OUTPUT/part-00000.parquet  pages with their pictures (ocr/simulate/records.py), for `nuskha batch ocr`
OUTPUT/_gold.json          the same pages' medicines, for `nuskha evaluate ocr`

A page is decided by the seed and its number, a shard by the pages in it: workers change nothing but the time.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import ray
from ray.exceptions import RayError

from jobs.cluster import cluster
from jobs.exits import Exit, Stopped
from jobs.in_parallel import in_parallel
from jobs.lease import lease_of
from jobs.masking import masked
from jobs.output import Output
from jobs.preparation import check_output, open_formulary
from jobs.sigterm import stopping_on_sigterm
from jobs.versions import own_version, versions
from jobs.writer import new_run_id
from multilingual.clinical.formulary import Formulary
from ocr.simulate.records import PAGE_SCHEMA, gold_of, to_row

_PAGES_A_SHARD = 50
_GOLD_COLUMNS = ("image", "width", "height", "legibility", "printed_form", "medicines")


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulate:
    """A drawing job as asked for on the command line; the fields are its options."""

    pages: int
    output: str
    seed: int = 0
    formulary: str | None = None
    formulary_columns: Mapping[str, str] | None = None
    workers: int | None = None
    address: str | None = None
    restart: bool = False


@dataclass(frozen=True, slots=True)
class _Shard:
    """Pages `start` to `stop` of a seed."""

    seed: int
    start: int
    stop: int

    @property
    def name(self) -> str:
        """Of its file."""
        return f"part-{self.start // _PAGES_A_SHARD:05}.parquet"


def simulate(request: Simulate) -> Exit:
    """Draw what is missing in the folder, and write the gold reading. Raises CannotStart, Stopped."""
    formulary = open_formulary(request.formulary, request.formulary_columns)
    reading = {
        "pages": request.pages,
        "seed": request.seed,
        "formulary": formulary.digest,
        "version": own_version(),
    }
    output = Output(request.output)
    check_output(output, "simulate", reading, restart=request.restart)
    with stopping_on_sigterm(), lease_of(output.folder):
        drawn, seconds = _draw_missing(request, reading, formulary, output)
    print(f"{request.output}: {request.pages} pages, {drawn} of them drawn in {seconds:.0f} s")
    return Exit.OK


def _draw_missing(
    request: Simulate, reading: Mapping[str, Any], formulary: Formulary, output: Output
) -> tuple[int, float]:
    """How many pages were drawn, and in how many seconds."""
    check_output(
        output, "simulate", reading, restart=request.restart
    )  # another run may have ended here since
    if request.restart:
        output.clear()
    run = _run_record(request, reading)
    output.write_run(run | {"state": "running"})
    output.tidy()
    started = time.monotonic()
    written = set(output.parts())
    shards = [shard for shard in _shards(request) if shard.name not in written]
    drawn = 0
    if shards:
        with cluster(request.address, request.workers), stopping_on_sigterm():
            entries = ray.put(formulary.entries)
            for shard, table in zip(shards, _drawn(shards, entries, request.workers), strict=True):
                output.check_owner(run["run_id"])
                output.write_part(shard.name, table)
                drawn += table.num_rows
    output.write_gold(_gold(output))
    seconds = time.monotonic() - started
    ended = datetime.now(UTC).isoformat(timespec="seconds")
    output.write_run(run | {"state": "finished", "ended": ended, "seconds": round(seconds, 1)})
    return drawn, seconds


def _shards(request: Simulate) -> Iterator[_Shard]:
    for start in range(0, request.pages, _PAGES_A_SHARD):
        yield _Shard(request.seed, start, min(request.pages, start + _PAGES_A_SHARD))


def _drawn(shards: list[_Shard], entries: Any, workers: int | None) -> Iterator[pa.Table]:
    """The shards' pages, in order; `entries` is where Ray keeps those of the formulary."""
    try:
        yield from in_parallel(_draw, [(shard, [entries]) for shard in shards], at_once=workers)
    except RayError as error:
        raise Stopped(f"drawing stopped ({type(error).__name__}); the same command goes on") from None


def _draw(chunk: tuple[_Shard, list[Any]]) -> pa.Table:
    """On a worker: the pages of a shard, as PAGE_SCHEMA."""
    import cv2

    from ocr.simulate.pages import simulated_page

    cv2.setNumThreads(1)  # the other cores draw other shards
    shard, (kept,) = chunk
    entries = ray.get(kept)
    pages = (simulated_page(shard.seed, index, entries) for index in range(shard.start, shard.stop))
    return pa.Table.from_pylist([to_row(page) for page in pages], schema=PAGE_SCHEMA)


def _gold(output: Output) -> bytes:
    """The gold reading of all pages, as a JSON array with a page a line."""
    pages = (
        json.dumps(gold_of(row), ensure_ascii=False)
        for name in output.parts()
        for batch in output.batches(name, [*_GOLD_COLUMNS])
        for row in batch.to_pylist()
    )
    return ("[\n" + ",\n".join(pages) + "\n]\n").encode()


def _run_record(request: Simulate, reading: Mapping[str, Any]) -> dict[str, Any]:
    """What `_run.json` tells, less its state."""
    return {
        "run_id": new_run_id(),
        "job": "simulate",
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "reading": dict(reading),
        "arguments": masked(asdict(request)),
        "versions": versions("numpy", "opencv-contrib-python", "pillow"),
    }
