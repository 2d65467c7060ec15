"""A job of a hundred thousand rows: is its memory flat, and does it go on where a kill ended it?

`nuskha batch ocr --unit line` reads small pictures with the fake engine, which takes no time, so that what is
seen is the pipeline, the driver and the output. Four runs: one from beginning to end; one that is killed at
half; the same started again; and one that finds everything done. Memory is what processes have for themselves
(USS): the driver, and the largest of those that open or read pictures. Rows count once their part is written.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL
from subprocess import DEVNULL

import psutil
import pyarrow.parquet as pq

from bench.drawn import write_pictures

NUSKHA = (sys.executable, "-c", "from jobs.cli import main; main()")
LOOK_S = 1.0
WATCHED = (0.1, 0.5, 1.0)  # shares of the rows
FLAT_MIB = 64.0  # what may be gained from a tenth of the rows to all
PROPORTION = 1.25  # seconds a row of the run started again, beside the whole run's
_STAGES = ("ReadPages", "decode_pages", "ray::IDLE")


@dataclass(frozen=True, slots=True)
class Look:
    """At a run: seconds since its start, rows written, and memory in MiB."""

    seconds: float
    rows: int
    driver: float
    worker: float


@dataclass(slots=True)
class Run:
    """What was seen of one run."""

    looks: list[Look] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def started(self) -> Look:
        """When its first part was there."""
        return next(look for look in self.looks if look.rows > self.looks[0].rows)

    def seconds_a_row(self, rows: int) -> float:
        """From its first part to its end, with so many rows there."""
        return (self.seconds - self.started.seconds) / (rows - self.started.rows)

    def at(self, rows: float) -> Look:
        """The first look with so many rows written."""
        return next((look for look in self.looks if look.rows >= rows), self.looks[-1])


def main() -> int:
    """Print the figures; exit status 1 where memory grows, rows lack or a restart is slow."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    rows = asked.rows
    with tempfile.TemporaryDirectory() as folder:
        pictures = write_pictures(Path(folder) / "pictures.parquet", rows)
        options = ["--engine", "fake", "--unit", "line", "--workers", str(asked.workers)]
        command = [*NUSKHA, "batch", "ocr", str(pictures), *options]
        outputs = whole, broken = Path(folder) / "whole", Path(folder) / "broken"
        through = _run(command, whole)
        _run(command, broken, until=rows // 2)
        again = _run(command, broken)
        read = json.loads((broken / "_run.json").read_text())["counts"]["pages_this_run"]
        nothing = _run(command, whole)
        sizes = [part.stat().st_size for part in whole.glob("*.parquet")]
        once = all(_ids(output) == (rows, rows) for output in outputs)
    looks = [through.at(share * rows) for share in WATCHED]
    left = rows - again.looks[0].rows
    slower = again.seconds_a_row(rows) / through.seconds_a_row(rows)
    grown = max(looks[-1].driver - looks[0].driver, looks[-1].worker - looks[0].worker)
    print(f"n={rows} rows, {asked.workers} workers, engine fake, unit line, {psutil.cpu_count()} cores")
    print(f"whole run      {through.seconds:.0f} s, first part after {through.started.seconds:.0f} s")
    print(f"output         {len(sizes)} parts, {sum(sizes) / len(sizes) / 1e6:.2f} MB each")
    for share, look in zip(WATCHED, looks, strict=True):
        print(f"memory at {share:4.0%} driver {look.driver:.0f} MiB, largest worker {look.worker:.0f} MiB")
    print(f"growth         {grown:+.0f} MiB from a tenth to all (bar {FLAT_MIB:.0f})")
    first = again.started.seconds
    print(
        f"killed, again  {left} rows left, {read} read, {again.seconds:.0f} s, first part after {first:.0f} s"
    )
    print(f"proportion     {slower:.2f} times the whole run's seconds a row (bar {PROPORTION})")
    print(f"nothing to do  {nothing.seconds:.1f} s with the listing and the survey of {rows} rows")
    print(f"every row once {'yes' if once else 'NO'}")
    return int(not once or read > left or grown > FLAT_MIB or slower > PROPORTION)


def _run(command: Sequence[str], output: Path, until: int | None = None) -> Run:
    """Run to the end, or kill the driver when so many rows are written; raises SystemExit where it fails."""
    run, sizes = Run(), dict[Path, int]()
    began = time.perf_counter()
    said = output.with_suffix(".log")
    with said.open("wb") as log:
        driver = psutil.Popen([*command, str(output)], stdout=DEVNULL, stderr=log)
    family: list[psutil.Process] = []
    while driver.poll() is None:
        family = driver.children(recursive=True)
        rows = _rows(output, sizes)
        looked = Look(
            time.perf_counter() - began, rows, _mib(driver), max(map(_mib, _working(family)), default=0)
        )
        run.looks.append(looked)
        if until is not None and rows >= until:
            driver.kill()
        time.sleep(LOOK_S)
    run.seconds = time.perf_counter() - began
    run.looks.append(Look(run.seconds, _rows(output, sizes), run.looks[-1].driver, run.looks[-1].worker))
    if driver.returncode != (0 if until is None else -SIGKILL):
        raise SystemExit(f"a run ended with status {driver.returncode}:\n{said.read_text()}")
    psutil.wait_procs(family, timeout=60)  # Ray's processes end after their driver
    return run


def _rows(output: Path, sizes: dict[Path, int]) -> int:
    """Rows of all parts; those looked at before are in `sizes`."""
    for part in output.glob("part-*.parquet"):
        if part not in sizes:
            sizes[part] = pq.read_metadata(part).num_rows
    return sum(sizes.values())


def _ids(output: Path) -> tuple[int, int]:
    """Rows in an output folder, and how many different pages they are of."""
    ids = [pq.read_table(part, columns=["page_id"])["page_id"] for part in output.glob("part-*.parquet")]
    return sum(map(len, ids)), len({page for column in ids for page in column.to_pylist()})


def _working(family: Sequence[psutil.Process]) -> list[psutil.Process]:
    return [process for process in family if any(stage in _title(process) for stage in _STAGES)]


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _mib(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().uss / 2**20)
    except psutil.Error:
        return 0.0


if __name__ == "__main__":
    sys.exit(main())
