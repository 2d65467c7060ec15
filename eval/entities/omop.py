"""Domains of the OMOP common data model, which entity types of different data sets are brought to.

The types of each domain are `omop.toml`.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Final

from multilingual.normalise import nfc

_TYPES: Final[dict[str, list[str]]] = tomllib.loads(
    files("eval.entities").joinpath("omop.toml").read_text("utf-8")
)
DOMAINS: Final = tuple(_TYPES)


@cache
def domain_of(type_: str) -> str | None:
    """The domain that a type of entities belongs to; None where no list has it."""
    return _domains().get(_plain(type_))


@cache
def _domains() -> dict[str, str]:
    return {_plain(type_): domain for domain, types in _TYPES.items() for type_ in (domain, *types)}


def _plain(type_: str) -> str:
    return "".join(filter(str.isalnum, nfc(type_).casefold()))
