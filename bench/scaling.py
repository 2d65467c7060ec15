"""What one, two and four workers read with an engine that only sleeps: is it as many times as much?

With an engine that needs no core, what is lost is the pipeline's own: opening pages, handing them over,
taking rows. All read in one Ray, which started before; a rate is taken from the arrival of the first tenth of
the pages to that of nine tenths, so that neither loading engines nor filling and draining the pipeline
counts: in a job of a night they last seconds. Pages arrive eight at a time, of all workers at once perhaps,
so the rate is the slope of a line through all arrivals. The cores' time is of the same stretch.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.drawn import write_pictures
from jobs.cluster import cluster, share_out
from jobs.ocr import read_documents
from jobs.options import PAGE_LIMIT_S
from multilingual.clinical.formulary import Formulary, load_formulary
from ocr.sources import Source, find_sources
from ocr.units import Unit

BAR = 0.9
WORKERS = (1, 2, 4)
_PROCESSES = {"ReadPages": "workers", "decode_pages": "opening", "IDLE": "opening"}
"""What their titles have in common; a task's process is idle between two tasks."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From a tenth of the pages to nine tenths: pages, pages/s, and seconds of cores by kind of process."""

    pages: int
    rate: float
    cores: dict[str, float]


def main() -> int:
    """Print the figures; exit status 1 when the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=96, help="pages for each worker")
    parser.add_argument("--delay-ms", type=int, default=1000, help="how long the engine sleeps over a page")
    asked = parser.parse_args()
    formulary = load_formulary()
    delay, cores = asked.delay_ms, os.cpu_count()
    print(f"engine sleeps {delay} ms a page, {asked.pages} pages for each worker, {cores} cores")
    with tempfile.TemporaryDirectory() as folder, cluster(None, max(WORKERS)):
        table = write_pictures(Path(folder) / "pages.parquet", asked.pages * max(WORKERS))
        sources = list(find_sources([str(table)]))
        rates = {}
        for workers in WORKERS:
            stretch = _stretch(sources[: asked.pages * workers], delay, formulary, workers)
            rate = rates[workers] = stretch.rate
            print(
                f"{workers} workers, n={stretch.pages}: {rate:.2f} pages/s, "
                f"{rate / workers / rates[1]:.3f} of linear, "
                f"{1000 * workers / rate - delay:.0f} ms of a worker a page beyond the sleep; "
                f"cores' ms a page: {_shown(stretch)}",
                flush=True,
            )
    worst = min(rates[workers] / workers / rates[1] for workers in WORKERS)
    print(f"at least {worst:.3f} of linear (bar {BAR})")
    return int(worst < BAR)


def _stretch(sources: list[Source], delay_ms: int, formulary: Formulary, workers: int) -> Stretch:
    waiting = ((source, frozenset[str]()) for source in sources)
    options = {"delay_ms": str(delay_ms)}
    shares = share_out(workers, 0)
    pages, arrivals, looks = 0, list[tuple[float, int]](), list[dict[int, tuple[str, float]]]()
    for rows in read_documents(waiting, "fake", options, formulary, shares, Unit.PAGE, PAGE_LIMIT_S):
        pages += rows.num_rows
        if 0.1 * len(sources) <= pages <= 0.9 * len(sources):
            arrivals.append((time.perf_counter(), pages))
            looks[1:] = [_core_seconds()]
    if len(arrivals) < 2:
        raise SystemExit(f"{pages} of {len(sources)} pages came: too few to time; give more --pages")
    rate = statistics.linear_regression(*zip(*arrivals, strict=True)).slope
    cores = dict[str, float]()
    for process, (kind, seconds) in looks[1].items():
        cores[kind] = cores.get(kind, 0.0) + seconds - looks[0].get(process, (kind, 0.0))[1]
    return Stretch(arrivals[-1][1] - arrivals[0][1], rate, cores)


def _core_seconds() -> dict[int, tuple[str, float]]:
    """Of this process and all below it, by their ids: kind, and seconds of cores so far."""
    this = psutil.Process()
    found = {}
    for process in [this, *this.children(recursive=True)]:
        try:
            title, times = " ".join(process.cmdline()), process.cpu_times()
        except psutil.Error:
            continue
        kind = next((kind for part, kind in _PROCESSES.items() if part in title), "Ray's own")
        found[process.pid] = "driver" if process == this else kind, times.user + times.system
    return found


def _shown(stretch: Stretch) -> str:
    by_size = sorted(stretch.cores.items(), key=lambda item: -item[1])
    return ", ".join(f"{kind} {1000 * seconds / stretch.pages:.1f}" for kind, seconds in by_size)


if __name__ == "__main__":
    sys.exit(main())
