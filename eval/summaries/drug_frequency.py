"""Slices by how often the drugs of a message are named, in the groups that prescriptions have for names.

A drug that no other message names is the one that a system is least likely to have learnt.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from eval.summaries.pairs import Pair
from multilingual.clinical.facts import Kind, find_facts


def drugs_of(query: str) -> frozenset[str]:
    """The drugs that a message names, by their names in facts."""
    return frozenset(fact.value for fact in find_facts(query) if fact.kind is Kind.DRUG)


def by_drug_frequency(pairs: Sequence[Pair], drugs: Iterable[frozenset[str]]) -> list[Pair]:
    """The pairs in slices `drug_frequency`; `drugs` are those of each pair's message.

    none: the message names no drug; once: one that no other message of `pairs` names; repeated: others name
    all of its drugs. Raises ValueError when there are more of one than of the other.
    """
    named = list(drugs)
    often = Counter(drug for each in named for drug in each)
    return [
        replace(pair, slices={**pair.slices, "drug_frequency": _frequency(each, often)})
        for pair, each in zip(pairs, named, strict=True)
    ]


def _frequency(drugs: frozenset[str], often: Counter[str]) -> str:
    if not drugs:
        return "none"
    return "once" if any(often[drug] == 1 for drug in drugs) else "repeated"
