"""Scoring of medications, against cases counted by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.prescriptions import figures, load_gold, numbers, schedule_of, score_pages, similarity


def _row(drug_text: str, **fields: Any) -> dict[str, Any]:
    empty = {"drug": None, "strength": None, "times_per_day": None, "once": False, "as_needed": False}
    return empty | {"drug_text": drug_text, "duration_days": None} | fields


def _page(image: str, *medications: dict[str, Any]) -> dict[str, Any]:
    return {"source": f"somewhere/{image}", "page": 1, "medications": list(medications)}


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    medicines = [
        {
            "drug": "Alphacin",
            "accept": ["Betacin"],
            "strength": "500 mg",
            "frequency": "BD",
            "duration": "5 days",
        },
        {"drug": "Gammazol", "strength": None, "frequency": "0-0-1", "duration": None},
        {"drug": "Doubtol", "confident": False},
    ]
    path = tmp_path / "gold.json"
    path.write_text(json.dumps([{"image": "a.jpg", "legibility": "easy", "medicines": medicines}]))
    return path


def test_a_perfect_page(gold: Path) -> None:
    rows = [
        _page(
            "a.jpg",
            _row("Alphacin", strength="500 mg", times_per_day=2.0, duration_days=5.0),
            _row("Gammazol", times_per_day=1.0),
        )
    ]
    table = figures(score_pages(load_gold(gold), rows))
    assert {name: figure.value for name, figure in table.items()} == dict.fromkeys(table, 1.0)
    assert table["name F1"].n == 2


def test_found_invented_missed_and_excused(gold: Path) -> None:
    rows = [_page("a.jpg", _row("betacin"), _row("Somethingelse"), _row("Doubtol"))]
    [score] = score_pages(load_gold(gold), rows)
    assert (score.found, score.invented, score.missed) == (
        1,
        1,
        1,
    )  # the doubtful row neither counts nor costs


def test_a_name_read_twice_counts_once(gold: Path) -> None:
    [score] = score_pages(load_gold(gold), [_page("a.jpg", _row("Alphacin"), _row("Alphacin"))])
    assert (score.found, score.invented, score.missed) == (1, 1, 1)


def test_a_page_without_a_row_misses_everything(gold: Path) -> None:
    [score] = score_pages(load_gold(gold), [])
    assert (score.found, score.invented, score.missed) == (0, 0, 2)


def test_the_matched_name_stands_before_the_raw_one(gold: Path) -> None:
    [score] = score_pages(load_gold(gold), [_page("a.jpg", _row("Xxxxx", drug="Gammazol"))])
    assert score.found == 1


def test_fields_are_compared_by_what_they_mean() -> None:
    assert schedule_of("BD") == schedule_of("1-0-1") == (2.0, False, False)
    assert schedule_of("SOS") == (None, False, True)
    assert schedule_of(None) == (None, False, False)
    assert numbers("50/1000 mg") == (50.0, 1000.0)
    assert numbers(None) == ()


@pytest.mark.parametrize(
    ("predicted", "names", "expected"),
    [
        ("Taxim-O", ["TAXIM O"], 1.0),
        ("Dipiróna", ["Dipirona"], 1.0),
        ("Lanol ER", ["Lanol"], 5 / 7),
        ("", ["Lanol"], 0.0),
        ("阿莫西林", ["阿莫西林"], 1.0),
    ],
)
def test_similarity_of_names(predicted: str, names: list[str], expected: float) -> None:
    assert similarity(predicted, names) == pytest.approx(expected)
