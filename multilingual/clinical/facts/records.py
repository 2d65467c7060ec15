"""What a clinical fact is: a span of a text and its value, which is the same in every language.

=========  =======================================================================================
kind       value
=========  =======================================================================================
drug       the generic's lower-case English INN (``paracetamol``; a combination ``a + b``, sorted);
           ``class:antibiotic`` for a class; an unknown brand's folded name
number     amount and unit: ``500 mg``, ``38.5 celsius``, ``140/90 mmhg``, a bare ``3``
duration   days: ``21 days``, ``0.125 days`` for three hours
age        years: ``34 years``, ``1.5 years`` for eighteen months
sex        ``male`` or ``female``, told by a word and never guessed from grammar
symptom    a concept's id (``fever``)
site       a concept's id (``neck``)
side       ``left``, ``right`` or ``both``, with ``of`` the site's concept id where it is known
=========  =======================================================================================
"""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Fact", "Kind"]


class Kind(StrEnum):
    """The kinds of facts that a summary is checked for."""

    DRUG = "drug"
    NUMBER = "number"
    DURATION = "duration"
    AGE = "age"
    SEX = "sex"
    SYMPTOM = "symptom"
    SITE = "site"
    SIDE = "side"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. ``text`` equals ``source[start:end]`` of the text it was found in, as that was given.

    ``negated`` is told of symptoms and drugs ("no fever"); ``of`` is the concept id of the site that a
    side belongs to, None where it is unknown.
    """

    kind: Kind
    start: int
    end: int
    text: str
    value: str
    negated: bool = False
    of: str | None = None
