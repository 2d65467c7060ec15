"""A text as lexemes, each with its parts in the rules of quantities; the rules are patterns over those parts.

The vocabulary is `data/fact_words.toml`: a word may have several parts ("se" joins a range and says since).
Each set of parts is one character, so that a rule is a regular expression over a string with a character a
lexeme, written with the names of the parts: ``rule("number approximately* period old")``.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

from multilingual.clinical.numerals import FRACTION
from multilingual.clinical.strengths import STRENGTH_UNITS, VOLUME_UNITS
from multilingual.clinical.tokens import WORD, undotted
from multilingual.clinical.vocabulary import folded, table
from multilingual.normalise import Shadow, fold

Meanings = dict[str, Any]
"""Part in the rules -> value of the word there, None where the part says all."""

Trie = dict[str, Any]
END: Final = ""

_SIGNS: Final = {
    ",": "comma",
    ";": "comma",
    ".": "stop",
    "!": "stop",
    "?": "stop",
    "\n": "stop",
    "-": "dash",
    "/": "slash",
    "(": "bracket",
    "[": "bracket",
    ")": "closing",
    "]": "closing",
    ":": "colon",
    "=": "colon",
    "'": "foot",
    '"': "inch",
    ">": "more",
    "<": "more",
}
_FIGURE: Final = (
    r"(?P<date>\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?![\d/.-]*\d)|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d\d)(?![\d/.-]*\d))"
    r"|(?P<time>\d{1,2}:\d{2}(?!\d))"
    r"|(?P<grouped>\d{1,3}(?:,\d{2,3})*,\d{3}(?![\d,])(?:\.\d+)?|\d{1,3}(?:\.\d{3}){2,}(?!\d))"
    rf"|(?P<vulgar>\d+ [1-9]/[2-9](?![\d/])|\d*{FRACTION})"
    r"|(?P<ratio>\d+(?:\.\d+)?\s?/\s?\d+(?:\.\d+)?(?![\d/]))"
    r"|(?P<comma>\d+,\d+(?![\d,]))"
    r"|(?P<plain>\d+(?:\.\d+)?|(?<!\S)\.\d+)"
)
_TOKEN: Final = re.compile(
    rf"{_FIGURE}|(?P<numeral>[一二两三四五六七八九十百千〇俩]+)|(?P<word>{WORD})|(?P<sign>\n|\S)"
)
# A full stop of Han or Devanagari ends a number, a figure's own point does not.
_BREAKS: Final = str.maketrans({"。": "\n", "।": "\n", "！": "\n", "？": "\n", "॥": "\n"})
_ROLE: Final = re.compile(r"[a-z_]+")
_FIRST_PRIVATE: Final = 0xE000


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time: so many days, or so many calendar months; `more` is what "half" adds to it."""

    days: float = 0.0
    months: float = 0.0
    language: str = "en"
    half: bool = False


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A word, a figure or a sign at `start:end` of the shadow."""

    start: int
    end: int
    text: str
    meanings: Meanings


@dataclass(frozen=True, slots=True)
class Reading:
    """A text read once for all rules. `codes` holds a character for each of the `lexemes`."""

    text: str
    shadow: Shadow
    lexemes: list[Lexeme]
    codes: str

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Offsets in the text as given of the lexemes `first` to `last`, both included."""
        start, end = self.lexemes[first].start, self.lexemes[last].end
        return self.shadow.span(start, end)[0], self._end(end)

    def _end(self, end: int) -> int:
        """Behind the last character, with the marks that the shadow dropped ("dia" + accent)."""
        return self.shadow.span(end - 1, end)[1]

    def matches(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """The longest match of a rule at every place where one begins."""
        match = pattern.search(self.codes)
        while match:
            yield match
            match = pattern.search(self.codes, match.start() + 1)

    def is_close(self, index: int, most: int = 1) -> bool:
        """Whether at most so many characters stand between the lexeme and the one before it."""
        return index > 0 and self.lexemes[index].start - self.lexemes[index - 1].end <= most

    def has(self, index: int, role: str) -> bool:
        """Whether there is a lexeme at `index` with that part."""
        return 0 <= index < len(self.lexemes) and role in self.lexemes[index].meanings


class Token(NamedTuple):
    """A figure, a Han numeral, a word or a sign of a folded text; `text` is without the dots of "y.o."."""

    kind: str
    text: str
    start: int
    end: int


def tokens_of(shadow: str) -> list[Token]:
    """The tokens of a folded text."""
    return [
        Token(kind, undotted(text) if kind == "word" else text, match.start(), match.end())
        for match in _TOKEN.finditer(shadow)
        if (kind := match.lastgroup or "") and (text := match.group())
    ]


def shadow_of(text: str) -> Shadow:
    """Fold `text`, with its sentences kept apart."""
    return fold(text.translate(_BREAKS))


def _entries() -> Iterator[tuple[str, str, Any]]:
    """Each phrase of the vocabulary with its part in the rules and its value."""
    data = table("fact_words")
    for entry in data["period"]:
        period = Period(
            entry.get("days", 0.0), entry.get("months", 0.0), entry["language"], entry.get("half", False)
        )
        role = "glued_period" if entry.get("glued") else "period"
        yield from ((word, role, period) for word in entry["words"])
    units = table("units")
    for word, show in {**VOLUME_UNITS, **STRENGTH_UNITS}.items():
        entry = next(x for s in ("volume", "strength") for x in units[s] if x["show"] == show)
        yield word, "unit", (entry["base"], entry["factor"])
    for entry in data["unit"]:
        yield from ((word, "unit", (entry["base"], entry["factor"])) for word in entry["words"])
    for section in ("degree", "context"):
        for role, words in data[section].items():
            yield from ((word, role, None) for word in words)
    numbers = table("fact_numbers")
    for entry in numbers["count"]:
        for value, spellings in enumerate(entry["words"], start=entry["from"]):
            yield from ((word, "word", (float(value), entry["language"])) for word in spellings.split("|"))
    for role, group in (("word", "tens"), ("weak_word", "weak")):
        for language, words in numbers[group].items():
            yield from ((word, role, (float(value), language)) for word, value in words.items())
    for role in ("often", "scale", "shift"):
        yield from ((word, role, float(value)) for word, value in numbers[role].items())
    for language, words in numbers["spoken"].items():
        yield from ((word, f"spoken_{language}", None) for word in words)


@cache
def lexicon() -> Trie:
    """Return the trie of the vocabulary: nested dicts by token, the meanings of a phrase under `END`."""
    root: Trie = {}
    for phrase, role, value in _entries():
        node = root
        for token in tokens_of(folded(phrase)):
            node = node.setdefault(token.text, {})
        node.setdefault(END, {})[role] = value
    return root


@cache
def _alphabet() -> dict[frozenset[str], str]:
    """A character for each set of parts that a lexeme may have."""
    sets: dict[frozenset[str], None] = {frozenset(): None}
    stack: list[Trie] = [lexicon()]
    while stack:
        for token, node in stack.pop().items():
            if token == END:
                sets[frozenset(node)] = None
            else:
                stack.append(node)
    for role in (*_SIGNS.values(), "number", "ratio", "time", "date", "name_part"):
        sets[frozenset((role,))] = None
    return {roles: chr(_FIRST_PRIVATE + index) for index, roles in enumerate(sets)}


def code_of(meanings: Meanings) -> str:
    """The character of a lexeme with these meanings."""
    return _alphabet()[frozenset(meanings)]


@cache
def rule(pattern: str) -> re.Pattern[str]:
    """Compile a rule: names of parts, `other` for a word without any, signs of regular expressions."""
    alphabet = _alphabet()

    def characters(match: re.Match[str]) -> str:
        role = match.group()
        if role == "other":
            return alphabet[frozenset()]
        found = "".join(code for roles, code in alphabet.items() if role in roles)
        if not found:
            raise KeyError(f"no word has the part {role!r}")
        return f"[{found}]"

    return re.compile(_ROLE.sub(characters, pattern).replace(" ", ""))


def read_word(tokens: Sequence[Token], index: int) -> tuple[Meanings, int]:
    """The meanings of the longest phrase of the vocabulary at `index`, and how many tokens it has."""
    node: Trie | None = lexicon().get(tokens[index].text)
    found: tuple[Meanings, int] = ({}, 1)
    length = 1
    while node is not None:
        if END in node:
            found = (node[END], length)
        if index + length == len(tokens):
            break
        node = node.get(tokens[index + length].text)
        length += 1
    return found


def sign_meanings(sign: str) -> Meanings:
    """The part of a sign in the rules, if it has one."""
    role = _SIGNS.get(sign)
    return {role: None} if role else {}
