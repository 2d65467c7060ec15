"""The language of each Latin word of a text: what the word looks like, smoothed by its neighbours.

A hidden Markov model of two states: the word model and the table of shared words say how likely a word is in
each language, and a text stays in its language more often than it leaves it. Nobody writes Hindi and
Portuguese in one text: English goes with the one or the other, whichever path is likelier.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import log

from multilingual.word_lists import shared_words
from multilingual.word_model import LANGUAGES, Scores, word_scores, written

_HINDI, _PORTUGUESE = ("en", "hi"), ("en", "pt")

_MIXING, _SEPARATE = 0.75, 0.95
"""How often the next word is of the same language: in Hinglish, and where English stands apart."""
_LEAST = -7.0  # no single word decides against all its neighbours


def tag_words(words: Sequence[str]) -> list[str]:
    """The most likely languages of the words of one text, each of `LANGUAGES`, in order."""
    scores = [_scores(word) for word in words]
    likelihood, path = _path(scores, _HINDI, _MIXING)
    if _path(scores, _PORTUGUESE, _MIXING)[0] > likelihood:
        return _path(scores, _PORTUGUESE, _SEPARATE)[1]
    return path


@lru_cache(maxsize=65536)
def _scores(word: str) -> Scores:
    rates = shared_words().get(written(word))
    if rates is None:
        en, hi, pt = word_scores(word)
    else:
        en, hi, pt = (log(rate / sum(rates)) for rate in rates)
    return max(en, _LEAST), max(hi, _LEAST), max(pt, _LEAST)


def _path(scores: Sequence[Scores], pair: tuple[str, str], staying: float) -> tuple[float, list[str]]:
    """Viterbi's best path through two states: its log-likelihood and its languages."""
    stay, leave = log(staying), log(1 - staying)
    first, second = (LANGUAGES.index(language) for language in pair)
    one = two = 0.0
    back: list[tuple[bool, bool]] = []  # whether the best way into each state comes from the other one
    for at in scores:
        into_one, into_two = two + leave > one + stay, one + leave > two + stay
        one, two = (
            (two + leave if into_one else one + stay) + at[first],
            (one + leave if into_two else two + stay) + at[second],
        )
        back.append((into_one, into_two))
    state = int(two > one)
    path = []
    for crossed in reversed(back):
        path.append(pair[state])
        state ^= crossed[state]
    return max(one, two), path[::-1]
