"""Gold medicines, medicines read and cases, as the tests write them down."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.figures import figures
from eval.prescriptions.counts import MEASURES
from eval.prescriptions.gold import WRITTEN, GoldMedicine, GoldPage
from eval.records import Item
from ocr.records import Medication, PageRecord, Schedule, Status, to_row


def cases(name: str) -> list[dict[str, Any]]:
    """The cases of tests/eval/cases/<name>.jsonl."""
    path = Path(__file__).with_name("cases") / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def gold_medicine(told: Mapping[str, Any]) -> GoldMedicine:
    """A gold medicine as a gold file has it; the name is Alphacin where none is told."""
    return GoldMedicine(
        names=(told.get("drug", "Alphacin"), *told.get("accept", ())),
        line=told.get("line", ""),
        confident=told.get("confident", True),
        fields={field: told.get(field) for field in WRITTEN},
        unscored=frozenset(told.get("uncertain_fields", ())),
    )


def medication(told: Mapping[str, Any]) -> Medication:
    """A medicine read, from the fields that it has; the name is Alphacin where none is told."""
    schedule = told.get("schedule")
    return Medication(
        **{
            "line": "",
            "drug_text": "Alphacin",
            "score": 1.0,
            **told,
            "schedule": Schedule(*schedule) if schedule else None,
        }
    )


def page_row(image: str, *medicines: Medication, page: int | None = 1, **fields: Any) -> dict[str, Any]:
    """A row of a job's output."""
    record = {
        "page_id": "id",
        "source_id": "id",
        "source": f"somewhere/{image}",
        "page": page,
        "status": Status.OK,
        "engine": "made",
        "engine_version": "1",
        "medications": medicines,
    }
    return to_row(PageRecord(**(record | fields)))


def page(image: str, *medicines: dict[str, Any], number: int = 1) -> GoldPage:
    """A gold page with medicines as `gold_medicine` takes them."""
    return GoldPage(image=image, page=number, medicines=tuple(map(gold_medicine, medicines)))


def values(items: Sequence[Item]) -> dict[str, float]:
    """Figures of all items, by the measure's name."""
    return {figure.metric: figure.value for figure in figures(items, MEASURES) if figure.slice == "all"}
