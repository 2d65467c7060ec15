"""What a system that finds entities is put beside: nothing, a dictionary, and the clinical facts of nuskha.

Each gives the documents again, with the entities that it found in place of gold ones.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from eval.entities.omop import domain_of
from eval.entities.spans import Document, Entity
from multilingual.clinical.facts import Kind, find_facts
from multilingual.normalise import nfc

_FACTS: Final = {Kind.DRUG: "Drug", Kind.SYMPTOM: "Condition"}
_HAN: Final = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD: Final = re.compile(rf"[{_HAN}]|(?:(?![{_HAN}])\w)+|[^\w\s]")

Dictionary = Mapping[tuple[str, ...], str]
"""Type of an entity by its words."""


def no_entities(documents: Iterable[Document]) -> list[Document]:
    """Nothing at all."""
    return [replace(document, entities=()) for document in documents]


def facts_entities(documents: Sequence[Document]) -> list[Document]:
    """Drugs and symptoms that `multilingual.clinical.facts` finds; negated ones too, since gold has them.

    A symptom takes in the part of the body right before it ("breast cancer"), which is a fact by itself.
    Domains that `documents` have no gold entity of are left out: NCBI-disease has drugs in its texts and no
    gold for them. Where there are tokens, an entity is all tokens that the fact touches.
    """
    annotated = {domain_of(entity.type) for document in documents for entity in document.entities}
    kinds = {kind: domain for kind, domain in _FACTS.items() if domain in annotated}
    return [replace(document, entities=tuple(_facts(document, kinds))) for document in documents]


def _facts(document: Document, kinds: Mapping[Kind, str]) -> list[Entity]:
    facts = find_facts(document.text)
    sites = {fact.end: fact.start for fact in facts if fact.kind is Kind.SITE}
    found = set()
    for fact in facts:
        if fact.kind in kinds:
            before = len(document.text[: fact.start].rstrip())
            start = sites.get(before, fact.start) if fact.kind is Kind.SYMPTOM else fact.start
            found.add(Entity(*_whole_tokens(document, start, fact.end), kinds[fact.kind]))
    return sorted(found)


def _whole_tokens(document: Document, start: int, end: int) -> tuple[int, int]:
    touched = [token for token in document.tokens if token[0] < end and start < token[1]]
    return (touched[0][0], touched[-1][1]) if touched else (start, end)


def dictionary_entities(documents: Iterable[Document], known: Iterable[Document]) -> list[Document]:
    """The entities of `known` wherever their words occur, case apart, from the left, the longest first.

    Words that have several types there get the commonest.
    """
    dictionary = _dictionary(known)
    longest = max(map(len, dictionary), default=0)
    return [
        replace(document, entities=tuple(_look_up(document, dictionary, longest))) for document in documents
    ]


def _dictionary(known: Iterable[Document]) -> Dictionary:
    types: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for document in known:
        spans, words = _words(document)
        starts = {start: place for place, (start, _) in enumerate(spans)}
        ends = {end: place for place, (_, end) in enumerate(spans)}
        for entity in document.entities:
            # An entity that begins or ends within a word can't be looked up by words.
            if entity.start in starts and entity.end in ends:
                types[tuple(words[starts[entity.start] : ends[entity.end] + 1])][entity.type] += 1
    return {words: min(counts, key=lambda type_: (-counts[type_], type_)) for words, counts in types.items()}


def _look_up(document: Document, dictionary: Dictionary, longest: int) -> Iterator[Entity]:
    spans, words = _words(document)
    place = 0
    while place < len(words):
        most = min(longest, len(words) - place)
        length = next((n for n in range(most, 0, -1) if tuple(words[place : place + n]) in dictionary), 0)
        if length:
            type_ = dictionary[tuple(words[place : place + length])]
            yield Entity(spans[place][0], spans[place + length - 1][1], type_)
        place += max(1, length)


def _words(document: Document) -> tuple[Sequence[tuple[int, int]], list[str]]:
    """Spans of the words of a document, its tokens where it has some, and the words casefolded."""
    spans = document.tokens or [match.span() for match in _WORD.finditer(document.text)]
    return spans, [nfc(document.text[start:end].casefold()) for start, end in spans]
