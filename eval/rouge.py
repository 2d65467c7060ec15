"""ROUGE-1, ROUGE-2, ROUGE-L and ROUGE-Lsum of a summary (Lin, 2004), as rouge-score 0.1.2 defines them.

The numbers are those of `rouge_score.rouge_scorer.RougeScorer` with our tokens, several times as fast: its
table of a longest common subsequence costs a step for each pair of tokens, here a row of it is one integer.
A text without a token, on either side or both, scores 0 in everything, and a text of one token 0 in ROUGE-2.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import Final, NamedTuple, TypeVar

from rapidfuzz.distance import LCSseq

from eval.tokens import tokens_for

MEASURES: Final = ("rouge1", "rouge2", "rougeL", "rougeLsum")

# A full stop ends a sentence before a blank ("2.5" holds none); the stops of Chinese and Hindi always do.
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？；।॥])\s*|\s*\n\s*")
_Key = TypeVar("_Key")
_KEPT: Final = 1024  # texts read: one reference is scored against several systems and baselines


class Score(NamedTuple):
    """Shares of the prediction's (precision) and the reference's (recall) tokens in common, and their F1."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class _Text:
    """A text as tokens: in all, in each sentence that has any, and how often each and each pair occurs."""

    tokens: tuple[str, ...]
    sentences: tuple[tuple[str, ...], ...]
    single: Mapping[str, int]
    pairs: Mapping[tuple[str, str], int]


def rouge(prediction: str, reference: str, language: str | None) -> dict[str, Score]:
    """Scores by the names in MEASURES; `language` is that of both texts (see eval.tokens)."""
    predicted, wanted = _read(prediction, language == "en"), _read(reference, language == "en")
    found, there = len(predicted.tokens), len(wanted.tokens)
    longest = _score(LCSseq.similarity(predicted.tokens, wanted.tokens), found, there)
    both_single = len(predicted.sentences) <= 1 and len(wanted.sentences) <= 1
    return {
        "rouge1": _score(_shared(predicted.single, wanted.single), found, there),
        "rouge2": _score(_shared(predicted.pairs, wanted.pairs), found - 1, there - 1),
        "rougeL": longest,
        "rougeLsum": longest if both_single else _score(_union_hits(predicted, wanted), found, there),
    }


def sentences(text: str) -> list[str]:
    """The sentences of a text in any of our languages, without blanks around them."""
    return [sentence for piece in _SENTENCE_END.split(text) if (sentence := piece.strip())]


@lru_cache(maxsize=_KEPT)
def _read(text: str, english: bool) -> _Text:
    tokenize = tokens_for("en" if english else None).tokenize
    by_sentence = tuple(tuple(found) for sentence in sentences(text) if (found := tokenize(sentence)))
    tokens = tuple(chain.from_iterable(by_sentence))
    return _Text(tokens, by_sentence, Counter(tokens), Counter(pairwise(tokens)))


def _score(shared: int, found: int, there: int) -> Score:
    precision, recall = shared / max(found, 1), shared / max(there, 1)
    total = precision + recall
    return Score(precision, recall, 2 * precision * recall / total if total else 0.0)


def _shared(one: Mapping[_Key, int], other: Mapping[_Key, int]) -> int:
    """How many occurrences two counts have in common."""
    both = one.keys() & other.keys()
    return sum(map(min, map(one.__getitem__, both), map(other.__getitem__, both)))


def _union_hits(predicted: _Text, wanted: _Text) -> int:
    """Tokens of the reference in the union of its sentences' longest common subsequences with each of ours.

    A token counts at most as often as the prediction has it (ROUGE 1.5.5).
    """
    places = [_places(sentence) for sentence in predicted.sentences]
    in_union: Counter[str] = Counter()
    for sentence in wanted.sentences:
        matched = set[int]()
        for other, other_places in zip(predicted.sentences, places, strict=True):
            matched |= _matched(sentence, len(other), other_places)
        in_union.update(map(sentence.__getitem__, matched))
    return _shared(in_union, predicted.single)


def _places(tokens: Sequence[str]) -> dict[str, int]:
    """Where each token stands, as the bits of an integer."""
    places: dict[str, int] = {}
    for index, token in enumerate(tokens):
        places[token] = places.get(token, 0) | 1 << index
    return places


def _matched(wanted: Sequence[str], length: int, places: Mapping[str, int]) -> set[int]:
    """Indices in `wanted` of the longest common subsequence that rouge-score reads out of its table.

    `places` are those of the other text's tokens, `length` is how many it has. There may be several
    subsequences as long, and the union over sentences depends on which: the way back through the table is
    rouge-score's, from its end, where the last token of `wanted` is left out if that costs nothing. The table
    is kept as an integer a row, whose bit j is 0 where the length grows at column j (Hyyrö, 2004); a token
    that the other text lacks has the row above it.
    """
    common = [(index, places[token]) for index, token in enumerate(wanted) if token in places]
    beyond = every = (1 << length) - 1
    for _, at in common:
        later = at & beyond
        if not later:
            break
        beyond = every & -((later & -later) << 1)
    else:  # one behind the other in both texts: all are matched
        return {index for index, _ in common}
    row = every
    rows = [row]
    for _, at in common:
        met = row & at
        row = (row + met | row - met) & every
        rows.append(row)
    i, j, matched = len(common), length, set[int]()
    left = j - row.bit_count()  # tokens still to be matched before i and j
    while left:
        index, at = common[i - 1]
        if at >> j - 1 & 1:
            matched.add(index)
            i, j, left = i - 1, j - 1, left - 1
        elif j - (rows[i - 1] & (1 << j) - 1).bit_count() == left:
            i -= 1
        else:
            j -= 1
    return matched
