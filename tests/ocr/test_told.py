"""What a model tells in parts is a line that says the same again; what that does not say is a doubt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multilingual.clinical.formulary import load_formulary
from multilingual.clinical.grammar import parse_line
from multilingual.clinical.orders import Order
from ocr.lines import orders_of_whole
from ocr.told import doubts_of, line_of
from ocr.vision_language.medication_answer import Medicine

NAMES = sorted(entry.name for entry in load_formulary().entries if len(entry.name) <= 64)
FORMS = ["Tab", "T.", "Cap", "Syp", "Inj", "Oint"]
STRENGTHS = ["625", "500 mg", "50/1000", "0.25 mcg", "60K IU", "5ml/100mg", "1 g"]
DOSES = ["1 tab", "2 tabs", "5 ml", "½ tab"]
FREQUENCIES = [
    "1-0-1",
    "½-0-½",
    "OD",
    "BD",
    "TDS",
    "QID",
    "HS",
    "SOS",
    "q8h",
    "once a week",
    "subah shaam",
    "8/8h",
]
DURATIONS = ["x 5d", "5 days", "x 2 weeks", "por 7 dias", "1 month"]
ROUTES = ["oral", "IV", "IM"]
INSTRUCTIONS = ["after food", "खाने के बाद", "with milk"]


def some(values: list[str]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values)


MEDICINES = st.builds(
    Medicine,
    name=st.sampled_from(NAMES),
    form=some(FORMS),
    strength=some(STRENGTHS),
    dose=some(DOSES),
    frequency=some(FREQUENCIES),
    duration=some(DURATIONS),
    route=some(ROUTES),
    instructions=some(INSTRUCTIONS),
)


def order_of(medicine: Medicine) -> Order:
    (order,) = orders_of_whole(line_of([medicine]))
    return order


def said_by(text: str | None) -> Order | None:
    return parse_line(f"Xyzal {text}")[0] if text else None


@given(MEDICINES)
def test_parts_that_the_grammar_knows_come_out_as_they_went_in(medicine: Medicine) -> None:
    if doubts_of([medicine]):
        return  # which are few: see below
    order = order_of(medicine)
    assert order.text.split() == line_of([medicine]).split()
    for part, fields in {
        "dose": ["dose"],
        "strength": ["strength"],
        "frequency": ["times_per_day", "as_needed"],
        "duration": ["duration_days"],
        "route": ["route"],
    }.items():
        alone = said_by(getattr(medicine, part))
        if alone is not None:
            assert [getattr(order, field) for field in fields] == [getattr(alone, field) for field in fields]
    assert medicine.instructions is None or medicine.instructions in str(order.instructions)


def test_few_of_them_are_doubted() -> None:
    parts = [STRENGTHS, FREQUENCIES, DURATIONS, INSTRUCTIONS]
    told = [
        Medicine(
            name=name,
            form=FORMS[place % len(FORMS)],
            **{
                key: values[place % len(values)]
                for key, values in zip(
                    ("strength", "frequency", "duration", "instructions"), parts, strict=True
                )
            },
        )
        for place, name in enumerate(NAMES[::9])
    ]
    doubted = [medicine for medicine in told if doubts_of([medicine])]
    assert len(doubted) <= len(told) // 50


def test_the_order_of_writing() -> None:
    medicine = Medicine(
        name="Augmentin",
        form="Tab",
        strength="625 mg",
        dose="1 tab",
        frequency="1-0-1",
        duration="x 5 days",
        route="oral",
        instructions="after  food",
    )
    assert line_of([medicine]) == "Tab Augmentin 625 mg 1 tab 1-0-1 x 5 days oral after food"
    assert doubts_of([medicine]) == ()


@pytest.mark.parametrize(
    ("medicine", "doubt"),
    [
        (Medicine(name="Dolo", strength="blue"), "strength as told by the model: blue"),
        (Medicine(name="Dolo", dose="quite a lot"), "dose as told by the model: quite a lot"),
        (Medicine(name="Dolo", duration="forever"), "duration as told by the model: forever"),
        (Medicine(name="Dolo", dose="1", frequency="½-0-½"), "dose as told by the model: 1"),
        (Medicine(name="Dolo 650 and Pan 40"), "name as told by the model: Dolo 650 and Pan 40"),
        (Medicine(name="Dolo 2", strength="5 mg"), "name as told by the model: Dolo 2"),
        (Medicine(name="Tab", form="Tab"), "name as told by the model: Tab"),
        (Medicine(name="Dolo", instructions="Zincovit for the lady"), "name as told by the model: Dolo"),
    ],
)
def test_what_is_not_found_again_is_named(medicine: Medicine, doubt: str) -> None:
    assert doubt in doubts_of([medicine])


@pytest.mark.parametrize("name", ["12", "---", "Dolo; Pan", "of", "每日"])
def test_no_medicine_is_lost_though_its_name_be_none(name: str) -> None:
    pan = Medicine(name="Pan", strength="40 mg")
    orders = orders_of_whole(line_of([Medicine(name=name), pan]))
    assert len(orders) == 2
    assert (orders[1].drug_text, orders[1].strength) == ("Pan", "40 mg")


@pytest.mark.parametrize(
    "name", ["Dolo 650", "Tab Augmentin Duo", "Crocin/Calpol", "Amoxicillin + Clavulanic acid"]
)
def test_a_name_may_say_its_form_and_strength(name: str) -> None:
    assert doubts_of([Medicine(name=name, frequency="BD")]) == ()
