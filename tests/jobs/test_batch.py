"""The job on a real Ray: every page once, whatever happens."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest
from processes import a_worker_killed, end, wait_until
from scans import page_picture, pages_of, rows_of, write_document, write_pages

from jobs.compact import compact
from jobs.exits import CannotStart, Exit, Stopped
from jobs.output import Output
from ocr.records import PAGE_SCHEMA

Job = Callable[..., Exit]

# Ray 2.60 warns of defaults of its own.
pytestmark = pytest.mark.filterwarnings("ignore:`use_.*` is deprecated:DeprecationWarning")


def contents(output: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in output.iterdir()}


def test_good_pages_come_out_beside_bad_ones(
    run_job: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scans = tmp_path / "scans"
    write_pages(scans, range(4))
    write_document(scans / "three.tiff", range(10, 13))
    write_document(scans / "two.pdf", range(20, 22))
    (scans / "text.jpg").write_text("not a picture")
    (scans / "empty.png").touch()
    (scans / ".DS_Store").write_bytes(b"system")

    assert run_job(scans, tmp_path / "out") == Exit.FAILURES

    rows = rows_of(tmp_path / "out")
    assert pages_of(tmp_path / "out") == sorted(
        [(f"page{number:03}.png", 1) for number in range(4)]
        + [("three.tiff", page) for page in (1, 2, 3)]
        + [("two.pdf", page) for page in (1, 2)]
        + [("text.jpg", 0), ("empty.png", 0)]
    )
    failed = [row for row in rows if row["status"] == "error"]
    assert {Path(row["source"]).name for row in failed} == {"text.jpg", "empty.png"}
    assert all(row["error"] and row["error_stage"] for row in failed)
    assert all(row["medications"] for row in rows if row["status"] != "error")
    assert all(pq.read_schema(part).equals(PAGE_SCHEMA) for part in (tmp_path / "out").glob("*.parquet"))
    said = capsys.readouterr().out
    assert "11 pages" in said
    assert "1 hidden" in said

    account = json.loads((tmp_path / "out/_run.json").read_text())
    assert account["state"] == "finished"
    assert set(account["timings"]) == {"run_seconds", "reading_seconds", "engine_seconds", "pages_per_second"}
    assert account["counts"]["pages"] == 11
    assert account["counts"]["pages_failed"] == 2
    assert {file.name for file in (tmp_path / "out").iterdir() if file.suffix != ".parquet"} == {"_run.json"}


def test_a_finished_job_does_nothing_when_run_again(
    run_job: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scans = tmp_path / "scans"
    out = scans / "out"  # it lies in the input, and is not read as such
    write_pages(scans, range(2))
    (scans / "bad.png").touch()
    assert run_job(scans, out) == Exit.FAILURES
    before = contents(out)
    capsys.readouterr()
    assert run_job(scans, out) == Exit.FAILURES
    assert run_job(scans, out, max_failures="50%") == Exit.OK
    assert contents(out) == before
    assert capsys.readouterr().out.count("nothing to do") == 2


@pytest.mark.slow
def test_new_changed_and_failed_documents_are_read_and_no_others(run_job: Job, tmp_path: Path) -> None:
    scans, out = tmp_path / "scans", tmp_path / "out"
    files = write_pages(scans, range(3))
    (scans / "bad.png").touch()
    assert run_job(scans, out, limit=2) == Exit.FAILURES  # bad.png and page000.png
    assert pages_of(out) == [("bad.png", 0), ("page000.png", 1)]
    first = rows_of(out)

    assert run_job(scans, out, max_failures="1") == Exit.OK
    assert [row for row in rows_of(out) if row["page_id"] in {row["page_id"] for row in first}] == first

    page_picture(50).save(files[1])
    assert run_job(scans, out, retry_errors=True, max_failures="1") == Exit.OK
    assert pages_of(out) == [("bad.png", 0), *((f"page{number:03}.png", 1) for number in range(3))]
    assert json.loads((out / "_run.json").read_text())["counts"]["pages_this_run"] == 2


@pytest.mark.slow
def test_restart_reads_everything_afresh(run_job: Job, tmp_path: Path) -> None:
    write_pages(tmp_path / "scans", range(2))
    run_job(tmp_path / "scans", tmp_path / "out")
    before = set(contents(tmp_path / "out"))
    run_job(tmp_path / "scans", tmp_path / "out", restart=True, engine_options={"delay_ms": "1"})
    assert len(rows_of(tmp_path / "out")) == 2
    assert before & set(contents(tmp_path / "out")) == {"_run.json"}


@pytest.mark.slow
def test_a_run_that_lost_the_folder_writes_no_more(
    run_job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.writer.FLUSH_S", 0.0)
    write_pages(tmp_path / "scans", range(30))
    output = Output(str(tmp_path / "out"))

    def take_over() -> None:
        while not output.parts():
            time.sleep(0.05)
        output.write_run((output.run() or {}) | {"run_id": "another"})

    other = threading.Thread(target=take_over)
    other.start()
    with pytest.raises(Stopped, match="another run"):
        run_job(tmp_path / "scans", tmp_path / "out", engine_options={"delay_ms": "200"})
    other.join()
    assert len(rows_of(tmp_path / "out")) < 30
    assert (output.run() or {})["run_id"] == "another"


DRIVER = """
import sys
import jobs.writer
jobs.writer.FLUSH_S = 0.5
from jobs.cli import main
main()
"""


def while_another_runs(run_job: Job, scans: Path, out: Path, pid: int) -> None:
    """No other command writes to the folder of a job whose driver lives."""
    before = contents(out)
    options = {"engine_options": {"delay_ms": "150"}}
    for restart in (False, True):
        with pytest.raises(CannotStart, match=rf"being written by another run \(process {pid} on "):
            run_job(scans, out, restart=restart, **options)
    with pytest.raises(CannotStart, match=f"process {pid}"):
        compact(Output(str(out)))
    assert contents(out) == before


@pytest.mark.slow
def test_a_killed_job_goes_on_where_it_ended(run_job: Job, tmp_path: Path, formulary: Path) -> None:
    scans, out = tmp_path / "scans", tmp_path / "out"
    write_pages(scans, range(12))
    write_document(scans / "a.tiff", range(100, 112))
    write_document(scans / "b.pdf", range(200, 212))
    command = [
        *(sys.executable, "-c", DRIVER, "batch", "ocr", str(scans), str(out)),
        *("--engine", "fake", "--engine-option", "delay_ms=150", "--formulary", str(formulary)),
    ]
    driver = subprocess.Popen(  # noqa: S603 - this code
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: len(rows_of(out)) >= 10)
        driver.send_signal(signal.SIGSTOP)
        while_another_runs(run_job, scans, out, driver.pid)
    finally:
        family = psutil.Process(driver.pid).children(recursive=True)
        driver.send_signal(signal.SIGKILL)
        driver.wait()
        end(family)

    kept = {name: data for name, data in contents(out).items() if name.endswith(".parquet")}
    kept_rows = rows_of(out)
    assert len(kept_rows) < 36
    (out / "_unfinished-0123").write_bytes(b"half a part")  # what a job killed while writing leaves

    assert run_job(scans, out, engine_options={"delay_ms": "150"}) == Exit.OK

    assert {name: data for name, data in contents(out).items() if name in kept} == kept
    assert not list(out.glob("_unfinished*"))
    rows = rows_of(out)
    assert len(rows) == len({row["page_id"] for row in rows}) == 36
    assert pages_of(out) == sorted(
        [(f"page{number:03}.png", 1) for number in range(12)]
        + [(name, page) for name in ("a.tiff", "b.pdf") for page in range(1, 13)]
    )
    counts = json.loads((out / "_run.json").read_text())["counts"]
    assert counts["pages_this_run"] == 36 - len(kept_rows)


@pytest.mark.slow
def test_a_killed_worker_costs_no_page(run_job: Job, tmp_path: Path) -> None:
    write_pages(tmp_path / "scans", range(24))

    with a_worker_killed("ReadPages"):  # into the second batch
        assert run_job(tmp_path / "scans", tmp_path / "out", engine_options={"delay_ms": "120"}) == Exit.OK
    assert pages_of(tmp_path / "out") == [(f"page{number:03}.png", 1) for number in range(24)]
