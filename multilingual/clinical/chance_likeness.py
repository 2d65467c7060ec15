"""Words that look like names of medicines and are none, to measure how like a name any word is by chance.

The longer a list and the shorter a word, the nearer its nearest name, whatever the word. Words made of the
halves of two names tell how near: they are taken from the names that ship, whatever the list.
"""

import random
from functools import cache

from multilingual.clinical.formulary import load_formulary
from multilingual.clinical.name_keys import name_words

SHORTEST, LONGEST = 3, 12
"""Letters that words are made up of; shorter and longer ones are judged as these."""


def made_up(letters: int, count: int) -> list[str]:
    """`count` words of so many letters, from `SHORTEST` to `LONGEST`; the same every time."""
    half = letters // 2
    heads = [word[:half] for word in _words() if len(word) >= half]
    tails = [word[half - letters :] for word in _words() if len(word) >= letters - half]
    chance = random.Random(letters)  # noqa: S311 - no secret
    return [chance.choice(heads) + chance.choice(tails) for _ in range(count)]


@cache
def _words() -> tuple[str, ...]:
    names = (entry.name for entry in load_formulary().entries if entry.name.isascii())
    firsts = {words[0] for name in names if (words := name_words(name))}
    return tuple(sorted(word for word in firsts if len(word) >= SHORTEST))
