"""Scripts: which writing system each stretch of a text is in."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_NAMED_OTHERWISE = {"CJK": "Han", "IDEOGRAPHIC": "Han"}
_WIDTHS = ("FULLWIDTH ", "HALFWIDTH ")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of one script: `text[start:end]`. `script` is Unicode's name of it ("Latin", "Han")."""

    script: str
    start: int
    end: int


@lru_cache(maxsize=8192)
def script_of(char: str) -> str | None:
    """Unicode's name of a letter's script; None of what belongs to every script: digits, marks, signs.

    >>> script_of("a"), script_of("म"), script_of("药"), script_of("７")
    ('Latin', 'Devanagari', 'Han', None)
    """
    if not unicodedata.category(char).startswith("L"):
        return None
    name = unicodedata.name(char, "")
    for width in _WIDTHS:
        name = name.removeprefix(width)
    first = name.partition(" ")[0]
    return _NAMED_OTHERWISE.get(first, first.capitalize()) or None


def script_runs(text: str) -> list[Run]:
    """The runs of a text, without gaps: what has no script belongs to the run before it, or the first."""
    runs: list[Run] = []
    start, current = 0, None
    for offset, char in enumerate(text):
        script = script_of(char)
        if script is None or script == current:
            continue
        if current is not None:
            runs.append(Run(current, start, offset))
            start = offset
        current = script
    if current is not None:
        runs.append(Run(current, start, len(text)))
    return runs


def scripts_of(text: str) -> tuple[str, ...]:
    """The scripts of a text's letters, the commonest first; those as common by name."""
    counts: dict[str, int] = {}
    for char in text:
        script = script_of(char)
        if script is not None:
            counts[script] = counts.get(script, 0) + 1
    return tuple(sorted(counts, key=lambda script: (-counts[script], script)))
