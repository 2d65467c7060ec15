"""A job's pages against a gold reading: one item a page."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from eval.prescriptions.characters import confusions
from eval.prescriptions.counts import counts_of, legible_lines, recall_counts
from eval.prescriptions.drug_names import letters
from eval.prescriptions.gold import GoldPage
from eval.prescriptions.medicines import match_raw, pair_medicines, scored
from eval.records import PageItem
from ocr.records import Status

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
