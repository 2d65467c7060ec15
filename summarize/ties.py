"""Which symptom a text ties to which part of the body: "a rash on the arm and neck", "toe pain", "腿疼"."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from multilingual.clinical.facts.records import Fact, Kind
from multilingual.normalise import fold
from summarize.told import TABLE

_WORDS: Final[dict[str, frozenset[str]]] = {
    name: frozenset(fold(word).text for word in words) for name, words in TABLE["ties"].items()
}
_TOKEN = re.compile(r"[\u0900-\u0963]+|[^\W_]+(?:'\w+)?|[^\s\w]")


def ties(text: str, facts: Sequence[Fact]) -> Iterator[tuple[Fact, Fact]]:
    """Each symptom with a site that it is said of. `facts` are those of `text`, in order."""
    before: Fact | None = None
    of: Fact | None = None  # the symptom that a list of sites belongs to
    for fact in facts:
        if fact.kind not in (Kind.SYMPTOM, Kind.SITE):
            continue
        between = _between(text, before, fact)
        if fact.kind is Kind.SYMPTOM:
            if before and before.kind is Kind.SITE and between <= _WORDS["site_then_symptom"]:
                yield fact, before
            of = None
        else:
            if before and before.kind is Kind.SYMPTOM:
                of = before if between <= _WORDS["symptom_then_site"] else None
            elif not between <= _WORDS["list"]:
                of = None
            if of:
                yield of, fact
        before = fact


def _between(text: str, before: Fact | None, fact: Fact) -> frozenset[str]:
    """The words and signs between two facts that tell how they are tied."""
    if before is None:
        return frozenset()
    return frozenset(_TOKEN.findall(fold(text[before.end : fact.start]).text)) - _WORDS["passed_over"]
