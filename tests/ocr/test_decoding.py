"""Names decoded with a formulary against what was seen; names and formulary are made up."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_columns import columns_of, fragment_of

from multilingual.clinical.formulary import Formulary, load_formulary
from multilingual.clinical.formulary_index import FormularyIndex
from ocr.ctc.names import FEATURES, Stretch, chances_of, weigh_names
from ocr.engines.base import Columns, Fragment
from ocr.layout import arrange
from ocr.medications import read_line, read_prescription
from ocr.records import TextLine

FORMULARY = """name,generic,form,strength
Alphacort,betamethasone,tablet,0.5 mg
Barolix,barolixine,tablet;syrup,10 mg;20 mg
Barolix-D,barolixine + domperidone,capsule,
Cedrimax,cedrimaxine,syrup,
Dorvanol,dorvanol,tablet,250 mg
Dorvenil,dorvenil,tablet,40 mg
Quintarel,quintarel,tablet,
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> FormularyIndex:
    path: Path = tmp_path_factory.mktemp("formulary") / "names.csv"
    path.write_text(FORMULARY, encoding="utf-8")
    return FormularyIndex(load_formulary(str(path)))


@pytest.mark.parametrize(
    ("written", "decoded"),
    [
        ("Cedrimax", "Cedrimax"),
        ("Cedrimox", "Cedrimax"),
        ("Quintanel", "Quintarel"),
    ],
)
def test_a_name_that_was_nearly_read_is_put_right(written: str, decoded: str, index: FormularyIndex) -> None:
    place = next((i for i, (a, b) in enumerate(zip(written, decoded, strict=True)) if a != b), None)
    doubts = {place: {decoded[place]: 0.3}} if place is not None else {}
    assert read_line(fragment_of(written, doubts), index).decoded[0] == decoded


def test_only_the_name_in_a_line_changes(index: FormularyIndex) -> None:
    read = fragment_of("Syp Cedrimox 5 ml TDS x 5d", {10: {"a": 0.4}})
    assert read_line(read, index).decoded[0] == "Syp Cedrimax 5 ml TDS x 5d"
    assert read.line.text == "Syp Cedrimox 5 ml TDS x 5d"


@pytest.mark.parametrize(
    "written", ["Vemblitan", "Tab Vemblitan 10 mg BD", "advice", "1-0-1", "Review after 5 days"]
)
def test_what_the_formulary_does_not_have_comes_out_as_read(written: str, index: FormularyIndex) -> None:
    assert read_line(fragment_of(written), index).decoded[0] == written


def test_a_name_unlike_any_is_likeliest_unknown(index: FormularyIndex) -> None:
    stretch = Stretch("Vemblitan", columns_of("Vemblitan"))
    weighed = weigh_names(stretch, index)
    unknown, *others = chances_of(weighed.features, [1.0 if name == "columns" else 0.0 for name in FEATURES])
    assert unknown > 0.99
    assert sum(others) == pytest.approx(1 - unknown)


@given(st.text("abcdefg AB-1", min_size=1, max_size=16))
def test_nothing_is_invented_without_a_formulary(text: str) -> None:
    empty = FormularyIndex(Formulary("none", "0", ()))
    read = fragment_of(text)
    if read.line.text:
        assert read_line(read, empty).decoded[0] == read.line.text


def test_what_was_seen_decides_between_names_equally_near(index: FormularyIndex) -> None:
    """'Dorvonal' is as far from one as from the other; the doubt of its letters tells which was written."""
    for doubts, name in (
        ({4: {"a": 0.3}, 6: {"o": 0.3}}, "Dorvanol"),
        ({4: {"e": 0.3}, 6: {"i": 0.3}}, "Dorvenil"),
    ):
        decoded = read_line(fragment_of("Dorvonul", doubts), index).decoded[0]
        assert decoded == name


def test_a_strength_raises_the_name_that_comes_in_it(index: FormularyIndex) -> None:
    doubts = {8: {"a": 0.2, "e": 0.2}, 10: {"o": 0.2, "i": 0.2}}
    chances = {}
    for strength in ("250 mg", "40 mg"):
        found = read_line(fragment_of(f"Tab Dorvonul {strength} OD", doubts), index).medications
        chances[strength] = found[0].drug or found[0].alternatives[0]
    assert chances == {"250 mg": "Dorvanol", "40 mg": "Dorvenil"}


def test_what_was_read_exactly_is_not_bent_to_a_strength(index: FormularyIndex) -> None:
    [found] = read_line(fragment_of("Tab Dorvanol 40 mg OD"), index).medications
    assert found.drug == "Dorvanol"
    assert "does not come in 40 mg" in found.review_reasons


@pytest.mark.parametrize("written", ["Barolix-D", "Barolix D", "BarolixD", "BAROLIX-D"])
def test_hyphens_and_case_do_not_count(written: str, index: FormularyIndex) -> None:
    [found] = read_line(fragment_of(f"Cap {written} 1-0-0"), index).medications
    assert found.drug == "Barolix-D"


def test_a_suffix_makes_another_medicine(index: FormularyIndex) -> None:
    [found] = read_line(fragment_of("Cap Barolix AM 1-0-0"), index).medications
    assert (found.drug, found.drug_text) == (None, "Barolix AM")


def test_a_part_of_a_name_is_found_where_something_sticks_to_it(index: FormularyIndex) -> None:
    [found] = read_line(fragment_of("Tab Fru Quintarel 1-0-1"), index).medications
    assert found.drug == "Quintarel"


def test_the_case_of_a_reading_does_not_change_its_chance(index: FormularyIndex) -> None:
    upper, lower = (
        weigh_names(Stretch(text, columns_of(text)), index).features for text in ("CEDRIMAX", "cedrimax")
    )
    assert np.allclose(upper, lower)


def test_pieces_of_a_line_are_decoded_together(index: FormularyIndex) -> None:
    """The name is in one piece, its directions in the other; the columns go with the joined line."""
    left = fragment_of("Tab Quintanel", {9: {"r": 0.3}})
    right = fragment_of("1-0-1 x 5d")
    moved = (110.0, 0.0, 210.0, 0.0, 210.0, 30.0, 110.0, 30.0)
    lines = arrange([Fragment(replace(right.line, box=moved), right.columns), left])
    assert [fragment.line.text for fragment in lines] == ["Tab Quintanel 1-0-1 x 5d"]
    page = read_prescription(lines, index)
    assert page.decoded == ["Tab Quintarel 1-0-1 x 5d"]
    assert [(found.drug, found.line) for found in page.medications] == [
        ("Quintarel", "Tab Quintanel 1-0-1 x 5d")
    ]


def test_without_columns_names_are_matched_as_texts(index: FormularyIndex) -> None:
    line = TextLine("Tab Cedrimox 5 ml OD", 0.8, (0.0,) * 8)
    [found] = read_line(Fragment(line), index).medications
    assert (found.drug, found.confidence) == ("Cedrimax", None)


def test_confidence_is_a_probability_where_columns_were_seen(index: FormularyIndex) -> None:
    [found] = read_line(fragment_of("Tab Barolix 10 mg OD"), index).medications
    assert found.confidence is not None
    assert 0 < found.confidence < 1


def test_columns_of_another_alphabet_cannot_be_joined() -> None:
    left, right = fragment_of("Tab"), fragment_of("Barolix")
    other = Columns(np.ones((2, 2), np.float32) / 2, ("", "x"))
    moved = (110.0, 0.0, 210.0, 0.0, 210.0, 30.0, 110.0, 30.0)
    [line] = arrange([left, Fragment(replace(right.line, box=moved), other)])
    assert line.columns is None
