"""The summary job on a real Ray: every message once, whatever happens."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest
from inboxes import ids_of, message_rows, write_csv, write_lines, write_parquet
from processes import a_worker_killed, end, wait_until
from scans import rows_of

from jobs.exits import CannotStart, Exit, Stopped
from jobs.options import Target
from jobs.output import Output
from summarize.records import SUMMARY_SCHEMA

Job = Callable[..., Exit]

# Ray 2.60 warns of defaults of its own.
pytestmark = pytest.mark.filterwarnings("ignore:`use_.*` is deprecated:DeprecationWarning")


def contents(output: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in output.iterdir()}


def test_good_messages_come_out_beside_bad_ones(
    run_summaries: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox, out = tmp_path / "inbox", tmp_path / "out"
    twice = {"query_id": "q1", "query": "Kya main doodh pi sakta hoon?"}
    lines = [*message_rows(range(3)), twice, twice, '{"query": "half a', "", {"query_id": "e", "query": " "}]
    write_lines(inbox / "a.jsonl", lines)
    write_csv(inbox / "b.csv", message_rows(range(3, 5)))
    write_parquet(inbox / "c.parquet", message_rows(range(5, 8)))
    write_csv(inbox / "no column.csv", [{"question": "Who am I?"}])
    (inbox / "empty.jsonl").touch()
    (inbox / "damaged.parquet").write_bytes(b"PAR1 and nothing else")
    (inbox / "picture.jpg").write_bytes(b"an attachment")
    (inbox / ".DS_Store").write_bytes(b"system")

    assert run_summaries(inbox, out) == Exit.FAILURES

    rows = rows_of(out)
    places = [(Path(row["source"]).name, row["row"]) for row in rows]
    assert sorted(places, key=str) == sorted(
        [("a.jsonl", number) for number in (1, 2, 3, 4, 5, 6, 8)]
        + [("b.csv", 1), ("b.csv", 2)]
        + [("c.parquet", number) for number in (1, 2, 3)]
        + [(name, None) for name in ("no column.csv", "empty.jsonl", "damaged.parquet")],
        key=str,
    )
    assert len({row["row_id"] for row in rows}) == 15
    failed = {place: row for place, row in zip(places, rows, strict=True) if row["status"] == "error"}
    assert set(failed) == {
        *(("a.jsonl", 6), ("a.jsonl", 8)),
        *(("no column.csv", None), ("empty.jsonl", None), ("damaged.parquet", None)),
    }
    assert all(row["error"] and row["error_stage"] == "read" for row in failed.values())
    assert "question" in failed["no column.csv", None]["error"]
    assert [row["query_id"] for row in rows].count("q1") == 3
    assert all(row["summary"] for row in rows if row["status"] != "error")
    assert all(pq.read_schema(part).equals(SUMMARY_SCHEMA) for part in out.glob("*.parquet"))
    said = capsys.readouterr().out
    assert "15 messages" in said
    assert "1 hidden" in said
    assert "1 other" in said

    account = json.loads((out / "_run.json").read_text())
    assert (account["job"], account["state"]) == ("summarize", "finished")
    assert account["counts"]["messages"] == 15
    assert account["counts"]["messages_failed"] == 5
    assert account["counts"]["files"] == 6
    assert {file.name for file in out.iterdir() if file.suffix != ".parquet"} == {"_run.json"}


def test_a_finished_job_does_nothing_when_run_again(
    run_summaries: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox = tmp_path / "inbox"
    out = inbox / "out"  # it lies in the input, and is not read as such
    write_lines(inbox / "a.jsonl", [*message_rows(range(2)), "no JSON"])
    assert run_summaries(inbox, out) == Exit.FAILURES
    before = contents(out)
    capsys.readouterr()
    assert run_summaries(inbox, out) == Exit.FAILURES
    assert run_summaries(inbox, out, max_failures="50%") == Exit.OK
    assert contents(out) == before
    assert capsys.readouterr().out.count("nothing to do") == 2


@pytest.mark.slow
def test_new_changed_and_failed_messages_are_condensed_and_no_others(
    run_summaries: Job, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    lines = ["no JSON", *message_rows(range(4))]
    inbox = write_lines(tmp_path / "a.jsonl", lines)
    other = write_lines(tmp_path / "b.jsonl", message_rows(range(50, 52)))
    assert run_summaries([inbox, other], out, limit=3) == Exit.FAILURES
    first = rows_of(out)
    assert sorted(row["row"] for row in first) == [1, 2, 3]

    assert run_summaries([inbox, other], out, max_failures="1") == Exit.OK
    rows = rows_of(out)
    assert [row for row in rows if row["row_id"] in {row["row_id"] for row in first}] == first
    assert len(rows) == 7

    changed = {"query_id": "q1", "query": "Sorry, it is the other knee."}
    write_lines(inbox, [lines[0], lines[1], changed, *lines[3:], *message_rows(range(4, 6))])
    assert run_summaries([inbox, other], out, retry_errors=True, max_failures="1") == Exit.OK
    rows = rows_of(out)
    assert len(rows) == 9
    assert [row["query"] for row in rows if row["query_id"] == "q1"] == [changed["query"]]
    counts = json.loads((out / "_run.json").read_text())["counts"]
    assert counts["messages_this_run"] == 4  # one changed, two new, one retried

    write_lines(inbox, lines[:3])  # the rest was deleted
    assert run_summaries([inbox, other], out, max_failures="1") == Exit.OK
    assert sorted(row["query_id"] for row in rows_of(out) if row["status"] != "error") == [
        *("q0", "q1", "q50", "q51"),
    ]


@pytest.mark.slow
def test_a_limit_takes_nothing_away(run_summaries: Job, tmp_path: Path) -> None:
    inbox = write_lines(tmp_path / "a.jsonl", message_rows(range(5)))
    assert run_summaries(inbox, tmp_path / "out") == Exit.OK
    before = contents(tmp_path / "out")
    assert run_summaries(inbox, tmp_path / "out", limit=2) == Exit.OK
    assert contents(tmp_path / "out") == before


@pytest.mark.slow
def test_a_file_that_is_gone_keeps_its_rows(run_summaries: Job, tmp_path: Path) -> None:
    files = [
        write_lines(tmp_path / f"{name}.jsonl", message_rows(range(start, start + 2)))
        for name, start in (("a", 0), ("b", 2))
    ]
    assert run_summaries(files, tmp_path / "out") == Exit.OK
    files[0].unlink()
    for _ in range(2):
        assert run_summaries(files, tmp_path / "out") == Exit.FAILURES
    rows = rows_of(tmp_path / "out")
    assert len(rows) == 5
    (failed,) = [row for row in rows if row["status"] == "error"]
    assert (failed["source"], failed["row"]) == (str(files[0]), None)

    write_lines(files[0], message_rows(range(2)))
    assert run_summaries(files, tmp_path / "out") == Exit.OK
    assert ids_of(rows_of(tmp_path / "out")) == ["q0", "q1", "q2", "q3"]


def test_input_of_which_nothing_can_be_used_does_not_start(run_summaries: Job, tmp_path: Path) -> None:
    wrong = write_csv(tmp_path / "wrong.csv", [{"text": "Is it broken?"}])
    with pytest.raises(CannotStart, match=r"wrong\.csv.*text"):
        run_summaries(wrong, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_restart_condenses_everything_afresh(run_summaries: Job, tmp_path: Path) -> None:
    inbox = write_lines(tmp_path / "a.jsonl", message_rows(range(2)))
    run_summaries(inbox, tmp_path / "out")
    before = set(contents(tmp_path / "out"))
    with pytest.raises(CannotStart, match="target language: en -> pt"):
        run_summaries(inbox, tmp_path / "out", target=Target.PORTUGUESE)
    run_summaries(inbox, tmp_path / "out", target=Target.PORTUGUESE, restart=True)
    rows = rows_of(tmp_path / "out")
    assert [row["target_language"] for row in rows] == ["pt", "pt"]
    assert before & set(contents(tmp_path / "out")) == {"_run.json"}


@pytest.mark.slow
def test_the_folder_of_another_job_is_refused(run_summaries: Job, run_job: Job, tmp_path: Path) -> None:
    inbox = write_lines(tmp_path / "a.jsonl", message_rows(range(1)))
    run_summaries(inbox, tmp_path / "out")
    before = contents(tmp_path / "out")
    for restart in (False, True):
        with pytest.raises(CannotStart, match="batch summarize, not ocr"):
            run_job(inbox, tmp_path / "out", restart=restart)
    assert contents(tmp_path / "out") == before


@pytest.mark.slow
def test_a_run_that_lost_the_folder_writes_no_more(
    run_summaries: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.writer.FLUSH_S", 0.0)
    monkeypatch.setattr("jobs.summarize.MESSAGES_A_BATCH", 2)
    inbox = write_lines(tmp_path / "a.jsonl", message_rows(range(30)))
    output = Output(str(tmp_path / "out"))

    def take_over() -> None:
        wait_until(lambda: bool(output.parts()))
        output.write_run((output.run() or {}) | {"run_id": "another"})

    other = threading.Thread(target=take_over)
    other.start()
    with pytest.raises(Stopped, match="another run"):
        run_summaries(inbox, tmp_path / "out", engine_options={"delay_ms": "200"})
    other.join()
    assert len(rows_of(tmp_path / "out")) < 30
    assert (output.run() or {})["run_id"] == "another"


DRIVER = """
import jobs.writer
import jobs.summarize
jobs.writer.FLUSH_S = 0.5
jobs.summarize.MESSAGES_A_BATCH = 4
from jobs.cli import main
main()
"""


@pytest.mark.slow
def test_a_killed_job_goes_on_where_it_ended(run_summaries: Job, tmp_path: Path) -> None:
    inbox, out = tmp_path / "inbox", tmp_path / "out"
    write_lines(inbox / "a.jsonl", message_rows(range(30)))
    write_csv(inbox / "b.csv", message_rows(range(30, 40)))
    command = [
        *(sys.executable, "-c", DRIVER, "batch", "summarize", str(inbox), str(out)),
        *("--engine", "fake", "--engine-option", "delay_ms=150"),
    ]
    driver = subprocess.Popen(  # noqa: S603 - this code
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: len(rows_of(out)) >= 8)
    finally:
        family = psutil.Process(driver.pid).children(recursive=True)
        driver.send_signal(signal.SIGKILL)
        driver.wait()
        end(family)

    kept = {name: data for name, data in contents(out).items() if name.endswith(".parquet")}
    kept_rows = rows_of(out)
    assert len(kept_rows) < 40
    (out / "_unfinished-0123").write_bytes(b"half a part")  # what a job killed while writing leaves

    assert run_summaries(inbox, out, engine_options={"delay_ms": "150"}) == Exit.OK

    assert {name: data for name, data in contents(out).items() if name in kept} == kept
    assert not list(out.glob("_unfinished*"))
    assert ids_of(rows_of(out)) == sorted(f"q{number}" for number in range(40))
    counts = json.loads((out / "_run.json").read_text())["counts"]
    assert counts["messages_this_run"] == 40 - len(kept_rows)


@pytest.mark.slow
def test_a_killed_worker_costs_no_message(
    run_summaries: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.summarize.MESSAGES_A_BATCH", 4)
    inbox = write_lines(tmp_path / "a.jsonl", message_rows(range(24)))

    with a_worker_killed("Condense"):  # into the second batch
        assert run_summaries(inbox, tmp_path / "out", engine_options={"delay_ms": "250"}) == Exit.OK
    assert ids_of(rows_of(tmp_path / "out")) == sorted(f"q{number}" for number in range(24))
