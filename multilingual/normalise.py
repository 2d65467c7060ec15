"""Normal forms of text: NFC for what is kept, and a folded shadow for what is matched.

`fold` removes what carries no meaning for matching: case, width, accents on Latin letters, the nukta, the
script of digits, the many dashes, traditional Han variants. It keeps a map of
offsets, so that a match in the shadow is a span of the text as given.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from multilingual.word_lists import lines

_HYPHENS = "‐‑‒–—―−─━﹘﹣－ｰ⁃➖"
_SAME = {
    **dict.fromkeys(_HYPHENS, "-"),
    **dict.fromkeys("×✕✖╳⨯х", "x"),
    **dict.fromkeys("’‘‛`´ʹ′", "'"),
    **dict.fromkeys("“”„‟″", '"'),
    **dict.fromkeys("→➔➜➙⇒⟶", ">"),
    **dict.fromkeys("。．·", "."),
    **dict.fromkeys("、，", ","),
    **dict.fromkeys("【〔［", "["),
    **dict.fromkeys("】〕］", "]"),
    **dict.fromkeys("|¦", "|"),
    "।": ".",
    "℞": "rx ",
    "ँ": "ं",
    "⁄": "/",
    "∕": "/",
}
_SIMPLIFIED = {pair[0]: pair[1] for line in lines("han_variants.txt") for pair in line}
_HAN_FORMS = str.maketrans(
    _SIMPLIFIED
    | {chr(0xFF01 + offset): chr(0x21 + offset) for offset in range(0x5E)}  # full width
    | {"\u3000": " "}
)
_DROPPED = "\u093c\u200b\u200c\u200d\u2060\ufeff\u00ad"  # nukta, zero-width characters, soft hyphen
_FRACTIONS = frozenset("¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞")


def nfc(text: str) -> str:
    """Return `text` in the composed form in which all text of the project is kept."""
    return unicodedata.normalize("NFC", text)


def ascii_digits(text: str) -> str:
    """Return `text` with the decimal digits of every script as ASCII digits; nothing else changes."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


def normalise_indic(text: str, language: str = "hi") -> str:
    """Return `text` with the canonical spelling of its Indic letters (nukta forms, vowel signs, joiners).

    Uses indic-nlp-library, which is loaded at the first call.
    """
    return str(_indic_normaliser(language).normalize(text))


def normalise_han(text: str) -> str:
    """Return `text` with simplified Han characters and Latin letters, figures and signs of ordinary width.

    Each character becomes one, so offsets stay. The table of variants holds some 700 characters of health and
    everyday speech (`data/han_variants.txt`), not all.

    >>> normalise_han("頭痛３天，體溫３８．５")
    '头痛3天,体温38.5'
    """
    return text.translate(_HAN_FORMS)


@lru_cache(maxsize=8)
def _indic_normaliser(language: str):  # type: ignore[no-untyped-def]  # the library has no annotations
    from indicnlp.normalize.indic_normalize import IndicNormalizerFactory

    return IndicNormalizerFactory().get_normalizer(language)


@dataclass(frozen=True, slots=True)
class Shadow:
    """A folded text and where each of its characters came from."""

    text: str
    origins: Sequence[int]  # length len(text) + 1; origins[i] is the offset in the given text

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the text as given of the shadow's `text[start:end]`, never empty."""
        first = self.origins[start]
        return first, max(self.origins[end], first + 1)

    def rewritten(self, pattern: re.Pattern[str], written: Callable[[re.Match[str]], str]) -> "Shadow":
        """The shadow with `written` of each match in its place; itself where nothing matches.

        What stands in for a match comes, letter by letter, from the letters of the match, and from where it
        ends.
        """
        pieces: list[str] = []
        origins: list[int] = []
        done = 0
        for match in pattern.finditer(self.text):
            start, end = match.span()
            piece = written(match)
            pieces += (self.text[done:start], piece)
            origins += self.origins[done : min(end, start + len(piece))]
            origins += [self.origins[end]] * (len(piece) - (end - start))
            done = end
        if not done:
            return self
        pieces.append(self.text[done:])
        origins += self.origins[done:]
        return Shadow("".join(pieces), origins)


def fold(text: str) -> Shadow:
    """Fold `text` for matching. NFC and NFD forms of a text have the same shadow."""
    if text.isascii():
        return Shadow(text.lower(), range(len(text) + 1))
    folded: list[str] = []
    origins: list[int] = []
    for offset, char in enumerate(text):
        for piece in _fold_char(char):
            folded.append(piece)
            origins.append(offset)
    origins.append(len(text))
    return Shadow("".join(folded), origins)


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    if char in _FRACTIONS:
        return char
    if "①" <= char <= "⑳":
        return f"({ord(char) - ord('①') + 1})"
    known = _SAME.get(char) or _SIMPLIFIED.get(char)
    if known is not None:
        return known
    decomposed = unicodedata.normalize("NFKD", char)
    return "".join(_fold_part(part) for part in decomposed)


def _fold_part(part: str) -> str:
    if "\u0300" <= part <= "\u036f" or part in _DROPPED:
        return ""
    if part.isdecimal():
        return str(unicodedata.decimal(part))
    if part == "μ":
        return "u"
    return _SAME.get(part, part.lower())
