"""A job's pages against a gold reading: one item a page, what to set beside it, and how far to trust it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from eval.characters import confusions
from eval.drug_names import letters
from eval.fields import regimen_of
from eval.gold import GoldMedicine, GoldPage
from eval.matching import Outcome
from eval.medicines import match_raw, pair_medicines, scored
from eval.page_counts import DOSAGE, MEASURES, counts_of, legible_lines, recall_counts
from eval.records import PageItem, ScoredMedicine
from eval.results import Curve
from ocr.records import Medication, PageRecord, Status, to_row

__all__ = ["COLUMNS", "MEASURES", "baselines", "image_of", "risk_coverage", "score_pages"]

COLUMNS: Final = ("source", "page", "status", "error", "text", "medications")
"""Columns of `ocr.records.PAGE_SCHEMA` that are needed."""


def score_pages(
    gold: Sequence[GoldPage], rows: Iterable[Mapping[str, Any]], seen: Collection[str] | None = None
) -> list[PageItem]:
    """Score the rows of a job (`ocr.records.PAGE_SCHEMA`) against gold pages, in their order.

    A gold page is joined with its row on the base name of the source and the page; without a row, or with one
    that is an error, it failed and all its medicines are missed. `seen` are the names that a recogniser was
    trained on. Raises ValueError where two rows are of one gold page.
    """
    of_page = _by_page(rows, {page.image for page in gold})
    often = Counter(letters(m.name) for page in gold for m in page.medicines if m.confident)
    groups = {
        "once": {name for name, number in often.items() if number == 1},
        "repeated": {name for name, number in often.items() if number > 1},
    }
    if seen is not None:
        groups["seen"] = often.keys() & set(map(letters, seen))
        groups["unseen"] = often.keys() - groups["seen"]
    return [
        _item(page, of_page.get((page.image, page.page)) or of_page.get((page.image, None)), groups)
        for page in gold
    ]


def image_of(source: str, images: Collection[str]) -> str | None:
    """Which of `images` a row's source is: the base name, in a container also the name inside; else None."""
    base = source.replace("\\", "/").rpartition("/")[2]
    return next((name for name in (base, base.rpartition("!")[2]) if name in images), None)


def _by_page(
    rows: Iterable[Mapping[str, Any]], images: Collection[str]
) -> dict[tuple[str, int | None], Mapping[str, Any]]:
    found: dict[tuple[str, int | None], Mapping[str, Any]] = {}
    for row in rows:
        image = image_of(row["source"], images)
        if image is None:
            continue
        known = found.setdefault((image, row["page"]), row)
        if known is not row:
            raise ValueError(
                f"{known['source']} and {row['source']} are both named {image}, as a gold page is: "
                "evaluate results that hold each page once"
            )
    return found


def _item(page: GoldPage, row: Mapping[str, Any] | None, groups: Mapping[str, Collection[str]]) -> PageItem:
    failure = "it has no result" if row is None else _failure(row)
    rows = row["medications"] if row is not None and failure is None else []
    pairs = pair_medicines(page.medicines, rows)
    medicines = tuple(map(scored, pairs))
    counts = counts_of(pairs, medicines, match_raw(page.medicines, rows), failed=failure is not None)
    misread: Counter[str] = Counter()
    for read, line in legible_lines(pairs):
        misread += confusions(read["line"], line)
    return PageItem(
        item_id=f"{page.image}#{page.page}",
        cluster=page.image,
        failed=failure is not None,
        failure=failure,
        slices=_slices(page, groups),
        counts=counts | recall_counts(pairs, groups),
        source=row["source"] if row is not None else page.image,
        page=page.page,
        text=(row["text"] or "") if row is not None else "",
        medicines=medicines,
        confusions=dict(misread),
    )


def _failure(row: Mapping[str, Any]) -> str | None:
    return (row["error"] or "no reason given") if row["status"] == Status.ERROR else None


def _slices(page: GoldPage, groups: Mapping[str, Collection[str]]) -> dict[str, str]:
    slices = {"legibility": page.legibility, "printed_form": page.printed_form}
    names = [letters(medicine.name) for medicine in page.medicines if medicine.confident]
    if "seen" in groups and names:
        slices["seen"] = "yes" if all(name in groups["seen"] for name in names) else "no"
    return slices


def risk_coverage(items: Iterable[PageItem]) -> Curve:
    """The share wrong of the medicines read whose confidence reaches a threshold, as the threshold falls.

    Wrong is a medicine whose drug, strength or frequency is wrong. The operating point is that of the
    medicines not marked for review.
    """
    read = [
        m
        for item in items
        for m in item.medicines
        if m.confidence is not None and m.outcome != Outcome.EXCUSED
    ]
    read.sort(key=lambda medicine: -(medicine.confidence or 0.0))
    points: list[tuple[float, float, float]] = []
    kept = wrong = 0
    for threshold, tied in groupby(read, key=lambda medicine: medicine.confidence or 0.0):
        are_wrong = list(map(_is_wrong, tied))
        kept, wrong = kept + len(are_wrong), wrong + sum(are_wrong)
        points.append((kept / len(read), wrong / kept, threshold))
    trusted = [_is_wrong(medicine) for medicine in read if not medicine.needs_review]
    if not trusted:
        return Curve(points=tuple(points))
    return Curve(points=tuple(points), operating=(len(trusted) / len(read), sum(trusted) / len(trusted)))


def _is_wrong(medicine: ScoredMedicine) -> bool:
    fields = {error.partition(":")[0] for error in medicine.wrong}
    return medicine.outcome != Outcome.FOUND or not fields.isdisjoint(DOSAGE)


def baselines(gold: Sequence[GoldPage]) -> dict[str, list[PageItem]]:
    """Scores of what needs no reading: nothing on every page; the gold's commonest medicine on every page."""
    named = [medicine for page in gold for medicine in page.medicines if medicine.confident]
    readings: dict[str, tuple[Medication, ...]] = {"nothing read": ()}
    if named:
        readings["the commonest medicine"] = (_commonest(named),)
    return {
        name: score_pages(gold, (_record(page, medications) for page in gold))
        for name, medications in readings.items()
    }


def _commonest(named: Sequence[GoldMedicine]) -> Medication:
    """The commonest name, with what is written most often beside it."""
    often = Counter(letters(medicine.name) for medicine in named)
    name = max(often, key=lambda each: often[each])
    of_name = [medicine for medicine in named if letters(medicine.name) == name]
    strength, form, frequency = (
        Counter(medicine.fields[field] for medicine in of_name).most_common(1)[0][0]
        for field in ("strength", "form", "frequency")
    )
    regimen = regimen_of(frequency) if frequency else None
    return Medication(
        line=of_name[0].line,
        drug_text=of_name[0].name,
        form=form,
        strength=strength,
        frequency=frequency,
        times_per_day=regimen.times_per_day if regimen else None,
        once=regimen.once if regimen else False,
        as_needed=regimen.as_needed if regimen else False,
        score=len(of_name) / len(named),
    )


def _record(page: GoldPage, medications: tuple[Medication, ...]) -> dict[str, Any]:
    return to_row(
        PageRecord(
            page_id="",
            source_id="",
            source=page.image,
            page=page.page,
            status=Status.OK,
            engine="",
            engine_version="",
            medications=medications,
        )
    )
