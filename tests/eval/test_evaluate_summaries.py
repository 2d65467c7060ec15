"""The table of `nuskha evaluate summarize`, over a real output folder."""

import json
from pathlib import Path

import pyarrow as pa
import pytest

from jobs.evaluate_summaries import evaluate_summaries
from jobs.exits import CannotStart
from jobs.output import Output


def output(folder: Path, summaries: dict[str, str], target: str = "en") -> Output:
    made = Output(str(folder))
    made.write_run({"run_id": "r", "reading": {}, "state": "finished"})
    rows = [
        {
            "query_id": key,
            "status": "ok",
            "summary": text,
            "target_language": target,
            "flags": ["summary_cut"],
        }
        for key, text in summaries.items()
    ]
    made.write_part("part-0.parquet", pa.Table.from_pylist(rows))
    return made


@pytest.fixture
def references(tmp_path: Path) -> str:
    rows = [
        {"query_id": "a", "query": "Bukhar mein kya loon?", "core": "What helps against fever?", "kind": 1},
        {"query_id": "b", "query": "Khansi kab jayegi?", "core": "When will the cough end?", "kind": 2},
    ]
    path = tmp_path / "references.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return str(path)


def test_the_table_names_figures_with_their_n(
    tmp_path: Path, references: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = output(tmp_path / "ours", {"a": "What helps against fever?", "b": "When will the cough end?"})
    theirs = output(tmp_path / "theirs", {"a": "What helps against fever?"})
    evaluate_summaries(ours, references, "core", against=theirs)
    printed = capsys.readouterr()
    lines = [" ".join(line.replace("│", " ").split()) for line in printed.out.splitlines()]
    assert "rougeL F1 1.000 [1.000, 1.000] n=2" in lines
    assert (
        "rougeL F1 0.500 [0.000, 1.000] n=2"
        in lines[lines.index("flag summary_cut 1.000 [1.000, 1.000] n=2") :]
    )
    assert "1 of 2 queries have no row" in printed.err
    assert "Bukhar" not in printed.out + printed.err


def test_only_narrows_the_references(
    tmp_path: Path, references: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = output(tmp_path / "ours", {"a": "What helps against fever?", "b": "No."})
    evaluate_summaries(ours, references, "core", {"kind": "1"})
    assert "1.000 [1.000, 1.000] n=1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("column", "only", "message"),
    [
        ("corr", None, "neither a column corr nor a column condition"),
        ("core", {"kind": "3"}, "has no row where kind=3"),
    ],
)
def test_what_cannot_be_measured_is_told(
    tmp_path: Path, references: str, column: str, only: dict[str, str] | None, message: str
) -> None:
    with pytest.raises(CannotStart, match=message):
        evaluate_summaries(output(tmp_path / "ours", {"a": "Fever?"}), references, column, only)


def test_folders_and_files_that_do_not_fit_are_told(tmp_path: Path, references: str) -> None:
    ours = output(tmp_path / "ours", {"z": "Fever?"})
    with pytest.raises(CannotStart, match="no query_id of"):
        evaluate_summaries(ours, references, "core")
    with pytest.raises(CannotStart, match="no output folder"):
        evaluate_summaries(Output(str(tmp_path)), references, "core")
    with pytest.raises(CannotStart, match="cannot be read"):
        evaluate_summaries(ours, str(tmp_path / "absent.jsonl"), "core")
