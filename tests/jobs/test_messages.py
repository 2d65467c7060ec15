"""Files of messages, and which of them are still to be condensed; without Ray."""

import gc
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from inboxes import message_rows, write_csv, write_lines, write_parquet

from jobs import message_stages, messages
from jobs.exits import CannotStart
from jobs.message_ledger import MessageLedger, taken_messages
from jobs.message_stages import Condense, failed, files, lost_messages, read_messages
from jobs.messages import SUFFIXES, find_files
from jobs.options import Target
from jobs.packed import unpacked
from ocr.records import Status
from summarize.languages import TARGETS
from summarize.queries import Query, read_queries
from summarize.records import SUMMARY_SCHEMA, SummaryRecord, to_row


def rows_for(queries: Sequence[Query], status: Status = Status.OK) -> pa.Table:
    records = [
        SummaryRecord(
            row_id=query.row_id,
            query_id=query.query_id,
            source=query.source,
            row=query.row,
            status=status,
            engine="fake",
            engine_version="1",
        )
        for query in queries
    ]
    return pa.Table.from_pylist([to_row(record) for record in records], schema=SUMMARY_SCHEMA)


def ledger_of(*inputs: Path, limit: int | None = None) -> MessageLedger:
    return MessageLedger(find_files([str(each) for each in inputs]).files, limit)


def queries_of(ledger: MessageLedger) -> list[Query]:
    return [query for taken in ledger.taken for query in taken_messages(taken)]


def read(ledger: MessageLedger, at_once: int = 64) -> list[list[str]]:
    """The query_ids that the first stage hands on, a list a row."""
    tables = read_messages(files(ledger.taken), ledger.pending(), at_once)
    packed = [row for table in tables for row in table["messages"].to_pylist()]
    return [[query.query_id for _, query in message_stages.messages_in(row)] for row in packed]


def test_folders_are_searched_for_tables_and_each_is_found_once(tmp_path: Path) -> None:
    rows = message_rows(range(1))
    write_lines(tmp_path / "ward/a.jsonl", rows)
    write_lines(tmp_path / "ward/B.NDJSON", rows)
    write_csv(tmp_path / "c.csv", rows)
    (tmp_path / "out").mkdir()
    write_parquet(tmp_path / "out/part-1.parquet", rows)
    (tmp_path / "scan.png").touch()
    (tmp_path / ".hidden.csv").touch()
    found = find_files([str(tmp_path), str(tmp_path / "c.csv")], str(tmp_path / "out"))
    assert [Path(file.path).name for file in found.files] == ["c.csv", "B.NDJSON", "a.jsonl"]
    assert (found.hidden.count, found.others) == (1, 1)


def test_inputs_that_name_nothing_are_told(tmp_path: Path) -> None:
    good = write_lines(tmp_path / "a.jsonl", message_rows(range(1)))
    found = find_files([str(tmp_path / "none.csv"), str(good)])
    assert [bool(file.problem) for file in found.files] == [True, False]
    with pytest.raises(CannotStart, match=r"none\.csv.*What can be read: JSON Lines"):
        find_files([str(tmp_path / "none.csv")])
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures/a.png").touch()
    with pytest.raises(CannotStart, match="pictures"):
        find_files([str(tmp_path / "pictures")])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_kind_of_file_that_is_found_is_read(suffix: str, tmp_path: Path) -> None:
    kinds = {".csv": write_csv, ".tsv": write_csv, ".parquet": write_parquet, ".pq": write_parquet}
    file = tmp_path / f"a{suffix}"
    kinds.get(suffix, write_lines)(file, message_rows(range(1)))
    assert [query.query_id for query in read_queries(str(file))] == ["q0"]


def test_targets_are_those_of_the_room() -> None:
    assert sorted(Target) == sorted(TARGETS)


def test_a_message_waits_until_its_row_is_noted(tmp_path: Path) -> None:
    ledger = ledger_of(write_lines(tmp_path / "a.jsonl", message_rows(range(5))))
    first, second, *_ = queries = queries_of(ledger)
    assert (ledger.finished, ledger.total) == (0, 5)
    assert ledger.note(rows_for([second, first, second])) == [True, True, False]
    assert ledger.note(rows_for([first])) == [False]
    assert (ledger.finished, ledger.total) == (2, 5)
    assert read(ledger, at_once=2) == [["q2", "q3"], ["q4"]]
    assert [query for _, query in ledger.waiting()] == queries[2:]


def test_rows_that_their_file_no_longer_holds_are_superseded(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    earlier = queries_of(ledger_of(write_lines(file, message_rows(range(4)))))
    changed = message_rows([0, 9, 2])
    ledger = ledger_of(write_lines(file, changed))
    elsewhere = Query("f" * 32, "q7", "/elsewhere.jsonl", 1, "another input")
    rows = rows_for([*earlier, elsewhere])
    assert ledger.superseded(rows) == [False, True, False, True, False]
    assert ledger.belongs(rows) == [True, False, True, False, False]
    assert ledger.note(rows_for([elsewhere])) == [True]  # counted, though none of this input
    assert ledger.total - ledger.finished == 3


@pytest.mark.parametrize("limit, superseded", [(1, [True, False, False]), (2, [True, True, False])])
def test_beyond_the_limit_nothing_is_known(tmp_path: Path, limit: int, superseded: list[bool]) -> None:
    file = tmp_path / "a.jsonl"
    earlier = queries_of(ledger_of(write_lines(file, message_rows(range(3)))))
    ledger = ledger_of(write_lines(file, message_rows(range(10, 13))), limit=limit)
    assert ledger.total == limit
    assert ledger.superseded(rows_for(earlier)) == superseded
    assert read(ledger) == [[f"q{10 + number}" for number in range(limit)]]


def test_a_file_that_breaks_off_keeps_what_comes_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_parquet(tmp_path / "a.parquet", message_rows(range(300)))
    earlier = queries_of(ledger_of(file))

    def breaking(address: str) -> Iterator[Query]:
        yield from itertools.islice(read_queries(address), 200)
        raise messages.QueriesUnreadable(f"{address}: the Parquet file is damaged")

    monkeypatch.setattr(messages, "read_queries", breaking)
    ledger = ledger_of(file)
    assert ledger.total == 201
    assert not any(ledger.superseded(rows_for(earlier)))
    last = queries_of(ledger)[-1]
    assert (last.row, last.error) == (None, "the Parquet file is damaged")


def test_input_without_a_message_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("query\n")
    with pytest.raises(CannotStart, match="no messages"):
        ledger_of(tmp_path / "a.csv")
    (tmp_path / "b.jsonl").touch()
    with pytest.raises(CannotStart, match=r"b\.jsonl.*empty"):
        ledger_of(tmp_path / "b.jsonl")


@pytest.mark.slow
def test_a_large_file_is_streamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_lines(tmp_path / "a.jsonl", message_rows(range(20_000)))
    alive = []

    def watched(address: str) -> Iterator[Query]:
        for number, query in enumerate(read_queries(address)):
            if number % 5_000 == 4_999:
                alive.append(sum(type(each) is Query for each in gc.get_objects()))
            yield query

    monkeypatch.setattr(messages, "read_queries", watched)
    ledger = ledger_of(file)
    assert ledger.total == 20_000
    assert sum(1 for _ in read_messages(files(ledger.taken), ledger.pending(), 64)) == -(-20_000 // 64)
    assert len(alive) == 8
    assert max(alive) < 200


def test_rows_are_told_by_the_address_that_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_lines(tmp_path / "a.jsonl", message_rows(range(3)))
    monkeypatch.chdir(tmp_path)
    ledger = ledger_of(Path("a.jsonl"))
    (batch,) = read_messages(files(ledger.taken), ledger.pending(), 64)
    rows = pa.concat_tables(map(unpacked, Condense("fake", {}, "en", 1)(batch)))
    assert rows.schema.equals(SUMMARY_SCHEMA)
    assert rows["source"].to_pylist() == ["a.jsonl"] * 3
    assert ledger.note(rows) == [True] * 3
    assert ledger.finished == 3


def test_messages_that_were_lost_are_error_rows(tmp_path: Path) -> None:
    ledger = ledger_of(write_lines(tmp_path / "a.jsonl", message_rows(range(2))))
    rows = lost_messages(list(ledger.waiting()), "fake", "1").to_pylist()
    assert [(row["status"], row["error_stage"], row["row"]) for row in rows] == [
        ("error", "engine", 1),
        ("error", "engine", 2),
    ]
    assert all(row["query"] for row in rows)


def test_a_slip_in_condensing_costs_its_call_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slip(*_: Any) -> list[SummaryRecord]:
        raise KeyError("Kya karoon")

    monkeypatch.setattr(message_stages, "condense", slip)
    ledger = ledger_of(write_lines(tmp_path / "a.jsonl", message_rows(range(2))))
    (batch,) = read_messages(files(ledger.taken), ledger.pending(), 64)
    rows = pa.concat_tables(map(unpacked, Condense("fake", {}, "en", 1)(batch)))
    assert rows["error"].to_pylist() == ["condensing the message failed (KeyError)"] * 2
    assert failed(queries_of(ledger)[0], "fake", "1", "no").status is Status.ERROR


def test_parquet_of_many_row_groups_is_streamed_too(tmp_path: Path) -> None:
    table = pa.Table.from_pylist(message_rows(range(500)))
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=50)
    assert sum(map(len, read(ledger_of(tmp_path / "a.parquet")))) == 500
