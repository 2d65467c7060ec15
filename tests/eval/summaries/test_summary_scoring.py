"""Scores of summaries, on messages of our own."""

import math
import random
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_messages import HINDI, PORTUGUESE, items_of, row, values

from eval.figures import figures
from eval.records import schema, to_row
from eval.rouge import Score
from eval.summaries.pairs import NO_ROW, NO_WORD, pair_up
from eval.summaries.references import Reference, load_references
from eval.summaries.scoring import APART, MEASURES, score_pair, with_bertscore


@pytest.mark.parametrize(
    ("failed", "reason"),
    [
        ([row("b", "What can be done?", status="error", error_stage="engine", error="died")], "engine: died"),
        ([row("b", "What can be done?", status="error")], "error"),
        ([row("b", "")], NO_WORD),
        ([row("b", None)], NO_WORD),
        ([row("b", "?! 🤒")], NO_WORD),
        ([row("b", "What can be done?", target=None)], NO_ROW),
        ([], NO_ROW),
    ],
)
def test_what_failed_scores_as_a_failure(references: Path, failed: list[dict[str, Any]], reason: str) -> None:
    exact = row("a", "Can I take paracetamol for a fever of three days?")
    items = items_of(load_references(references, "core", HINDI), [exact, *failed])
    assert [(item.failed, item.failure) for item in items] == [(False, None), (True, reason)]
    assert items[1].prediction is None
    assert (items[1].lost, items[1].added) == (("sex: female", "symptom: cough"), ())
    table = values(items)
    for name in ("rouge1", "rougeL", "rougeL_recall", "failed", "in_target"):
        assert (table[name].value, table[name].n, table[name].failed) == (0.5, 2, 1), name
    assert table["facts_recall"].value == pytest.approx(3 / 5)
    assert table["facts_precision"].value == 1
    for name in ("length", "invented_rate", "flagged", "repetition"):  # a failure has nothing to look at
        assert (table[name].n, table[name].scored) == (1, 1), name


def test_identity_scores_one(references: Path) -> None:
    wanted = load_references(references, "core", HINDI)
    table = values(items_of(wanted, [row(each.query_id, each.text) for each in wanted]))
    ones = {name for name, figure in table.items() if figure.value == 1}
    scored = {name for name, figure in table.items() if figure.n}
    assert (
        scored & {measure.name for measure in MEASURES if "rouge" in measure.name or "facts" in measure.name}
        <= ones
    )
    assert {"rouge1", "rougeLsum", "facts_f1", "facts_drug_recall", "in_target"} <= ones


def test_each_target_language_stands_by_itself(references: Path) -> None:
    items = items_of(
        load_references(references, "core"),
        [row("a", "Is paracetamol safe in fever?"), row("c", "Existe cura para a rinite?", "pt")],
    )
    assert [item.slices[APART] for item in items] == ["en", "en", "pt", "pt"]
    assert "rouge1" not in values(items, "pt")  # no reference was written
    assert not [figure for figure in figures(items, MEASURES, APART) if figure.slice == "all"]


def test_conditions_kept_and_introduced(references: Path) -> None:
    wanted = load_references(references, "core", PORTUGUESE)
    good = [row("c", "A RINITE tem cura?", "pt"), row("d", "O que causa dor nas costas?", "pt")]
    bad = [row("c", "Existe cura para isso?", "pt"), row("d", "A hernia de disco tem cura?", "pt")]
    kept, lost = (values(items_of(wanted, rows), "pt") for rows in (good, bad))
    assert (kept["condition_kept"].value, kept["condition_introduced"].value) == (1.0, 0.0)
    assert (lost["condition_kept"].value, lost["condition_introduced"].value) == (0.0, 1.0)
    assert kept["condition_kept"].n == kept["condition_introduced"].n == 1


def test_inventions_are_held_against_message_and_context(references: Path) -> None:
    wanted = load_references(references, "core", HINDI)
    summary = "What helps my daughter of 4 years with a cough and a rash?"
    told, untold = (
        items_of(wanted, [row("a", "Fever?"), row("b", summary, context=context)])[1]
        for context in ("Age: 4 years. Rash.", None)
    )
    assert told.invented == ()
    assert set(told.added) == {"age: 4 years", "symptom: rash"}  # the reference has neither
    assert set(untold.invented) == {"age: 4 years", "symptom: rash"}
    assert untold.counts["invented_age_rate"] == untold.counts["invented_rate"] == (1.0, 1.0)
    assert untold.counts["invented_drug_rate"] == told.counts["invented_rate"] == (0.0, 1.0)


def test_flags_are_the_jobs_or_else_found(references: Path) -> None:
    wanted = load_references(references, "core", HINDI)
    rows = [row("a", "Is a rash safe?", flags=["summary_cut"]), row("b", "Is a rash safe?", flags=[])]
    items = items_of(wanted, rows)
    assert [item.flags for item in items] == [("summary_cut",), ()]
    assert values(items)["flagged"].value == 0.5
    assert items_of(wanted, [row("a", "Is a rash safe?", flags=None)])[0].flags == ("invented_symptom: rash",)


def test_bertscore_is_added_and_failures_score_zero(references: Path) -> None:
    wanted = load_references(references, "core")
    items = items_of(wanted, [row("a", "Fever?"), row("c", "Cura?", "pt")])
    half, unscored = Score(0.25, 1.0, 0.4), Score(math.nan, math.nan, math.nan)
    scored = with_bertscore(items, [half, half, half, None])
    assert [item.counts.get("bertscore_f1") for item in scored] == [(0.4, 1.0), (0.0, 1.0), None, None]
    assert (values(scored)["bertscore_f1"].value, values(scored)["bertscore_recall"].value) == (0.2, 0.5)
    for nothing in (unscored, None):
        left = values(with_bertscore(items, [nothing, None, None, None]))["bertscore_f1"]
        assert (left.value, left.scored) == (0.0, 1)  # the failure alone
    with pytest.raises(ValueError, match="shorter"):
        with_bertscore(items, [half])


def test_items_fit_their_table(references: Path) -> None:
    items = items_of(load_references(references, "core"), [row("a", "Fever?"), row("c", "Cura?", "pt")])
    table = pa.Table.from_pylist([to_row(item) for item in items], schema=schema("summaries"))
    table.validate(full=True)
    assert table["item_id"].to_pylist() == ["a", "b", "c", "d"]
    assert all(set(item.counts) <= {measure.counts for measure in MEASURES} for item in items)


SUMMARIES = [
    "Can I take paracetamol for a fever?",
    "A rash on the left arm.",
    "",
    "दर्द है",
    "dor de cabeça há 2 semanas",
    "宝宝发烧三天",
]


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from(SUMMARIES), st.sampled_from(SUMMARIES)), min_size=2, max_size=8),
    st.randoms(use_true_random=False),
    st.integers(1, 4),
)
def test_neither_order_nor_workers_change_an_item(
    texts: list[tuple[str, str]], chance: random.Random, workers: int
) -> None:
    wanted = [Reference(str(index), f"{query} {query}", text) for index, (query, text) in enumerate(texts)]
    rows = [row(str(index), query) for index, (query, _) in enumerate(texts[1:])]
    items = {item.item_id: item for item in items_of(wanted, rows)}
    chance.shuffle(wanted)
    chance.shuffle(rows)
    pairs = pair_up(wanted, rows)
    with ThreadPoolExecutor(workers) as pool:
        parallel = list(pool.map(score_pair, pairs))
    assert {item.item_id: item for item in parallel} == items
    assert [item.item_id for item in parallel] == [reference.query_id for reference in wanted]


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(SUMMARIES), st.sampled_from(SUMMARIES), st.sampled_from(["en", "hi", "zh", "pt"]))
def test_composed_and_decomposed_texts_count_the_same(query: str, summary: str, target: str) -> None:
    composed, decomposed = (
        items_of([Reference("a", texts[0], texts[0])], [row("a", texts[1], target)])[0].counts
        for form in ("NFC", "NFD")
        for texts in ([unicodedata.normalize(form, text) for text in (query, summary)],)
    )
    assert composed == decomposed
