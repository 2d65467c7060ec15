"""What a system that finds entities is put beside."""

from pathlib import Path

from made_documents import TSV, document, values, write

from eval.entities.baselines import dictionary_entities, facts_entities, no_entities
from eval.entities.scoring import read_entities, score_entities
from eval.entities.spans import Entity


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
