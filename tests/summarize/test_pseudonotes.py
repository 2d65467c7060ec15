"""Patients' columns as notes."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summarize.pseudonotes import PATIENT_COLUMNS, pseudonotes

CASES: list[tuple[dict[str, Any], str | None]] = [
    (
        {
            "age": 53,
            "sex": "M",
            "temperature": 37.2,
            "heart_rate": 79,
            "diagnoses": "hypertension",
            "medications": "amlodipine 5 mg",
            "triage": 3,
        },
        "53-year-old man. Temperature 37.2 °C, heart rate 79/min. Known: hypertension. "
        "Takes amlodipine 5 mg. Triage level 3.",
    ),
    ({"age": 34.0, "sex": "feminino"}, "34-year-old woman."),
    ({"age": "18 months", "sex": "男"}, "18-month-old boy."),
    ({"age": 1.5}, "18-month-old patient."),
    ({"age_months": 30, "gender": "F"}, "2.5-year-old girl."),
    ({"age": "45 anos", "sex": "unknown"}, "45-year-old patient."),
    ({"age": "elderly", "sex": "intersex"}, "Age: elderly. Sex: intersex."),
    ({"sex": "महिला"}, "Woman."),
    ({"temperature": 101.3}, "Temperature 101.3 °F."),
    ({"temperature_f": "101.3"}, "Temperature 101.3 °F."),
    ({"temperature": "38,5 C"}, "Temperature 38,5 C."),
    ({"systolic": 140.0, "dbp": "90"}, "Blood pressure 140/90 mmHg."),
    ({"blood_pressure": "140/90", "spo2": 96}, "Blood pressure 140/90 mmHg, oxygen saturation 96%."),
    ({"sbp": 140}, "Systolic blood pressure 140 mmHg."),
    ({"heart_rate": 9999}, "Heart rate 9999."),  # shown as given, and not made sense of
    ({"spo2": 0.96}, "Oxygen saturation 0.96."),
    ({"pain": 7, "weight": 70.5, "height": 1.7}, "Weight 70.5 kg, height 1.7 m, pain 7/10."),
    ({"vitals": {"Heart Rate": 80, "temp": None}}, "Heart rate 80/min."),
    ({"vitals": "BP 120/80, afebrile"}, "Vitals: BP 120/80, afebrile."),
    ({"diagnoses": '["asthma", "type 2 diabetes"]'}, "Known: asthma, type 2 diabetes."),
    ({"diagnoses": "asthma; gout | anaemia."}, "Known: asthma, gout, anaemia."),
    (
        {"medications": [{"name": "metformin", "dose": "500 mg"}, "aspirin"]},
        "Takes metformin 500 mg, aspirin.",
    ),
    ({"triage": "yellow", "history": "fell\ntwice"}, "Triage: yellow. History: fell, twice."),
    ({"age": float("nan"), "sex": None, "history": " ", "pain": "N/A", "diagnoses": []}, None),
    ({"diagnosis": "gout", "summary": "x", "label": 1}, None),
    ({}, None),
]


@pytest.mark.parametrize(("columns", "notes"), CASES)
def test_notes(columns: dict[str, Any], notes: str | None) -> None:
    assert pseudonotes(columns) == notes


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=5,
)


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(sorted(PATIENT_COLUMNS)), VALUES))
def test_any_cells_give_one_line_or_nothing(columns: dict[str, Any]) -> None:
    notes = pseudonotes(columns)
    assert notes is None or (notes == " ".join(notes.split()) and "nan" not in notes.split())
