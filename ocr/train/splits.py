"""Which real words are kept from training: by word, so that words never seen are measured, and by picture."""

import hashlib
from enum import StrEnum


class Split(StrEnum):
    """Where a labelled picture belongs."""

    TRAINING = "training"
    UNSEEN = "unseen"
    """Kept aside with all pictures of its word."""
    SEEN = "seen"
    """Kept aside, while other pictures of its word are trained on."""


_WORDS, _PICTURES = 10, 12
"""One word in so many is kept aside, and of the other words one picture in so many."""


def split_of(word: str, file: str) -> Split:
    """The split of a picture of `word`; `file` is its base name. It depends on nothing else."""
    if _digest(word.casefold().strip()) % _WORDS == 0:
        return Split.UNSEEN
    return Split.SEEN if _digest(file) % _PICTURES == 0 else Split.TRAINING


def _digest(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)
