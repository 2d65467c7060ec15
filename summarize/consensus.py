"""Which of several summaries says most of what the others say.

What a model is sure of stands in most of its likely summaries, what it makes up in few: the summary that is
nearest to all others is the one of least expected error (minimum Bayes risk; Kumar and Byrne, 2004).
"""

import re
from collections.abc import Sequence

from rapidfuzz.distance import LCSseq

from multilingual.normalise import fold

_WORD = re.compile(r"[\u3400-\u9fff]|(?:(?![\u3400-\u9fff])\w|[\u0900-\u0963])+")


def agreement(texts: Sequence[str]) -> list[float]:
    """Of each text, the mean share of its words that stand in the others in the same order, 0 to 1.

    A word is a Han character or a folded run of letters and digits; the share is of the longer text.
    """
    words = [_WORD.findall(fold(text).text) for text in texts]
    return [sum(LCSseq.normalized_similarity(one, other) for other in words) / len(words) for one in words]
