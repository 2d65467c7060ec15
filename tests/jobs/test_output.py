"""The output folder: what is ours, what is written whole, and what a new run does away with."""

import json
from pathlib import Path

import pyarrow as pa
import pytest

from jobs.account import FailureLimit
from jobs.documents import DocumentLedger, Waiting
from jobs.exits import CannotStart, Exit, Stopped
from jobs.ocr_job import OcrJob, OcrRequest
from jobs.output import Output
from jobs.preparation import changed
from jobs.writer import PartWriter
from jobs.written import Written, survey
from multilingual.clinical.formulary import load_formulary
from ocr.records import PAGE_SCHEMA, Medication, PageRecord, Status, to_row
from ocr.sources import Source


def rows(*pages: tuple[str, int | None, int | None, Status]) -> pa.Table:
    """Rows of (document, page, pages, status), a medicine on each page that was read."""
    records = [
        PageRecord(
            page_id=f"{document}-{page}",
            source_id=f"id of {document}",
            source=document,
            page=page,
            pages=pages,
            status=status,
            error_stage="decode" if status is Status.ERROR else None,
            error="cut short" if status is Status.ERROR else None,
            engine="fake",
            engine_version="1",
            medications=()
            if status is Status.ERROR
            else (Medication(line="Tab A", drug_text="A", score=0.5, needs_review=status is Status.REVIEW),),
        )
        for document, page, pages, status in pages
    ]
    return pa.Table.from_pylist([to_row(record) for record in records], schema=PAGE_SCHEMA)


def source(document: str, source_id: str | None = None, problem: str | None = None) -> Source:
    return Source(source_id or f"id of {document}", document, "1", f"/{document}", problem=problem)


def job(output: Output, *sources: Source, errors_too: bool = False) -> OcrJob:
    return OcrJob(
        request=OcrRequest(inputs=[], output=output.address, engine="fake", retry_errors=errors_too),
        reading={},
        output=output,
        inputs={"documents": len(sources)},
        ledger=DocumentLedger(sources),
        formulary=load_formulary(),
    )


@pytest.fixture
def output(tmp_path: Path) -> Output:
    output = Output(str(tmp_path / "out"))
    output.write_run({"run_id": "this", "reading": {}, "state": "running"})
    return output


def test_documents_are_complete_when_all_their_pages_are_there(output: Output) -> None:
    output.write_part("part-1.parquet", rows(("a", 1, 2, Status.OK), ("b", None, None, Status.ERROR)))
    output.write_part("part-2.parquet", rows(("c", 1, 1, Status.REVIEW), ("d", 2, 3, Status.OK)))
    sources = {name: source(name) for name in "abcde"}
    written = survey(job(output, *sources.values()))
    ledger = written.job.ledger
    assert isinstance(ledger, DocumentLedger)
    assert list(ledger.waiting()) == [
        Waiting(sources["a"], 2, frozenset({"a-1"})),
        Waiting(sources["d"], 3, frozenset({"d-2"})),
        Waiting(sources["e"], None, frozenset()),
    ]
    assert (ledger.finished, ledger.total) == (2, 5)
    assert (written.rows, written.errors, written.review) == (4, 1, 1)
    assert written.tally == {"medications": 3, "medications_to_review": 1}
    assert written.failures == {("decode", "cut short"): 1}


def test_a_row_that_comes_twice_counts_once(output: Output) -> None:
    written = Written(job(output))
    page = rows(("a", 1, 2, Status.OK))
    assert written.take(page).num_rows == 1
    assert written.take(page).num_rows == 0
    assert written.take(rows(("a", 2, 2, Status.OK))).num_rows == 1
    assert written.take(page).num_rows == 0
    assert written.rows == 2


def test_errors_are_done_away_with_for_the_documents_of_the_run_alone(output: Output) -> None:
    failed = Status.ERROR
    output.write_part("part-1.parquet", rows(("a", 1, 2, Status.OK), ("a", 2, 2, failed)))
    output.write_part("part-2.parquet", rows(("b", None, None, failed)))
    output.write_part("part-3.parquet", rows(("elsewhere", None, None, failed)))
    ours = job(output, source("a"), source("b"), errors_too=True)
    written = survey(ours)
    assert written.retried == 2
    assert output.parts() == ["part-1.parquet", "part-3.parquet"]
    assert output.read_part("part-1.parquet").equals(rows(("a", 1, 2, Status.OK)))
    assert [waits.seen for waits in ours.ledger.waiting()] == [{"a-1"}, frozenset()]
    assert written.errors == 1


def test_a_changed_file_replaces_its_rows_unless_it_cannot_be_read(output: Output) -> None:
    output.write_part("part-1.parquet", rows(("a", 1, 1, Status.OK), ("b", 1, 1, Status.OK)))
    gone = source("b", "id of b gone", problem="there is no such file")
    written = survey(job(output, source("a", "id of a changed"), gone))
    assert written.superseded == 1
    assert written.rows == 1
    assert output.parts() == ["part-1.parquet"]
    assert output.read_part("part-1.parquet")["source_id"].to_pylist() == ["id of b"]


def test_only_the_owner_writes(output: Output) -> None:
    writer = PartWriter(output, "this")
    writer.add(rows(("a", 1, 1, Status.OK)))
    writer.flush()
    Output(output.address).write_run({"run_id": "another", "reading": {}, "state": "running"})
    writer.add(rows(("b", 1, 1, Status.OK)))
    with pytest.raises(Stopped, match="another run"):
        writer.flush()
    assert len(output.parts()) == 1


def test_nothing_but_our_own_files_is_cleared(output: Output, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    output.write_part("part-1.parquet", rows(("a", 1, 1, Status.OK)))
    (folder / "_unfinished-1").touch()
    (folder / ".DS_Store").touch()
    assert output.foreign() == []
    (folder / "notes.txt").touch()
    (folder / "data").mkdir()
    assert output.foreign() == ["data", "notes.txt"]
    output.clear()
    assert output.names() == [".DS_Store", "data", "notes.txt"]


def test_parts_without_an_account_are_foreign(output: Output, tmp_path: Path) -> None:
    output.write_part("part-1.parquet", rows(("a", 1, 1, Status.OK)))
    (tmp_path / "out/_run.json").unlink()
    assert output.foreign() == ["part-1.parquet"]


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"run_id": "1"})])
def test_a_damaged_account_is_said(output: Output, tmp_path: Path, text: str) -> None:
    (tmp_path / "out/_run.json").write_text(text)
    with pytest.raises(CannotStart, match=r"_run\.json is damaged"):
        output.run()


def test_a_damaged_part_is_said(output: Output, tmp_path: Path) -> None:
    (tmp_path / "out/part-1.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(CannotStart, match=r"part-1\.parquet cannot be read"):
        survey(job(output))


def test_what_reads_differently_is_named() -> None:
    same = {"engine": "fake", "formulary": "f" * 64}
    earlier = same | {"engine_version": "1", "engine_options": {"delay_ms": 0.0}}
    now = same | {"engine_version": "2", "engine_options": {"delay_ms": 1.0}}
    assert changed(earlier, now) == [
        "engine version: 1 -> 2",
        "engine options: delay_ms=0.0 -> delay_ms=1.0",
    ]


@pytest.mark.parametrize(
    "limit, pages, errors, status",
    [
        ("1%", 100, 1, Exit.OK),
        ("1%", 99, 1, Exit.FAILURES),
        ("0", 100, 0, Exit.OK),
        ("0", 100, 1, Exit.FAILURES),
        ("2", 2, 2, Exit.OK),
        ("100%", 2, 2, Exit.OK),
        ("2.5%", 40, 1, Exit.OK),
    ],
)
def test_failure_limits(output: Output, limit: str, pages: int, errors: int, status: Exit) -> None:
    written = Written(job(output))
    failed = [(f"bad{number}", None, None, Status.ERROR) for number in range(errors)]
    good = [(f"good{number}", 1, 1, Status.OK) for number in range(pages - errors)]
    written.take(rows(*failed, *good))
    assert FailureLimit(limit).exit_for(written) == status


@pytest.mark.parametrize("limit", ["", "%", "-1", "101%", "1.5", "few"])
def test_strange_failure_limits(limit: str) -> None:
    with pytest.raises(CannotStart, match="--max-failures"):
        FailureLimit(limit)
