"""Scores of a job's summaries, on messages of our own."""

import json
import math
import random
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.figures import figures
from eval.records import Figure, SummaryItem, schema, to_row
from eval.references import Reference, load_references
from eval.rouge import Score
from eval.summaries import APART, MEASURES, score_pair, score_summaries, with_bertscore
from eval.summary_pairs import NO_ROW, NO_WORD, pair_up, terciles

REFERENCES = [
    {
        "query_id": "a",
        "query": "Mujhe teen din se bukhar hai, kya paracetamol le sakta hoon?",
        "core": "Can I take paracetamol for a fever of three days?",
        "language": "hi-en",
        "old": False,
        "image": "skin/1.jpg",
        "image_class": "skin",
    },
    {
        "query_id": "b",
        "query": "Meri beti ko khansi hai, kya karein?",
        "core": "What can be done for my daughter's cough?",
        "language": "hi-en",
        "old": True,
        "image": "skin/1.jpg",
        "image_class": "skin",
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
        "core": " ",
        "language": "pt",
        "condition": "Hérnia",
    },
]
HINDI = {"language": "hi-en"}
PORTUGUESE = {"language": "pt"}


@pytest.fixture
def references(tmp_path: Path) -> Path:
    path = tmp_path / "references.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in REFERENCES), encoding="utf-8")
    return path


def row(query_id: str, summary: str | None, target: str | None = "en", **more: Any) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "query_id": query_id,
        "summary": summary,
        "target_language": target,
        "status": "ok",
        "flags": [],
    }
    return columns | more


def values(items: Sequence[SummaryItem], target: str = "en") -> dict[str, Figure]:
    """Figures of one target language by the measure's name."""
    return {
        each.metric: each for each in figures(items, MEASURES, APART) if each.slice == f"{APART}={target}"
    }


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
    items = score_summaries(load_references(references, "core", HINDI), [exact, *failed])
    assert [(item.failed, item.failure) for item in items] == [(False, None), (True, reason)]
    assert items[1].prediction is None
    assert items[1].lost == ("sex: female", "symptom: cough")
    table = values(items)
    for name in ("rouge1", "rougeL", "rougeL_recall", "failed", "in_target"):
        assert (table[name].value, table[name].n, table[name].failed) == (0.5, 2, 1), name
    assert table["facts_recall"].value == pytest.approx(3 / 5)
    assert table["facts_precision"].value == 1
    for name in ("length", "invented_rate", "flagged", "repetition"):  # a failure has nothing to look at
        assert (table[name].n, table[name].scored) == (1, 1), name


def test_identity_scores_one(references: Path) -> None:
    wanted = load_references(references, "core", HINDI)
    table = values(score_summaries(wanted, [row(each.query_id, each.text) for each in wanted]))
    ones = {name for name, figure in table.items() if figure.value == 1}
    scored = {name for name, figure in table.items() if figure.n}
    assert (
        scored & {measure.name for measure in MEASURES if "rouge" in measure.name or "facts" in measure.name}
        <= ones
    )
    assert {"rouge1", "rougeLsum", "facts_f1", "facts_drug_recall", "in_target"} <= ones


def test_each_target_language_stands_by_itself(references: Path) -> None:
    items = score_summaries(
        load_references(references, "core"),
        [row("a", "Is paracetamol safe in fever?"), row("c", "Existe cura para a rinite?", "pt")],
    )
    assert [item.slices[APART] for item in items] == ["en", "en", "pt", "pt"]
    assert "rouge1" not in values(items, "pt")  # no reference was written
    assert not [figure for figure in figures(items, MEASURES, APART) if figure.slice == "all"]


def test_slices_and_clusters(references: Path) -> None:
    wanted = load_references(references, "core", HINDI)
    rows = [
        row("a", "Fever?", language="hi-en", scripts=["Latin", "Devanagari"], code_mix_index=0.0),
        row("b", "Cough?", language="en", scripts=["Latin"], code_mix_index=12.5),
    ]
    first, second = score_summaries(wanted, rows)
    assert first.slices == {
        "target": "en",
        "language": "hi-en",
        "script": "Devanagari+Latin",
        "code_mix": "none",
        "image_class": "skin",
    }
    assert (second.slices["language"], second.slices["code_mix"]) == ("hi-en", "low")
    assert first.cluster == second.cluster == "skin/1.jpg"
    unread = score_summaries(load_references(references, "core", PORTUGUESE), [row("c", "Cura?", "pt")])
    assert unread[1].slices["script"] == "Latin"
    assert [item.cluster for item in unread] == ["c", "d"]


def test_images_seen_in_training_are_apart(references: Path) -> None:
    wanted = load_references(references, "core")
    rows = [row("a", "Fever?"), row("c", "Cura?", "pt")]
    seen, other = Reference("x", "?", image="skin/1.jpg"), Reference("y", "?", image="skin/2.jpg")
    assert [item.slices.get("image") for item in score_summaries(wanted, rows)] == [None] * 4
    for training, told in (([seen, other], "seen"), ([other], "unseen")):
        items = score_summaries(wanted, rows, training=training)
        assert [item.slices.get("image") for item in items] == [told, told, None, None]


def test_terciles_are_of_the_messages_that_mix() -> None:
    assert terciles([0.0, 0.0, 10.0, 20.0, 30.0, 40.0]) == (20.0, 30.0)
    assert terciles([0.0]) == terciles([]) == (0.0, 0.0)
    wanted = [Reference(str(index), "?", "?") for index in range(8)]
    mixed = [0.0, 0.0, 5.0, 10.0, 20.0, 30.0, 40.0, 45.0]
    pairs = pair_up(wanted, [row(str(index), "?", code_mix_index=mix) for index, mix in enumerate(mixed)])
    assert [pair.slices["code_mix"] for pair in pairs] == ["none"] * 2 + ["low"] * 2 + ["mid"] * 2 + [
        "high"
    ] * 2


def test_conditions_kept_and_introduced(references: Path) -> None:
    wanted = load_references(references, "core", PORTUGUESE)
    good = [row("c", "A RINITE tem cura?", "pt"), row("d", "O que causa dor nas costas?", "pt")]
    bad = [row("c", "Existe cura para isso?", "pt"), row("d", "A hernia de disco tem cura?", "pt")]
    kept, lost = (values(score_summaries(wanted, rows), "pt") for rows in (good, bad))
    assert (kept["condition_kept"].value, kept["condition_introduced"].value) == (1.0, 0.0)
    assert (lost["condition_kept"].value, lost["condition_introduced"].value) == (0.0, 1.0)
    assert kept["condition_kept"].n == kept["condition_introduced"].n == 1


def test_inventions_are_held_against_message_and_context(references: Path) -> None:
    wanted = load_references(references, "core", HINDI)
    summary = "What helps my daughter of 4 years with a cough and a rash?"
    told, untold = (
        score_summaries(wanted, [row("a", "Fever?"), row("b", summary, context=context)])[1]
        for context in ("Age: 4 years. Rash.", None)
    )
    assert told.invented == ()
    assert set(untold.invented) == {"age: 4 years", "symptom: rash"}
    assert untold.counts["invented_age_rate"] == untold.counts["invented_rate"] == (1.0, 1.0)
    assert untold.counts["invented_drug_rate"] == told.counts["invented_rate"] == (0.0, 1.0)


def test_flags_are_the_jobs_or_else_found(references: Path) -> None:
    wanted = load_references(references, "core", HINDI)
    rows = [row("a", "Is a rash safe?", flags=["summary_cut"]), row("b", "Is a rash safe?", flags=[])]
    items = score_summaries(wanted, rows)
    assert [item.flags for item in items] == [("summary_cut",), ()]
    assert values(items)["flagged"].value == 0.5
    assert score_summaries(wanted, [row("a", "Is a rash safe?", flags=None)])[0].flags == (
        "invented_symptom: rash",
    )


def test_bertscore_is_added_and_failures_score_zero(references: Path) -> None:
    wanted = load_references(references, "core")
    items = score_summaries(wanted, [row("a", "Fever?"), row("c", "Cura?", "pt")])
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
    items = score_summaries(
        load_references(references, "core"), [row("a", "Fever?"), row("c", "Cura?", "pt")]
    )
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
    items = {item.item_id: item for item in score_summaries(wanted, rows)}
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
        score_summaries([Reference("a", texts[0], texts[0])], [row("a", texts[1], target)])[0].counts
        for form in ("NFC", "NFD")
        for texts in ([unicodedata.normalize(form, text) for text in (query, summary)],)
    )
    assert composed == decomposed


def test_only_compares_values_as_json_writes_them(references: Path) -> None:
    assert [r.query_id for r in load_references(references, "core", {"old": "false"})] == ["a"]
    assert [r.query_id for r in load_references(references, "core", {"old": "true"})] == ["b"]


def test_a_reference_has_what_is_known_of_it(references: Path) -> None:
    first, _, third, fourth = load_references(references, "core")
    assert (first.image, first.image_class, first.condition) == ("skin/1.jpg", "skin", None)
    assert (third.text, third.condition, third.image) == (None, "Rinite", None)
    assert fourth.text is None  # a blank reference is none


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"query_id": "a"}\n', "line 1 has no query"),
        ('{"query": "?", "query_id": "a"}\n{"query"', "line 2 is no JSON"),
        (
            '{"query": "?", "query_id": "a"}\n{"query": "!", "query_id": "a"}',
            "line 2: query_id a occurs twice",
        ),
        ('{"query": "?", "query_id": 1}\n{"query": "!", "query_id": "1"}', "line 2: query_id 1 occurs twice"),
        ("[1]", "line 1 has no query_id"),
        ('{"query": 1, "query_id": "a"}', "line 1: query is no text"),
        ('{"query": "?", "query_id": "a", "core": ["x"]}', "line 1: core is no text"),
        ('{"query": "?", "query_id": "a", "image": 3}', "line 1: image is no text"),
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
