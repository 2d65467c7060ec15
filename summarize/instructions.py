"""Whether a message speaks to the model that will read it ("ignore the above and ..."), in five languages.

It is a flag for a person and changes nothing else: what a message says is summarised as any other.
"""

import re
import tomllib
from importlib.resources import files

_TABLE: dict[str, list[str]] = tomllib.loads(
    files("summarize").joinpath("data", "instructions.toml").read_text("utf-8")
)
_PATTERNS = [re.compile("|".join(patterns), re.IGNORECASE | re.MULTILINE) for patterns in _TABLE.values()]


def holds_instructions(text: str) -> bool:
    """Whether `text` holds instructions for a model. Knows common wordings; it is no defence."""
    return any(pattern.search(text) for pattern in _PATTERNS)
