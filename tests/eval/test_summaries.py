"""Scores of a job's summaries, on messages of our own."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.summaries import by_target, differences, figures, load_references, score_summaries

REFERENCES = [
    {
        "query_id": "a",
        "query": "Mujhe teen din se bukhar hai, kya paracetamol le sakta hoon?",
        "core": "Can I take paracetamol for a fever of three days?",
        "language": "hi-en",
        "old": False,
    },
    {
        "query_id": "b",
        "query": "Meri beti ko khansi hai, kya karein?",
        "core": "What can be done for my daughter's cough?",
        "language": "hi-en",
        "old": True,
    },
    {
        "query_id": "c",
        "query": "Tenho rinite há dois anos, existe cura?",
        "core": None,
        "language": "pt",
        "condition": "Rinite",
    },
    {
        "query_id": "d",
        "query": "Estou com dor nas costas há uma semana, o que pode ser?",
        "core": None,
        "language": "pt",
        "condition": "Hérnia",
    },
]


@pytest.fixture
def references(tmp_path: Path) -> Path:
    path = tmp_path / "references.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in REFERENCES), encoding="utf-8")
    return path


def row(query_id: str, summary: str | None, target: str = "en", **more: Any) -> dict[str, Any]:
    columns = {
        "query_id": query_id,
        "summary": summary,
        "target_language": target,
        "status": "ok",
        "flags": [],
    }
    return columns | more


def test_failures_missing_rows_and_empty_summaries_score_zero(references: Path) -> None:
    wanted = load_references(references, "core", {"language": "hi-en"})
    exact = row("a", "Can I take paracetamol for a fever of three days?")
    failed = row("b", "What can be done for my daughter's cough?", status="error")
    for rows in ([exact, failed], [exact, row("b", "")], [exact, row("b", None)], [exact]):
        scores = score_summaries(wanted, rows)
        table = figures(by_target(scores)["en"])
        assert (table["rougeL F1"].value, table["rougeL F1"].n) == (0.5, 2)
        assert table["failed"].value == 0.5
        assert table["in target language"].value == 0.5
        assert table["length in tokens"].n == 1


def test_each_language_stands_by_itself(references: Path) -> None:
    scores = score_summaries(
        load_references(references, "core"),
        [row("a", "Is paracetamol safe in fever?"), row("c", "Existe cura para a rinite?", "pt")],
    )
    groups = by_target(scores)
    assert {name: [score.query_id for score in group] for name, group in groups.items()} == {
        "en": ["a", "b"],
        "pt": ["c", "d"],
    }
    assert "rouge1 F1" not in figures(groups["pt"])
    assert figures(groups["en"])["in target language"].value == 0.5


def test_conditions_kept_and_introduced(references: Path) -> None:
    wanted = load_references(references, "core", {"language": "pt"})
    good = [row("c", "A RINITE tem cura?", "pt"), row("d", "O que causa dor nas costas?", "pt")]
    bad = [row("c", "Existe cura para isso?", "pt"), row("d", "A hernia de disco tem cura?", "pt")]
    kept, lost = figures(score_summaries(wanted, good)), figures(score_summaries(wanted, bad))
    assert (kept["condition kept"].value, kept["condition introduced"].value) == (1.0, 0.0)
    assert (lost["condition kept"].value, lost["condition introduced"].value) == (0.0, 1.0)
    assert kept["condition kept"].n == kept["condition introduced"].n == 1


def test_flags_are_counted_by_code(references: Path) -> None:
    wanted = load_references(references, "core", {"language": "hi-en"})
    flags = ["invented_number: 38.5", "invented_number: 7", "summary_cut"]
    scores = score_summaries(wanted, [row("a", "Is it safe?", flags=flags), row("b", "Is it safe?")])
    table = figures(scores)
    assert table["flag invented_number"].value == table["flagged"].value == 0.5


def test_a_better_system_is_told_apart_on_the_same_items(references: Path) -> None:
    wanted = load_references(references, "core", {"language": "hi-en"})
    good = score_summaries(wanted, [row("a", REFERENCES[0]["core"]), row("b", REFERENCES[1]["core"])])
    poor = score_summaries(wanted, [row("a", "Fever"), row("b", "Cough")])
    assert differences(good, poor)["rougeL F1"].low > 0
    assert differences(good, good)["rouge1 F1"].high == 0
    with pytest.raises(ValueError, match="different queries"):
        differences(good, poor[:1])


def test_only_compares_values_as_json_writes_them(references: Path) -> None:
    assert [r.query_id for r in load_references(references, "core", {"old": "false"})] == ["a"]
    assert [r.query_id for r in load_references(references, "core", {"old": "true"})] == ["b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"query_id": "a"}\n', "line 1 has no query"),
        ('{"query": "?", "query_id": "a"}\n{"query"', "line 2 is no JSON"),
        (
            '{"query": "?", "query_id": "a"}\n{"query": "!", "query_id": "a"}',
            "line 2: query_id a occurs twice",
        ),
        ("[1]", "line 1 has no query_id"),
    ],
)
def test_bad_references_are_told_by_their_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        load_references(path, "core")


def test_rows_of_another_file_are_no_rows(references: Path) -> None:
    with pytest.raises(ValueError, match="no query_id"):
        score_summaries(load_references(references, "core"), [row("z", "Is it safe?")])
