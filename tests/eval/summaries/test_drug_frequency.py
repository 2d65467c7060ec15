"""Slices by drug frequency, on messages of our own."""

import pytest

from eval.summaries.drug_frequency import by_drug_frequency, drugs_of
from eval.summaries.pairs import Pair
from eval.summaries.references import Reference


def pairs(*queries: str) -> list[Pair]:
    return [
        Pair(reference=Reference(str(place), query), target="en", summary=None, slices={"target": "en"})
        for place, query in enumerate(queries)
    ]


def frequencies(*queries: str) -> list[str]:
    made = by_drug_frequency(pairs(*queries), map(drugs_of, queries))
    assert all(pair.slices["target"] == "en" for pair in made)
    return [pair.slices["drug_frequency"] for pair in made]


@pytest.mark.parametrize(
    ("query", "drugs"),
    [
        ("Mujhe paracetamol aur metformin leni hai", {"paracetamol", "metformin"}),
        ("Kya main Dolo le sakta hoon?", {"paracetamol"}),  # a brand counts as what is in it
        ("Bukhar kab jayega?", set()),
        ("", set()),
    ],
)
def test_the_drugs_of_a_message(query: str, drugs: set[str]) -> None:
    assert drugs_of(query) == drugs


def test_frequencies_counted_by_hand() -> None:
    """Paracetamol is in three messages, metformin in one beside it, ibuprofen twice in the same one."""
    assert frequencies(
        "Paracetamol le loon?",
        "Can I take paracetamol with metformin?",
        "吃了对乙酰氨基酚没有好转",
        "Ibuprofen, aur phir ibuprofen: theek hai?",
        "Khansi kab jayegi?",
    ) == ["repeated", "once", "repeated", "once", "none"]


def test_of_nothing_there_is_nothing() -> None:
    assert frequencies() == []
    with pytest.raises(ValueError, match="longer"):
        by_drug_frequency(pairs(), [frozenset()])
