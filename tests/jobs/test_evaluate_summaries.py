"""`nuskha evaluate summaries`, `compare` and `report` over real output folders."""

import json
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest
from command_line import Nuskha

from eval.results import read_items, read_results
from jobs.evaluate_summaries import SummariesEvaluation, evaluate_summaries
from jobs.exits import CannotStart
from jobs.output import Output
from ocr.records import Status
from summarize.records import SUMMARY_SCHEMA, SummaryRecord, to_row

QUERIES = {
    "a": "Bukhar mein kya loon?",
    "b": "Khansi kab jayegi?",
    "c": "Mujhe do din se sir dard hai, kya karoon?",
}
WANTED = {
    "a": "What helps against fever?",
    "b": "When will the cough end?",
    "c": "The patient has had a headache for two days. What can be done?",
}


def output(folder: Path, summaries: Mapping[str, str | None], target: str = "en") -> str:
    """A finished output of the summary job; None is an error row."""
    made = Output(str(folder))
    made.write_run({"run_id": "r", "job": "summarize", "reading": {"engine": "lead"}, "state": "finished"})
    rows = [
        SummaryRecord(
            row_id=key,
            query_id=key,
            source="messages.jsonl",
            row=place,
            status=Status.ERROR if text is None else Status.OK,
            error_stage="engine" if text is None else None,
            error="out of memory" if text is None else None,
            query=QUERIES.get(key),
            language="hi-en",
            scripts=("Latn",),
            code_mix_index=20.0 + place,
            target_language=target,
            summary=text,
            engine="lead",
            engine_version="1",
        )
        for place, (key, text) in enumerate(summaries.items())
    ]
    made.write_part(
        "part-0.parquet", pa.Table.from_pylist([to_row(row) for row in rows], schema=SUMMARY_SCHEMA)
    )
    return str(folder)


@pytest.fixture
def references(tmp_path: Path) -> str:
    rows = [
        {"query_id": key, "query": QUERIES[key], "core": WANTED[key], "kind": place}
        for place, key in enumerate(QUERIES)
    ]
    path = tmp_path / "references.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return str(path)


def lines_of(text: str) -> list[str]:
    return [" ".join(line.replace("│", " ").split()) for line in text.splitlines()]


def test_an_evaluation_is_written_compared_and_held_against_a_gate(
    nuskha: Nuskha, tmp_path: Path, references: str
) -> None:
    best = output(tmp_path / "best", WANTED)
    poor = output(tmp_path / "poor", WANTED | {"a": "Stop smoking.", "b": None})
    for folder in (best, poor):
        ended = nuskha(
            "evaluate", "summaries", folder, references, "--reference", "core", "--bertscore", "none",
            "--trained-on", references, "--out", f"{folder}-evaluated",
        )  # fmt: skip
        assert ended.status == 0, ended.err
        assert "Bukhar" not in ended.out + ended.err
    results = read_results(tmp_path / "poor-evaluated")
    (longest,) = [f for f in results.figures if (f.metric, f.slice) == ("rougeL", "target=en")]
    assert (longest.value, longest.n, longest.scored, longest.failed) == (pytest.approx(1 / 3), 3, 3, 1)
    assert results.failures == {"engine: out of memory": 1}
    assert results.leakage == {references: {"exact": 3, "near": 0}}
    assert set(results.baselines) == {"lead", "constant"}
    assert results.provenance["arguments"]["reference"] == "core"
    assert len(results.provenance["dataset_sha256"]) == 64
    assert results.provenance["run"]["reading"] == {"engine": "lead"}
    assert [item.item_id for item in read_items(tmp_path / "poor-evaluated")] == ["a", "b", "c"]
    assert "<title>" in (tmp_path / "poor-evaluated" / "report.html").read_text("utf-8")
    assert "rougeL" in (tmp_path / "poor-evaluated" / "report.md").read_text("utf-8")

    compared = nuskha("compare", f"{best}-evaluated", f"{poor}-evaluated")
    row, *_ = [line for line in lines_of(compared.out) if line.startswith("rougeL 1.000")]
    assert row.startswith("rougeL 1.000 0.333 +0.667")

    assert "language=hi-en" not in compared.out  # of three messages nothing is significant
    assert "differences within slices, with p >= 0.05 or none, are left out" in compared.out
    whole = nuskha("compare", f"{best}-evaluated", f"{poor}-evaluated", "--slices")
    assert "target=en, language=hi-en" in whole.out
    assert set(lines_of(compared.out)[:-1]) <= set(lines_of(whole.out))
    assert "left out" not in whole.out

    gate = tmp_path / "gate.yaml"
    gate.write_text("- {metric: rougeL, slice: target=en, at_least: 0.9}\n")
    assert nuskha("report", f"{best}-evaluated", "--gate", gate).status == 0
    broken = nuskha("report", f"{poor}-evaluated", "--gate", gate)
    assert broken.status == 1
    assert "rougeL of target=en at least 0.9" in broken.err


def test_a_comparison_tells_the_slices_that_differ(nuskha: Nuskha, tmp_path: Path) -> None:
    """Eight messages, one of them with a drug: all are better, which seven tell and one cannot."""
    wanted = {str(place): f"Can the {place}th pain be treated?" for place in range(8)}
    rows = [{"query_id": key, "query": "Dard hai.", "summary": text} for key, text in wanted.items()]
    rows[0]["query"] = "Paracetamol loon?"
    references = tmp_path / "references.jsonl"
    references.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    best = output(tmp_path / "best", wanted)
    poor = output(tmp_path / "poor", dict.fromkeys(wanted, "Stop smoking."))
    for folder in (best, poor):
        nuskha(
            "evaluate", "summaries", folder, references, "--bertscore", "none", "--out", f"{folder}-evaluated"
        )
    compared = nuskha("compare", f"{best}-evaluated", f"{poor}-evaluated").out
    assert "target=en, drug_frequency=none" in compared
    assert "target=en, drug_frequency=once" not in compared
    within = compared.partition("drug_frequency=none")[2].partition("measure")[2].partition("target=en")[0]
    rows_within = [line.split()[0] for line in lines_of(within) if "+" in line]
    assert "rouge1" in rows_within
    assert "failed" not in within  # which is the same in both


def test_missing_and_doubled_rows_are_told(nuskha: Nuskha, tmp_path: Path, references: str) -> None:
    ours = output(tmp_path / "ours", {"a": WANTED["a"], "b": WANTED["b"], "z": "Another's."})
    Output(ours).write_part("part-1.parquet", Output(ours).read_part("part-0.parquet"))
    ended = nuskha("evaluate", "summaries", ours, references, "--reference", "core", "--bertscore", "none")
    assert ended.status == 0
    assert "1 of 3 queries have no summary" in ended.err
    assert "several rows of one query_id" in ended.err
    assert any(line.startswith("rougeL 0.667") for line in lines_of(ended.out))


@pytest.mark.slow
def test_many_summaries_are_scored_on_ray_with_the_same_figures(
    ray_here: None, tmp_path: Path, references: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = output(tmp_path / "ours", WANTED | {"a": "Rest."})
    request = {"predictions": ours, "references": references, "reference": "core", "bertscore": "none"}
    evaluate_summaries(SummariesEvaluation(**request, out=tmp_path / "here"))
    monkeypatch.setattr("jobs.evaluate_summaries._PARALLEL_FROM", 1)
    monkeypatch.setattr("jobs.evaluate_summaries._CHUNK", 2)
    evaluate_summaries(SummariesEvaluation(**request, out=tmp_path / "there"))
    here, there = read_results(tmp_path / "here"), read_results(tmp_path / "there")
    assert repr(here.figures) == repr(there.figures)
    assert read_items(tmp_path / "here") == read_items(tmp_path / "there")


@pytest.mark.parametrize(
    ("column", "only", "message"),
    [
        ("corr", None, "neither a column corr nor a column condition"),
        ("core", {"kind": "9"}, "has no row where kind=9"),
    ],
)
def test_what_cannot_be_measured_is_told(
    tmp_path: Path, references: str, column: str, only: dict[str, str] | None, message: str
) -> None:
    ours = output(tmp_path / "ours", {"a": "Fever?"})
    with pytest.raises(CannotStart, match=message):
        evaluate_summaries(
            SummariesEvaluation(predictions=ours, references=references, reference=column, only=only)
        )


def test_folders_and_files_that_do_not_fit_are_told(nuskha: Nuskha, tmp_path: Path, references: str) -> None:
    ours, core = output(tmp_path / "ours", {"z": "Fever?"}), ("--reference", "core")

    def refused(*words: object) -> str:
        ended = nuskha(*words)
        assert ended.status == 2
        return ended.err

    assert "no query_id of" in refused("evaluate", "summaries", ours, references, *core)
    assert "no output folder" in refused("evaluate", "summaries", tmp_path, references, *core)
    assert "cannot be read" in refused("evaluate", "summaries", ours, tmp_path / "absent.jsonl")
    (tmp_path / "twice.jsonl").write_text('{"query_id": "a", "query": "x"}\n' * 2)
    assert "occurs twice" in refused("evaluate", "summaries", ours, tmp_path / "twice.jsonl")
    assert "results.json" in refused("report", tmp_path)
    assert "results.json" in refused("compare", tmp_path, tmp_path)
    ours = output(tmp_path / "good", WANTED)
    for name, only in (("one", "kind=0"), ("all", None)):
        words = ["--only", only] if only else []
        nuskha(
            "evaluate", "summaries", ours, references, "--reference", "core", "--bertscore", "none", *words,
            "--out", tmp_path / name,
        )  # fmt: skip
    assert "2 items are in" in nuskha("compare", tmp_path / "all", tmp_path / "one").err
    assert refused("evaluate", "summaries", ours, references, "--reference", "core", "--bertscore", tmp_path)
