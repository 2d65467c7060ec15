"""Scores of entities worked out by hand, and what must hold of any."""

import json
import math
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_documents import TSV, cases, document, values, write

from eval.entities.baselines import no_entities
from eval.entities.scoring import MEASURES, NO_PREDICTION, read_entities, score_entities
from eval.figures import differences, figures


@pytest.mark.parametrize("case", cases("scored.jsonl"), ids=lambda case: case["reason"][:40])
def test_cases_worked_out_by_hand(case: dict[str, Any]) -> None:
    (item,) = score_entities([document(case["text"], case["gold"])], [document(case["text"], case["found"])])
    for name, counts in case["counts"].items():
        assert list(item.counts[name]) == counts, (name, case["reason"])
    told = values([item])
    for name, value in case["values"].items():
        assert told[name] == pytest.approx(math.nan if value is None else value, nan_ok=True), name


def test_forms_of_unicode_are_one(tmp_path: Path) -> None:
    """Offsets of a decomposed text count its own characters; a nukta stays apart in NFC too."""
    text, word = "Está com reação e कड़क बुख़ार", "reação"
    told = []
    for form in ("NFC", "NFD"):
        formed, sought = unicodedata.normalize(form, text), unicodedata.normalize(form, word)
        start = formed.index(sought)
        entities = [
            {"start": start, "end": start + len(sought), "type": "Sintoma"},
            {"start": formed.index("क"), "end": len(formed), "type": "sintoma"},
        ]
        row = json.dumps({"id": "a", "text": formed, "entities": entities})
        told += read_entities(write(tmp_path / f"{form}.jsonl", row))
    assert told[0].entities == told[1].entities
    assert told[0].text[told[0].entities[0].start : told[0].entities[0].end] == word
    tokens = "".join(f"{token}\tO\n" for token in text.split())
    decomposed = write(tmp_path / "d.tsv", unicodedata.normalize("NFD", tokens))
    assert score_entities(read_entities(write(tmp_path / "c.tsv", tokens)), read_entities(decomposed))


def test_a_document_without_a_prediction_is_missed_and_said_to_have_failed() -> None:
    gold = [document("fever", [(0, 5, "Disease")], "a"), document("cough", [(0, 5, "Disease")], "b")]
    items = score_entities(gold, gold[:1])
    assert [(item.item_id, item.failed, item.failure) for item in items] == [
        ("a", False, None),
        ("b", True, NO_PREDICTION),
    ]
    assert items[1].counts["exact"] == items[1].counts["partial_condition"] == (0, 0, 1)
    assert items[1].missed == ("Condition: cough",)
    assert values(items)["exact_recall"] == 0.5


def test_predictions_of_other_texts_are_refused(tmp_path: Path) -> None:
    gold = [document("fever", [], "a"), document("cough", [], "b")]
    with pytest.raises(ValueError, match=r"1 of 2 predicted texts are not among the 2 references: .* id c"):
        score_entities(gold, [document("fever", [], "a"), document("rash", [], "c")])
    with pytest.raises(ValueError, match="the text of id b is not that of"):
        score_entities(gold, [document("coughs", [], "b")])
    with pytest.raises(ValueError, match="id a is that of line 1 already"):
        score_entities(gold, [gold[0], document("fever", [], "a")])


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (TSV.replace("pain", "ache"), 4),
        ("\n".join(reversed(TSV.split("\n\n"))), 1),
        (TSV.replace("No\tO\n", ""), 6),
        (TSV.replace(".\tO\n", ""), 8),
    ],
    ids=["another token", "another order", "a token less", "a shorter sentence"],
)
def test_iob_that_does_not_fit_is_refused_at_its_line(tmp_path: Path, content: str, line: int) -> None:
    gold = read_entities(write(tmp_path / "gold.tsv", TSV))
    found = read_entities(write(tmp_path / "found.tsv", content))
    with pytest.raises(
        ValueError, match=rf"found\.tsv, line {line} lacks the token of .*gold\.tsv, line {line}:"
    ):
        score_entities(gold, found)


def test_items_show_what_was_missed_and_invented() -> None:
    text = "fever,\nback  pain and fever"
    gold = document(text, [(0, 5, "Disease"), (7, 17, "Disease"), (22, 27, "Disease")])
    (item,) = score_entities([gold], [document(text, [(22, 27, "Symptom"), (13, 17, "Symptom")])])
    assert item.gold == ("Condition: fever", "Condition: back pain", "Condition: fever")
    assert item.missed == ("Condition: fever", "Condition: back pain")
    assert item.invented == ("Condition: pain",)


def test_two_systems_are_compared_on_every_document() -> None:
    """A system that invents drugs is compared with one that finds none on the same items."""
    gold = [document(f"text {place}", [(0, 4, "Disease")], str(place)) for place in range(8)]
    found = [document(each.text, [(0, 4, "Disease"), (5, 6, "Drug")], each.document_id) for each in gold]
    one, other = score_entities(gold, found), score_entities(gold, [*found[:1], *gold[1:]])
    rows = {row.metric: row for row in differences(one, other, MEASURES)}
    assert rows["exact_precision_drug"].items == rows["exact_precision"].items == 8
    assert rows["exact_precision"].difference == pytest.approx(8 / 16 - 8 / 9)


def test_figures_are_over_gold_entities_and_have_intervals() -> None:
    gold = [document("fever", [(0, 5, "Disease")], str(place)) for place in range(20)]
    found = gold[:15] + list(no_entities(gold[15:]))
    rows = {row.metric: row for row in figures(score_entities(gold, found), MEASURES)}
    recall = rows["exact_recall_condition"]
    assert (recall.value, recall.n, recall.scored, recall.failed) == (0.75, 20, 20, 0)
    assert 0.5 <= recall.low < 0.75 < recall.high <= 1
    assert rows["exact_precision"].n == 15
    assert "exact_f1_drug" not in rows


TEXT = "abcdefghijk"
types = st.sampled_from(["Disease", "Symptom", "Chemical", "Gene"])
entities = st.lists(
    st.tuples(st.integers(0, 7), st.integers(1, 3), types).map(
        lambda each: (each[0], each[0] + each[1], each[2])
    ),
    max_size=5,
)
corpora = st.lists(st.tuples(entities, entities), min_size=1, max_size=6)


@settings(deadline=None)
@given(corpora)
def test_precision_and_recall_swap_and_order_does_not_matter(corpus: list[tuple[Any, Any]]) -> None:
    gold = [document(TEXT, ours, str(place)) for place, (ours, _) in enumerate(corpus)]
    found = [document(TEXT, theirs, str(place)) for place, (_, theirs) in enumerate(corpus)]
    forth, back = values(score_entities(gold, found)), values(score_entities(found, gold))
    for name, value in forth.items():
        swapped = {"precision": "recall", "recall": "precision"}
        other = "_".join(swapped.get(part, part) for part in name.split("_"))
        assert value == pytest.approx(back[other], nan_ok=True)
        assert math.isnan(value) or 0 <= value <= 1
    assert forth == pytest.approx(values(score_entities(gold[::-1], found)), nan_ok=True)
    assert score_entities(gold, found[::-1]) == score_entities(gold, found)
    for of in ("f1", "precision", "recall"):
        assert not forth[f"partial_{of}"] < forth[f"exact_{of}"]


@settings(deadline=None)
@given(st.lists(entities, min_size=1, max_size=6))
def test_what_is_the_same_scores_one(corpus: list[Any]) -> None:
    gold = [document(TEXT, each, str(place)) for place, each in enumerate(corpus)]
    told = values(score_entities(gold, gold))
    assert all(value == 1 or math.isnan(value) for value in told.values())
    assert any(corpus) == (told["exact_f1"] == 1)
