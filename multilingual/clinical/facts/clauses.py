"""A text as phrases of a small vocabulary with facts between them, for rules that are patterns over these.

A phrase may have several parts in the rules ("to" is a particle of Hindi and a preposition of English). Each
set of parts is one character, so that a rule is a regular expression over a string with a character an item,
written with the names of the parts: ``no lead* symptom``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from multilingual.clinical.facts.records import Fact, Kind
from multilingual.clinical.facts.words import shadow_of
from multilingual.clinical.tokens import WORD, word_tokens
from multilingual.clinical.vocabulary import folded

_TOKEN: Final = re.compile(rf"{WORD}|\d+(?:[.,:]\d+)*|\n|\S")
_ROLE: Final = re.compile(r"[a-z_]+")
_SIGNS: Final = {**dict.fromkeys("\n.!;", "end"), "?": "question", ",": "comma", ":": "colon"}
_LISTING: Final = "、"  # folded to a comma, but it joins no more than the parts of a list
_FIRST_PRIVATE: Final = 0xE000
_END: Final = ""
_OFTEN, _SOME = "{0,10}", "{1,10}"
# Of facts that lie over one another the first of these kinds gives the item its part.
_ORDER: Final = (Kind.SYMPTOM, Kind.DRUG, Kind.SITE, Kind.SIDE)


@dataclass(frozen=True, slots=True)
class Item:
    """A phrase, a word, a sign or facts lying over one another; offsets into the text as given."""

    start: int
    end: int
    facts: tuple[int, ...] = ()  # places in the facts given


@dataclass(frozen=True, slots=True)
class Phrases:
    """A text's items in order, and a character for each of them."""

    items: list[Item]
    codes: str


class Vocabulary:
    """Phrases by their part in the rules. A word without any is `other`; `first` overrides `words`."""

    def __init__(
        self, words: Mapping[str, Iterable[str]], first: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        phrases: dict[tuple[str, ...], set[str]] = {}
        for part, texts in words.items():
            for text in texts:
                phrases.setdefault(tuple(word_tokens(folded(text))), set()).add(part)
        for part, texts in (first or {}).items():
            phrases.update({tuple(word_tokens(folded(text))): {part} for text in texts})
        sets = dict.fromkeys(frozenset(parts) for parts in phrases.values())
        kinds = [frozenset((kind.value,)) for kind in Kind]
        signs = [frozenset((sign,)) for sign in ("end", "question", "comma", "colon", "or")]
        every = dict.fromkeys([frozenset[str](), *kinds, *signs, *sets])
        self._alphabet = {parts: chr(_FIRST_PRIVATE + index) for index, parts in enumerate(every)}
        self._other = self._alphabet[frozenset()]
        self._signs = {sign: self.code(part) for sign, part in _SIGNS.items()}
        self._trie: dict[str, Any] = {}
        for tokens, parts in phrases.items():
            node = self._trie
            for token in tokens:
                node = node.setdefault(token, {})
            node[_END] = self._alphabet[frozenset(parts)]

    def code(self, part: str) -> str:
        """The character of an item with this part alone."""
        return self._alphabet[frozenset((part,))]

    def rule(self, pattern: str) -> re.Pattern[str]:
        """Compile a rule: names of parts, `other`, and the signs of regular expressions; spaces mean nothing.

        `*` and `+` repeat up to ten times, so that a long text without end is read in the time of its length.
        """

        def characters(match: re.Match[str]) -> str:
            part = match.group()
            if part == "other":
                return self._other
            found = "".join(code for parts, code in self._alphabet.items() if part in parts)
            if not found:
                raise KeyError(f"no phrase has the part {part!r}")
            return f"[{found}]"

        bounded = _ROLE.sub(characters, pattern.replace("*", _OFTEN).replace("+", _SOME))
        return re.compile(bounded.replace(" ", ""))

    def read(self, text: str, facts: Sequence[Fact]) -> Phrases:
        """Read `text`; where a fact stands, no phrase is looked for."""
        shadow = shadow_of(text)
        origins = shadow.origins
        tokens = [
            (origins[match.start()], max(origins[match.end()], origins[match.end() - 1] + 1), match.group())
            for match in _TOKEN.finditer(shadow.text)
        ]
        items: list[Item] = []
        codes: list[str] = []
        groups = _groups(facts)
        ahead = next(groups, None)
        index = 0
        while index < len(tokens):
            start, end, token = tokens[index]
            if ahead is not None and end > ahead.start:
                items.append(ahead)
                codes.append(self.code(_part(facts, ahead)))
                while index < len(tokens) and tokens[index][0] < ahead.end:
                    index += 1
                ahead = next(groups, None)
                continue
            code, length = "", 1
            if token in self._trie:
                code, length = self._longest(tokens, index, len(text) if ahead is None else ahead.start)
            if text[start] == _LISTING:
                code = self.code("or")
            items.append(Item(start, tokens[index + length - 1][1]))
            codes.append(code or self._signs.get(token, self._other))
            index += length
        return Phrases(items, "".join(codes))

    def _longest(self, tokens: list[tuple[int, int, str]], index: int, limit: int) -> tuple[str, int]:
        """Code and length in tokens of the longest phrase at `index` that ends by `limit`; else ("", 1)."""
        node: dict[str, Any] = self._trie
        found = ("", 1)
        for place in range(index, len(tokens)):
            _, end, token = tokens[place]
            if token not in node or end > limit:
                break
            node = node[token]
            if _END in node:
                found = (node[_END], place - index + 1)
        return found


def _groups(facts: Sequence[Fact]) -> Iterator[Item]:
    """The facts in the order of the text, those that overlap as one item."""
    group: Item | None = None
    for index in sorted(range(len(facts)), key=lambda index: facts[index].start):
        fact = facts[index]
        if group is not None and fact.start < group.end:
            group = Item(group.start, max(group.end, fact.end), (*group.facts, index))
            continue
        if group is not None:
            yield group
        group = Item(fact.start, fact.end, (index,))
    if group is not None:
        yield group


def _part(facts: Sequence[Fact], item: Item) -> str:
    kinds = {facts[index].kind for index in item.facts}
    return next((kind for kind in _ORDER if kind in kinds), facts[item.facts[0]].kind).value
