"""What is doubtful is marked, with the reason; what is clear is not."""

import pytest

from multilingual.clinical.formulary import load_formulary
from multilingual.clinical.formulary_index import FormularyIndex
from ocr.medications import medications_of_line


@pytest.fixture(scope="module")
def index() -> FormularyIndex:
    return FormularyIndex(load_formulary())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Tab Dolo 6500 1-0-1", "does not come in 6500"),
        ("Inj Dolo 650 stat", "does not come as injection"),
        ("Tab Pan 40 BD 1-0-0", "frequency and times of day disagree"),
        ("Tab Pan 40 7-0-1", "unusual amount at once: 7"),
        ("Tab Dolo Slmg BD", "strength could not be read"),
        ("Tab Dolo 650", "no frequency read"),
        ("Tab Qwvrtz 5 mg OD", "name not in the formulary"),
        ("Tab Losartan 50 mg OD", "looks like valsartan"),
    ],
)
def test_doubt_is_marked(text: str, reason: str, index: FormularyIndex) -> None:
    [found] = medications_of_line(text, index)
    assert found.needs_review
    assert reason in found.review_reasons


@pytest.mark.parametrize(
    "text",
    [
        "Tab Dolo 650 1-0-1 x 5 days",
        "Cap Omez 20 mg OD before breakfast",
        "Syp Ascoril 5 ml 5-0-5",
        "Tab Shelcal 500 mg OD",
        "Tab Dolo 650 SOS",
        "Inj Voveran stat",
    ],
)
def test_what_is_clear_is_not(text: str, index: FormularyIndex) -> None:
    [found] = medications_of_line(text, index)
    assert (found.needs_review, found.review_reasons) == (False, ())
