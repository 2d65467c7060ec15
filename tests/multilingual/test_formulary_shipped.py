"""The formulary that ships is sound: known forms, normal strengths, no name twice, generics spelled alike."""

import csv
from importlib.resources import files

import pytest

from multilingual.clinical.forms import FORMS
from multilingual.clinical.formulary import load_formulary
from multilingual.clinical.name_keys import name_key
from multilingual.clinical.product_names import read_product
from multilingual.clinical.strengths import STRENGTH, normalise_strength, strength_amounts
from multilingual.normalise import fold, nfc

TEXT = files("multilingual.clinical").joinpath("data", "formulary.csv").read_text("utf-8")
ROWS = list(csv.DictReader(TEXT.splitlines()))


def test_every_row_is_an_entry() -> None:
    assert len(load_formulary().entries) == len(ROWS) > 1000
    assert [entry.name for entry in load_formulary().entries] == [row["name"] for row in ROWS]


def test_no_name_stands_twice() -> None:
    keys = [name_key(row["name"]).lower() for row in ROWS]
    assert sorted(keys) == sorted(set(keys))


def test_names_are_names_alone() -> None:
    assert {row["name"]: read_product(row["name"]).name for row in ROWS} == {
        row["name"]: row["name"] for row in ROWS
    }
    assert nfc(TEXT) == TEXT


def test_forms_are_known() -> None:
    told = {form for row in ROWS for form in row["form"].split(";") if form}
    assert told <= set(FORMS)


def test_strengths_parse_and_are_spelled_the_normal_way() -> None:
    for row in ROWS:
        for strength in filter(None, row["strength"].split(";")):
            assert STRENGTH.search(fold(strength).text) or strength.endswith("ml"), (row["name"], strength)
            assert strength_amounts(strength), (row["name"], strength)
            assert normalise_strength(strength) == strength, (row["name"], strength)


def test_a_combination_has_a_strength_of_every_part_or_of_one() -> None:
    for entry in load_formulary().entries:
        parts = {strength.count("+") + 1 for strength in entry.strengths}
        assert parts <= {1, len(entry.generics)}, entry


def test_generics_are_spelled_one_way() -> None:
    generics = {generic for entry in load_formulary().entries for generic in entry.generics}
    assert len({name_key(generic).lower() for generic in generics}) == len(generics)
    for variant in (
        "amoxycillin",
        "acetaminophen",
        "frusemide",
        "cephalexin",
        "acyclovir",
        "dipyrone",
        "albuterol",
    ):
        assert variant not in generics


@pytest.mark.parametrize(
    ("name", "generics"),
    [
        ("Crocin", ("paracetamol",)),
        ("Augmentin", ("amoxicillin", "clavulanic acid")),
        ("Pan-D", ("pantoprazole", "domperidone")),
        ("Telma AM", ("telmisartan", "amlodipine")),
        ("Novalgina", ("metamizole",)),
        ("Puran T4", ("levothyroxine",)),
        ("芬必得", ("ibuprofen",)),
        ("拜新同", ("nifedipine",)),
        ("Acetaminophen", ("paracetamol",)),
    ],
)
def test_well_known_medicines_are_what_they_are(name: str, generics: tuple[str, ...]) -> None:
    entry = next(entry for entry in load_formulary().entries if entry.name == name)
    assert entry.generics == generics
