"""The words of prescriptions as one trie: from the tokens of a phrase to its `Code` and its value."""

from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import Any, Final

from multilingual.clinical.forms import COUNTABLE, FORM_WORDS
from multilingual.clinical.numerals import SURE, WEAK
from multilingual.clinical.strengths import STRENGTH_UNITS, VOLUME_UNITS
from multilingual.clinical.tokens import word_tokens
from multilingual.clinical.vocabulary import folded, table


class Code(StrEnum):
    """What a lexeme is. One character each: the rules of the grammar are patterns over strings of these."""

    NUMBER = "N"
    WEAK_NUMBER = "n"
    GLUED_NUMBER = "d"  # written onto a word: "Dolo650", "FeSO4"
    RATIO = "f"
    SHARE = "7"  # n/7, n/52, n/12: days, weeks, months in the Latin manner
    QUANTITY = "Q"
    PATTERN = "H"
    DATE = "e"
    LETTER_D = "9"  # "8D": eight days, or a misread BD
    MASS = "M"
    UNIT = "U"
    COUNTABLE_FORM = "T"
    COUNTED_FORM = "t"  # plural: only a dose is counted so ("2 tabs"); "2 Tab" may be the second of a list
    FORM = "O"
    TIMES_SIGN = "X"
    FREQUENCY = "F"
    PER = "Y"
    PER_ALONE = "G"
    EVERY = "E"
    ONCE_TWICE = "K"
    TIMES = "W"
    TIMES_A_DAY = "I"
    HOUR = "h"
    HOURLY = "l"
    MINUTE = "w"
    PERIOD = "P"
    WEEKDAY = "y"
    SLOT = "s"
    FOR = "o"
    UNTIL = "u"
    SINCE = "k"
    THEN = "j"
    BEFORE_AFTER = "B"
    BEFORE_AFTER_POST = "b"
    MEAL = "m"
    NAMED_MEAL = "2"  # breakfast, lunch, dinner: a time of day too
    FOOD = "L"
    NAMED_FOOD = "3"
    AS_NEEDED = "S"
    ONCE = "1"
    ROUTE = "A"
    SITE = "Z"
    VERB = "v"
    TAKE = "V"
    SIG = "g"
    DISPENSE = "C"
    EACH = "z"
    AND = "c"
    PACK = "p"
    PREPOSITION = "r"
    PROSE = "i"
    UNKNOWN = "_"


# Section of directions.toml -> its code and the keys of an entry that make up the value.
_SECTIONS: Final[dict[str, tuple[Code, tuple[str, ...]]]] = {
    "prose": (Code.PROSE, ()),
    "preposition": (Code.PREPOSITION, ()),
    "and": (Code.AND, ()),
    "each": (Code.EACH, ()),
    "verb": (Code.VERB, ()),
    "take": (Code.TAKE, ()),
    "pack": (Code.PACK, ()),
    "sig": (Code.SIG, ()),
    "dispense": (Code.DISPENSE, ()),
    "for": (Code.FOR, ()),
    "until": (Code.UNTIL, ()),
    "since": (Code.SINCE, ()),
    "then": (Code.THEN, ()),
    "minute": (Code.MINUTE, ()),
    "hour": (Code.HOUR, ()),
    "hourly": (Code.HOURLY, ()),
    "period": (Code.PERIOD, ("days",)),
    "per": (Code.PER, ("days",)),
    "every": (Code.EVERY, ()),
    "times": (Code.TIMES, ()),
    "times_a_day": (Code.TIMES_A_DAY, ()),
    "count_of_times": (Code.ONCE_TWICE, ("times",)),
    "weekday": (Code.WEEKDAY, ()),
    "meal": (Code.MEAL, ("slots",)),
    "site": (Code.SITE, ("route",)),
    "route": (Code.ROUTE, ("route",)),
    "slot": (Code.SLOT, ("slots",)),
    "frequency": (Code.FREQUENCY, ("times",)),
    "food": (Code.FOOD, ("relation", "slots")),
    "as_needed": (Code.AS_NEEDED, ()),
    "once": (Code.ONCE, ()),
}
# Codes of entries that say more than others of their section.
_ALONE: Final = {Code.PER: Code.PER_ALONE, Code.MEAL: Code.NAMED_MEAL, Code.FOOD: Code.NAMED_FOOD}
_RELATIONS: Final = ("before", "after", "with")

Meaning = tuple[Code, Any]
Trie = dict[str, Any]
END: Final = ""


def _meanings() -> Iterator[tuple[str, Meaning]]:
    """Each phrase with its meaning; what comes later wins."""
    words = table("directions")
    for section, (code, keys) in _SECTIONS.items():
        for entry in words[section]:
            value = _value([tuple(entry[key]) if key == "slots" else entry[key] for key in keys])
            kind = _ALONE.get(code, code) if entry.get("alone") or entry.get("slots") else code
            yield from ((word, (kind, value)) for word in entry["words"])
    for relation in _RELATIONS:
        for post, code in (("", Code.BEFORE_AFTER), ("_post", Code.BEFORE_AFTER_POST)):
            yield from ((word, (code, relation)) for e in words[relation + post] for word in e["words"])
    yield from ((word, (Code.WEAK_NUMBER, value)) for word, value in WEAK.items())
    yield from ((word, (Code.NUMBER, value)) for word, value in SURE.items())
    yield from ((word, (Code.MASS, unit)) for word, unit in STRENGTH_UNITS.items())
    yield from ((word, (Code.UNIT, unit)) for word, unit in VOLUME_UNITS.items())
    for unit, spellings in words["unit"].items():
        yield from ((word, (Code.UNIT, unit)) for word in spellings)
    for word, form in FORM_WORDS.items():
        countable = Code.COUNTED_FORM if word.endswith("s") else Code.COUNTABLE_FORM
        yield word, (countable if form in COUNTABLE else Code.FORM, form)
    yield from ((word, (Code.TIMES_SIGN, None)) for word in ("x", "*"))
    yield from ((name, (Code.UNKNOWN, None)) for name in table("names")["whole"])


def _value(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else tuple(parts) or None


@cache
def lexicon() -> Trie:
    """Return the trie: nested dicts keyed by token, the meaning of a whole phrase under `END`."""
    root: Trie = {}
    phrases = [(word_tokens(folded(phrase)), meaning) for phrase, meaning in _meanings()]
    for tokens, meaning in phrases:
        _insert(root, tokens, meaning)
    for tokens, meaning in phrases:  # "twiceaday": a reader loses the spaces of a phrase
        glued = "".join(tokens)
        if len(tokens) > 1 and len(glued) > 5 and glued.isascii() and glued.isalpha() and glued not in root:
            _insert(root, [glued], meaning)
    return root


def _insert(root: Trie, tokens: list[str], meaning: Meaning) -> None:
    node = root
    for token in tokens:
        node = node.setdefault(token, {})
    node[END] = meaning
