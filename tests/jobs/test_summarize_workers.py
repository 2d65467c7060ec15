"""Workers that die or hang over a message, that do not start, or that say too much; and many messages."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import pytest
from inboxes import MESSAGES, ids_of, message_rows, write_lines
from scans import rows_of

from jobs.exits import CannotStart, Exit
from jobs.message_stages import Condense, failed
from summarize.queries import Query
from summarize.records import SummaryRecord

pytestmark = pytest.mark.filterwarnings("ignore:`use_.*` is deprecated:DeprecationWarning")

CRASH, HANG = "(3)", "(0)"  # in messages that kill whoever works on them, or are never done
QUOTED = "Kripya kisi ko na bataayen"


class Quoter(Condense):
    """Its engine quotes the message in what it raises."""

    def __init__(self, *settings: Any) -> None:
        super().__init__(*settings)
        self._engine.summarise = self._fail

    def _fail(self, requests: object) -> NoReturn:
        raise ValueError(QUOTED)


class Quick(Condense):
    """Makes a row without looking at its message."""

    def _condense(self, queries: Sequence[Query]) -> list[SummaryRecord]:
        return [failed(query, self._engine.name, self._engine.version, "not looked at") for query in queries]


class NeverReady(Condense):
    def __init__(self, *_: object) -> None:
        raise RuntimeError("the model file is missing")


@pytest.fixture(autouse=True)
def by_value(ray_here: None) -> Iterator[None]:
    """Ray's workers cannot import this module; its classes travel whole."""
    from ray import cloudpickle

    module = sys.modules[__name__]
    cloudpickle.register_pickle_by_value(module)
    yield
    cloudpickle.unregister_pickle_by_value(module)


@pytest.mark.slow
def test_a_message_that_kills_or_hangs_its_worker_is_an_error_row_that_says_which(
    run_summaries: Callable[..., Exit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.summarize.MESSAGES_A_BATCH", 3)
    monkeypatch.setattr("jobs.streaming.RETRIES", 0)
    inbox = write_lines(tmp_path / "a.jsonl", message_rows(range(6)))
    poison = {"crash_on": CRASH, "hang_on": HANG}

    assert run_summaries(inbox, tmp_path / "out", engine_options=poison, limit_s=3.0) == Exit.FAILURES

    rows = rows_of(tmp_path / "out")
    assert ids_of(rows) == [f"q{number}" for number in range(6)]
    failed = {row["query_id"]: row for row in rows if row["status"] == "error"}
    assert {id_: row["error"] for id_, row in failed.items()} == {
        "q0": "it ran past the time limit of 3 s each time it was tried",
        "q3": "the engine's process crashed each time it was tried (SIGKILL)",
    }
    assert {row["row"] for row in failed.values()} == {1, 4}
    assert {(row["error_stage"], row["source"]) for row in failed.values()} == {("engine", str(inbox))}


@pytest.mark.slow
def test_workers_that_do_not_start_are_a_clear_end(
    run_summaries: Callable[..., Exit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.summarize.Condense", NeverReady)
    inbox = write_lines(tmp_path / "a.jsonl", message_rows(range(1)))
    with pytest.raises(CannotStart, match=r"workers did not start.*the model file is missing"):
        run_summaries(inbox, tmp_path / "out")


@pytest.mark.slow
def test_no_text_of_a_message_is_said_or_logged(
    run_summaries: Callable[..., Exit],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    import ray

    inbox = write_lines(tmp_path / "a.jsonl", [*message_rows(range(5)), f"no JSON, but {QUOTED}"])
    assert run_summaries(inbox, tmp_path / "read") == Exit.FAILURES
    monkeypatch.setattr("jobs.summarize.Condense", Quoter)
    assert run_summaries(inbox, tmp_path / "failed") == Exit.FAILURES
    assert all(row["status"] == "error" for row in rows_of(tmp_path / "failed"))

    logs = Path(ray._private.worker._global_node.get_session_dir_path(), "logs")
    said = [
        *capfd.readouterr(),
        *(file.read_text(errors="replace") for file in logs.rglob("*.*") if file.is_file()),
    ]
    said += [(tmp_path / name / "_run.json").read_text() for name in ("read", "failed")]
    assert len(said) > 10
    assert not any(text in log for text in (QUOTED, *MESSAGES) for log in said)


@pytest.mark.slow
def test_twenty_thousand_messages_come_out_once(
    run_summaries: Callable[..., Exit], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.summarize.Condense", Quick)
    inbox = write_lines(tmp_path / "a.jsonl", message_rows(range(20_000)))
    assert run_summaries(inbox, tmp_path / "out", max_failures="100%") == Exit.OK
    rows = rows_of(tmp_path / "out")
    assert len(rows) == len({row["row_id"] for row in rows}) == 20_000
    assert {row["query_id"] for row in rows} == {f"q{number}" for number in range(20_000)}
