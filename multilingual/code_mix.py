"""The code-mixing index of Das and Gambäck: how much of a text is not in its main language.

Amitava Das and Björn Gambäck, "Identifying Languages at the Word Level in Code-Mixed Indian Social Media
Text", Proceedings of ICON 2014: CMI = 100 * (1 - max_i(w_i) / (n - u)) where n > u, else 0. n counts the
tokens, u those of no language (names, numbers, signs), w_i those of language i.
"""

from collections import Counter
from collections.abc import Sequence


def code_mix_index(tags: Sequence[str], *, independent: str = "other") -> float:
    """CMI of one text from the tags of its tokens: 0 of one language; below 100 always.

    `independent` is the tag of the tokens of no language.

    >>> code_mix_index(["hi", "en", "hi", "hi", "other"])
    25.0
    """
    counts = Counter(tag for tag in tags if tag != independent)
    if not counts:
        return 0.0
    return 100 * (1 - max(counts.values()) / counts.total())
