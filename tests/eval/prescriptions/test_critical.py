"""Critical errors and look-alikes: cases decided by hand."""

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_medicines import cases, gold_medicine, medication

from eval.prescriptions.critical import Critical, field_errors, is_tenfold, wrong_drug
from eval.prescriptions.drug_names import are_different, is_lookalike, is_same
from eval.prescriptions.fields import fields_of_gold, fields_of_row

QUANTITIES = st.builds(
    "{:g} {}".format,
    st.sampled_from((0.25, 0.5, 5, 50, 75, 500)),
    st.sampled_from(("mg", "mcg", "g", "ml", "")),
)


@pytest.mark.parametrize("case", cases("critical"), ids=lambda case: case["reason"][:40])
def test_cases_decided_by_hand(case: dict[str, Any]) -> None:
    gold = gold_medicine(case["gold"])
    read = fields_of_row(asdict(medication(case["read"])))
    assert field_errors(gold, fields_of_gold(gold), read) == case["errors"], case["reason"]


@settings(deadline=None)
@given(QUANTITIES, QUANTITIES)
def test_tenfold_is_the_same_both_ways_and_never_of_itself(one: str, other: str) -> None:
    assert is_tenfold(one, other) is is_tenfold(other, one)
    assert not is_tenfold(one, one)


@pytest.mark.parametrize(
    ("written", "read", "lookalike"),
    [
        ("Celebrex", "Celexa", True),  # published by ISMP, though unlike by letters
        ("Prednisone", "Prednisolone", True),
        ("Humulin N", "Humulin R", True),  # both in the formulary, different insulins
        ("Telma", "Telma H", True),
        ("Norfloxacin", "Ofloxacin", True),
        ("Losartan", "Losartan Potassium", False),  # a salt of the same
        ("Salbutamol", "Salbutamol", False),
        ("Dolo", "Azithral", False),  # two medicines, not alike
        ("Dolo", "Dolox", False),  # no medicine that is known
        ("Taxim-O", "Zifi", False),  # one substance, two brands
    ],
)
def test_lookalikes_are_names_of_two_medicines_that_are_alike(
    written: str, read: str, lookalike: bool
) -> None:
    assert is_lookalike(read, [written]) is lookalike
    assert is_lookalike(written, [read]) is lookalike
    if lookalike:
        assert are_different(read, written)
        assert not is_same(read, [written])


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ({"drug_text": "Celexa", "drug": "Celexa"}, Critical.LOOKALIKE),
        ({"drug_text": "celexa"}, Critical.LOOKALIKE),  # read so, not only matched so
        ({"drug_text": "Azithral"}, Critical.WRONG_DRUG),  # a medicine, matched or not
        ({"drug_text": "Qxyz", "drug": "Qxyzol"}, Critical.WRONG_DRUG),  # of a formulary that does not ship
        ({"drug_text": "Cxlbrx"}, None),  # no medicine: it misleads nobody
        ({"drug_text": ""}, None),
    ],
)
def test_what_a_wrong_name_is(read: dict[str, Any], expected: Critical | None) -> None:
    assert wrong_drug(gold_medicine({"drug": "Celebrex"}), asdict(medication(read))) is expected
