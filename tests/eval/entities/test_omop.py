"""Types of entities and their domains."""

import unicodedata

import pytest
from made_documents import document

from eval.entities.omop import DOMAINS, domain_of
from eval.entities.scoring import unmapped_types


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
