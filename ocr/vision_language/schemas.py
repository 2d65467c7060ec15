"""JSON schemas whose answers are bounded: strings are character classes, each repeated so many times at most.

Such a pattern is understood alike by every library and server that makes a model obey a schema, and none of
its characters needs an escape in JSON.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_ANY = r"[ !#-\[\]-~\u00a0-\ud7ff\uf900-\ufffd]"
"""All that is written: no quote, backslash or control character, and none that takes four bytes in UTF-8."""
_VISIBLE = (
    r"[!#-\[\]-~\u00a1-\u167f\u1681-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\u2fff\u3001-\ud7ff\uf900-\ufefe"
    r"\uff00-\ufffd]"
)
"""Those of them that show."""

_REPEATED = re.compile(r"(\[(?:\\.|[^\]\\])+\])(?:\{\d+,(\d+)\})?")
_CHARACTER = re.compile(r"\\u([0-9a-f]{4})|\\?(.)")


def text_pattern(longest: int, visible: bool = False) -> str:
    """A pattern of one to `longest` characters; with `visible` the first of them is no kind of blank."""
    return f"^{_VISIBLE}{_ANY}{{0,{longest - 1}}}$" if visible else f"^{_ANY}{{1,{longest}}}$"


def bounded_text(longest: int) -> dict[str, Any]:
    """The schema of a text of one to `longest` characters."""
    return {"type": "string", "pattern": text_pattern(longest)}


def longest_tokens(schema: str) -> int:
    """An upper bound of the tokens of an answer without white space between its parts.

    A token for each byte in UTF-8, and one that ends it. Raises ValueError where the schema bounds nothing.
    """
    return _bytes(json.loads(schema)) + 1


def character_classes(schema: str) -> list[str]:
    """The character classes that the patterns of a schema repeat."""
    found = {
        repeated
        for pattern in _patterns(json.loads(schema))
        for repeated, times in _REPEATED.findall(pattern)
        if times
    }
    return sorted(found)


def _patterns(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield node["pattern"]
        for value in node.values():
            yield from _patterns(value)


def _bytes(node: Mapping[str, Any]) -> int:
    match node:
        case {"type": "object", "properties": properties, "additionalProperties": False}:
            parts = [len(json.dumps(key)) + 1 + _bytes(value) for key, value in properties.items()]
            return 2 + sum(parts) + max(0, len(parts) - 1)
        case {"type": "array", "items": items, "maxItems": most}:
            return 2 + int(most) * _bytes(items) + max(0, int(most) - 1)
        case {"type": "string", "pattern": pattern}:
            return 2 + _bytes_of_pattern(pattern)
        case {"type": "integer", "minimum": least, "maximum": most}:
            return max(len(str(least)), len(str(most)))
    raise ValueError(f"the schema bounds no {node.get('type', 'value')} of these keys: {', '.join(node)}")


def _bytes_of_pattern(pattern: str) -> int:
    if _REPEATED.sub("", pattern) != "^$":
        raise ValueError("a pattern is no row of character classes")
    return sum(_widest(found[1]) * int(found[2] or 1) for found in _REPEATED.finditer(pattern))


def _widest(characters: str) -> int:
    """The most bytes of a character of a class; of one that tells what is not in it, any."""
    if characters.startswith("[^"):
        return len(chr(0x10FFFF).encode())
    last = max(int(code, 16) if code else ord(char) for code, char in _CHARACTER.findall(characters[1:-1]))
    return len(chr(last).encode())
