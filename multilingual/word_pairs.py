"""Which words of an English text no word of a Hinglish or Hindi message tells.

`data/word_pairs.tsv` holds a lexicon that was learnt from messages beside their English (see
`multilingual.train_word_pairs`): on a line an English stem, then the words that tell it, if most of its
occurrences were told, so that one which is not told is an exception. Of a stem that stands alone nothing is
said: people use it often, and the lexicon does not know what tells it. A word with any other stem is rare in
summaries, and told only by a word of the message that is like it. How a complaint goes ("sudden", "worse") is
told by what `data/course_words.toml` lists.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import cache, lru_cache

from nltk.stem.porter import PorterStemmer

from multilingual.alike import alike
from multilingual.language import tag_tokens
from multilingual.normalise import fold
from multilingual.roman_hindi import normal_form
from multilingual.transliterate import word_to_roman
from multilingual.word_lists import DATA

FILE = "word_pairs.tsv"
SHORTEST = 3  # letters
_ENGLISH = re.compile(r"[a-z]+")
_PARTS = re.compile("[-']")
_stemmer = PorterStemmer()


def untold_words(text: str, sources: Iterable[str]) -> tuple[str, ...]:
    """The words of an English `text`, as they stand in it, that no word of `sources` tells; each once.

    >>> untold_words("A red rash on the leg", ["Mere haath par laal daane hain"])
    ('leg',)
    """
    sources, english = list(sources), fold(text).text
    texts = [fold(source).text for source in sources]
    told = frozenset().union(*map(message_words, sources))
    words = [word for word in _ENGLISH.findall(english) if not _is_told(word, told)]
    courses = [
        match.group()
        for says, tells in _courses()
        if (match := says.search(english)) and not any(map(tells.search, texts))
    ]
    return tuple(dict.fromkeys((*words, *courses)))


def _is_told(word: str, told: frozenset[str]) -> bool:
    root = stem(word)
    tellers = _lexicon().get(root)
    if tellers is not None:
        return not tellers or bool(told & tellers)
    return len(word) < SHORTEST or any(alike(root, other) for other in told)


@lru_cache(maxsize=256)  # a message is asked about once a summary of it
def message_words(text: str) -> frozenset[str]:
    """The words of a message as the lexicon has them: English stems, normal spellings of Roman Hindi."""
    found: set[str] = set()
    for token in tag_tokens(text):
        word = fold(token.text).text
        if any(map(str.isalpha, word)):
            word = word if word.isascii() else word_to_roman(word).lower()
            found |= {stem(part) for part in (word, *_PARTS.split(word)) if part}
            if token.tag == "hi":
                found.add(_normal(word))
    return frozenset(found)


def english_stems(text: str) -> list[str]:
    """The stems of the words of an English text (Porter, 1980)."""
    return [stem(word) for word in _ENGLISH.findall(fold(text).text)]


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The stem of a word in lower case."""
    return str(_stemmer.stem(word))


@lru_cache(maxsize=65_536)
def _normal(word: str) -> str:
    return normal_form(word)


@cache
def _courses() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """Of each course of a complaint what says it in English and what tells it in a message."""
    table = tomllib.loads(DATA.joinpath("course_words.toml").read_text("utf-8"))
    return tuple(
        (_any_of(course["says"], r"[\w-]*"), _any_of(course["told"], "")) for course in table.values()
    )


def _any_of(words: Iterable[str], rest: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(fold(word).text for word in words)}){rest}")


@cache
def _lexicon() -> dict[str, frozenset[str]]:
    """Each stem's words that tell it, itself among them; none for a stem of which nothing is said."""
    rows = (line.partition("\t") for line in DATA.joinpath(FILE).read_text("utf-8").splitlines())
    return {stem: frozenset((stem, *tellers.split()) if tab else ()) for stem, tab, tellers in rows}
