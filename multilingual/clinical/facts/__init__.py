"""Clinical facts in text of five languages: what a summary is checked against.

`find_facts` finds drugs, numbers, durations, ages, sexes, symptoms, body sites and sides, each with its span
in the text as given and a value that is the same in every language.
"""

from multilingual.clinical.facts.ages import find_ages
from multilingual.clinical.facts.concepts import find_concepts
from multilingual.clinical.facts.drugs import find_drugs
from multilingual.clinical.facts.durations import find_durations
from multilingual.clinical.facts.negation import mark_negated
from multilingual.clinical.facts.numbers import read
from multilingual.clinical.facts.quantities import find_quantities
from multilingual.clinical.facts.records import Fact, Kind
from multilingual.clinical.facts.sexes import find_sexes
from multilingual.clinical.facts.sides import find_sides

__all__ = ["Fact", "Kind", "find_counted", "find_facts"]


def find_facts(text: str) -> list[Fact]:
    """All facts of `text`, in order of start; any text can be read.

    A symptom or site inside the name of a drug ("pain killer", "sleeping pill") is none.
    """
    counted = find_counted(text)
    drugs = [(fact.start, fact.end) for fact in counted if fact.kind is Kind.DRUG]
    concepts = [
        fact
        for fact in find_concepts(text)
        if not any(start <= fact.start and fact.end <= end for start, end in drugs)
    ]
    facts = mark_negated(text, _in_order([*counted, *concepts]))
    return _in_order([*facts, *find_sides(text, concepts)])


def find_counted(text: str) -> list[Fact]:
    """Drugs, numbers, durations, ages and sexes of `text`, in order of start.

    A number inside a drug's name, an age, a duration or an amount is no number of its own.
    """
    reading = read(text)
    taken: set[int] = set()
    facts = [*find_drugs(reading, taken), *find_ages(reading, taken), *find_durations(reading, taken)]
    return _in_order([*facts, *find_quantities(reading, taken), *find_sexes(reading)])


def _in_order(facts: list[Fact]) -> list[Fact]:
    return sorted(facts, key=lambda fact: (fact.start, fact.end))
