"""The prescription job with an engine that asks a server: what fails there is a row, and the job goes on."""

import threading
from collections.abc import Callable
from pathlib import Path

from chat_server import Body, Reply, chat_server, said
from scans import rows_of, write_pages

from jobs.exits import Exit

DOLO = said('{"medications":[{"name":"Dolo","strength":"650 mg","frequency":"1-0-1"}]}')


def test_requests_that_fail_are_rows_and_the_job_goes_on(
    run_job: Callable[..., Exit], tmp_path: Path
) -> None:
    write_pages(tmp_path / "scans", range(6))
    asked, lock = 0, threading.Lock()

    def by_turns(_: Body) -> Reply:
        nonlocal asked
        with lock:
            asked += 1
            return Reply(body=DOLO) if asked % 3 else Reply(413, {"error": {"message": "Dolo is a secret"}})

    with chat_server() as server:
        server.answer = by_turns
        options = {"base_url": server.address, "backoff_s": "0", "timeout_s": "5", "retries": "1"}
        ended = run_job(tmp_path / "scans", tmp_path / "out", engine="openai", engine_options=options)
    assert ended == Exit.FAILURES
    rows = rows_of(tmp_path / "out")
    assert sorted(row["error"] or row["medications"][0]["drug"] for row in rows) == [
        *["Dolo"] * 4,
        *["the server answered HTTP 413"] * 2,
    ]
    assert {row["engine"] for row in rows} == {"openai"}
    assert {row["engine_version"].split(",")[0] for row in rows} == {"tiny"}
