"""Tokens of folded text: runs of Latin or Devanagari letters, single Han characters, figures, and signs."""

import re

LATIN = r"[a-z]+(?:'[a-z]+)?"
DEVANAGARI = r"[\u0900-\u0963\u0970-\u097f]+"
DOTTED = r"(?:[a-z]\.){2,}(?:[a-z](?![a-z]))?|[a-z]\.[a-z](?![a-z])"
WORD = rf"{DOTTED}|{LATIN}|{DEVANAGARI}|[\u3400-\u9fff]|[^\W\d_]+"

_TOKEN = re.compile(rf"{WORD}|\d+|\S")


def word_tokens(folded_text: str) -> list[str]:
    """Return the tokens of a phrase of the lexicon; the dots of "t.d.s." are no part of its token."""
    return [undotted(token) for token in _TOKEN.findall(folded_text)]


def undotted(token: str) -> str:
    """Return an abbreviation without its dots: "t.d.s." is "tds"."""
    return token.replace(".", "") if len(token) > 1 else token
