"""Which part of a prescription form a line belongs to: the letterhead, the patient, the vitals, the history.

What stands there is not a medicine, whatever it looks like. The vocabulary is `data/sections.toml`.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from rapidfuzz.distance import Levenshtein

_WORD = re.compile(r"[^\W\d_]+(?:[/-][^\W\d_]+)*|\d+")
_MARKER = re.compile(r"^[\W_]*(?:\d{1,2}[.):]\s*)?[\W_]*")
# Telephone numbers, postal codes, addresses on the net, and hours ("10.30 a.m. to 1 p.m.").
_CONTACT = re.compile(
    r"\d[\d\s-]{8,}\d|\d{6,}|\bwww|@\w+\.|\.com\b|https?:|[ap]\.?m\.?\s*(?:to|-|–)\s*\d", re.IGNORECASE
)
_FUZZY_LENGTH = 6


class Section(StrEnum):
    """Parts of a form; `RX` is where the medicines begin."""

    CONTACT = "contact"
    DOCTOR = "doctor"
    PATIENT = "patient"
    VITALS = "vitals"
    COMPLAINT = "complaint"
    HISTORY = "history"
    ALLERGY = "allergy"
    DIAGNOSIS = "diagnosis"
    TESTS = "tests"
    ADVICE = "advice"
    NOTICE = "notice"
    RX = "rx"


@dataclass(frozen=True, slots=True)
class SectionMatch:
    """The section of a line; `heading` when a heading begins it, `alone` when it holds nothing else."""

    section: Section
    heading: bool
    alone: bool
    weight: float


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    headings: dict[str, Section]
    words: dict[str, Section]
    long_words: tuple[str, ...]
    substrings: tuple[tuple[str, Section], ...]
    longest_heading: int
    orders: tuple[str, ...]


def section_of(text: str) -> SectionMatch | None:
    """The section that a line's own words name, or None for a line that could be anything.

    `weight` in (0, 1] grows with the share of the line's words that speak for the section.
    """
    vocabulary = _vocabulary()
    body = _MARKER.sub("", unicodedata.normalize("NFC", text))
    folded = _fold(body)
    tokens = _WORD.findall(folded)
    if not tokens:
        return None
    heading = _heading(tokens, body, vocabulary)
    if heading is not None:
        return heading
    if _CONTACT.search(body):
        return SectionMatch(Section.CONTACT, heading=False, alone=False, weight=1.0)
    hits = _hits(tokens, folded, vocabulary)
    if not hits:
        return None
    section = max(hits, key=lambda name: hits[name])
    words = sum(not token.isdigit() for token in tokens)
    weight = min(1.0, 1.5 * sum(hits.values()) / max(1, words))
    return SectionMatch(section, heading=False, alone=False, weight=weight) if weight >= 1 / 3 else None


def _heading(tokens: list[str], body: str, vocabulary: _Vocabulary) -> SectionMatch | None:
    if any(phrase in " ".join(tokens) for phrase in vocabulary.orders):
        # Two headings side by side on a form: the orders stand under one of them.
        return SectionMatch(Section.RX, heading=True, alone=False, weight=1.0)
    for length in range(min(len(tokens), vocabulary.longest_heading), 0, -1):
        section = vocabulary.headings.get(" ".join(tokens[:length]))
        # 'BP 120/80' is a vital sign; 'bp' before a word is more often a misread 'Cap' or 'Tab'.
        beside_word = length < len(tokens) and tokens[length].isalpha() and len(tokens[0]) <= 2
        if section is not None and not (section is Section.VITALS and beside_word):
            return SectionMatch(section, heading=True, alone=length == len(tokens), weight=1.0)
    for start, section in vocabulary.substrings:
        if body.startswith(start):
            alone = not body.removeprefix(start).strip(" :：")
            return SectionMatch(section, heading=True, alone=alone, weight=1.0)
    return None


def _hits(tokens: list[str], folded: str, vocabulary: _Vocabulary) -> dict[Section, int]:
    hits: dict[Section, int] = {}
    for token, following in zip(tokens, [*tokens[1:], ""], strict=True):
        for phrase in (f"{token} {following}", token):
            section = vocabulary.words.get(phrase) or _misread(phrase, vocabulary)
            if section is not None:
                hits[section] = hits.get(section, 0) + 1 + phrase.count(" ")
                break
    for part, section in vocabulary.substrings:
        if part in folded:
            hits[section] = hits.get(section, 0) + 1
    return hits


def _misread(token: str, vocabulary: _Vocabulary) -> Section | None:
    if len(token) < _FUZZY_LENGTH or " " in token:
        return None
    allowed = 1 if len(token) < 2 * _FUZZY_LENGTH - 3 else 2
    for word in vocabulary.long_words:
        if (
            abs(len(word) - len(token)) <= allowed
            and Levenshtein.distance(word, token, score_cutoff=allowed) <= allowed
        ):
            return vocabulary.words[word]
    return None


def _fold(text: str) -> str:
    """Case folded, without accents and without the dots of abbreviations ('Reg. No.', 'M.B.B.S.')."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    plain = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    return re.sub(r"(?<=\w)\.(?=\s|$|\W)", " ", re.sub(r"(?<=\b\w)\.(?=\w\b)", "", plain))


@cache
def _vocabulary() -> _Vocabulary:
    data = tomllib.loads(files("multilingual.clinical.data").joinpath("sections.toml").read_text("utf-8"))
    headings: dict[str, Section] = {}
    words: dict[str, Section] = {}
    substrings: list[tuple[str, Section]] = []
    for name, entry in data.items():
        section = Section(name)
        latin_headings, other_headings = _by_script(entry["headings"])
        latin_words, other_words = _by_script(entry["words"])
        headings |= {" ".join(_WORD.findall(_fold(text))): section for text in latin_headings}
        words |= {" ".join(_WORD.findall(_fold(text))): section for text in latin_words}
        substrings += [(text, section) for text in dict.fromkeys([*other_headings, *other_words])]
    return _Vocabulary(
        headings=headings,
        words=words,
        long_words=tuple(word for word in words if len(word) >= _FUZZY_LENGTH and " " not in word),
        substrings=tuple(sorted(substrings, key=lambda item: -len(item[0]))),
        longest_heading=max(len(text.split()) for text in headings),
        orders=tuple(text for text, section in headings.items() if section is Section.RX and " " in text),
    )


def _by_script(entries: Iterable[str]) -> tuple[list[str], list[str]]:
    latin: list[str] = []
    other: list[str] = []
    for text in entries:
        (latin if all(ord(c) < 0x300 or not c.isalpha() for c in text) else other).append(text)
    return latin, other
