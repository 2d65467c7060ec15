"""Other readings of a line, from the probabilities of a recogniser trained with CTC.

Graves et al. (2006), Connectionist Temporal Classification: a text's probability is the sum over its
alignments. The search is a prefix beam over the likeliest classes of each column, kept narrow, since only the
few columns that the recogniser doubts make readings differ.
"""

from collections.abc import Sequence
from heapq import nlargest

import numpy as np
from numpy.typing import NDArray

BLANK = 0
_CLASSES = 3
_SURE = 0.98
"""Columns whose best class has this probability are not doubted."""
_BEAM = 16

Likelihoods = NDArray[np.float32]


def other_readings(likelihoods: Likelihoods, characters: Sequence[str], limit: int) -> tuple[str, ...]:
    """Up to `limit` readings beside the best alignment's, likeliest first.

    `likelihoods` has shape (columns, classes), class 0 the blank; `characters[k]` is what class k stands for.
    """
    classes, chances = _likeliest(likelihoods)
    # A prefix's probability, apart by whether its last column is blank: after a blank a letter may repeat.
    beams: dict[tuple[int, ...], tuple[float, float]] = {(): (1.0, 0.0)}
    for column, column_chances in zip(classes.tolist(), chances.tolist(), strict=True):
        beams = _extended(beams, column, column_chances)
    texts = (
        "".join(characters[k] for k in prefix).strip()
        for prefix in sorted(beams, key=lambda prefix: -sum(beams[prefix]))
    )
    best = _collapsed(classes[:, 0], characters)
    return tuple(dict.fromkeys(text for text in texts if text and text != best))[:limit]


def _likeliest(likelihoods: Likelihoods) -> tuple[NDArray[np.intp], Likelihoods]:
    """The likeliest classes of each column and their probabilities, shape (columns, `_CLASSES`)."""
    left = likelihoods.copy()
    rows = np.arange(len(left))
    classes = np.zeros((len(left), _CLASSES), np.intp)
    chances = np.zeros((len(left), _CLASSES), np.float32)
    for rank in range(_CLASSES):
        classes[:, rank] = left.argmax(axis=1)
        chances[:, rank] = left[rows, classes[:, rank]]
        left[rows, classes[:, rank]] = -1
    return classes, chances


def _extended(
    beams: dict[tuple[int, ...], tuple[float, float]], column: list[int], chances: list[float]
) -> dict[tuple[int, ...], tuple[float, float]]:
    """The beams after one more column."""
    grown: dict[tuple[int, ...], tuple[float, float]] = {}

    def add(prefix: tuple[int, ...], blank: float, letter: float) -> None:
        before = grown.get(prefix, (0.0, 0.0))
        grown[prefix] = (before[0] + blank, before[1] + letter)

    options = 1 if chances[0] >= _SURE else len(column)
    for prefix, (blank, letter) in beams.items():
        for k, chance in zip(column[:options], chances[:options], strict=True):
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
