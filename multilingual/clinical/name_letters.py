"""How likely a run of letters is as a medicine's name, from which letters follow one another in a formulary.

A model of pairs of letters: enough to tell a name that is in no list from what a recogniser makes of a blot.
"""

import numpy as np
import numpy.typing as npt

from multilingual.clinical.confusions import LETTERS
from multilingual.clinical.name_distance import Names

_EDGE = 0  # the code of no letter, before the first and behind the last
_SEEN = 0.1
"""How often each pair counts as seen, beside those that were."""


class LetterModel:
    """Learned from the names of a formulary."""

    def __init__(self, names: Names) -> None:
        edged = np.pad(names.codes, ((0, 0), (1, 1)), constant_values=_EDGE).astype(np.intp)
        first, second = edged[:, :-1], edged[:, 1:]
        told = (first != _EDGE) | (second != _EDGE)
        pairs = np.bincount((first[told] * LETTERS + second[told]), minlength=LETTERS * LETTERS)
        counts = pairs.reshape(LETTERS, LETTERS) + _SEEN
        self._logs: npt.NDArray[np.float64] = np.log(counts / counts.sum(axis=1, keepdims=True))

    def log_chances(self, names: Names) -> npt.NDArray[np.float64]:
        """Natural logarithm of the probability of each name, shape (names,)."""
        edged = np.pad(names.codes, ((0, 0), (1, 1)), constant_values=_EDGE).astype(np.intp)
        first, second = edged[:, :-1], edged[:, 1:]
        told = (first != _EDGE) | (second != _EDGE)
        chances: npt.NDArray[np.float64] = np.where(told, self._logs[first, second], 0.0).sum(axis=1)
        return chances
