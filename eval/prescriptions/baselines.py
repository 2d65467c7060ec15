"""What needs no reading, to be beaten: nothing on every page, the commonest medicine on every page."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from eval.prescriptions.drug_names import letters
from eval.prescriptions.fields import regimen_of
from eval.prescriptions.gold import GoldMedicine, GoldPage
from eval.prescriptions.scoring import score_pages
from eval.records import PageItem
from ocr.records import Medication, PageRecord, Status, to_row


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
