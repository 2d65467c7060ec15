"""Real product lists load without options, with sensible names, generics, forms and strengths."""

import os
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from multilingual.clinical.forms import FORMS
from multilingual.clinical.formulary import Entry, load_formulary
from multilingual.clinical.formulary_index import FormularyIndex

DATA = Path(os.environ.get("NUSKHA_DATA", Path(__file__).parents[3] / "shared" / "data")) / "formulary"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real lists are not at {DATA}")

# Least number of entries, and least shares of them with generics, forms and strengths.
LISTS = {
    "india_skus.csv": (25_000, 0.0, 0.45, 0.4),
    "india_compositions.csv": (8_000, 0.99, 0.95, 0.95),
    "india_jan_aushadhi.csv": (1_200, 0.99, 0.7, 0.7),
    "bangladesh_products.csv": (13_000, 0.99, 0.95, 0.9),
    "who_atc.csv": (4_000, 0.99, 0.0, 0.0),
    "essential_medicines_137_countries.csv": (2_000, 0.0, 0.0, 0.0),
    "brazil_active_ingredients.txt": (2_500, 0.0, 0.0, 0.0),
}


@cache
def entries(name: str) -> dict[str, Entry]:
    return {entry.name: entry for entry in load_formulary(str(DATA / name)).entries}


@pytest.mark.slow
@pytest.mark.parametrize("name", LISTS)
def test_most_entries_tell_what_the_list_tells(name: str) -> None:
    least, *shares = LISTS[name]
    found = list(entries(name).values())
    assert len(found) >= least
    for detail, share in zip(("generics", "forms", "strengths"), shares, strict=True):
        assert sum(bool(getattr(entry, detail)) for entry in found) >= share * len(found), detail
    assert {form for entry in found for form in entry.forms} <= set(FORMS)


@pytest.mark.parametrize("name", [name for name, (_, _, forms, _) in LISTS.items() if forms])
def test_few_names_hold_a_form_or_a_strength(name: str) -> None:
    words = Counter(word.lower() for found in entries(name) for word in found.split())
    for word in ("tablet", "tablets", "tab", "capsule", "capsules", "injection", "inj", "syrup", "mg", "mcg"):
        assert words[word] <= 0.002 * len(entries(name)), word


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("india_compositions.csv", Entry("Pan-D", ("Pantoprazole", "Domperidone"), ("capsule",))),
        ("india_compositions.csv", Entry("Telma-AM", ("Telmisartan", "Amlodipine"), ("tablet",))),
        ("bangladesh_products.csv", Entry("Napa Extend", ("Paracetamol",), ("tablet",), ("665 mg",))),
        ("india_jan_aushadhi.csv", Entry("Telmisartan", ("Telmisartan",), ("tablet",), ("40 mg", "80 mg"))),
        ("india_skus.csv", Entry("TELMA", (), ("tablet",), ("20 mg", "40 mg", "80 mg"))),
    ],
)
def test_known_products_are_found_with_what_is_known_of_them(name: str, entry: Entry) -> None:
    found = entries(name)[entry.name]
    assert sorted(found.generics) == sorted(entry.generics)
    assert set(entry.forms) <= set(found.forms)
    assert set(entry.strengths) <= set(found.strengths)


def test_words_with_counts_load_as_words() -> None:
    assert "阿司匹林" in entries("chinese_medical_words.txt")


def test_a_portuguese_salt_does_not_hide_its_substance() -> None:
    index = FormularyIndex(load_formulary(str(DATA / "brazil_active_ingredients.txt")))
    assert index.match("Metformina")[0].entry.name.lower() == "metformina"
    assert index.match("losartana potássica")[0].score == 1
