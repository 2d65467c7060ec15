"""`nuskha summarize`, `nuskha languages` and what shows their results."""

import csv
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import Nuskha
from inboxes import MESSAGES, message_rows, write_csv, write_lines

from jobs.output import Output
from ocr.records import Status
from summarize.engines import DEFAULT_ENGINE, ENGINES
from summarize.records import SUMMARY_SCHEMA, SummaryRecord, to_row

HINGLISH, _, CHINESE, PORTUGUESE, ENGLISH = MESSAGES
FAKE = ("--engine", "fake")


def records(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Puts bytes on stdin."""
    return lambda data: monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_help_names_the_engines(nuskha: Nuskha) -> None:
    help_ = " ".join(nuskha("summarize", "--help").out.split())
    assert all(name in help_ for name in ENGINES)
    assert f"[default: {DEFAULT_ENGINE}]" in help_


REFUSED = {
    "unknown engine": ("batch summarize {inbox} {out} --engine oracle", ["oracle", *ENGINES]),
    "engine without a model": ("batch summarize {inbox} {out} --engine vlm", ["vlm", "option model"]),
    "unknown engine option": ("batch summarize {inbox} {out} --engine-option speed=9", ["speed", "delay_ms"]),
    "no such input": ("batch summarize {folder}/nothing.csv {out}", ["nothing.csv", "no such file"]),
    "no query": ("batch summarize {wrong} {out}", ["wrong.csv", "query", "question"]),
    "failures": ("batch summarize {inbox} {out} --max-failures many", ["--max-failures", "1%"]),
    "GPU": ("batch summarize {inbox} {out} --gpus-per-worker 1", ["GPU", "fake"]),
    "output of somebody else": ("batch summarize {inbox} {folder}", ["another folder"]),
    "summarize: no such table": ("summarize {folder}/nothing.csv", ["nothing.csv", "no such file"]),
    "summarize: unknown engine": ("summarize Namaste --engine oracle", ["oracle", *ENGINES]),
    "summarize: no query": ("summarize {wrong}", ["wrong.csv", "question"]),
    "summarize: a picture": ("summarize {folder}/a.png", ["a.png", "--image"]),
    "summarize: an image of many": ("summarize {inbox} --image {folder}/a.png", ["--image"]),
    "summarize: Parquet without a file": ("summarize Namaste --format parquet", ["--out"]),
}


@pytest.mark.parametrize("words, named", REFUSED.values(), ids=REFUSED)
def test_refusals_are_one_line_and_status_2(
    words: str, named: list[str], nuskha: Nuskha, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ray.init", lambda **_: pytest.fail("Ray was started"))
    places = {
        "inbox": write_lines(tmp_path / "in/a.jsonl", message_rows(range(2))),
        "wrong": write_csv(tmp_path / "wrong.csv", [{"question": "Who?"}]),
        "folder": tmp_path / "in",
        "out": tmp_path / "out",
    }
    line = words.format_map(places).split()
    (tmp_path / "in/a.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    ended = nuskha(*line, *(() if "--engine" in line else FAKE))
    assert ended.status == 2
    assert ended.out == ""
    assert ended.err.count("\n") == 1
    assert all(name in ended.err for name in named)
    assert not (tmp_path / "out").exists()


def test_an_unknown_target_names_the_known_ones(nuskha: Nuskha) -> None:
    ended = nuskha("summarize", HINGLISH, *FAKE, "--target", "klingon")
    assert ended.status == 2
    assert all(name in ended.err for name in ("klingon", "source", "hi-en"))


def test_a_table_shows_summary_language_and_flags(nuskha: Nuskha, tmp_path: Path) -> None:
    words = ("summarize", HINGLISH, *FAKE, "--image", tmp_path / "gone.jpg")
    (record,) = records(nuskha(*words, "--format", "json").out)
    assert (record["status"], record["language"]) == ("review", "hi-en")
    table = nuskha(*words).out
    assert all(text in table for text in ("hi-en to en", "review", "image_missing", record["summary"]))
    assert "\x1b" not in table
    assert max(map(len, table.splitlines())) <= 110


def test_target_source_is_the_language_of_each_message(nuskha: Nuskha, tmp_path: Path) -> None:
    inbox = write_lines(tmp_path / "a.jsonl", [{"query": text} for text in MESSAGES])
    ended = nuskha("summarize", inbox, *FAKE, "--target", "source", "--format", "json")
    assert ended.status == 0
    assert [row["target_language"] for row in records(ended.out)] == ["hi-en", "hi", "zh", "pt", "en"]


def test_a_name_is_a_file_where_there_is_one(
    nuskha: Nuskha, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "my inbox.csv", message_rows(range(2)))
    (tmp_path / "bukhar").write_text(PORTUGUESE)
    (tmp_path / "lines.txt").write_text('{"query": "Kya karoon?", "query_id": "x"}\n')

    def queries(*words: str) -> list[object]:
        return [row["query"] for row in records(nuskha("summarize", *words, *FAKE, "--format", "json").out)]

    assert queries("my inbox.csv") == [row["query"] for row in message_rows(range(2))]
    assert queries("bukhar") == [PORTUGUESE]
    assert queries("bukhar", "--text") == ["bukhar"]
    assert queries("lines.txt") == ["Kya karoon?"]
    assert queries("sardi.csv hai") == ["sardi.csv hai"]
    assert len(queries("kya karoon? " * 1000)) == 1


@pytest.mark.parametrize(
    "text, queries",
    [
        (f"{HINGLISH}\n{ENGLISH}\n".encode(), [f"{HINGLISH}\n{ENGLISH}"]),
        (b'\n{"query": "Kya karoon?"}\n{"query": "E agora?"}\n', ["Kya karoon?", "E agora?"]),
        (b'{"query": \nis how it begins', ['{"query": \nis how it begins']),
        ("Está doendo".encode("cp1252"), ["Está doendo"]),
    ],
    ids=["a message as a whole", "JSON Lines", "a message that looks like JSON", "another encoding"],
)
def test_stdin(nuskha: Nuskha, stdin: Callable[[bytes], None], text: bytes, queries: list[str]) -> None:
    stdin(text)
    ended = nuskha("summarize", "-", *FAKE, "--format", "json")
    assert ended.status == 0
    assert [row["query"] for row in records(ended.out)] == queries


def test_images_named_on_stdin_lie_where_the_command_is_given(
    nuskha: Nuskha, stdin: Callable[[bytes], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture, but there")
    monkeypatch.chdir(tmp_path)
    stdin(json.dumps({"query": ENGLISH, "image": "a.png"}).encode())
    (row,) = records(nuskha("summarize", "-", *FAKE, "--format", "json").out)
    (flag,) = row["flags"]
    assert flag.startswith("image_broken")


def test_csv_and_parquet_are_a_row_a_message(nuskha: Nuskha, tmp_path: Path) -> None:
    inbox = write_lines(tmp_path / "a.jsonl", message_rows(range(3)))
    for name in ("out.csv", "out.parquet"):
        form = name.partition(".")[2]
        words = ("summarize", inbox, *FAKE, "--format", form, "--out", tmp_path / name)
        assert nuskha(*words) == (0, "", "")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text("utf-8-sig"))))
    assert list(rows[0]) == SUMMARY_SCHEMA.names
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.schema.equals(SUMMARY_SCHEMA)
    assert [row["summary"] for row in rows] == table["summary"].to_pylist()


def test_a_message_that_cannot_be_used_is_status_1(nuskha: Nuskha, tmp_path: Path) -> None:
    inbox = write_lines(tmp_path / "a.jsonl", [*message_rows(range(1)), {"query": ""}])
    ended = nuskha("summarize", inbox, *FAKE)
    assert ended.status == 1
    assert "1 of 2 messages could not be condensed" in ended.err
    assert "the query is empty" in ended.out


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """An output folder of the summary job."""
    output = Output(str(tmp_path / "results"))
    output.write_run({"run_id": "1", "job": "summarize", "reading": {}})
    rows = [
        SummaryRecord(
            row_id=f"{number:032x}",
            query_id=f"q{number}",
            source="inbox.csv",
            row=number,
            status=Status.REVIEW,
            language="pt",
            query=f"=pergunta {number}",
            summary=f"The patient asks about {number}.",
            target_language="en",
            flags=("image_missing", "summary_cut"),
            engine="fake",
            engine_version="1",
        )
        for number in (2, 1)
    ]
    table = pa.Table.from_pylist([to_row(row) for row in rows], schema=SUMMARY_SCHEMA)
    output.write_part("part-1.parquet", table)
    return tmp_path / "results"


def test_show(nuskha: Nuskha, results: Path) -> None:
    shown = nuskha("show", results).out
    assert shown.index("about 1.") < shown.index("about 2.")
    assert shown.count("summary_cut") == 2


def test_another_job_is_not_evaluated(nuskha: Nuskha, results: Path, tmp_path: Path) -> None:
    (tmp_path / "gold.json").write_text("[]")
    ended = nuskha("evaluate", "ocr", results, tmp_path / "gold.json")
    assert ended.status == 2
    assert "batch summarize, not ocr" in ended.err


def test_export(nuskha: Nuskha, results: Path, tmp_path: Path) -> None:
    ended = nuskha("export", results, tmp_path / "out.csv")
    assert "2 rows of 2 messages" in ended.err
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text("utf-8-sig"))))
    assert [row["query_id"] for row in rows] == ["q2", "q1"]
    assert rows[0]["flags"] == "image_missing; summary_cut"
    assert rows[0]["query"] == "'=pergunta 2"


def test_languages_of_text_file_and_stdin_are_the_same(
    nuskha: Nuskha, stdin: Callable[[bytes], None], tmp_path: Path
) -> None:
    stdin(HINGLISH.encode())
    (tmp_path / "lines.txt").write_text(HINGLISH, encoding="utf-8")
    told = [
        nuskha("languages", HINGLISH).out,
        nuskha("languages", tmp_path / "lines.txt").out,
        nuskha("languages", "-").out,
    ]
    assert told[0] == told[1] == told[2]
    (line,) = records(told[0])
    assert (line["line_number"], line["language"]) == (1, "hi-en")
    assert {"text": "bukhar", "tag": "hi"} in line["tokens"]


def test_lines_that_are_not_utf8_are_told(nuskha: Nuskha, tmp_path: Path) -> None:
    (tmp_path / "lines.txt").write_bytes(b"Kya karoon?\n\xff\xfe\n")
    ended = nuskha("languages", tmp_path / "lines.txt")
    assert len(ended.out.splitlines()) == 2
    assert "line 2" in ended.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_said(nuskha: Nuskha, tmp_path: Path) -> None:
    (tmp_path / "lines.txt").touch(mode=0)
    assert "lines.txt cannot be read" in nuskha("languages", tmp_path / "lines.txt").err
