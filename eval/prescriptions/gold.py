"""The gold reading of pages: a JSON array of what a person read on each.

A page is `{image, page?, legibility?, printed_form?, medicines}`, a medicine `{drug, line?, form?, strength?,
dose?, frequency?, duration?, route?, confident?, accept?, uncertain_fields?}`; other keys are left alone.
`accept` holds other names that are right. Of a row with `confident: false` the reader was not sure: it
neither counts nor costs. `uncertain_fields` are not scored; nor is a form where none is told but the `route`
has a form's name ("nebulisation"), for it may then stand in either.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from multilingual.clinical.forms import canonical_form

WRITTEN: Final = ("form", "strength", "dose", "frequency", "duration")
"""Fields of a gold medicine beside its name, as written on paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldMedicine:
    """One medicine of the gold reading; `names` holds the name and then whatever else is accepted for it."""

    names: tuple[str, ...]
    line: str = ""  # verbatim; a gap that could not be read stands in square brackets
    confident: bool = True
    fields: Mapping[str, str | None]  # of WRITTEN
    unscored: frozenset[str] = frozenset()  # of WRITTEN

    @property
    def name(self) -> str:
        """The name as written."""
        return self.names[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldPage:
    """One page of the gold reading."""

    image: str  # base name of the document
    page: int = 1
    legibility: str = "unknown"
    printed_form: str = "unknown"  # yes or no: whether the sheet has a printed heading
    medicines: tuple[GoldMedicine, ...] = ()


def load_gold(path: str | Path) -> list[GoldPage]:
    """Read a gold file; see the module's docstring for its form.

    Raises OSError, or ValueError that says which page is wrong and what is wrong with it.
    """
    told = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    if not isinstance(told, list):
        raise ValueError("it is not an array of pages")  # noqa: TRY004 - it is the file's value that is wrong
    pages = [_page(page, number) for number, page in enumerate(told, start=1)]
    known: set[tuple[str, int]] = set()
    for page in pages:
        if (page.image, page.page) in known:
            raise ValueError(f"page {page.page} of {page.image} occurs twice")
        known.add((page.image, page.page))
    return pages


def _page(told: Any, number: int) -> GoldPage:
    where = f"entry {number}"
    image, medicines = _needed(told, "image", str, where), _needed(told, "medicines", list, where)
    printed = told.get("printed_form")
    return GoldPage(
        image=image,
        page=told.get("page") or 1,
        legibility=told.get("legibility") or "unknown",
        printed_form="unknown" if printed is None else "yes" if printed else "no",
        medicines=tuple(
            _medicine(medicine, f"medicine {place} of {image}")
            for place, medicine in enumerate(medicines, start=1)
        ),
    )


def _medicine(told: Any, where: str) -> GoldMedicine:
    name = _needed(told, "drug", str, where)
    fields = {field: _text(told.get(field)) for field in WRITTEN}
    is_route = fields["form"] is None and canonical_form(told.get("route") or "") is not None
    return GoldMedicine(
        names=tuple(dict.fromkeys((name, *(told.get("accept") or ())))),
        line=told.get("line") or "",
        confident=told.get("confident", True),
        fields=fields,
        unscored=frozenset((*(told.get("uncertain_fields") or ()), *(("form",) if is_route else ()))),
    )


def _text(value: Any) -> str | None:
    return None if value in (None, "") else str(value)


def _needed(told: Any, key: str, kind: type, where: str) -> Any:
    if not isinstance(told, dict) or not isinstance(told.get(key), kind):
        raise ValueError(f"{where} has no {key}")  # noqa: TRY004 - it is the file's value that is wrong
    return told[key]
