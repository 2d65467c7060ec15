"""The file of a gold reading."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.prescriptions.gold import load_gold


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({}, "it is not an array of pages"),
        ([{"medicines": []}], "entry 1 has no image"),
        ([{"image": "a.jpg"}], "entry 1 has no medicines"),
        ([{"image": "a.jpg", "medicines": [{"line": "Tab"}]}], "medicine 1 of a.jpg has no drug"),
        ([{"image": "a.jpg", "medicines": []}] * 2, "page 1 of a.jpg occurs twice"),
    ],
)
def test_a_faulty_gold_file_says_where(tmp_path: Path, told: Any, fault: str) -> None:
    path = tmp_path / "gold.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(ValueError, match=f"^{fault}"):
        load_gold(path)


def test_a_gold_file_with_everything_in_it(tmp_path: Path) -> None:
    medicine = {
        "drug": "Onezol",
        "accept": ["Oneza", "Onezol"],
        "strength": 40,
        "frequency": "",
        "confident": False,
        "uncertain_fields": ["dose"],
        "note": "of no account",
    }
    told = [
        {"image": "a.pdf", "page": 2, "legibility": "hard", "printed_form": False, "medicines": [medicine]}
    ]
    path = tmp_path / "gold.json"
    path.write_text("\ufeff" + json.dumps(told), encoding="utf-8")
    [found] = load_gold(path)
    assert (found.image, found.page, found.legibility, found.printed_form) == ("a.pdf", 2, "hard", "no")
    [only] = found.medicines
    assert (only.names, only.confident) == (("Onezol", "Oneza"), False)
    assert only.unscored == frozenset({"dose"})
    assert (only.fields["strength"], only.fields["frequency"]) == ("40", None)


def test_a_form_that_gold_tells_as_a_route_is_not_scored(tmp_path: Path) -> None:
    medicine = {"drug": "Onezol", "route": "nebulisation"}
    told = [
        {"image": "a.jpg", "medicines": [medicine, medicine | {"form": "drops"}, medicine | {"route": "IV"}]}
    ]
    path = tmp_path / "gold.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    [found] = load_gold(path)
    assert [medicine.unscored for medicine in found.medicines] == [{"form"}, set(), set()]
