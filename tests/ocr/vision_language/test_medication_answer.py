"""What is made of an answer: medicines and how sure the model was of each; else why there are none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.engines.base import Unread
from ocr.vision_language.asking import Said, Token
from ocr.vision_language.boxes import box_on_page
from ocr.vision_language.medication_answer import Medicine, line_schema, page_schema, parse, written
from ocr.vision_language.schemas import longest_tokens

DOLO = Medicine(name="Dolo", strength="650", frequency="1-0-1")
SHAAM = Medicine(name="क्रोसिन", instructions="खाने के बाद", bbox_2d=[10, 20, 300, 40])


def told(text: str, cut: bool = False) -> list[Medicine]:
    return [one.medicine for one in parse(Said(text, cut=cut)).medicines]


def test_what_is_written_is_read_again() -> None:
    assert told(written([DOLO, SHAAM])) == [DOLO, SHAAM]
    assert written([DOLO]) == '{"medications":[{"name":"Dolo","strength":"650","frequency":"1-0-1"}]}'
    assert told(written([])) == []


def test_a_schema_lists_the_parts_in_order_and_boxes_where_they_are_told() -> None:
    for schema, most, boxes in ((page_schema(boxes=True), 12, True), (line_schema(boxes=False), 3, False)):
        medications = json.loads(schema)["properties"]["medications"]
        assert medications["maxItems"] == most
        parts = list(medications["items"]["properties"])
        assert parts == [name for name in Medicine.model_fields if boxes or name != "bbox_2d"]
        assert medications["items"]["required"] == (["name", "bbox_2d"] if boxes else ["name"])
        assert "null" not in schema


def test_the_longest_page_is_known() -> None:
    full = Medicine(
        **{
            name: "क" * int(part["pattern"].split(",")[-1].split("}")[0])
            for name, part in json.loads(page_schema(boxes=False))["properties"]["medications"]["items"][
                "properties"
            ].items()
            if name != "name"
        },
        name="क" * 64,
        bbox_2d=[32_767] * 4,
    )
    assert len(written([full] * 12).encode()) + 1 == longest_tokens(page_schema(boxes=True))


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"medications": [{"name": "Dolo", "strength": "650", "frequency": "1-0-1"}]}\n```',
        '  {"medications":[{"name":"Dolo","form":null,"strength":"650","dose":"","frequency":" 1-0-1 "}]}\n',
        '{"medications":[{"frequency":"1-0-1","strength":"650","name":"\\u0044olo","bbox_2d":null}]}',
    ],
    ids=["fence", "null and nothing", "another order, escapes"],
)
def test_the_habits_of_servers_are_borne_with(text: str) -> None:
    assert told(text) == [DOLO]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The prescription says Dolo 650.",
        "[]",
        "{}",
        '{"medicines":[]}',
        '{"medications":{}}',
        '{"medications":[]} and more',
        '{"medications":[],"note":"x"}',
        '{"medications":[{"name":"Dolo"}',
        '{"medications":[{"name":"Dolo"},]}',
        '{"medications":["Dolo"]}',
        '{"medications":[{"strength":"650"}]}',
        '{"medications":[{"name":null}]}',
        '{"medications":[{"name":"  "}]}',
        '{"medications":[{"name":650}]}',
        '{"medications":[{"name":"Dolo","colour":"red"}]}',
        '{"medications":[{"name":"Dolo","name":"Pan"}]}',
        '{"medications":[{"name":"Dolo","bbox_2d":[1,2,3]}]}',
        '{"medications":[{"name":"Dolo","bbox_2d":[1,2,3,"4"]}]}',
        '{"medications":[{"name":"' + "la" * 200 + '"}]}',
        '{"medications":[{"name":' + "[" * 20_000,
    ],
)
def test_anything_else_is_not_the_json_asked_for(text: str) -> None:
    with pytest.raises(Unread) as unread:
        parse(Said(text))
    assert str(unread.value) == "the model's answer is not the JSON asked for"
    assert unread.value.__cause__ is None  # which would quote the answer


def test_of_a_cut_answer_the_complete_medicines_count() -> None:
    whole = written([DOLO, SHAAM])
    for length in range(len(whole)):
        said = Said(whole[:length], cut=True)
        if length <= whole.index("}"):
            with pytest.raises(Unread, match="cut before its first medicine"):
                parse(said)
        else:
            answered = parse(said)
            assert answered.cut
            complete = [DOLO, SHAAM][: whole[:length].count("}")]
            assert [one.medicine for one in answered.medicines] == complete


def test_what_failed_says_why() -> None:
    with pytest.raises(Unread, match="too little memory"):
        parse(Said("", error="the device has too little memory for this picture"))


def test_the_score_is_the_geometric_mean_of_the_tokens_of_the_values() -> None:
    # A token that holds the end of one value and the beginning of the next is a part of both.
    parts = [
        ('{"medications":[{"', 0.1),
        ('name":"', 0.1),
        ("Do", 0.5),
        ("", 0.25),  # half of a character that the next token completes
        ('lo","strength":"6', 0.5),
        ("50", 1.0),
        ('","frequency":"', 0.1),
        ("1-0-1", 0.25),
        ('"},{"name":"', 0.1),
        ("Pan", 0.9),
        ('"}]}', 0.1),
    ]
    tokens = tuple(Token(text, chance) for text, chance in parts)
    text = "".join(token.text for token in tokens)
    first, second = parse(Said(text, tokens=tokens)).medicines
    assert first.score == pytest.approx((0.5 * 0.25 * 0.5 * 1.0 * 0.25) ** (1 / 5))
    assert second.score == pytest.approx(0.9)
    assert [one.score for one in parse(Said(text)).medicines] == [None, None]
    assert [one.score for one in parse(Said(text, tokens=tokens[1:])).medicines] == [None, None]


TEXT = st.text(st.characters(codec="utf-8"), max_size=60)


@given(TEXT | TEXT.map(lambda text: json.dumps({"medications": [{"name": text}]})), st.booleans())
def test_nothing_but_unread_is_raised(text: str, cut: bool) -> None:
    try:
        assert all(one.medicine.name.strip() for one in parse(Said(text, cut=cut)).medicines)
    except Unread as unread:
        assert str(unread).startswith("the model's answer")


def test_boxes_are_told_in_three_ways() -> None:
    page, box = (2000, 1000), (100.0, 50.0, 600.0, 50.0, 600.0, 90.0, 100.0, 90.0)
    assert box_on_page([50, 25, 300, 45], "pixels", (1000, 500), page) == box
    assert box_on_page([50, 50, 300, 90], "thousandths", None, page) == box
    assert box_on_page([50, 50, 300, 90], "none", (1000, 500), page) is None


@pytest.mark.parametrize(
    ("told", "box"),
    [
        ([900, 900, 5000, 5000], (1800.0, 900.0, 2000.0, 900.0, 2000.0, 1000.0, 1800.0, 1000.0)),
        ([300, 90, 50, 40], None),
        ([300, 90, 300, 99], None),
        ([1200, 90, 1300, 99], None),
        ([0, 0, 0, 0], None),
    ],
    ids=["clipped", "backwards", "narrow", "beside the page", "nothing"],
)
def test_boxes_lie_on_the_page_or_are_none(told: list[int], box: tuple[float, ...] | None) -> None:
    assert box_on_page(told, "thousandths", None, (2000, 1000)) == box


def test_a_box_of_pixels_needs_the_size_of_what_was_seen() -> None:
    assert box_on_page([1, 2, 3, 4], "pixels", None, (2000, 1000)) is None


def test_fractions_and_numbers_outside_are_brought_into_the_box() -> None:
    (medicine,) = told('{"medications":[{"name":"Dolo","bbox_2d":[-3,2.6,1e9,40]}]}')
    assert medicine.bbox_2d == [0, 3, 32_767, 40]
