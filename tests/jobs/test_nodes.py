"""Jobs on several nodes, any of which may die; real Ray nodes on this machine, a process each."""

import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest
from nodes import Nodes, kill, nodes
from processes import wait_until
from scans import pages_of, write_pages

from jobs.exits import Exit

PAGES = 100
EXPECTED = [(f"page{number:03}.png", 1) for number in range(PAGES)]


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with nodes(tmp_path_factory.mktemp("ray")) as started:
        started.start_head("--num-cpus=0")
        yield started


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    write_pages(tmp_path / "scans", range(PAGES))
    return tmp_path / "scans"


def read(cluster: Nodes, scans: Path, *options: object, delay_ms: int = 60) -> subprocess.Popen[str]:
    words = ("--engine", "fake", "--engine-option", f"delay_ms={delay_ms}", "--address", cluster.address)
    return cluster.nuskha("batch", "ocr", scans, scans.parent / "out", *words, *options)


def rows_in(out: Path) -> int:
    return sum(pq.read_metadata(part).num_rows for part in out.glob("part-*.parquet"))


def wait_for_rows(job: subprocess.Popen[str], out: Path) -> None:
    """Until the job has written something, or is over."""
    wait_until(lambda: rows_in(out) > 0 or job.poll() is not None, 120)


def ended(job: subprocess.Popen[str], seconds: float = 150) -> tuple[int, str]:
    said, errors = job.communicate(timeout=seconds)
    return job.returncode, said + errors


def stages_on(node: psutil.Process) -> Counter[str]:
    """How many of a node's processes are busy in each stage."""
    found: Counter[str] = Counter()
    for process in node.children(recursive=True):
        try:
            title = " ".join(process.cmdline())
        except psutil.Error:
            continue
        found.update(stage for stage in ("ReadPages", "decode_pages") if stage in title)
    return found


@pytest.mark.slow
def test_a_node_that_dies_costs_no_page(cluster: Nodes, scans: Path) -> None:
    first, _ = cluster.add("--num-cpus=2"), cluster.add("--num-cpus=2")
    job = read(cluster, scans, "--workers", 2, delay_ms=200)
    try:
        wait_for_rows(job, scans.parent / "out")
        kill(first)
        status, said = ended(job)
    finally:
        job.kill()
    assert status == Exit.OK, said
    assert pages_of(scans.parent / "out") == EXPECTED


@pytest.mark.slow
def test_without_its_head_a_job_ends_and_goes_on_with_another(
    tmp_path_factory: pytest.TempPathFactory, scans: Path
) -> None:
    out = scans.parent / "out"
    with nodes(tmp_path_factory.mktemp("ray")) as lost:
        lost.environment["RAY_gcs_rpc_server_reconnect_timeout_s"] = "12"
        head = lost.start_head("--num-cpus=2")
        # Long enough that pages are left when the nodes give their head up.
        job = read(lost, scans, delay_ms=400)
        try:
            wait_for_rows(job, out)
            kill(head)
            status, said = ended(job)
        finally:
            job.kill()
    assert status == Exit.FAILURES
    assert "the same command goes on" in said
    kept = rows_in(out)
    assert 0 < kept < PAGES
    with nodes(tmp_path_factory.mktemp("ray")) as other:
        other.start_head("--num-cpus=2")
        status, said = ended(read(other, scans, delay_ms=400))
    assert status == Exit.OK, said
    assert f"{PAGES - kept} pages read" in said
    assert pages_of(out) == EXPECTED


@pytest.mark.slow
def test_engines_take_the_gpus_and_pages_are_opened_beside_them(cluster: Nodes, scans: Path) -> None:
    plain, with_gpu = cluster.add("--num-cpus=4"), cluster.add("--num-cpus=1", "--num-gpus=1")
    seen: dict[str, Counter[str]] = {"plain": Counter(), "with_gpu": Counter()}
    options = ("--gpus-per-worker", 0.5, "--workers", 2, "--engine-option", "gpu=true")
    job = read(cluster, scans, *options)

    def is_over() -> bool:
        seen["plain"] |= stages_on(plain)
        seen["with_gpu"] |= stages_on(with_gpu)
        return job.poll() is not None

    try:
        wait_until(is_over, 150, every=0.01)
    finally:
        job.kill()
    status, said = ended(job)
    assert status == Exit.OK, said
    assert pages_of(scans.parent / "out") == EXPECTED
    assert seen["with_gpu"]["ReadPages"] == 2
    assert seen["plain"]["ReadPages"] == 0
    assert seen["plain"]["decode_pages"] > 0
