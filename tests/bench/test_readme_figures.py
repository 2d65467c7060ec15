"""What the figures of the README are made over, and how they are written."""

import json
from pathlib import Path

import pytest

from bench.figures import SETS, kept_apart, selected, table
from eval.kinds import KINDS
from eval.records import Figure
from eval.results import Results
from summarize.train.rules import in_first_half


def lines(count: int) -> list[str]:
    """Questions of which every third names its condition, in its own spelling."""
    texts = ("A RINITE alérgica tem cura?", "Estou com tosse há um mês.", "O que devo fazer?")
    return [
        json.dumps({"query_id": f"made-{place}", "query": texts[place % 3], "condition": "Rinite alergica"})
        for place in range(count)
    ]


def places(chosen: list[str]) -> list[int]:
    return [int(json.loads(line)["query_id"].rpartition("-")[2]) for line in chosen]


def test_as_many_that_name_their_condition_as_others_of_the_half_not_trained_on() -> None:
    found = places(kept_apart(["", *lines(200), "\n"], each=10))
    unseen = [place for place in range(200) if not in_first_half(f"made-{place}")]
    naming = [place for place in unseen if place % 3 == 0][:10]
    others = [place for place in unseen if place % 3 != 0][:10]
    assert found == sorted(naming + others)
    assert (len(naming), len(others)) == (10, 10)


def test_where_there_are_fewer_all_are_taken() -> None:
    unseen = [place for place in range(30) if not in_first_half(f"made-{place}")]
    assert places(kept_apart(lines(30))) == unseen
    assert kept_apart([]) == []


def test_a_row_without_a_condition_is_no_row_of_the_set() -> None:
    with pytest.raises(KeyError, match="condition"):
        kept_apart([json.dumps({"query_id": "a", "query": "?"})])


def test_a_selection_that_is_there_is_not_written_again(tmp_path: Path) -> None:
    messages = tmp_path / "all.jsonl"
    messages.write_text("\n".join(lines(60)), encoding="utf-8")
    path = selected(kept_apart, messages, tmp_path / "medpt")
    assert places(path.read_text("utf-8").splitlines()) == places(kept_apart(lines(60)))
    written = path.stat().st_mtime_ns
    assert selected(kept_apart, messages, tmp_path / "medpt").stat().st_mtime_ns == written
    messages.write_text("\n".join(lines(90)), encoding="utf-8")
    assert len(selected(kept_apart, messages, tmp_path / "medpt").read_text("utf-8").splitlines()) > 30


def test_what_the_readme_shows_is_measured() -> None:
    measured = {measure.name for kind in KINDS.values() for measure in kind.measures}
    assert {metric for one in SETS for metric in one.metrics} <= measured


def test_a_table_by_hand() -> None:
    medpt = next(one for one in SETS if one.name == "medpt")
    kept = Figure(
        metric="condition_kept", slice="target=pt", value=0.75, low=0.5, high=1.0, n=4, scored=4, failed=0
    )
    shown = table(
        medpt, Results(kind="summaries", provenance={}, figures=(kept,), baselines={"lead": (kept,)})
    )
    assert shown.splitlines()[2:5] == [
        "| measure | nuskha | `lead` |",
        "|---|---|---|",
        "| condition_kept | 0.750 [0.500, 1.000], n=4 | 0.750 |",
    ]
    assert "| invented_rate | - | - |" in shown
