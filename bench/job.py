"""The Ray job beside the bare engine: pages a second of each worker, and the memory of a worker.

Both read the same files with the same weights and the same number of threads, in turns, on the same machine.
The bare engine is a plain loop in this process: open the pages, read them in batches, find their medicines.
The job is the pipeline of `nuskha batch ocr`, timed from its first results to its last: a start takes seconds
of a night.
"""

import argparse
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

import psutil

from jobs.cluster import Shares, cluster, share_out
from jobs.ocr import read_documents
from jobs.options import PAGE_LIMIT_S
from jobs.preparation import with_pace
from jobs.single import read_sources
from multilingual.clinical.formulary import Formulary, load_formulary
from multilingual.clinical.formulary_index import FormularyIndex
from ocr.engines import DEFAULT_ENGINE, OPTIONS, make_engine
from ocr.sources import Source, find_sources
from ocr.units import Unit

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("NUSKHA_DATA", ROOT.parent / "shared" / "data"))
BAR = 0.9


def main() -> int:
    """Print the figures; exit status 1 when the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=100, help="pages that the job reads")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--engine", default=DEFAULT_ENGINE)
    asked = parser.parse_args()
    formulary = load_formulary()
    with tempfile.TemporaryDirectory() as folder, cluster(None, asked.workers):
        sources = _copies(Path(folder), asked.pages)
        shares = share_out(asked.workers, 0)
        options = with_pace(OPTIONS[asked.engine], {}, shares.threads)
        bare = [_bare(sources, asked.engine, options, formulary)]
        with _watched_memory() as looks:
            job = _job(sources, asked.engine, options, formulary, shares)
        bare.append(_bare(sources, asked.engine, options, formulary))
    ratio = job / shares.workers / (sum(bare) / len(bare))
    halves = looks[: len(looks) // 2], looks[len(looks) // 2 :]
    early, late = (max(half, default=0) / 2**20 for half in halves)
    print(f"{asked.engine}, {shares.workers} workers of {shares.threads} threads, {len(sources)} pages")
    print(f"bare engine        {bare[0]:.2f} pages/s before, {bare[1]:.2f} after")
    print(f"job, each worker   {job / shares.workers:.2f} pages/s")
    print(f"ratio              {ratio:.2f} (bar {BAR})")
    print(f"memory of a worker {early:.0f} MiB at most in the first half, {late:.0f} MiB in the second")
    return int(ratio < BAR)


def _copies(folder: Path, pages: int) -> list[Source]:
    """So many files: the real pages where there are any, else the samples, over and over."""
    pictures = sorted((DATA / "prescriptions" / "pages").glob("*.jpg")) or sorted(
        file for file in (ROOT / "samples").iterdir() if file.suffix in {".jpg", ".png"}
    )
    for number, picture in enumerate(islice(cycle(pictures), pages)):
        shutil.copy(picture, folder / f"{number:05}{picture.suffix}")
    return list(find_sources([str(folder)]))


def _bare(sources: Sequence[Source], engine: str, options: dict[str, str], formulary: Formulary) -> float:
    """Pages a second of a plain loop, its engine loaded and warm."""
    reader, index = make_engine(engine, options), FormularyIndex(formulary)
    for _ in read_sources(sources[:2], reader, index):
        pass
    started = time.perf_counter()
    pages = sum(1 for _ in read_sources(sources, reader, index))
    return pages / (time.perf_counter() - started)


def _job(
    sources: Sequence[Source], engine: str, options: dict[str, str], formulary: Formulary, shares: Shares
) -> float:
    """Pages a second of the job, from its first results to its last."""
    waiting = [(source, frozenset[str]()) for source in sources]
    arrived = [
        (time.perf_counter(), rows.num_rows)
        for rows in read_documents(waiting, engine, options, formulary, shares, Unit.PAGE, PAGE_LIMIT_S)
    ]
    (first, _), (last, _) = arrived[0], arrived[-1]
    return sum(rows for _, rows in arrived[1:]) / (last - first)


@contextmanager
def _watched_memory() -> Iterator[list[int]]:
    """Looks twice a second at the private memory of the largest worker, in bytes."""
    looks: list[int] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.5):
            looks.append(max(map(_private_bytes, psutil.Process().children(recursive=True)), default=0))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield looks
    finally:
        done.set()
        watcher.join()


def _private_bytes(process: psutil.Process) -> int:
    try:
        is_worker = "ReadPages" in " ".join(process.cmdline())
        return int(process.memory_full_info().uss) if is_worker else 0
    except psutil.Error:
        return 0


if __name__ == "__main__":
    sys.exit(main())
