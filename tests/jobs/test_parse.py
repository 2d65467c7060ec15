"""Lines of text in, medicines out."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.parse import parse_lines
from multilingual.clinical.formulary import load_formulary
from multilingual.clinical.formulary_index import FormularyIndex

LINES = b"""\xef\xbb\xbfTab Dolo 650 1-0-1 x 5 days

Cap Omez 20 mg OD\r
\xff\xfe Dolo
no medicine in sight"""


@pytest.fixture(scope="module")
def index(formulary: Path) -> FormularyIndex:
    return FormularyIndex(load_formulary(str(formulary)))


def test_an_object_a_line_in_order(index: FormularyIndex) -> None:
    undecodable: list[int] = []
    found = [json.loads(line) for line in parse_lines(io.BytesIO(LINES), index, undecodable)]
    assert [line["line_number"] for line in found] == [1, 2, 3, 4, 5]
    assert found[0]["text"] == "Tab Dolo 650 1-0-1 x 5 days"
    assert [medication["drug"] for medication in found[0]["medications"]] == ["Dolo"]
    assert found[1] == {"line_number": 2, "text": "", "medications": []}
    assert found[2]["text"] == "Cap Omez 20 mg OD"
    assert found[3]["text"].startswith("\N{REPLACEMENT CHARACTER}")
    assert undecodable == [4]


def test_lines_are_answered_as_they_come(index: FormularyIndex) -> None:
    def endless():
        while True:
            yield b"Tab Dolo 650\n"

    answers = parse_lines(endless(), index, [])
    assert [json.loads(next(answers))["line_number"] for _ in range(3)] == [1, 2, 3]


def test_stdin_and_a_file_give_the_same(tmp_path: Path, formulary: Path) -> None:
    (tmp_path / "lines.txt").write_bytes(LINES)
    script = "from jobs.cli import main; main()"
    answers = [
        subprocess.run(  # noqa: S603 - this code
            [sys.executable, "-c", script, "parse", name, "--formulary", str(formulary)],
            input=LINES,
            capture_output=True,
            check=True,
        )
        for name in ("-", str(tmp_path / "lines.txt"))
    ]
    assert answers[0].stdout == answers[1].stdout
    assert answers[0].stdout.count(b"\n") == 5
    assert b"not UTF-8" in answers[0].stderr
