"""Symptoms and body sites in text of five languages, and which concepts tell which.

The concepts are `data/symptoms.toml` and `data/sites.toml`; the head of the former says what their relations
mean, `notation` how their words are written. The longest phrase wins, and what it covers is found once ("sore
throat" is neither a throat nor a pain by itself).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, Final

from multilingual.clinical.facts.notation import Phrase, phrases_of, respelled, tokens_of
from multilingual.clinical.facts.records import Fact, Kind
from multilingual.clinical.vocabulary import folded, table
from multilingual.normalise import fold

__all__ = ["broader", "find_concepts", "tells"]

Trie = dict[str, Any]
_END: Final = " "  # no token holds a space
_NONE: Final = "none"  # phrases that hold a concept's word and mean another thing
_TABLES: Final = {Kind.SYMPTOM: "symptoms", Kind.SITE: "sites"}


@dataclass(frozen=True, slots=True)
class _Concept:
    kind: Kind
    parents: tuple[str, ...]
    alike: tuple[str, ...]


@cache
def _concepts() -> dict[str, _Concept]:
    found = {}
    for kind, name in _TABLES.items():
        for concept, entry in table(name).items():
            if concept != _NONE:
                found[concept] = _Concept(kind, tuple(entry.get("is", ())), tuple(entry.get("alike", ())))
    return found


@cache
def _alike() -> dict[str, set[str]]:
    """Concepts that stand for one another, either way round."""
    found: dict[str, set[str]] = {concept: set() for concept in _concepts()}
    for concept, entry in _concepts().items():
        for other in entry.alike:
            found[concept].add(other)
            found[other].add(concept)
    return found


@cache
def broader(value: str) -> frozenset[str]:
    """The concept itself, those that stand for it, and all that it is a case of: what it tells by being told.

    An unknown value is only itself.
    """
    known = _concepts().get(value)
    if known is None:
        return frozenset({value})
    return frozenset({value, *_alike()[value]}).union(*map(_ancestors, known.parents))


@cache
def _ancestors(value: str) -> frozenset[str]:
    return frozenset({value}).union(*map(_ancestors, _concepts()[value].parents))


def tells(told: Iterable[str], value: str) -> bool:
    """Whether the concepts `told` tell `value`: by one of them, or by all of its parts.

    What is a symptom at a site is told by both ("headache" by "pain" and "head").
    """
    return _is_within(value, frozenset[str]().union(*map(broader, told)))


def _is_within(value: str, known: frozenset[str]) -> bool:
    if value in known:
        return True
    concept = _concepts().get(value)
    parts = concept.parents if concept and concept.kind is Kind.SYMPTOM else ()
    kinds = {_concepts()[part].kind for part in parts}
    return len(kinds) > 1 and all(_is_within(part, known) for part in parts)


def find_concepts(text: str) -> list[Fact]:
    """Symptoms and body sites of `text`, in order of start; they don't overlap."""
    shadow = fold(text)
    tokens = tokens_of(shadow.text)
    words = [token.group() for token in tokens]
    readings = [
        (_trie(language), [respelled(word, language) for word in words]) for language in _languages(words)
    ]
    facts, at = [], 0
    while at < len(words):
        found = _longest(readings, at)
        if found is None:
            at += 1
            continue
        concept, phrase = found
        first, last = at + phrase.before, at + len(phrase.tokens) - phrase.after
        if concept != _NONE:
            # The marks that the shadow drops behind a letter belong to what is found.
            start, _ = shadow.span(tokens[first].start(), tokens[first].end())
            _, end = shadow.span(tokens[last - 1].end() - 1, tokens[last - 1].end())
            facts.append(Fact(_concepts()[concept].kind, start, end, text[start:end], concept))
        at = last
    return facts


def _longest(readings: Iterable[tuple[Trie, Sequence[str]]], at: int) -> tuple[str, Phrase] | None:
    found, longest = None, 0
    for trie, words in readings:
        node = trie
        for index in range(at, len(words)):
            if words[index] not in node:
                break
            node = node[words[index]]
            if _END in node and index - at >= longest:
                found, longest = node[_END], index - at + 1
    return found


@cache
def _trie(language: str) -> Trie:
    """Phrases of a language: nested dicts by token, concept and phrase under `_END`; the first one counts."""
    root: Trie = {}
    for concept, words in _entries(language):
        for phrase in phrases_of(words, language):
            node = root
            for token in phrase.tokens:
                node = node.setdefault(token, {})
            node.setdefault(_END, (concept, phrase))
    return root


def _entries(language: str) -> Iterator[tuple[str, str]]:
    """Concept and words: symptoms, then sites, then what is no concept."""
    tables = [table(name) for name in _TABLES.values()]
    concepts = chain.from_iterable(entries.items() for entries in tables)
    others = [(_NONE, entries[_NONE]) for entries in tables]
    for concept, entry in [*(pair for pair in concepts if pair[0] != _NONE), *others]:
        if language in entry:
            yield concept, entry[language]


def _languages(words: Sequence[str]) -> tuple[str, ...]:
    """Whose words to look for: those of Hindi and Chinese, and of the Latin languages that the text may be.

    A word may mean a part of the body in one and anything in another ("nas": vein, "in the").
    """
    counts = {language: sum(word in known for word in words) for language, known in _small_words().items()}
    if counts["pt"] > max(counts["en"], counts["hi-en"]):
        return ("pt", "hi", "zh")
    if counts["hi-en"]:
        return ("en", "hi-en", "hi", "zh")
    return ("en", "hi", "zh") if counts["en"] else ("en", "hi-en", "pt", "hi", "zh")


@cache
def _small_words() -> dict[str, frozenset[str]]:
    """Words by which the languages of Latin letters are told apart, folded."""
    words = table("small_words")
    return {language: frozenset(folded(words[language]).split()) for language in words}
