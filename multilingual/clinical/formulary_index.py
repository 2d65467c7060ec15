"""Matching names as read to a formulary of any size.

A name read is shortlisted by the grams it shares (`name_grams`), then compared by what handwriting and
recognisers confuse (`name_distance`); the form and the strength read beside it raise or lower the score. A
name that was read exactly comes first whatever stands beside it: "Prednisone 40 mg" is prednisone in a
strength that it does not come in, and not prednisolone, which does. With 50,000 names a match takes about a
tenth of a millisecond in a batch, and under half a one alone.

Scores are no probabilities. Measured on handwritten words that a recogniser read, at 0.75; `ACCEPT` is a
little stricter, since a page holds many words that are no names at all:

| | shipped, 1,900 names | a list of 15,700 names |
|---|---|---|
| words whose name is in the list | 467 | 6,462 |
| of those matched rightly, share that scores 0.75 | 0.79 | 0.89 |
| of those that score 0.75, share that is right | 0.93 | 0.88 |
| the same, where not `doubtful` | 0.93 | 0.94 |
| of words whose name is not in the list, share that scores 0.75 | 0.06 of 7,498 | 0.46 of 1,503 |

So what is accepted from a large list without having been read exactly deserves a look.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from multilingual.clinical.agreement import form_agrees, strength_agrees
from multilingual.clinical.chance_likeness import LONGEST, SHORTEST, made_up
from multilingual.clinical.devanagari import DEVANAGARI, latin_spelling
from multilingual.clinical.formulary import Entry, Formulary
from multilingual.clinical.lookalikes import LOOKALIKE, are_lookalikes, confused_with, same_substances
from multilingual.clinical.name_distance import Read, Written, distances
from multilingual.clinical.name_grams import GramIndex
from multilingual.clinical.name_keys import name_key
from multilingual.clinical.product_names import base_substance, read_product

ACCEPT = 0.78
"""A first candidate that scores less is no match: the name is not in the formulary, or was not read."""
MARGIN = 0.1
"""Two candidates whose scores are nearer than this are in doubt, and one whose rival has such a chance."""

_MADE_UP = 200  # words by which the likeness that chance gives is measured
_SHORTLIST = 60
_RANKED = 12  # candidates by name alone, among which form and strength choose
# By how much of what is missing to 1 a score rises, or of itself falls.
_FORM_AGREES, _FORM_CONTRADICTS = 0.08, 0.04
_STRENGTH_AGREES, _STRENGTH_CONTRADICTS = 0.25, 0.06
# Letters of a name that an error is set against; a short name is spent sooner, down to nothing but itself.
_SPENT, _LEAST = 1.5, 0.25


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that a name read may be.

    `similarity` in [0, 1] compares the names alone, 1 where they are the same but for case, accents, hyphens
    and spaces; `score` in [0, 1] counts form and strength too, but never lifts a candidate above one that was
    read exactly. Those agree, contradict, or are not known (None). `chance` is the probability of the name
    by what the recogniser saw, where that was looked at.
    """

    entry: Entry
    score: float
    similarity: float
    form_agrees: bool | None = None
    strength_agrees: bool | None = None
    chance: float | None = None


def doubtful(candidates: Sequence[Candidate]) -> bool:
    """Whether the first candidate was not read exactly and another medicine is within `MARGIN` of it."""
    if len(candidates) < 2 or candidates[0].similarity == 1:
        return False
    first = candidates[0]
    return any(
        _is_rival(other, first) and not same_substances(first.entry, other.entry) for other in candidates[1:]
    )


def _is_rival(other: Candidate, first: Candidate) -> bool:
    if first.chance is None or other.chance is None:
        return first.score - other.score < MARGIN
    return other.chance >= MARGIN


class FormularyIndex:
    """An index of a formulary's names, and of its generics where no name is theirs."""

    def __init__(self, formulary: Formulary) -> None:
        self.formulary = formulary
        self.entries: tuple[Entry, ...] = (*formulary.entries, *formulary.substances())
        keys = [name_key(entry.name) for entry in self.entries]
        self._grams = GramIndex(keys)
        self._written = Written(keys)
        self.names = self._written.names
        self._weights = self._written.names.weights
        self._folded = [key.lower() for key in keys]
        self._keys = frozenset(self._folded)
        self._devanagari = any(DEVANAGARI.search(key) for key in keys)
        self._lookalikes: dict[str, tuple[str, ...]] = {}
        self._by_chance: dict[int, float] = {}

    def near(self, keys: Sequence[str], size: int) -> npt.NDArray[np.intp]:
        """Places of the entries that share the most with any of the keys, up to `size` for each of them."""
        return np.unique(np.concatenate([np.empty(0, np.intp), *self._grams.shortlists(keys, size)]))

    def similarities(self, key: str, places: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
        """Of a name's key to the entries at `places`, as `Candidate` says."""
        return self._similarities(Read([key]), np.zeros(len(places), np.intp), places)

    def candidate(self, place: int, similarity: float, form: str | None, strength: str | None) -> Candidate:
        """The entry at `place`, so similar to a name, weighed by the form and the strength beside it."""
        return _weighed(Candidate(self.entries[place], similarity, similarity), form, strength)

    def match(
        self, name: str, *, form: str | None = None, strength: str | None = None, limit: int = 5
    ) -> list[Candidate]:
        """Candidates for a name as read, best first, at most `limit`; none is left out for its score."""
        return self.match_many([name], forms=[form], strengths=[strength], limit=limit)[0]

    def match_many(
        self,
        names: Sequence[str],
        *,
        forms: Sequence[str | None] | None = None,
        strengths: Sequence[str | None] | None = None,
        limit: int = 5,
    ) -> list[list[Candidate]]:
        """Candidates for each name, faster than by `match`; forms and strengths stand beside the names."""
        readings = [
            self._reading(name, form, strength)
            for name, form, strength in zip(
                names, forms or [None] * len(names), strengths or [None] * len(names), strict=True
            )
        ]
        ranked = self._ranked([key for key, _, _ in readings])
        return [
            self._candidates(key.lower(), nearest, form, strength)[:limit]
            for nearest, (key, form, strength) in zip(ranked, readings, strict=True)
        ]

    def by_chance(self, letters: int) -> float:
        """The similarity to its nearest name that one in ten made-up words of so many letters has, 0 to 1."""
        length = min(max(letters, SHORTEST), LONGEST)
        if length not in self._by_chance:
            found = self.match_many(made_up(length, _MADE_UP), limit=1)
            nearest = [candidates[0].similarity if candidates else 0.0 for candidates in found]
            self._by_chance[length] = float(np.quantile(nearest, 0.9))
        return self._by_chance[length]

    def lookalikes(self, entry: Entry) -> tuple[str, ...]:
        """Names that an entry's name is mistaken for: near it, of other substances; or published as such."""
        if entry.name not in self._lookalikes:
            near = [
                candidate.entry.name
                for candidate in self.match(entry.name, limit=_RANKED)
                if candidate.similarity >= LOOKALIKE and are_lookalikes(entry, candidate.entry)
            ]
            names = [*confused_with(entry.name), *near]
            self._lookalikes[entry.name] = tuple({name_key(name).lower(): name for name in names}.values())
        return self._lookalikes[entry.name]

    def _reading(
        self, name: str, form: str | None, strength: str | None
    ) -> tuple[str, str | None, str | None]:
        """The key of a name, with form and strength taken from it where it holds them ("Tab Dolo 650")."""
        if DEVANAGARI.search(name) and not self._devanagari:
            name = latin_spelling(name)
        if any(map(str.isdigit, name)) and not self._holds(name):
            product = read_product(name)
            name = product.name or name
            form = form or next(iter(product.forms), None)
            strength = strength or next(iter(product.strengths), None)
        if name and not self._holds(name):
            name = base_substance(name)
        return name_key(name), form, strength

    def _holds(self, name: str) -> bool:
        """Whether a name is one of the index to the letter."""
        return name_key(name).lower() in self._keys

    def _ranked(self, keys: Sequence[str]) -> list[list[tuple[int, float]]]:
        """For each key the nearest entries and their similarities, best first."""
        shortlists = self._grams.shortlists(keys, _SHORTLIST)
        sizes = [len(shortlist) for shortlist in shortlists]
        if not sum(sizes):
            return [[] for _ in keys]
        read = Read(keys)
        of_read, of_written = np.repeat(np.arange(len(keys)), sizes), np.concatenate(shortlists)
        similarities = self._similarities(read, of_read, of_written)
        ends = np.cumsum(sizes)
        return [
            _best(of_written[start:end], similarities[start:end])
            for start, end in zip(ends - sizes, ends, strict=True)
        ]

    def _similarities(
        self, read: Read, of_read: npt.NDArray[np.intp], of_written: npt.NDArray[np.intp]
    ) -> npt.NDArray[np.float32]:
        found = distances(read, of_read, self._written, of_written)
        shorter = np.minimum(read.names.weights[of_read], self._weights[of_written])
        similarities: npt.NDArray[np.float32] = np.clip(
            1 - found / np.maximum(shorter - _SPENT, _LEAST), 0, 1
        )
        return similarities

    def _candidates(
        self, folded: str, nearest: list[tuple[int, float]], form: str | None, strength: str | None
    ) -> list[Candidate]:
        """The nearest entries weighed, best first; what was read exactly is better than what was not."""
        weighed = [
            (
                self._folded[at] != folded,
                self.candidate(at, similarity, form, strength),
            )
            for at, similarity in nearest
        ]
        weighed.sort(key=lambda pair: (pair[0], -pair[1].score))
        ranked = [candidate for _, candidate in weighed]
        least = accumulate((candidate.score for candidate in ranked), min)
        return [
            candidate if candidate.score == score else replace(candidate, score=score)
            for candidate, score in zip(ranked, least, strict=True)
        ]


def _best(entries: npt.NDArray[np.intp], similarities: npt.NDArray[np.float32]) -> list[tuple[int, float]]:
    best = np.argsort(-similarities, kind="stable")[:_RANKED]
    return list(zip(entries[best].tolist(), similarities[best].tolist(), strict=True))


def _weighed(candidate: Candidate, form: str | None, strength: str | None) -> Candidate:
    if not form and not strength:
        return candidate
    form_told = form_agrees(form, candidate.entry.forms)
    strength_told = strength_agrees(strength, candidate.entry.strengths)
    score = _moved(candidate.score, form_told, _FORM_AGREES, _FORM_CONTRADICTS)
    score = _moved(score, strength_told, _STRENGTH_AGREES, _STRENGTH_CONTRADICTS)
    return replace(candidate, score=score, form_agrees=form_told, strength_agrees=strength_told)


def _moved(score: float, agrees: bool | None, up: float, down: float) -> float:
    if agrees is None:
        return score
    return score + (1 - score) * up if agrees else score * (1 - down)
