"""Languages: of each token of a text, and of the text.

Devanagari is Hindi and Han is Chinese here; what is told apart is what is written in Latin letters: English,
Hindi ("mujhe bukhar hai") and Portuguese. Names, numbers, drug names and signs are of no language.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import normalize

from multilingual.code_mix import code_mix_index
from multilingual.pieces import Piece, pieces
from multilingual.scripts import scripts_of
from multilingual.word_tags import tag_words

_OF_SCRIPT = {"Devanagari": "hi", "Han": "zh"}
_OTHER = "other"

_HAN_WORD = 2.0
"""Characters of a Chinese word, about: a text's languages are weighed by words."""
_ROMAN_HINDI = 0.2
"""Share of Hindi among the Latin words from which they are Roman Hindi, English words and all."""
_MIXTURE = 0.25
"""Share of the words from which a language is named beside the main one."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a text: `text` is its `[start:end]`. `tag` is hi, en, zh, pt or other; `kind` is word, name,
    number, drug or other, and all but words are tagged other.
    """

    text: str
    start: int
    end: int
    tag: str
    kind: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What a text is written in.

    `language` is hi (Devanagari), hi-en (Roman Hindi, with or without English words), zh, pt, en, a mixture
    such as "en+zh" in alphabetical order, or None where no word is of a known language. `scripts` are the
    text's, the commonest first; `code_mix_index` is Das and Gambäck's, 0 to 100, over `tokens`.
    """

    language: str | None
    scripts: tuple[str, ...]
    code_mix_index: float
    tokens: tuple[Token, ...]


def tag_tokens(text: str) -> list[Token]:
    """The tokens of a text in order, each with its language; only white space lies between them."""
    return _tokens(text, pieces(text))


def profile(text: str) -> Profile:
    """Languages, scripts and code-mixing of a text of any length; of an empty one too."""
    found = pieces(text)
    tokens = _tokens(text, found)
    return Profile(
        language=_language(tokens, found),
        scripts=scripts_of(text),
        code_mix_index=code_mix_index([token.tag for token in tokens], independent=_OTHER),
        tokens=tuple(tokens),
    )


def _tokens(text: str, found: Sequence[Piece]) -> list[Token]:
    latin = [piece for piece in found if piece.kind == "word" and piece.script == "Latin"]
    tags = iter(tag_words([normalize("NFKC", text[piece.start : piece.end]) for piece in latin]))
    return [
        Token(text[piece.start : piece.end], piece.start, piece.end, _tag(piece) or next(tags), piece.kind)
        for piece in found
    ]


def _tag(piece: Piece) -> str | None:
    """The tag that follows from kind and script; None where the Latin words decide."""
    if piece.kind != "word":
        return _OTHER
    return None if piece.script == "Latin" else _OF_SCRIPT.get(piece.script or "", _OTHER)


def _language(tokens: Sequence[Token], found: Sequence[Piece]) -> str | None:
    counts = dict.fromkeys(("hi", "hi-en", "zh", "pt", "en"), 0.0)
    for token, piece in zip(tokens, found, strict=True):
        if token.tag == "hi":
            counts["hi" if piece.script == "Devanagari" else "hi-en"] += 1
        elif token.tag != _OTHER:
            counts[token.tag] += 1
    counts["zh"] /= _HAN_WORD
    roman, english = counts["hi-en"], counts["en"]
    if roman and roman >= _ROMAN_HINDI * (roman + english):
        counts["hi-en"], counts["en"] = roman + english, 0.0
    else:
        counts["hi-en"], counts["en"] = 0.0, roman + english
    total = sum(counts.values())
    if not total:
        return None
    main = max(counts, key=lambda language: counts[language])
    named = {main} | {language for language, count in counts.items() if count >= _MIXTURE * total}
    return "+".join(sorted(named))
