"""What an example must pass to be learned from: rules of a row, its message and the summary wanted.

Whoever learns from summaries that tell more than their message learns to invent.
"""

import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from multilingual.clinical.numerals import SURE, WEAK
from summarize.faithful import check
from summarize.train.words import WORDS

Rule = Callable[[Mapping[str, Any], str, str], bool]

_FIGURES = re.compile(r"\d+(?:[.,]\d+)?")
_LETTERS = re.compile(r"[^\W\d_]+")
_NUMBER_WORDS = SURE | WEAK
_ENGLISH_NUMBERS = {word for word in SURE if word.isascii()} - {"half", "once", "single", "double"}


def _numbers_told(row: Mapping[str, Any], query: str, summary: str) -> bool:
    heard, said = _words(query), _words(summary)
    told = _figures(query) | {f"{_NUMBER_WORDS[word]:g}" for word in heard & _NUMBER_WORDS.keys()}
    return _figures(summary) | {f"{SURE[word]:g}" for word in said & _ENGLISH_NUMBERS} <= told


def _figures(text: str) -> set[str]:
    return {figures.replace(",", ".") for figures in _FIGURES.findall(text)}


def _words(text: str) -> set[str]:
    return {word.lower() for word in _LETTERS.findall(text)}


def _sex_told(row: Mapping[str, Any], query: str, summary: str) -> bool:
    heard, said = _words(query), _words(summary)
    return all(
        said.isdisjoint(WORDS["told"][sex]) or not heard.isdisjoint(telling)
        for sex, telling in WORDS["sex"].items()
    )


def _all_told(row: Mapping[str, Any], query: str, summary: str) -> bool:
    # Facts alone: what language it should be in, the recipe knows.
    flags = check(summary, [query], "")
    return all(flag.startswith("not_target_language") for flag in flags)


def in_first_half(query_id: str) -> bool:
    """Whether a query belongs to the half that training may see; the other half is for measuring."""
    return sha256(query_id.encode()).digest()[0] % 2 == 0


def _first_half(row: Mapping[str, Any], query: str, summary: str) -> bool:
    return in_first_half(row["query_id"])


KEEP: dict[str, Rule] = {
    "numbers_told": _numbers_told,
    "sex_told": _sex_told,
    "first_half": _first_half,
    "all_told": _all_told,
}
"""The rules by the names that a recipe calls them."""
