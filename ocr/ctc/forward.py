"""How likely a text is, whatever its alignment: the forward score of connectionist temporal classification.

Graves et al. (2006), Connectionist Temporal Classification, section 4.1: a text stands in the columns as its
letters in order, each over one column or more, with blanks between them at will; two letters alike that
follow one another need one. The forward variables are rescaled in every column, as there, so that no
logarithm is taken but of the scales.
"""

import numpy as np
from numpy.typing import NDArray

from ocr.ctc.alphabet import Chances
from ocr.ctc.readings import BLANK

Codes = NDArray[np.integer]
Scores = NDArray[np.float64]


def forward_scores(chances: Chances, codes: Codes, lengths: NDArray[np.integer]) -> Scores:
    """Natural logarithm of the probability of each text, -inf where its letters do not fit in.

    `chances` has shape (columns, letters), `codes` (texts, longest), 0 behind the `lengths` of each text.
    """
    texts, longest = codes.shape
    if not len(chances) or not texts:
        return np.where(np.asarray(lengths) == 0, 0.0, -np.inf)
    # The states of a text: a blank, its first letter, a blank, its second letter, ... a blank.
    states = np.full((texts, 2 * longest + 1), BLANK, np.intp)
    states[:, 1::2] = codes
    unlike = np.zeros(states.shape)
    unlike[:, 3::2] = codes[:, 1:] != codes[:, :-1]
    emitted = chances[:, states]
    forward = np.zeros((texts, 2 * longest + 3))  # two states ahead of the first, in which no text can be
    forward[:, 2:4] = emitted[0, :, :2]
    score = np.zeros(texts)
    for column in emitted[1:]:
        forward[:, 2:] = (forward[:, 2:] + forward[:, 1:-1] + unlike * forward[:, :-2]) * column
        scale = forward.sum(axis=1)
        scale[scale == 0] = 1.0
        forward /= scale[:, np.newaxis]
        score += np.log(scale)
    rows, last = np.arange(texts), 2 * np.asarray(lengths) + 2
    ended = forward[rows, last] + np.where(lengths > 0, forward[rows, last - 1], 0.0)
    with np.errstate(divide="ignore"):
        total: Scores = score + np.log(ended)
    return total
