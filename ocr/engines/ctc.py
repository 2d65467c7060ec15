"""Readings of a line, from the probabilities of a recogniser trained with CTC.

Graves et al. (2006), Connectionist Temporal Classification: a text's probability is the sum over its
alignments. The best reading is that of the likeliest alignment. Others are searched for with a prefix beam
over the likeliest classes of each column, kept narrow, since only the few columns that the recogniser doubts
make readings differ.
"""

from collections.abc import Iterator, Sequence
from heapq import nlargest

import numpy as np
from numpy.typing import NDArray

BLANK = 0
_CLASSES = 3
_SURE = 0.98
"""Columns whose best class has this probability are not doubted."""
_BEAM = 8
_LEAST = 0.02
"""Classes less likely than this in a column do not come into question."""

Likelihoods = NDArray[np.float32]


def best_readings(
    likelihoods: Likelihoods, best: NDArray[np.intp], lengths: Sequence[int], characters: Sequence[str]
) -> list[tuple[str, float]]:
    """The text of each line's likeliest alignment, and the mean probability of its characters (0 of none).

    `likelihoods` has shape (lines, columns, classes), class 0 the blank; `best` is the likeliest class of
    each column; a line has as many columns as `lengths` says; `characters[k]` is what class k stands for.
    """
    kept = (best != BLANK) & (np.arange(best.shape[1]) < np.asarray(lengths)[:, np.newaxis])
    kept[:, 1:] &= best[:, 1:] != best[:, :-1]
    chances = np.take_along_axis(likelihoods, best[:, :, np.newaxis], axis=2)[:, :, 0]
    return [
        (
            "".join(characters[k] for k in line[begins].tolist()),
            float(chance[begins].mean()) if begins.any() else 0.0,
        )
        for line, begins, chance in zip(best, kept, chances, strict=True)
    ]


def other_readings(
    likelihoods: Likelihoods, best: NDArray[np.intp], characters: Sequence[str], limit: int
) -> tuple[str, ...]:
    """Up to `limit` readings beside the best alignment's, likeliest first.

    `likelihoods` has shape (columns, classes), class 0 the blank; `best` is the likeliest class of each
    column; `characters[k]` is what class k stands for.
    """
    # A prefix's probability, apart by whether its last column is blank: after a blank a letter may repeat.
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (1.0, 0.0)}
    for column, chances in _likeliest(likelihoods, best):
        beams = _extended(beams, column, chances)
    texts = (
        "".join(characters[k] for k in prefix).strip()
        for prefix in sorted(beams, key=lambda prefix: -sum(beams[prefix]))
    )
    first = _collapsed(best, characters)
    return tuple(dict.fromkeys(text for text in texts if text and text != first))[:limit]


def _likeliest(likelihoods: Likelihoods, best: NDArray[np.intp]) -> Iterator[tuple[list[int], list[float]]]:
    """The likeliest classes of each column and their probabilities: one of a sure column."""
    chances = np.take_along_axis(likelihoods, best[:, np.newaxis], axis=1)[:, 0]
    doubted = iter(likelihoods[chances < _SURE].copy())
    for first, chance in zip(best.tolist(), chances.tolist(), strict=True):
        if chance >= _SURE:
            yield [first], [chance]
            continue
        left = next(doubted)
        classes, values = [first], [chance]
        for _ in range(1, _CLASSES):
            left[classes[-1]] = -1
            following = int(left.argmax())
            if left[following] < _LEAST:
                break
            classes.append(following)
            values.append(float(left[following]))
        yield classes, values


def _extended(
    beams: dict[tuple[int, ...], tuple[float, float]], column: list[int], chances: list[float]
) -> dict[tuple[int, ...], tuple[float, float]]:
    """The beams after one more column."""
    grown: dict[tuple[int, ...], tuple[float, float]] = {}

    def add(prefix: tuple[int, ...], blank: float, letter: float) -> None:
        before = grown.get(prefix, (0.0, 0.0))
        grown[prefix] = (before[0] + blank, before[1] + letter)

    for prefix, (blank, letter) in beams.items():
        for k, chance in zip(column, chances, strict=True):
            if chance <= 0:
                continue
            if k == BLANK:
                add(prefix, (blank + letter) * chance, 0.0)
            elif prefix and prefix[-1] == k:
                add(prefix, 0.0, letter * chance)
                if blank:
                    add((*prefix, k), 0.0, blank * chance)
            else:
                add((*prefix, k), 0.0, (blank + letter) * chance)
    if len(grown) <= _BEAM:
        return grown
    return dict(nlargest(_BEAM, grown.items(), key=lambda item: sum(item[1])))


def _collapsed(best: NDArray[np.intp], characters: Sequence[str]) -> str:
    """The text of an alignment: repeats joined, blanks left out."""
    kept = [int(k) for k, before in zip(best, [BLANK, *best], strict=False) if k not in (BLANK, before)]
    return "".join(characters[k] for k in kept).strip()
