"""The pieces of a text that get a tag: words, numbers, Han characters, signs, addresses; with their kinds.

A piece of Latin or Devanagari writing is a word with its apostrophe ("don't") and its figures ("covid19"); a
Han character is a piece of its own, but for the formulary's names; figures keep their unit ("500mg", "2nd").
Acronyms ("HIV") are of no language, and so other than words.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from multilingual.clinical.formulary import load_formulary
from multilingual.scripts import script_of
from multilingual.word_lists import hindi_words, shared_words, words

_LATIN = "A-Za-zªºÀ-ÖØ-öø-ɏḀ-ỿＡ-Ｚａ-ｚ\u0300-\u036f"
_DEVANAGARI = "\u0900-\u0963\u0971-\u097f\u200c\u200d"
_HAN = "々〇㐀-䶿一-鿿豈-\ufaff\U00020000-\U0003ffff"
_MARKS = "".join(
    char for char in map(chr, range(0x370, 0x3100)) if unicodedata.category(char) in ("Mn", "Mc")
)

_CAPITAL = re.compile(r"[A-Z]")
_LONGEST_ACRONYM = 6
_SHOUTED = 2  # times as many capitals as other letters, where capitals tell nothing

_SENTENCE_ENDS = frozenset(".!?।॥。！？:\n\"“'([-•*")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text, `text[start:end]`. `kind` is word, name, number, drug or other."""

    start: int
    end: int
    kind: str
    script: str | None


def pieces(text: str) -> list[Piece]:
    """The pieces of a text in order; what no piece covers is white space."""
    return list(_pieces(text))


def _pieces(text: str) -> Iterator[Piece]:
    shouted = _is_shouted(text)
    opening, titled = True, False  # the first word of a sentence; the word after a title
    for match in _pattern().finditer(text):
        group = match.lastgroup or "sign"
        start, end = match.span()
        found = match.group()
        if group == "word":
            acronym = not shouted and _is_acronym(found)
            kind = _kind(found, opening=opening, titled=titled)
            yield Piece(start, end, "other" if acronym and kind == "word" else kind, script_of(found[0]))
            opening, titled = False, found.lower() in words("titles.txt")
        elif group == "han":
            yield Piece(start, end, "word" if len(found) == 1 else "drug", "Han")
            opening = titled = False
        else:
            yield Piece(start, end, "number" if group == "number" else "other", None)
            opening = found[-1] in _SENTENCE_ENDS if group == "sign" else False
            titled = titled and found == "."


def _kind(word: str, *, opening: bool, titled: bool) -> str:
    lower = word.lower()
    if lower in _drugs() and (len(lower) > 3 or word.isupper()):
        return "drug"
    if lower == word:
        return "name" if titled and script_of(word[0]) == "Devanagari" else "word"
    if lower in words("drugs_also_words.txt"):
        return "word" if opening else "drug"
    if titled or (word in _names() and not (opening and lower in _ordinary())):
        return "name"
    return "word"


def _is_shouted(text: str) -> bool:
    capitals = sum(map(str.isupper, text))
    return capitals > _SHOUTED * (sum(map(str.isalpha, text)) - capitals)


def _is_acronym(word: str) -> bool:
    """Whether a word is of no language: "HIV", "HBsAg", "mRNA"; not "NAHI", nor a word of an ordinary one."""
    return (
        _CAPITAL.search(word, 1) is not None
        and len(word) <= _LONGEST_ACRONYM
        and word.lower() not in _spelled_out()
    )


@cache
def _drugs() -> frozenset[str]:
    """Formulary names of one word, and the substances, in lower case; none that is another word as well."""
    formulary = load_formulary()
    names = {entry.name.lower() for entry in (*formulary.entries, *formulary.substances())}
    return frozenset(name for name in names if " " not in name) - words("drugs_also_words.txt")


@cache
def _names() -> frozenset[str]:
    """Names of people and places as they are written, and in capitals."""
    names = words("names_indian.txt") | words("names_elsewhere.txt")
    return names | {name.upper() for name in names if len(name) > 3}


@cache
def _ordinary() -> frozenset[str]:
    """Words in lower case that a sentence may begin with, though a name is spelled like them."""
    variants = {variant for word in hindi_words() for variant in word.variants}
    return _spelled_out() | words("portuguese_words.txt") | shared_words().keys() | variants


@cache
def _spelled_out() -> frozenset[str]:
    """English words, and Hindi ones as normally spelled: what capitals may stress."""
    return words("english_words.txt") | {word.roman for word in hindi_words()}


@cache
def _pattern() -> re.Pattern[str]:
    han_names = sorted((name for name in _drugs() if script_of(name[0]) == "Han"), key=len, reverse=True)
    return re.compile(
        rf"""(?P<address>https?://\S+|www\.\S+|[A-Za-z0-9][A-Za-z0-9.+_-]{{0,63}}@[\w-]+\.[\w.]+|@\w+)
        |(?P<number>\d+(?:[.,:/'-]\d+)*[{_LATIN}]*)
        |(?P<word>[{_LATIN}][{_LATIN}\d]*(?:['’][{_LATIN}]+)*
            |[{_DEVANAGARI}]+
            |[^\W\d_{_LATIN}{_DEVANAGARI}{_HAN}](?:[^\W\d_{_LATIN}{_DEVANAGARI}{_HAN}]|[{_MARKS}])*)
        |(?P<han>{"|".join(map(re.escape, han_names))}|[{_HAN}])
        |(?P<sign>[^\w\s@{_MARKS}]+|\S)""",
        re.VERBOSE,
    )
