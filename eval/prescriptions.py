"""Predicted medications against a gold reading: names, and the fields beside them.

Gold is a JSON array of pages `{image, legibility, medicines: [{drug, accept?, strength, frequency,
duration, confident, uncertain_fields?}]}`. Medicines are matched one to one within a page, best similarity
first; a gold row with `confident: false` neither counts nor costs, so a prediction left over that bears its
name is excused.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rapidfuzz.distance import Levenshtein

from eval.statistics import Figure, clustered_figure, f1, precision, recall, share
from multilingual.clinical.grammar import parse_line

NAME_SIMILARITY = 0.8
"""A name counts as read from this normalised Levenshtein similarity on (letters and digits, case folded)."""

FIELDS = ("strength", "frequency", "duration")


@dataclass(frozen=True, slots=True)
class GoldMedicine:
    """One medicine of the gold reading; `names` holds the name and everything else accepted for it."""

    names: tuple[str, ...]
    confident: bool
    fields: Mapping[str, str | None]
    unscored: frozenset[str]


@dataclass(frozen=True, slots=True)
class GoldPage:
    """One page of the gold reading."""

    image: str
    page: int
    legibility: str
    medicines: tuple[GoldMedicine, ...]


@dataclass(slots=True)
class PageScore:
    """Counts of one page: medicines found, invented and missed, and the fields right among those found."""

    image: str
    legibility: str
    found: int = 0
    invented: int = 0
    missed: int = 0
    right: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FIELDS, 0))
    scored: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FIELDS, 0))


def load_gold(path: str | Path) -> list[GoldPage]:
    """Read a gold file; see the module's docstring for its form."""
    pages = json.loads(Path(path).read_text(encoding="utf-8"))
    return [
        GoldPage(
            image=page["image"],
            page=page.get("page", 1),
            legibility=page.get("legibility") or "unknown",
            medicines=tuple(_gold_medicine(row) for row in page["medicines"]),
        )
        for page in pages
    ]


def _gold_medicine(row: Mapping[str, Any]) -> GoldMedicine:
    return GoldMedicine(
        names=(row["drug"], *row.get("accept", ())),
        confident=row.get("confident", True),
        fields={name: row.get(name) for name in FIELDS},
        unscored=frozenset(row.get("uncertain_fields", ())),
    )


def similarity(predicted: str, names: Iterable[str]) -> float:
    """Best normalised Levenshtein similarity of a name to any of `names`, 0 to 1."""
    folded = _fold(predicted)
    return max((Levenshtein.normalized_similarity(folded, _fold(name)) for name in names), default=0.0)


def _fold(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    return "".join(c for c in decomposed if c.isalnum())


def score_page(gold: GoldPage, medications: Sequence[Mapping[str, Any]]) -> PageScore:
    """Score the rows of one page (as in `ocr.records.Medication`); the name is `drug`, else `drug_text`."""
    score = PageScore(gold.image, gold.legibility)
    names = [row["drug"] or row["drug_text"] for row in medications]
    pairs = sorted(
        (not medicine.confident, -similarity(name, medicine.names), g, p)
        for g, medicine in enumerate(gold.medicines)
        for p, name in enumerate(names)
    )
    matched_gold: set[int] = set()
    matched_rows: set[int] = set()
    for _, negative, g, p in pairs:
        if -negative < NAME_SIMILARITY or g in matched_gold or p in matched_rows:
            continue
        matched_gold.add(g)
        matched_rows.add(p)
        if gold.medicines[g].confident:
            score.found += 1
            _score_fields(score, gold.medicines[g], medications[p])
    score.invented = len(names) - len(matched_rows)
    score.missed = sum(m.confident for g, m in enumerate(gold.medicines) if g not in matched_gold)
    return score


def _score_fields(score: PageScore, medicine: GoldMedicine, row: Mapping[str, Any]) -> None:
    expected = {
        "strength": numbers(medicine.fields["strength"]),
        "frequency": schedule_of(medicine.fields["frequency"]),
        "duration": _duration(medicine.fields["duration"]),
    }
    read = {
        "strength": numbers(row["strength"]),
        "frequency": (_rounded(row["times_per_day"]), row["once"], row["as_needed"]),
        "duration": _rounded(row["duration_days"]),
    }
    for name in FIELDS:
        if name not in medicine.unscored:
            score.scored[name] += 1
            score.right[name] += expected[name] == read[name]


def numbers(text: str | None) -> tuple[float, ...]:
    """The numbers of a strength: '50/1000' is (50, 1000), and no strength is ()."""
    return tuple(float(number) for number in re.findall(r"\d+(?:\.\d+)?", text or ""))


def schedule_of(frequency: str | None) -> tuple[float | None, bool, bool]:
    """(times a day, once, as needed) of a frequency as written: 'BD' and '1-0-1' both (2.0, False, False)."""
    orders = parse_line(frequency) if frequency else []
    if not orders:
        return (None, False, False)
    return (_rounded(orders[0].times_per_day), orders[0].once, orders[0].as_needed)


def _duration(text: str | None) -> float | None:
    orders = parse_line(f"x {text}") if text else []
    return _rounded(orders[0].duration_days) if orders else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 3)


def score_pages(gold: Iterable[GoldPage], rows: Iterable[Mapping[str, Any]]) -> list[PageScore]:
    """Score the output rows of a job against gold, joined on the base name of `source` and the page.

    A gold page without a row, or whose row is an error, counts every medicine as missed.
    """
    by_page = {(Path(row["source"]).name, row["page"] or 1): row["medications"] for row in rows}
    return [score_page(page, by_page.get((page.image, page.page), [])) for page in gold]


def figures(scores: Sequence[PageScore]) -> dict[str, Figure]:
    """Name precision, recall and F1, and the share of fields right among those found, by page."""
    names = [(s.found, s.invented, s.missed) for s in scores]
    n = sum(s.found + s.missed for s in scores)
    table = {
        "name precision": clustered_figure(names, precision, n),
        "name recall": clustered_figure(names, recall, n),
        "name F1": clustered_figure(names, f1, n),
    }
    for name in FIELDS:
        counts = [(s.right[name], s.scored[name]) for s in scores]
        table[f"{name} right"] = clustered_figure(counts, share, sum(s.scored[name] for s in scores))
    return table
