"""Tokens for ROUGE that know the script.

Text is brought to NFKC, casefolded, its digits to ASCII and its zero-width characters dropped. A token is
then one Han character, a run of Devanagari letters with their vowel signs, or a run of other letters (accents
kept) and digits; marks and emoji without a letter are none. English words longer than three letters are
stemmed as rouge-score stems them, and on ASCII text the tokens are those of rouge-score's own tokenizer with
`use_stemmer=True`; nothing else is stemmed.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from nltk.stem.porter import PorterStemmer

from multilingual.normalise import ascii_digits

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_DEVANAGARI = "\u0900-\u0963\u0970-\u097f\ua8e0-\ua8ff"
_ACCENTS = "\u0300-\u036f"
_LETTER = r"[^\W_]"
_OTHER_LETTER = f"(?![{_HAN}{_DEVANAGARI}]){_LETTER}"
_TOKEN = re.compile(
    f"[{_HAN}]|(?={_LETTER})[{_DEVANAGARI}]+|{_OTHER_LETTER}(?:{_OTHER_LETTER}|[{_ACCENTS}])*"
)
_ASCII_TOKEN = re.compile("[a-z0-9]+")
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_STEMMED_FROM = 4  # letters


@dataclass(frozen=True, slots=True)
class ScriptTokens:
    """A tokenizer of the form that `rouge_score.rouge_scorer.RougeScorer(tokenizer=...)` takes."""

    stem: bool

    def tokenize(self, text: str) -> list[str]:
        """The tokens of `text` in order; [] of a text without letters and digits."""
        tokens: list[str] = _split(text)
        return (
            [_stem(token) if len(token) >= _STEMMED_FROM else token for token in tokens]
            if self.stem
            else tokens
        )


def tokens_for(language: str | None) -> ScriptTokens:
    """The tokenizer of a language (en, hi, hi-en, zh, pt, or any other): English alone is stemmed."""
    return ScriptTokens(stem=language == "en")


def _split(text: str) -> list[str]:
    if text.isascii():
        return _ASCII_TOKEN.findall(text.lower())
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    folded = folded.translate(_ZERO_WIDTH)
    return _TOKEN.findall(ascii_digits(folded) if _OTHER_DIGIT.search(folded) else folded)


@cache
def _stemmer() -> PorterStemmer:
    return PorterStemmer()


@lru_cache(maxsize=2**16)
def _stem(token: str) -> str:
    return str(_stemmer().stem(token))
