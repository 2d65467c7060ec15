"""Lines of a form that are not medicines, and lines that only look like it."""

import pytest

from multilingual.clinical.sections import Section, section_of


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("Dr. A. B. Example", Section.DOCTOR),
        ("M.B.B.S., M.D. (Med.)", Section.DOCTOR),
        ("Consullant Physician", Section.DOCTOR),
        ("Mob.: 90000 00000", Section.CONTACT),
        ("12, Temple Road, Near Bus Stand", Section.CONTACT),
        ("www.example.test", Section.CONTACT),
        ("Age / Gender", Section.PATIENT),
        ("BP - 120/80", Section.VITALS),
        ("Wt: 62 kg", Section.VITALS),
        ("C/O fever x 3 days", Section.COMPLAINT),
        ("H/O DM on Glycomet", Section.HISTORY),
        ("Allergic to: Penicillin", Section.ALLERGY),
        ("Alergias: dipirona", Section.ALLERGY),
        ("过敏史:青霉素", Section.ALLERGY),
        ("एलर्जी: सल्फा", Section.ALLERGY),
        ("Dx: acute gastritis", Section.DIAGNOSIS),
        ("Inv: CBC, LFT", Section.TESTS),
        ("血常规", Section.TESTS),
        ("Review after 5 days", Section.ADVICE),
        ("This prescription is not for medico-legal purposes", Section.NOTICE),
        ("Rx", Section.RX),
    ],
)
def test_a_section_is_known_by_its_words(text: str, section: Section) -> None:
    match = section_of(text)
    assert match is not None
    assert match.section is section


@pytest.mark.parametrize(
    "text",
    [
        "Tab Crocin 500 1-0-1",
        "T. Pan 40 OD",
        "Syp Ascoril LS 5 ml TDS",
        "阿莫西林 0.5g 每日三次",
        "1-0-1 x 5d",
        "",
        "··· 5",
    ],
)
def test_a_medicine_names_no_section(text: str) -> None:
    assert section_of(text) is None


def test_a_vital_sign_needs_its_figure_beside_it() -> None:
    assert section_of("BP Metolar XL") is None
    assert section_of("BP 130/90") is not None


def test_a_heading_knows_whether_it_stands_alone() -> None:
    alone, beside = section_of("Allergies:"), section_of("Allergies: sulfa")
    assert alone is not None
    assert beside is not None
    assert (alone.heading, alone.alone) == (True, True)
    assert (beside.heading, beside.alone) == (True, False)
