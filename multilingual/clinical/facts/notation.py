"""The notation of the words in `data/symptoms.toml` and `data/sites.toml`, and their inflected forms.

``(a|b)`` stands for either, inside a word too (``gal(e|ey)``, ``(|very) dry``); ``{a|b}`` at the start or the
end for words that must stand there and are not part of what is found (``{my} back``). A comma ends a phrase.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from multilingual.clinical.vocabulary import folded

_LETTER: Final = r"(?:[^\W_\u3400-\u9fff]|[\u0900-\u0963])"
_WORD: Final = rf"{_LETTER}+(?:'{_LETTER}+)*"
_TOKEN: Final = re.compile(rf"[\u3400-\u9fff]|{_WORD}|(?<=[^\W_])-(?=[^\W_])|(?P<sign>[^\s_])")
_GROUP: Final = re.compile(r"\(([^()]*)\)")
_ENTRY: Final = re.compile(r"(?:\{(?P<before>[^}]*)\})?(?P<core>[^{}]*)(?:\{(?P<after>[^}]*)\})?")

# Ending of a folded word, and that of its plural; the first one that fits is taken.
_PLURALS: Final = {
    "en": ((r"(?:s|x|z|ch|sh)$", r"\g<0>es"), (r"([^aeiou])y$", r"\1ies"), (r"$", "s")),
    "pt": (
        (r"ao$", "oes"),
        (r"([aeou])l$", r"\1is"),
        (r"il$", "is"),
        (r"m$", "ns"),
        (r"[rz]$", r"\g<0>es"),
        (r"[aeiou]$", r"\g<0>s"),
    ),
}
# Roman Hindi is spelled by ear: what is written for one sound.
_ONE_SOUND: Final = re.compile(r"aa+|ee+|oo+|ph|[wz]|(?<=[a-bd-z])hh+")
_SOUNDS: Final = {"e": "i", "o": "u", "p": "f", "w": "v", "z": "j"}


@dataclass(frozen=True, slots=True)
class Phrase:
    """Folded tokens to find; the first `before` and the last `after` of them are context and not the find."""

    tokens: tuple[str, ...]
    before: int = 0
    after: int = 0


def tokens_of(shadow: str) -> list[re.Match[str]]:
    """Words, Han characters and signs of a folded text, but for the hyphens inside words."""
    return [match for match in _TOKEN.finditer(shadow) if match.group() != "-" or match["sign"]]


def respelled(word: str, language: str) -> str:
    """The word as the phrases of a language spell it: no apostrophe, one spelling a sound in Roman Hindi."""
    word = word.replace("'", "")
    if language != "hi-en":
        return word
    return _ONE_SOUND.sub(lambda match: _SOUNDS.get(match.group()[0], match.group()[0]), word)


def phrases_of(words: str, language: str) -> Iterator[Phrase]:
    """The phrases that `words` of a `language` stand for, with their plurals in English and Portuguese.

    Raises ValueError for words that break the notation.
    """
    for entry in folded(words).split(","):
        match = _ENTRY.fullmatch(entry.strip())
        if match is None or not match["core"].strip():
            raise ValueError(f"not a phrase of the notation: {entry.strip()!r}")
        befores, afters = (
            [_split(context, language) for context in (match[side] or "").split("|")]
            for side in ("before", "after")
        )
        for core in _spelled(match["core"]):
            for before, form, after in product(befores, _forms(_split(core, language), language), afters):
                yield Phrase((*before, *form, *after), len(before), len(after))


def _split(phrase: str, language: str) -> tuple[str, ...]:
    return tuple(respelled(token.group(), language) for token in tokens_of(phrase))


def _spelled(phrase: str) -> Iterator[str]:
    """Each reading of the groups of alternatives."""
    pieces = _GROUP.split(phrase)
    choices = [piece.split("|") if index % 2 else [piece] for index, piece in enumerate(pieces)]
    return ("".join(chosen) for chosen in product(*choices))


def _forms(tokens: tuple[str, ...], language: str) -> list[tuple[str, ...]]:
    for singular, plural in _PLURALS.get(language, ()):
        form, count = re.subn(singular, plural, tokens[-1], count=1)
        if count:
            return [tokens, (*tokens[:-1], form)]
    return [tokens]
