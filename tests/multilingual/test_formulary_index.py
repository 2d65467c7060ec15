"""Matching names as read: what counts in a name, what does not, and what is no match."""

import json
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from multilingual.clinical.formulary import Entry, Formulary, load_formulary
from multilingual.clinical.formulary_index import ACCEPT, Candidate, FormularyIndex, doubtful

ENTRIES = (
    Entry("Zolvert", ("Pantoprazole",), ("tablet", "injection"), ("20 mg", "40 mg")),
    Entry("Zolvert-D", ("Pantoprazole", "Domperidone"), ("capsule",), ("40 mg+30 mg",)),
    Entry("Telmin", ("Telmisartan",), ("tablet",), ("20 mg", "40 mg", "80 mg")),
    Entry("Telmin AM", ("Telmisartan", "Amlodipine"), ("tablet",), ("40 mg+5 mg",)),
    Entry("Telmin-H", ("Telmisartan", "Hydrochlorothiazide"), ("tablet",), ("40 mg+12.5 mg",)),
    Entry("Amoclan Duo", ("Amoxicillin", "Clavulanic Acid"), ("tablet", "suspension"), ("500 mg+125 mg",)),
    Entry("Bexomilar", ("Bromhexine",), ("syrup",), ("4 mg/5 ml",)),
    Entry("Cloder", ("Clobetasol",), ("cream",), ("0.05%",)),
    Entry("Pax", ("Paroxetine",), ("tablet",), ("10 mg",)),
    Entry("Vitamin D3", ("Cholecalciferol",), ("sachet",), ("60000 IU",)),
    Entry("阿莫西林", ("Amoxicillin",), ("capsule",), ("0.25 g", "0.5 g")),
    Entry("头孢克肟", ("Cefixime",), ("tablet",), ("0.1 g",)),
)


EXACT = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "exact_names.jsonl").read_text("utf-8").splitlines()
]
"""Names read exactly or nearly, beside what a name near them comes in: `names` are the first candidates."""


@pytest.fixture(scope="module")
def index() -> FormularyIndex:
    return FormularyIndex(Formulary("test", "", ENTRIES))


@pytest.fixture(scope="module")
def shipped() -> FormularyIndex:
    return FormularyIndex(load_formulary())


def accepted(candidates: Sequence[Candidate]) -> str | None:
    return candidates[0].entry.name if candidates and candidates[0].score >= ACCEPT else None


@pytest.mark.parametrize(
    ("read", "name"),
    [
        ("zolvert", "Zolvert"),
        ("ZOLVERT D", "Zolvert-D"),
        ("Zolvertd", "Zolvert-D"),
        ("Telmin-am", "Telmin AM"),
        ("Télmin  A.M", "Telmin AM"),
        ("Vit. D3", "Vitamin D3"),
        ("阿莫西林", "阿莫西林"),
        ("Ｔｅｌｍｉｎ", "Telmin"),
        ("टेलमिन एएम", "Telmin AM"),
        ("Zolvert 40", "Zolvert"),
        ("clobetasol", "Clobetasol"),
        ("Amoxicillin and clavulanic acid", "Amoxicillin + Clavulanic Acid"),
        ("Paroxetine hydrochloride", "Paroxetine"),
    ],
)
def test_case_accents_signs_and_scripts_do_not_count(index: FormularyIndex, read: str, name: str) -> None:
    best = index.match(read)[0]
    assert (best.entry.name, best.similarity) == (name, 1.0)
    assert best.score == 1.0
    assert not doubtful(index.match(read))


@pytest.mark.parametrize(
    ("read", "name"),
    [
        ("Bexornilar", "Bexomilar"),  # rn for m
        ("Cbder", "Cloder"),  # b for lo
        ("Clocler", "Cloder"),  # cl for d
        ("Bexamilar", "Bexomilar"),
        ("Bexomiiar", "Bexomilar"),
        ("8exomilar", "Bexomilar"),
        ("Bexomillar", "Bexomilar"),
        ("Bexmilar", "Bexomilar"),
        ("Zolvent", "Zolvert"),
        ("Telmn", "Telmin"),
        ("Amoelan Duo", "Amoclan Duo"),
        ("头孢克月", "头孢克肟"),
    ],
)
def test_what_handwriting_confuses_is_forgiven(index: FormularyIndex, read: str, name: str) -> None:
    assert accepted(index.match(read)) == name


@pytest.mark.parametrize(
    "read",
    [
        "",
        " ",
        "-",
        "?!",
        "x",
        "Pa",
        "Pox t",
        "Per",
        "Review",
        "history",
        "Sugar",
        "Mr Verma",
        "qqqqqq",
        "12345",
        "头孢",
        "血压",
    ],
)
def test_what_is_no_name_of_the_list_is_no_match(index: FormularyIndex, read: str) -> None:
    assert accepted(index.match(read)) is None


@pytest.mark.parametrize("read", ["Zolvert AM", "Telmin LC", "Bexomilar DX", "Amoclan", "Pax CR"])
def test_a_suffix_that_the_list_does_not_have_is_another_medicine(index: FormularyIndex, read: str) -> None:
    assert accepted(index.match(read)) is None


def test_a_longer_name_is_not_matched_by_its_head(index: FormularyIndex) -> None:
    without = FormularyIndex(
        Formulary("test", "", tuple(e for e in ENTRIES if e.name not in ("Zolvert", "Telmin")))
    )
    assert accepted(without.match("Telmin")) is None
    assert accepted(without.match("Zolvert")) is None


def test_strength_and_form_choose_between_candidates(index: FormularyIndex) -> None:
    twins = (Entry("Zolmer", (), ("tablet",), ("2.5 mg",)), Entry("Zolmen", (), ("drops",), ("10 mg/ml",)))
    either = FormularyIndex(Formulary("test", "", twins))
    assert either.match("Zolme", strength="2.5")[0].entry.name == "Zolmer"
    assert either.match("Zolme", strength="10 mg")[0].entry.name == "Zolmen"
    tablet, drops = (
        {c.entry.name: c.score for c in either.match("Zolme", form=form)} for form in ("tab", "drops")
    )
    assert tablet["Zolmer"] > drops["Zolmer"]
    assert drops["Zolmen"] > tablet["Zolmen"]
    injected = index.match("Zolvert", form="inj", strength="40 mg")[0]
    assert (injected.form_agrees, injected.strength_agrees, injected.score) == (True, True, 1.0)


@pytest.mark.parametrize("case", EXACT, ids=lambda case: case["reason"])
def test_strength_and_form_choose_only_where_no_name_was_read_exactly(case: dict[str, Any]) -> None:
    entries = tuple(
        Entry(name, (), tuple(told.get("forms", ())), tuple(told.get("strengths", ())))
        for name, told in case["entries"].items()
    )
    index = FormularyIndex(Formulary("test", "", entries))
    found = index.match(case["read"], form=case.get("form"), strength=case.get("strength"))
    assert [candidate.entry.name for candidate in found][: len(case["names"])] == case["names"]
    scores = [candidate.score for candidate in found]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("strength", "agrees"),
    [
        ("625", True),  # the sum
        ("500", True),
        ("500 mg/125 mg", True),
        ("125/500", True),
        ("0.625 g", True),
        ("1 g", False),
        ("250 mg", False),
        ("500 IU", False),
        (None, None),
        ("", None),
    ],
)
def test_strengths_agree_by_part_and_by_sum(
    index: FormularyIndex, strength: str | None, agrees: bool | None
) -> None:
    best = index.match("Amoclan Duo", strength=strength)[0]
    assert best.strength_agrees is agrees
    assert (best.score == 1.0) is (agrees is not False)


@pytest.mark.parametrize(
    ("known", "read", "agrees"),
    [
        ("125 mg/5 ml", "250 mg/5 ml", False),
        ("125 mg/5 ml", "25 mg/ml", True),
        ("125 mg/5 ml", "125 mg", True),
        ("25 mcg", "25", True),
        ("50 mg+500 mg", "50/500", True),
        ("50 mg+500 mg", "501500", False),  # a stroke read as a 1
        ("40 mg", "400", False),
        ("40 mg", "4", False),
        ("1 g", "1", True),
        ("500 mg", "0.5", True),
        ("250 mg", "0.25", True),
        ("0.5 mg", "500", True),  # micrograms
        ("0.5 mg", "50", False),
        ("25 mcg", "0.025 mg", True),
        ("25 mcg", "25 mg", False),
        ("60000 IU", "60K", True),
        ("0.1 g", "100 mg", True),
        ("0.05%", "0.05%", True),
        ("40 mg+5 mg", "40/5", True),
        ("40 mg+5 mg", "40/10", False),
        ("40 mg+5 mg", "5/5", False),
    ],
)
def test_strengths_agree_across_units(known: str, read: str, agrees: bool) -> None:
    index = FormularyIndex(Formulary("test", "", (Entry("Zolvert", (), (), (known,)),)))
    assert index.match("Zolvert", strength=read)[0].strength_agrees is agrees


@pytest.mark.parametrize(
    ("form", "agrees"),
    [
        ("tab", True),
        ("cap", True),
        ("Inj.", True),
        ("syrup", False),
        ("ointment", False),
        (None, None),
        ("wonder", False),
    ],
)
def test_forms_agree_by_family(index: FormularyIndex, form: str | None, agrees: bool | None) -> None:
    assert index.match("Zolvert", form=form)[0].form_agrees is agrees


def test_two_candidates_close_together_are_in_doubt() -> None:
    twins = (
        Entry("Zolmer", ("Zolmitriptan",)),
        Entry("Zolmen", ("Zolpidem",)),
        Entry("Zolmez", ("Zolpidem",)),
    )
    index = FormularyIndex(Formulary("test", "", twins))
    assert doubtful(index.match("Zolmes"))
    assert not doubtful(index.match("Zolmen"))
    same = FormularyIndex(Formulary("test", "", twins[1:]))
    assert not doubtful(same.match("Zolmes"))
    assert not doubtful([])


def test_look_alikes_are_near_and_of_another_substance() -> None:
    entries = (
        Entry("Zolmer", ("Zolmitriptan",)),
        Entry("Zolmen", ("Zolpidem Tartrate",)),
        Entry("Zolmex", ("Zolpidem",)),
        Entry("Zolmek"),
        Entry("Zolmen-P", ("Zolpidem", "Paracetamol")),
        Entry("Celexa", ("Citalopram",)),
    )
    index = FormularyIndex(Formulary("test", "", entries))
    lookalikes = {entry.name: index.lookalikes(entry) for entry in entries}
    assert "Zolmen" in lookalikes["Zolmer"]
    assert lookalikes["Zolmen"] == ("Zolmer",)
    assert lookalikes["Zolmek"] == ()
    assert set(lookalikes["Celexa"]) >= {"Celebrex", "Zyprexa"}


def test_published_pairs_hold_either_way(shipped: FormularyIndex) -> None:
    by_name = {entry.name: entry for entry in shipped.entries}
    assert "hydroxyzine" not in by_name or "hydralazine" in shipped.lookalikes(by_name["hydroxyzine"])
    assert "Metronidazole" in by_name
    assert "metformin" in shipped.lookalikes(by_name["Metronidazole"])
    assert "metronidazole" in shipped.lookalikes(by_name["Metformin"])


def test_many_are_matched_as_one_by_one(shipped: FormularyIndex) -> None:
    names = ["Crocn", "Augmentin", "", "Telma 40", "阿莫西", "xyz", "Shelcol", "A" * 200]
    forms = ["tab", None, None, "tab", None, None, "syp", None]
    strengths = [None, "625", None, None, None, "5 mg", None, None]
    many = shipped.match_many(names, forms=forms, strengths=strengths, limit=3)
    assert many == [
        shipped.match(name, form=form, strength=strength, limit=3)
        for name, form, strength in zip(names, forms, strengths, strict=True)
    ]
    assert shipped.match_many([]) == []


def test_letters_beyond_the_longest_do_not_count(index: FormularyIndex) -> None:
    assert accepted(index.match("Zolvert" + string.ascii_lowercase * 40)) is None


def test_the_longer_the_list_the_nearer_a_name_by_chance(
    index: FormularyIndex, shipped: FormularyIndex
) -> None:
    for letters in (5, 7, 9):
        assert index.by_chance(letters) < shipped.by_chance(letters) < 1


def test_what_chance_gives_is_the_same_every_time(shipped: FormularyIndex) -> None:
    assert FormularyIndex(load_formulary()).by_chance(6) == shipped.by_chance(6)
    assert shipped.by_chance(1) == shipped.by_chance(3)
    assert shipped.by_chance(40) == shipped.by_chance(12)


def test_nothing_is_like_a_name_in_another_script_by_chance() -> None:
    assert FormularyIndex(Formulary("test", "", (Entry("阿莫西林"),))).by_chance(5) == 0
