"""Which columns of a list of medicines hold the name, the generic, the form and the strength."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from multilingual.clinical.vocabulary import table

ROLES = ("name", "generic", "form", "strength")
"""What a column may be named to hold, in `--formulary-columns name=X,generic=Y`."""

_ALIASES: dict[str, list[str]] = table("products")["columns"]


class FormularyError(ValueError):
    """A formulary that cannot be used; the message names the file, what is wrong and the way out."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Headings by role, as the file writes them. With `substances`, the names are generic names.

    `atc_code` is set where the list is the ATC index, whose shorter codes are groups and not substances.
    """

    name: str
    generic: str | None = None
    form: str | None = None
    strength: str | None = None
    substances: bool = False
    atc_code: str | None = None


def recognise_columns(
    headings: Sequence[str], given: Mapping[str, str] | None = None, *, source: str = "the formulary"
) -> Columns:
    """Find the columns by `given` (role -> heading), else by the table of aliases.

    Raises `FormularyError` when a given role or column is unknown, or no column holds names.
    """
    by_key = {_key(heading): heading for heading in reversed(headings)}
    chosen = {role: _given(role, heading, by_key, source) for role, heading in (given or {}).items()}

    def find(role: str) -> str | None:
        return chosen.get(role) or next(
            (by_key[key] for alias in _ALIASES[role] if (key := _key(alias)) in by_key), None
        )

    name = find("name")
    substance = None if name else find("substance")
    heading = name or substance
    if heading is None:
        known = ", ".join(_ALIASES["name"] + _ALIASES["substance"])
        raise FormularyError(
            f"{source}: no column holds the names of medicines. "
            f"Columns found: {', '.join(headings) or 'none'}. Headings known: {known}. "
            "Name the columns with --formulary-columns name=X,generic=Y,form=Z,strength=W."
        )
    generic, form, strength = find("generic"), find("form"), find("strength")
    return Columns(
        name=heading,
        generic=generic if generic != heading else None,
        form=form,
        strength=strength,
        substances=substance is not None or generic == heading,
        atc_code=find("atc_code") if _key(heading) == "atcname" else None,
    )


def _given(role: str, heading: str, by_key: Mapping[str, str], source: str) -> str:
    if role not in ROLES:
        raise FormularyError(f"--formulary-columns: unknown role {role!r}; known are {', '.join(ROLES)}.")
    if _key(heading) not in by_key:
        found = ", ".join(reversed(list(by_key.values()))) or "none"
        raise FormularyError(f"{source}: there is no column {heading!r} for {role}. Columns found: {found}.")
    return by_key[_key(heading)]


def _key(heading: str) -> str:
    """A heading without case, accents, spaces, underscores and other signs."""
    plain = unicodedata.normalize("NFKD", heading).casefold()
    return re.sub(r"[\W_\u0300-\u036f]+", "", plain)
