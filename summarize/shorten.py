"""A text too long for a model, reduced to its most telling sentences in their order; nothing is reworded.

A sentence tells much if it is the first, asks something, holds clinical facts, or is alike to the rest of the
text (the cosine to the centroid of all sentences in idf-weighted words, as in MEAD: Radev et al. 2004).
"""

import math
import re
import tomllib
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import zip_longest

from multilingual.clinical.facts import find_facts
from summarize.sentences import sentence_spans

_TABLE = tomllib.loads(files("summarize").joinpath("data", "salience.toml").read_text("utf-8"))
_WEIGHTS: dict[str, float] = _TABLE["weights"]
_QUESTION_WORDS = frozenset(_TABLE["question_words"].split())
_QUESTION_SIGNS = tuple(_TABLE["question_signs"])
_MOST_FACTS = 4
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(rf"[{_HAN}]|[^\W{_HAN}][\w\u0900-\u0963]*")
_LONGEST_PIECE, _SHORTEST_PIECE = 300, 16  # characters of what is kept or left out at once
_BLOCK = 4000  # characters looked at for facts at once
_BREAK = re.compile(r"[,;:，；：、।.!?。！？]\s*|\s+")
_HAN_END = re.compile(rf"[{_HAN}\u3000-\u303f\uff00-\uffef]$")

Count = Callable[[Sequence[str]], list[int]]
"""Tokens of each text, as `Engine.count_tokens` tells them."""


@dataclass(frozen=True, slots=True)
class Shortened:
    """What is left of a text: `kept` of its `of` sentences, or of the pieces of very long ones."""

    text: str
    kept: int
    of: int


def shorten(text: str, most: int, count: Count) -> Shortened:
    """The most telling sentences of `text` that have at most `most` tokens together; none if none fits."""
    letters_a_token = len(text) / max(1, count([text])[0])
    longest = int(max(_SHORTEST_PIECE, min(_LONGEST_PIECE, most / 2 * letters_a_token)))
    spans = [piece for start, end in sentence_spans(text) for piece in _pieces(text, start, end, longest)]
    pieces = [text[start:end] for start, end in spans]
    salience = _salience(text, spans, pieces)
    order = sorted(range(len(pieces)), key=lambda place: (-salience[place], place))
    sizes = count(pieces) if pieces else []
    kept: list[int] = []  # most telling first
    size = 0
    for place in order:
        if size + sizes[place] < most:  # each may need one token more between its neighbours
            kept.append(place)
            size += sizes[place] + 1
    while kept and count([joined := _joined([pieces[place] for place in sorted(kept)])])[0] > most:
        kept.pop()
    return Shortened(joined if kept else "", len(kept), len(pieces))


def _pieces(text: str, start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    """A sentence whole, or cut at marks and spaces into pieces of at most `longest` characters."""
    while end - start > longest:
        breaks = [match.end() for match in _BREAK.finditer(text, start + longest // 2, start + longest)]
        stop = breaks[-1] if breaks else start + longest
        yield start, stop
        start = stop
    if start < end:
        yield start, end


def _salience(text: str, spans: Sequence[tuple[int, int]], pieces: Sequence[str]) -> list[float]:
    facts = _facts(text, spans)
    salience = []
    seen: set[str] = set()
    for place, (piece, likeness) in enumerate(zip(pieces, _centrality(pieces), strict=True)):
        told = " ".join(piece.lower().split())
        worth = (
            likeness
            + _WEIGHTS["first"] * (place == 0)
            + _WEIGHTS["question"] * _is_question(piece)
            + _WEIGHTS["fact"] * min(facts[place], _MOST_FACTS)
        )
        salience.append(-1.0 if told in seen else worth)  # what is said again comes last
        seen.add(told)
    return salience


def _facts(text: str, spans: Sequence[tuple[int, int]]) -> Counter[int]:
    """Different facts in each span, less numbers of nothing: "2" tells little."""
    starts = [start for start, _ in spans]
    found = {
        (bisect_right(starts, begin + fact.start) - 1, fact.kind, fact.value)
        for begin, end in _blocks(spans)
        for fact in find_facts(text[begin:end])
        if any(map(str.isalpha, fact.value))
    }
    return Counter(place for place, _, _ in found)


def _blocks(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Runs of whole spans: what looks for facts looks far around in a text without an end of a sentence."""
    begin, last = (spans[0][0], 0) if spans else (0, 0)
    for start, end in spans:
        if end - begin > _BLOCK and start > begin:
            yield begin, last
            begin = start
        last = end
    if last:
        yield begin, last


def _centrality(pieces: Sequence[str]) -> list[float]:
    """How alike each piece is to all together, 0 to 1."""
    words = [set(_words(piece)) for piece in pieces]
    occurs = Counter(word for of_piece in words for word in of_piece)
    weight = {word: math.log(len(pieces) / times) for word, times in occurs.items()}
    likeness = [
        sum(occurs[word] * weight[word] ** 2 for word in of_piece)
        / (math.sqrt(sum(weight[word] ** 2 for word in of_piece)) or 1.0)
        for of_piece in words
    ]
    highest = max(likeness, default=0.0) or 1.0
    return [value / highest for value in likeness]


def _words(piece: str) -> Iterator[str]:
    """Words in lower case; of Han text, pairs of characters."""
    units = _WORD.findall(piece.lower())
    for unit, following in zip_longest(units, units[1:], fillvalue=""):
        yield unit + following if len(unit) == len(following) == 1 else unit


def _is_question(piece: str) -> bool:
    return any(sign in piece for sign in _QUESTION_SIGNS) or any(
        word in _QUESTION_WORDS for word in _WORD.findall(piece.lower())
    )


def _joined(pieces: Sequence[str]) -> str:
    text = ""
    for piece in map(str.strip, pieces):
        text += piece if not text or _HAN_END.search(text) else f" {piece}"
    return text
