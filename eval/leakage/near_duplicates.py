"""Texts that nearly repeat others: their shingles of 5 characters have a high Jaccard similarity.

The search is exact, not sampled. Sets of x and y members whose similarity is t or more share at least
a = t (x + y) / (1 + t) of them. Put in any one order, the first x - a + s of one and y - a + s of the other
still share s (prefix filtering: Chaudhuri et al. 2006; s above 1: Wang et al. 2012). With the rarest members
first, few pairs of texts do. An index over the prefixes of one side takes the texts of the other one by one.
"""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

Shingles = NDArray[np.uint64]
"""Hashes of a text's distinct shingles, in ascending order."""

LENGTH: Final = 5
_SHARED: Final = 8  # s: the larger, the longer the prefixes, and the fewer the pairs compared in full
_POWERS: Final = [np.uint64(pow(0x9E3779B97F4A7C15, place, 2**64)) for place in range(LENGTH)]
_ROUNDING: Final = 1e-9


def shingles(text: str) -> Shingles:
    """Shingles of a text; one shorter than a shingle is one as a whole.

    Hashes are polynomials modulo 2^64: that two of ten million different shingles have the same hash has a
    chance of three in a million.
    """
    padded = text.ljust(LENGTH, "\0").encode("utf-32-le", "surrogatepass")
    points = np.frombuffer(padded, np.uint32).astype(np.uint64)
    count = points.size - LENGTH + 1
    hashes = np.zeros(count, np.uint64)
    for place, power in enumerate(_POWERS):
        hashes += points[place : place + count] * power
    return np.unique(hashes)


class NearDuplicates:
    """An index of `texts` that tells which of them another text nearly repeats.

    A text of `texts` that was found is not looked for again: a thousand near copies cost no more than one.
    """

    def __init__(self, texts: Sequence[str], near: float) -> None:
        """`near` is the least Jaccard similarity, in (0, 1]."""
        self._near = near
        sets = [shingles(text) for text in texts]
        self._sizes = np.array([each.size for each in sets], np.int64)
        self._hashes, places, counts = np.unique(
            np.concatenate([np.empty(0, np.uint64), *sets]), return_inverse=True, return_counts=True
        )
        order = np.argsort(counts, kind="stable")
        self._ranks = np.empty(order.size, np.int64)
        self._ranks[order] = np.arange(order.size)
        ends = np.cumsum(self._sizes)[:-1]
        self._members = [np.sort(ranks) for ranks in np.split(self._ranks[places], ends)] if sets else []
        self._sought = np.ones(len(sets), np.bool_)
        self._index()

    def find(self, text: str) -> list[tuple[int, float]]:
        """Places of the texts, not found before, that are near this one, each with the similarity."""
        if not self._indexed:
            return []
        hashes = shingles(text)
        known = self._known(hashes)
        # Shingles that no text of the index has are the rarest of all: they fill the prefix first.
        prefix = known[: max(0, self._prefix(hashes.size) - (hashes.size - known.size))]
        found = list(self._near_ones(known, hashes.size, self._candidates(prefix, hashes.size)))
        for place, _ in found:
            self._sought[place] = False
        if (self._indexed - self._sought.sum()) * 8 > self._indexed:
            self._index()
        return found

    def _index(self) -> None:
        """Lay the index over the prefixes of the texts that are still sought."""
        sought = np.flatnonzero(self._sought)
        prefixes = [self._members[place][: self._prefix(int(self._sizes[place]))] for place in sought]
        ranks = np.concatenate([np.empty(0, np.int64), *prefixes])
        texts = np.repeat(sought, [prefix.size for prefix in prefixes])
        self._texts = texts[np.argsort(ranks, kind="stable")]
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(ranks, minlength=self._ranks.size))])
        self._indexed = sought.size

    def _prefix(self, size: int) -> int:
        return size - ceil(self._near * size - _ROUNDING) + _SHARED

    def _known(self, hashes: Shingles) -> NDArray[np.int64]:
        """Ranks of the hashes that the index has, rarest first."""
        places = np.searchsorted(self._hashes, hashes)
        places = places[places < self._hashes.size]  # hashes ascend, so the last of them are cut off
        return np.sort(self._ranks[places[self._hashes[places] == hashes[: places.size]]])

    def _candidates(self, prefix: NDArray[np.int64], size: int) -> NDArray[np.int64]:
        """Places of sought texts that share enough of the prefix of a text of so many shingles."""
        starts = self._starts[prefix]
        counts = self._starts[prefix + 1] - starts
        ends = np.cumsum(counts)
        if not ends.size or not ends[-1]:
            return np.empty(0, np.int64)
        hits = self._texts[np.arange(ends[-1]) + np.repeat(starts - (ends - counts), counts)]
        shared = np.bincount(hits)
        places = np.flatnonzero(shared)
        both = np.ceil(self._near * (size + self._sizes[places]) / (1 + self._near) - _ROUNDING)
        enough = self._sought[places] & (shared[places] >= np.minimum(both, _SHARED))
        return np.compress(enough, places)

    def _near_ones(
        self, known: NDArray[np.int64], size: int, candidates: NDArray[np.int64]
    ) -> Iterator[tuple[int, float]]:
        for place in candidates.tolist():
            members = self._members[place]
            at = np.minimum(np.searchsorted(members, known), members.size - 1)
            both = int((members[at] == known).sum())
            similarity = both / (size + members.size - both)
            if similarity >= self._near:
                yield place, similarity
