"""Invented Devanagari words, of consonants, conjuncts and vowel signs: so that unseen words are read."""

import numpy as np

from ocr.simulate.words import lines, pick

_CONSONANTS = "ळङऱकककखगगघचछजजझटटठडडढणतततथदददधनननपपफबबभमममयरररलललववशषसससहह"
_NUKTA = ("ड़", "ढ़", "ज़", "फ़", "क़", "ग़", "ख़")
_SIGNS = ("", "", "", "", "ा", "ा", "ा", "ि", "ि", "ी", "ी", "ु", "ू", "े", "े", "ै", "ो", "ो", "ौ", "ॉ", "ॅ", "ृ")
_VOWELS = "ऍॲअअअआआइईउऊएऐओऔऑऋ"
_LONGEST = 4  # syllables


def invented_word(random: np.random.Generator) -> str:
    """A word of one to four syllables, NFC."""
    count = 1 + int(random.random() * _LONGEST)
    word = pick(_VOWELS, random) if random.random() < 0.12 else ""
    return word + "".join(_syllable(random) for _ in range(count))


def _syllable(random: np.random.Generator) -> str:
    kind = random.random()
    if kind < 0.68:
        onset = pick(_CONSONANTS, random)
    elif kind < 0.94:
        onset = pick(lines("conjuncts"), random)
    else:
        onset = pick(_NUKTA, random)
    end = random.random()
    return (
        onset + pick(_SIGNS, random) + ("ं" if end < 0.08 else "ँ" if end < 0.1 else "ः" if end < 0.105 else "")
    )
