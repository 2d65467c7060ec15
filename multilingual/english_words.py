"""A Hinglish or Hindi message with its words in English, for models that know little Hindi.

Word for word: order and grammar (ka, ko, ne, hai) stay Hindi; "mere haath par laal daane hain" becomes
"my hand par red spots hain", which reads like a message with more English in it. A complaint that the message
denies gets a "no", as the "nahi" that denies it may stand far behind.
"""

from functools import cache, lru_cache

from multilingual.clinical.facts import find_facts
from multilingual.language import Token, profile
from multilingual.roman_hindi import normal_form
from multilingual.transliterate import word_to_roman
from multilingual.word_lists import hindi_in_english

_HINDI = {"hi", "hi-en"}
_DENIALS = {"no", "without", "bina", "बिना"}


@lru_cache(maxsize=64)  # a message is put into a prompt several times while it is fitted to a model
def in_english_words(text: str) -> str:
    """`text` with the words of Hindi that the table holds in English; a text without Hindi as it is.

    >>> in_english_words("Mere haath par laal daane hain, bukhar nahi hai")
    'My hand par red spots hain, no fever not hai'
    """
    seen = profile(text)
    if _HINDI.isdisjoint((seen.language or "").split("+")):
        return text
    denied = {fact.start for fact in find_facts(text) if fact.negated}
    pieces: list[str] = []
    before, end = "", 0
    for token in seen.tokens:
        denial = "no " if token.start in denied and before.lower() not in _DENIALS else ""
        pieces += (text[end : token.start], denial, _in_english(token))
        before, end = token.text, token.end
    return "".join((*pieces, text[end:]))


def _in_english(token: Token) -> str:
    if token.tag != "hi":
        return token.text
    word = token.text.lower() if token.text.isascii() else word_to_roman(token.text).lower()
    table = _table()
    english = table[word] if word in table else table.get(normal_form(word))
    if not english:
        return token.text
    return english[0].upper() + english[1:] if token.text[0].isupper() else english


@cache
def _table() -> dict[str, str]:
    """Spellings with their English; none for those that stay as they are."""
    return {spelling: english for english, spellings in hindi_in_english() for spelling in spellings}
