"""Names of different medicines that are mistaken for one another."""

from functools import cache
from typing import TYPE_CHECKING

from multilingual.clinical.name_keys import name_key
from multilingual.clinical.product_names import base_substance
from multilingual.clinical.vocabulary import table

if TYPE_CHECKING:
    from multilingual.clinical.formulary import Entry

LOOKALIKE = 0.85
"""Names of different medicines at least this similar are look-alikes."""


def confused_with(name: str) -> tuple[str, ...]:
    """Names that have been mistaken for this one in practice, as published (`data/lookalikes.toml`)."""
    return _published().get(name_key(name).lower(), ())


@cache
def _published() -> dict[str, tuple[str, ...]]:
    partners: dict[str, dict[str, str]] = {}
    for one, other in table("lookalikes")["pairs"]:
        for name, partner in ((one, other), (other, one)):
            partners.setdefault(name_key(name).lower(), {})[name_key(partner).lower()] = partner
    return {key: tuple(names.values()) for key, names in partners.items()}


def are_lookalikes(one: "Entry", other: "Entry") -> bool:
    """Whether two entries of near names are different medicines, by what is known of their substances.

    A name and the same name with a suffix ("Telma", "Telma H") are not: a suffix is seldom read where none
    is.
    """
    if not one.generics or not other.generics or same_substances(one, other):
        return False
    shorter, longer = sorted((name_key(one.name), name_key(other.name)), key=len)
    return not (longer.startswith(shorter) and longer[len(shorter) :].isupper())


def same_substances(one: "Entry", other: "Entry") -> bool:
    """Whether two entries have the same generics, salts aside; False where they are not known."""
    return bool(one.generics) and _substances(one) == _substances(other)


def _substances(entry: "Entry") -> frozenset[str]:
    return frozenset(name_key(base_substance(generic)).lower() for generic in entry.generics)
