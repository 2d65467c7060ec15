"""Entities: files in several notations, scores worked out by hand, and what must hold of any."""

import json
import math
import os
import unicodedata
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.entities import MEASURES, NO_PREDICTION, read_entities, score_entities, unmapped_types
from eval.entity_baselines import dictionary_entities, facts_entities, no_entities
from eval.figures import differences, figures
from eval.omop import DOMAINS, domain_of
from eval.overlap import Span, match_spans
from eval.records import EntityItem
from eval.spans import Document, Entity

DATA = Path(os.environ.get("NUSKHA_DATA", Path(__file__).parents[3] / "shared" / "data")) / "benchmarks"
CASES = Path(__file__).with_name("cases")


def cases(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in CASES.joinpath(name).read_text("utf-8").splitlines()]


def document(text: str, entities: Sequence[Sequence[Any]] = (), document_id: str = "1") -> Document:
    return Document(
        document_id=document_id,
        cluster=document_id,
        text=text,
        entities=tuple(Entity(*entity) for entity in entities),
        file="made.jsonl",
        line=1,
    )


def values(items: Sequence[EntityItem]) -> dict[str, float]:
    """Every measure that is counted, without its interval."""
    return {
        measure.name: float(
            measure.statistic(np.sum([item.counts[measure.counts] for item in items], axis=0))
        )
        for measure in MEASURES
        if measure.counts in items[0].counts
    }


def write(path: Path, content: str) -> Path:
    path.write_bytes(content.encode())
    return path


TSV = "Naproxen\tB-Chemical\nfor\tO\nback\tB-Disease\npain\tI-Disease\n\nNo\tO\nfever\tB-Disease\n.\tO\n"


@pytest.mark.parametrize("case", cases("entities_tags.jsonl"), ids=lambda case: case["reason"][:40])
def test_tags_of_every_scheme(case: dict[str, Any], tmp_path: Path) -> None:
    lines = "".join(f"t{place}\t{tag}\n" for place, tag in enumerate(case["tags"]))
    (read,) = read_entities(write(tmp_path / "a.tsv", lines))
    starts, ends = [start for start, _ in read.tokens], [end for _, end in read.tokens]
    found = [[starts.index(e.start), ends.index(e.end), e.type] for e in read.entities]
    assert found == case["entities"], case["reason"]


@pytest.mark.parametrize("case", cases("entities.jsonl"), ids=lambda case: case["reason"][:40])
def test_cases_worked_out_by_hand(case: dict[str, Any]) -> None:
    (item,) = score_entities([document(case["text"], case["gold"])], [document(case["text"], case["found"])])
    for name, counts in case["counts"].items():
        assert list(item.counts[name]) == counts, (name, case["reason"])
    told = values([item])
    for name, value in case["values"].items():
        assert told[name] == pytest.approx(math.nan if value is None else value, nan_ok=True), name


@pytest.mark.parametrize("case", cases("entities_refused.jsonl"), ids=lambda case: case["reason"][:40])
def test_a_wrong_line_is_told_by_file_and_line_and_never_repeated(
    case: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / case["name"]
    latin = case.get("content_latin1")
    path.write_bytes(latin.encode("latin-1") if latin else case["content"].encode())
    with pytest.raises(ValueError) as told:
        read_entities(path)
    assert case["message"] in str(told.value)
    assert "Naproxen" not in str(told.value)


def test_iob_is_read_whatever_ends_its_lines(tmp_path: Path) -> None:
    plain = read_entities(write(tmp_path / "a.tsv", TSV))
    odd = "\ufeff\n\n" + TSV.replace("\n", "\r\n").replace("\r\n\r\n", "\r\n \r\n\r\n").rstrip()
    for one, other in zip(plain, read_entities(write(tmp_path / "b.tsv", odd)), strict=True):
        assert (one.document_id, one.text, one.entities) == (other.document_id, other.text, other.entities)
    assert [d.text for d in plain] == ["Naproxen for back pain", "No fever ."]
    assert [d.line for d in plain] == [1, 6]
    assert plain[1].entities == (Entity(3, 8, "Disease"),)


def test_sentences_of_one_document_are_one_cluster(tmp_path: Path) -> None:
    parted = f"-DOCSTART- -X- O O\n\n{TSV}\n-DOCSTART-\n{TSV}"
    read = read_entities(write(tmp_path / "a.tsv", parted))
    assert [d.cluster for d in read] == ["document 1", "document 1", "document 2", "document 2"]
    assert [d.document_id for d in read] == ["1", "2", "3", "4"]
    assert len({d.cluster for d in read_entities(write(tmp_path / "b.tsv", TSV))}) == 2


def test_json_lines_and_iob_of_the_same_texts_are_the_same(tmp_path: Path) -> None:
    iob = read_entities(write(tmp_path / "a.tsv", TSV))
    rows = [
        {
            "id": int(each.document_id),
            "text": each.text,
            "entities": [{"start": e.start, "end": e.end, "type": e.type} for e in each.entities],
        }
        for each in iob
    ]
    spans = read_entities(write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows))))
    assert values(score_entities(iob, spans))["exact_f1"] == 1
    assert values(score_entities(spans, iob))["exact_f1"] == 1


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


def test_types_without_a_domain_are_counted() -> None:
    documents = [document("a b c", [(0, 1, "Gene"), (2, 3, "Gene"), (4, 5, "Disease")])]
    assert unmapped_types(documents) == {"Gene": 2}


@pytest.mark.parametrize(
    ("type_", "domain"),
    [
        ("Chemical", "Drug"),
        ("SpecificDisease", "Condition"),
        ("Specific Disease", "Condition"),
        ("Sign_symptom", "Condition"),
        ("ADR", "Condition"),
        ("test", "Measurement"),
        ("FAMILY_HIST", "Observation"),
        ("Doença", "Condition"),
        (unicodedata.normalize("NFD", "doença"), "Condition"),
        ("手术", "Procedure"),
        ("measurement", "Measurement"),
        ("treatment", None),
        ("Gene", None),
    ],
)
def test_types_are_brought_to_domains(type_: str, domain: str | None) -> None:
    assert domain_of(type_) == domain
    assert domain is None or domain in DOMAINS


spans = st.lists(
    st.tuples(st.integers(0, 6), st.integers(1, 4)).map(lambda each: Span(each[0], sum(each))), max_size=5
)


@settings(deadline=None)
@given(spans, spans)
def test_no_other_matching_is_worth_more(gold: list[Span], found: list[Span]) -> None:
    if len(gold) > len(found):
        gold, found = found, gold
    worth = [
        sum(
            1.0 if one == other else 0.5 * (one.start < other.end and other.start < one.end)
            for one, other in zip(gold, chosen, strict=True)
        )
        for chosen in permutations(found, len(gold))
    ]
    pairs = match_spans(gold, found)
    assert pairs.exact + pairs.partial / 2 == max(worth)


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


def test_nothing_finds_nothing() -> None:
    gold = [document("fever", [(0, 5, "Disease")])]
    told = values(score_entities(gold, no_entities(gold)))
    assert (told["exact_recall"], told["partial_f1"]) == (0, 0)
    assert not any(item.failed for item in score_entities(gold, no_entities(gold)))


def test_the_dictionary_takes_the_longest_words_and_their_commonest_type() -> None:
    known = [
        document("Renal failure, failure", [(0, 13, "Disease"), (15, 22, "Other")], "a"),
        document("failure", [(0, 7, "Disease")], "b"),
        document("failure", [(0, 7, "Disease")], "c"),
        document("头痛", [(0, 2, "sym")], "d"),
        document("failure to thrive", [(0, 17, "Finding")], "e"),
    ]
    text = "A failure after RENAL FAILURE; renal pain, failure to thrive, 我头痛"
    (found,) = dictionary_entities([document(text)], known)
    assert [(text[e.start : e.end], e.type) for e in found.entities] == [
        ("failure", "Disease"),
        ("RENAL FAILURE", "Disease"),
        ("failure to thrive", "Finding"),
        ("头痛", "sym"),
    ]
    assert dictionary_entities([document(text)], [])[0].entities == ()


def test_the_dictionary_goes_by_the_tokens_of_iob(tmp_path: Path) -> None:
    gold = read_entities(write(tmp_path / "a.tsv", TSV))
    assert values(score_entities(gold, dictionary_entities(gold, gold)))["exact_f1"] == 1


def test_facts_are_drugs_and_symptoms_of_whole_tokens_in_domains_that_gold_has(tmp_path: Path) -> None:
    lines = (
        "Paracetamol-induced\tB-Chemical\nvomiting\tB-Disease\nwithout\tO\nback\tB-Disease\npain\tI-Disease\n"
    )
    gold = read_entities(write(tmp_path / "a.tsv", lines))
    (found,) = facts_entities(gold)
    assert found.entities == (
        Entity(0, 19, "Drug"),
        Entity(20, 28, "Condition"),
        Entity(37, 46, "Condition"),
    )
    (conditions,) = facts_entities(read_entities(write(tmp_path / "b.tsv", lines.replace("B-Chemical", "O"))))
    assert {entity.type for entity in conditions.entities} == {"Condition"}


@pytest.mark.parametrize(
    ("name", "sentences", "domains"),
    [
        ("ncbi_disease/devel.tsv", 923, {"condition": 787}),
        ("ncbi_disease/test.tsv", 940, {"condition": 960}),
        ("bc5cdr/devel.tsv", 4581, {"condition": 4246, "drug": 5347}),
        ("bc5cdr/test.tsv", 4797, {"condition": 4424, "drug": 5385}),
    ],
)
def test_benchmarks_are_read_whole(name: str, sentences: int, domains: dict[str, int]) -> None:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"no benchmark at {path}: set NUSKHA_DATA to the folder of the real data")
    gold = read_entities(path)
    assert len(gold) == sentences
    assert not unmapped_types(gold)
    items = score_entities(gold, gold)
    for domain, number in domains.items():
        assert sum(item.counts[f"exact_{domain}"][0] for item in items) == number
        assert sum(item.counts[f"partial_{domain}"][2] for item in items) == 0
