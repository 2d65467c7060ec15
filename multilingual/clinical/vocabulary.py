"""The tables of the grammar's words in `data/*.toml`, and patterns of words over folded text."""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from multilingual.normalise import fold

# What a whole word may not touch: letters but Han, and the vowel signs of Devanagari, which `\w` leaves out.
_INNER = r"(?:[^\W\d_\u3400-\u9fff]|[\u0900-\u0963])"
_HAN = re.compile(r"[\u3400-\u9fff]")


@cache
def table(name: str) -> dict[str, Any]:
    """Return the table `data/<name>.toml`, parsed once."""
    return tomllib.loads(files("multilingual.clinical").joinpath("data", f"{name}.toml").read_text("utf-8"))


def folded(word: str) -> str:
    """Return `word` as the matcher sees it."""
    return fold(word).text.strip()


def alternation(words: Iterable[str], *, glued: bool = False) -> str:
    """Return a pattern for any of the folded `words`, longest first, each whole; Han words need no boundary.

    With `glued` a letter may stand before the word ("50Omg" misread for "500mg").
    """
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    before = "" if glued else f"(?<!{_INNER})"
    spaced = "|".join(_spaced(word) for word in ordered if not _HAN.search(word))
    free = [re.escape(word) for word in ordered if _HAN.search(word)]
    return "(?:" + "|".join([rf"{before}(?:{spaced})(?!{_INNER})"] * bool(spaced) + free) + ")"


def _spaced(word: str) -> str:
    return r"\s+".join(re.escape(part) for part in word.split())
