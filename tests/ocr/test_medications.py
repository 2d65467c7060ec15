"""From lines on a page to medications; names and formulary are made up where a rule is at stake."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from multilingual.clinical.formulary import load_formulary
from multilingual.clinical.formulary_index import FormularyIndex
from ocr.engines.base import Fragment
from ocr.heads import repair_head
from ocr.medications import medications_of_line, read_prescription
from ocr.records import Medication, TextLine

FORMULARY = """name,generic,form,strength
Alphacort,betamethasone,tablet,0.5 mg
Barolix,barolixine,tablet;syrup,10 mg;20 mg
Barolix-D,barolixine + domperidone,capsule,
Cedrimax,cedrimaxine,syrup,
Penicillin,penicillin,tablet,250 mg
Telvas,telvasartan,tablet,40 mg
Nasal,xylometazoline,drops,
ML,methyl-something,syrup,
Foxim-O,foximine,tablet;drops,
Foxim,foximine,injection,
"""


def find_medications(lines: Sequence[TextLine], index: FormularyIndex) -> list[Medication]:
    return read_prescription([Fragment(line) for line in lines], index).medications


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> FormularyIndex:
    path: Path = tmp_path_factory.mktemp("formulary") / "names.csv"
    path.write_text(FORMULARY, encoding="utf-8")
    return FormularyIndex(load_formulary(str(path)))


def line(text: str, row: float, left: float = 100.0, score: float = 0.9) -> TextLine:
    """A line 40 pixels high on the given row of a page."""
    top, right = 60 * row, left + 18 * len(text)
    return TextLine(text, score, (left, top, right, top, right, top + 40, left, top + 40))


def names(found: list[Medication]) -> list[str]:
    return [item.drug or item.drug_text for item in found]


def test_directions_under_a_medicine_belong_to_it(index: FormularyIndex) -> None:
    found = find_medications(
        [
            line("Tab Barolix 10 mg", 0),
            line("1-0-1 x 5 days", 1),
            line("Syp Cedrimax", 3),
            line("5 ml HS", 4),
        ],
        index,
    )
    assert names(found) == ["Barolix", "Cedrimax"]
    assert (found[0].times_per_day, found[0].duration_days) == (2.0, 5.0)
    assert found[0].box == (100, 0, 406, 0, 406, 100, 100, 100)
    assert found[1].schedule is not None
    assert found[1].schedule.night == 5.0


def test_directions_beside_a_medicine_belong_to_it(index: FormularyIndex) -> None:
    found = find_medications([line("Tab Barolix 10 mg", 0), line("BD x 3 days", 0, left=900)], index)
    assert [(item.times_per_day, item.duration_days) for item in found] == [(2.0, 3.0)]


def test_directions_far_below_belong_to_nothing(index: FormularyIndex) -> None:
    [found] = find_medications([line("Tab Barolix 10 mg", 0), line("1-0-1 x 5 days", 9)], index)
    assert found.times_per_day is None
    assert "no frequency read" in found.review_reasons


def test_a_frequency_is_not_mixed_from_two_lines(index: FormularyIndex) -> None:
    [found] = find_medications([line("Tab Barolix 10 mg BD", 0), line("0-0-1 x 3 days", 1)], index)
    assert (found.times_per_day, found.schedule, found.duration_days) == (2.0, None, 3.0)


@pytest.mark.parametrize(
    "texts",
    [
        [
            "Dr. A. Example, M.B.B.S.",
            "12 Temple Road, Near Bus Stand",
            "Ph: 90000 00000",
            "Timings 10 am to 1 pm",
        ],
        ["BP 120/80", "Pulse 80/min", "Wt 62 kg", "SpO2 98%"],
        ["C/O fever x 3 days", "H/O Barolix 10 mg since 2 years"],
        ["Allergies:", "Penicillin"],
        ["Allergic to Penicillin"],
        ["Inv: CBC, LFT", "Review after 5 days"],
        ["ABEL #90 Ref 0-1-2"],
        ["Disp: 30"],
        ["Uric acid 7.2 mg/dl", "S. Calcium 9.1 mg/dl", "Cholesterol 240 mg", "S. Potassium 4.2 meq/l"],
        ["1) S. Creatinine", "2) S. Amylase", "3) S. Electrolytes"],
        ["IV line 20 G"],
        ["C Resp:", "C Resp :"],
        ["Barolix is felt."],
        ["टीकाकरण शनिवार, इतवार तथा सोमवार को नहीं होता है, 1 सप्ताह के शेष 4 दिन टीकाकरण होता है"],
    ],
)
def test_what_is_not_ordered_is_no_medicine(texts: list[str], index: FormularyIndex) -> None:
    assert find_medications([line(text, row) for row, text in enumerate(texts)], index) == []


def test_a_margin_does_not_hide_the_medicines_beside_it(index: FormularyIndex) -> None:
    margin = [line("Allergies:", 0, left=0), line("Penicillin", 1, left=0)]
    found = find_medications([*margin, line("Tab Barolix 10 mg OD", 1, left=700)], index)
    assert names(found) == ["Barolix"]


def test_a_name_unknown_to_the_formulary_comes_out_as_read_and_marked(index: FormularyIndex) -> None:
    [found] = find_medications([line("Tab Quorvex 5 mg OD", 0)], index)
    assert (found.drug_text, found.drug) == ("Quorvex", None)
    assert found.needs_review
    assert "name not in the formulary" in found.review_reasons


def test_another_suffix_is_another_medicine(index: FormularyIndex) -> None:
    [found] = find_medications([line("Cap Barolix AM 1-0-0", 0)], index)
    assert (found.drug_text, found.drug) == ("Barolix AM", None)
    assert "Barolix" in found.alternatives
    [plain] = find_medications([line("Cap Barolix D 1-0-0", 0)], index)
    assert plain.drug == "Barolix-D"


def test_a_clear_reading_is_not_bent_to_a_name_of_the_formulary(index: FormularyIndex) -> None:
    """The same letters, misread, may be that name; clearly read they are another medicine."""
    [unsure] = find_medications([line("Tab Telvos 40 mg OD", 0, score=0.8)], index)
    [clear] = medications_of_line("Tab Telvin 40 mg OD", index)
    assert unsure.drug == "Telvas"
    assert any(reason.startswith("read as") for reason in unsure.review_reasons)
    assert (clear.drug, clear.needs_review) == (None, True)


def test_a_strength_it_does_not_come_in_is_marked(index: FormularyIndex) -> None:
    [found] = find_medications([line("Tab Telvas 400 mg OD", 0)], index)
    assert found.drug == "Telvas"
    assert "does not come in 400 mg" in found.review_reasons


def test_an_unreadable_strength_is_absent_and_no_part_of_the_name(index: FormularyIndex) -> None:
    [found] = find_medications([line("Tab Telvas tomg OD", 0)], index)
    assert (found.drug_text, found.drug, found.strength) == ("Telvas", "Telvas", None)


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("Fab. Telvas 40", "Tab. Telvas 40"),
        ("2) rab Telvas 40", "2) Tab. Telvas 40"),
        ("Ihj Telvas 40", "Inj. Telvas 40"),
        ("Ry Telvas 40", "Telvas 40"),
        ("AdN: Telvas 40", "Telvas 40"),
        ("7. TELVAS 40", "T. TELVAS 40"),
        ("AdN : gny TELVAS 40", "TELVAS 40"),
        ("Pan : once daily", "Pan : once daily"),
        ("Zinc: half tsp after food", "Zinc: half tsp after food"),
        ("B⑧S. Telvas 40", "⑧ Telvas 40"),
        ("3) J. Telvas 40", "3)  Telvas 40"),
        ("Sg: 1 cap", "Sig: 1 cap"),
        ("Seg. 1 tab", "Sig: 1 tab"),
        ("Risp: 20", "Disp: 20"),
        ("S. Telvas", "S. Telvas"),
        ("Smg. 1 tab", "Smg. 1 tab"),
        ("Risp. 2 mg", "Risp. 2 mg"),
        ("Tab. Telvas 40", "Tab. Telvas 40"),
        ("1-0-1 x 5 days", "1-0-1 x 5 days"),
        ("Telvas 40 OD", "Telvas 40 OD"),
        ("lab report", "lab report"),
        ("", ""),
    ],
)
def test_misread_heads_are_repaired(read: str, meant: str) -> None:
    assert repair_head(read) == meant


def test_a_line_of_text_has_no_box_and_keeps_its_words(index: FormularyIndex) -> None:
    [found] = medications_of_line("Tab Barolix 10 mg 1-0-1 x 5 days", index)
    assert (found.line, found.box, found.score) == ("Tab Barolix 10 mg 1-0-1 x 5 days", None, 1.0)
    assert medications_of_line("", index) == []
    assert medications_of_line("BP 120/80", index) == []


def test_no_lines_no_medicines(index: FormularyIndex) -> None:
    assert find_medications([], index) == []


def test_another_reading_of_a_doubtful_line_finds_the_name(index: FormularyIndex) -> None:
    read = replace(
        line("Tab Tclvns 40 mg OD", 0, score=0.7), alternatives=("Tab Tclvas 40 mg OD", "Tab Telvas 40 mg OD")
    )
    [found] = find_medications([read], index)
    assert (found.drug_text, found.drug) == ("Tclvns", "Telvas")  # the reading itself is kept beside it
    assert "read as 'Tclvns'" in found.review_reasons


def test_one_substance_of_a_combination_is_not_the_whole(index: FormularyIndex) -> None:
    [found] = find_medications([line("Tab Xxxomab + Penicillin 250 mg BD", 0)], index)
    assert found.drug is None


def test_a_heading_for_orders_ends_the_section_above_it(index: FormularyIndex) -> None:
    form = [
        line("General Examination / Diagnosis & Management Plan", 0),
        line("1 Barolix 10 mg", 1),
        line("BD", 2),
    ]
    assert names(find_medications(form, index)) == ["Barolix"]


def test_a_form_that_a_repaired_head_tells_is_doubtful(index: FormularyIndex) -> None:
    [repaired] = find_medications([line("Fab. Telvas 40 mg OD", 0)], index)
    [plain] = find_medications([line("Tab. Telvas 40 mg OD", 0)], index)
    assert (repaired.form, plain.form) == ("tablet", "tablet")
    assert "form or strength put right from a misreading" in repaired.review_reasons
    assert plain.review_reasons == ()
    [marked] = find_medications([line("Rx Tab Telvas 40 mg OD", 0)], index)
    assert marked.review_reasons == ()


def test_letters_behind_a_hyphen_with_spaces_are_a_suffix(index: FormularyIndex) -> None:
    """A part of the name may not pass for the whole: "Barolix - ER" is no Barolix."""
    [found] = find_medications([line("Tab Barolix - ER 10 mg OD", 0)], index)
    assert (found.drug_text, found.drug) == ("Barolix - ER", None)


def test_a_nought_behind_a_name_is_its_letter(index: FormularyIndex) -> None:
    [found] = find_medications([line("Foxim 0 drops BD", 0)], index)
    assert (found.drug_text, found.drug, found.dose) == ("Foxim 0", "Foxim-O", None)


def test_strokes_and_scraps_behind_a_name_are_none_of_it(index: FormularyIndex) -> None:
    [found] = find_medications([line("1) Tab Quorvex I s BD", 0)], index)
    assert found.drug_text == "Quorvex"


def test_a_mention_is_no_second_order(index: FormularyIndex) -> None:
    texts = ["Tab Barolix 10 mg BD", "half an hour after Telvas", "Tab Telvas 40 mg OD"]
    found = find_medications([line(text, 2 * row) for row, text in enumerate(texts)], index)
    assert names(found) == ["Barolix", "Telvas"]
    assert found[1].strength == "40 mg"


def test_one_medicine_in_two_forms_is_ordered_twice(index: FormularyIndex) -> None:
    texts = ["Tab Barolix 10 mg BD", "Syp Barolix 5 ml HS"]
    assert names(find_medications([line(text, 2 * row) for row, text in enumerate(texts)], index)) == [
        "Barolix",
        "Barolix",
    ]


def test_a_word_of_a_site_is_no_name(index: FormularyIndex) -> None:
    assert find_medications([line("Nasal blups", 0)], index) == []


def test_a_name_may_stand_in_another_reading_to_the_letter(index: FormularyIndex) -> None:
    """It is taken where the likeliest reading names nothing, and marked; not if it is short or only near."""
    read = replace(line("Cidromax", 0, score=0.8), alternatives=("Cidrimax", "Cedrimax"))
    [found] = find_medications([read], index)
    assert found.drug == "Cedrimax"
    assert "name from another reading of the line" in found.review_reasons
    for alternatives in (("Cedrimas",), ("Foxim",)):
        assert find_medications([replace(read, alternatives=alternatives)], index) == []
    assert find_medications([replace(read, text="2 od")], index) == []


def test_scraps_before_a_name_are_none_of_it(index: FormularyIndex) -> None:
    [found] = find_medications([line("a y alphacort 60 sic", 0, score=0.75)], index)
    assert found.drug == "Alphacort"


def test_another_reading_is_no_shorter_name(index: FormularyIndex) -> None:
    read = replace(line("30 cink SO", 0, score=0.7), alternatives=("30 ml SO",))
    assert find_medications([read], index) == []


def test_an_rx_sign_speaks_for_the_line(index: FormularyIndex) -> None:
    assert names(find_medications([line("R Quorvexil 80 mg", 0)], index)) == ["Quorvexil"]
    assert find_medications([line("Quorvexil 80 mg", 0)], index) == []


def test_the_ending_of_a_generic_and_the_way_it_is_given_speak_for_a_medicine(index: FormularyIndex) -> None:
    assert names(find_medications([line("Quorvastatin 10 mg", 0)], index)) == ["Quorvastatin"]
    assert names(find_medications([line("Quorvexil 10 mg IV", 0)], index)) == ["Quorvexil"]


def test_a_name_that_begins_as_sig_does_is_one(index: FormularyIndex) -> None:
    found = [line("signoflux 100 mg bd", 0), line("sig 1 tab everre bd", 3)]
    assert names(find_medications(found, index)) == ["signoflux"]


def test_a_form_on_the_next_line_counts_for_what_is_listed(index: FormularyIndex) -> None:
    [found] = find_medications([line("1) Quorvexil ear", 0), line("drops x 5 days", 1)], index)
    assert (found.drug_text, found.form, found.duration_days) == ("Quorvexil", "drops", 5.0)
    assert find_medications([line("Quorvexil House", 0), line("caps x 5 days", 1)], index) == []


def test_a_list_under_measures_is_not_theirs(index: FormularyIndex) -> None:
    form = [line("BP:", 0), line("1) Quorvexil ear", 1), line("drops x 5 days", 2)]
    assert names(find_medications(form, index)) == ["Quorvexil"]


def test_refills_are_no_directions(index: FormularyIndex) -> None:
    [found] = find_medications([line("Tab Telvas 40 mg", 0), line("may be refilled 6 times", 1)], index)
    assert found.times_per_day is None
    assert "no frequency read" in found.review_reasons


def test_what_was_mended_is_marked(index: FormularyIndex) -> None:
    [mended] = medications_of_line("Tab Telvas 40mg 101", index)
    assert (mended.strength, mended.times_per_day) == ("40 mg", 2.0)
    assert mended.review_reasons == ("frequency put right from a misreading",)
    [plain] = medications_of_line("Tab Telvas 40mg 1-0-1", index)
    assert plain.review_reasons == ()


@pytest.mark.parametrize(
    ("other", "frequency"),
    [
        ("Cap Barolix 10 mg BD", "BD"),
        ("Cap Barolix 10 mg 1-0-1", "1-0-1"),
        ("Cap Barolix 10 mg od", None),
        ("Cap Barolix 10 mg 1-1", None),
        ("BD Cap Barolix 10 mg", None),
    ],
)
def test_a_frequency_may_stand_in_another_reading(
    other: str, frequency: str | None, index: FormularyIndex
) -> None:
    """It is taken where none was read, and marked; not where noise would make one."""
    read = replace(line("Cap Barolix 10 mg 80", 0), alternatives=("Cap Barolix 10 mg B", other))
    [found] = find_medications([read], index)
    assert found.frequency == frequency
    assert ("frequency from another reading of the line" in found.review_reasons) == (frequency is not None)
    told = replace(read, text="Cap Barolix 10 mg TDS")
    assert [item.frequency for item in find_medications([told], index)] == ["TDS"]


def test_what_begins_as_directions_is_no_medicine(index: FormularyIndex) -> None:
    texts = ["Quorvexil tab", "Sig. 1 tab everre after dinner"]
    assert names(find_medications([line(text, row) for row, text in enumerate(texts)], index)) == [
        "Quorvexil"
    ]
