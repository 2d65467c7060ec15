"""What is seen on pictures, from the job's rows to the tables and figures made of them."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from command_line import Nuskha
from inboxes import message_rows, write_lines
from PIL import Image
from tiny_families import save_tiny

from eval.results import read_items, read_results
from jobs import message_stages
from jobs.message_stages import Condense, files, read_messages
from jobs.output import Output
from jobs.packed import unpacked
from jobs.summarize_job import SummarizeRequest, prepare
from jobs.written import survey
from ocr.engines.base import Fragment, Picture
from ocr.records import Status
from summarize.records import SUMMARY_SCHEMA, SummaryRecord, to_row

SEEN = "Red spots on a hand."
COLUMN = "image_findings"


def written(folder: Path, findings: str | None, *, is_old: bool = False) -> Path:
    """A finished output of the summary job; an old one is without the column."""
    rows = [
        SummaryRecord(
            row_id=f"{number:032x}",
            query_id=f"q{number}",
            source="inbox.jsonl",
            row=number,
            status=Status.OK,
            language="hi-en",
            query="Haath par kya hai?",
            summary="What is on the hand?",
            image_findings=findings,
            target_language="en",
            engine="fake",
            engine_version="1",
        )
        for number in (1, 2)
    ]
    table = pa.Table.from_pylist([to_row(row) for row in rows], schema=SUMMARY_SCHEMA)
    output = Output(str(folder))
    output.write_run({"run_id": "1", "job": "summarize", "reading": {}, "state": "finished"})
    output.write_part("part-1.parquet", table.drop_columns([COLUMN]) if is_old else table)
    return folder


@pytest.fixture
def references(tmp_path: Path) -> Path:
    rows = [
        {
            "query_id": f"q{number}",
            "query": "Haath par kya hai?",
            "core": "What is on the hand?",
            "visual": SEEN,
        }
        for number in (1, 2)
    ]
    return write_lines(tmp_path / "references.jsonl", rows)


def test_findings_have_a_line_and_a_column(nuskha: Nuskha, tmp_path: Path) -> None:
    folder = written(tmp_path / "out", SEEN)
    shown = [line.strip() for line in nuskha("show", folder).out.splitlines()]
    assert shown.count(f"on the picture: {SEEN}") == 2
    nuskha("export", folder, tmp_path / "out.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text("utf-8-sig"))))
    assert [row[COLUMN] for row in rows] == [SEEN, SEEN]


class NoText:
    """A reader that finds no line on any picture."""

    def read(self, pages: Sequence[Picture]) -> list[list[Fragment]]:
        return [[] for _ in pages]


def test_the_job_writes_what_a_real_model_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_stages, "make_reader", lambda *_: NoText())  # loading a real one takes long
    Image.fromarray(np.full((60, 40, 3), (200, 150, 130), np.uint8)).save(tmp_path / "a.png")
    inbox = write_lines(
        tmp_path / "a.jsonl", [{"query": "Kya hai?", "image": name} for name in ("a.png", "b.png")]
    )
    job = prepare(SummarizeRequest(inputs=[str(inbox)], output=str(tmp_path / "out"), engine="lead"))
    (batch,) = read_messages(files(job.ledger.taken), job.ledger.pending(), 64)
    chosen = {"model": str(save_tiny("llava", tmp_path / "llava")), "dtype": "float32"}
    rows = pa.concat_tables(map(unpacked, Condense("vlm", chosen, "en", 1)(batch)))
    assert rows.schema.equals(SUMMARY_SCHEMA)
    assert (
        [bool(seen) for seen in rows[COLUMN].to_pylist()] == rows["image_used"].to_pylist() == [True, False]
    )
    assert "image_missing" in rows["flags"].to_pylist()[1]


def test_findings_are_evaluated_apart(nuskha: Nuskha, tmp_path: Path, references: Path) -> None:
    for name, findings in (("seeing", SEEN), ("blind", None)):
        folder = written(tmp_path / name, findings)
        words = ("--reference", "core", "--bertscore", "none", "--out", f"{folder}-evaluated")
        ended = nuskha("evaluate", "summaries", folder, references, *words)
        assert ended.status == 0, ended.err
    seeing, blind = (read_results(tmp_path / f"{name}-evaluated") for name in ("seeing", "blind"))
    figures = {figure.metric: figure.value for figure in seeing.figures if figure.slice == "target=en"}
    assert (figures["findings_rougeL"], figures["rougeL"]) == (1.0, 1.0)
    assert {
        figure.value for figure in seeing.baselines["constant"] if figure.metric == "findings_rougeL"
    } == {1.0}
    assert not [figure for figure in blind.figures if "findings" in figure.metric]
    assert [item.counts for item in read_items(tmp_path / "blind-evaluated")] == [
        {name: counts for name, counts in item.counts.items() if "findings" not in name}
        for item in read_items(tmp_path / "seeing-evaluated")
    ]
    assert SEEN in (tmp_path / "seeing-evaluated" / "report.html").read_text("utf-8")


def test_a_folder_from_before_there_was_the_column(nuskha: Nuskha, tmp_path: Path, references: Path) -> None:
    folder = written(tmp_path / "out", None, is_old=True)
    shown = nuskha("show", folder)
    assert (shown.status, shown.out.count("What is on the hand?")) == (0, 2)
    for name in ("out.csv", "out.parquet"):
        assert nuskha("export", folder, tmp_path / name).status == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text("utf-8-sig"))))
    assert list(rows[0]) == SUMMARY_SCHEMA.names and [row[COLUMN] for row in rows] == ["", ""]
    words = ("--reference", "core", "--bertscore", "none")
    assert nuskha("evaluate", "summaries", folder, references, *words).status == 0


def test_a_job_goes_on_in_a_folder_from_before(tmp_path: Path) -> None:
    inbox, folder = write_lines(tmp_path / "a.jsonl", message_rows(range(3))), tmp_path / "out"
    request = SummarizeRequest(inputs=[str(inbox)], output=str(folder), engine="fake")
    job = prepare(request)
    waiting = [query for _, query in job.ledger.waiting()]
    rows = [
        SummaryRecord(
            row_id=query.row_id,
            query_id=query.query_id,
            source=str(inbox),
            row=query.row,
            status=Status.OK,
            engine="fake",
            engine_version="1",
        )
        for query in waiting[:2]
    ]
    table = pa.Table.from_pylist([to_row(row) for row in rows], schema=SUMMARY_SCHEMA)
    output = Output(str(folder))
    output.write_run({"run_id": "1", "job": "summarize", "reading": job.reading, "state": "stopped"})
    output.write_part("part-1.parquet", table.drop_columns([COLUMN]))
    again = prepare(request)
    assert (survey(again).rows, again.ledger.finished, again.ledger.total) == (2, 2, 3)
