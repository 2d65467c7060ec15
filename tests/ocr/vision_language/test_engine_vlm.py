"""A vision-language model as an engine: what it is asked, and what becomes of what it says."""

from pathlib import Path

import numpy as np
import pytest
from asked import picture
from scripted_answers import Scripted, by_content

from ocr.engines import make_engine
from ocr.engines.base import Fragment, Unread
from ocr.engines.vlm import AnswerEngine, VlmEngine
from ocr.vision_language.asking import Question, Said, Token
from ocr.vision_language.medication_answer import Medicine, line_schema, page_schema, written
from ocr.vision_language.schemas import longest_tokens

PAGE, OTHER, BLANK = picture(1, 100, 200), picture(2, 60, 80), np.full((50, 50, 3), 250, np.uint8)
DOLO = Medicine(name="Dolo", form="Tab", strength="650", frequency="1-0-1", bbox_2d=[100, 200, 500, 400])
PAN = Medicine(name="Pan", strength="40 mg")


def saying(said: Said, **options: object) -> AnswerEngine:
    return AnswerEngine("vlm", Scripted(lambda _: said), **options)  # type: ignore[arg-type]


def fragments(read: object) -> list[Fragment]:
    assert isinstance(read, list)
    return read


def test_each_medicine_of_a_page_is_a_whole_fragment_with_its_box() -> None:
    engine = saying(Said(written([DOLO, PAN])), boxes="thousandths")
    first, second = fragments(engine.read([PAGE])[0])
    assert first.line.text == "Tab Dolo 650 1-0-1"
    assert first.line.box == (20, 20, 100, 20, 100, 40, 20, 40)
    assert second.line.text == "Pan 40 mg"
    assert second.line.box == (0, 0, 200, 0, 200, 100, 0, 100)
    assert first.whole and second.whole


def test_the_medicines_of_a_line_are_one_fragment_over_the_whole_of_it() -> None:
    engine = saying(Said(written([DOLO, PAN])), boxes="thousandths")
    (read,) = engine.read_lines([PAGE])
    assert isinstance(read, Fragment)
    assert (read.line.text, read.whole) == ("Tab Dolo 650 1-0-1; Pan 40 mg", True)
    assert read.line.box == (0, 0, 200, 0, 200, 100, 0, 100)


def test_blank_pictures_are_never_asked_about() -> None:
    answering = Scripted(by_content)
    engine = AnswerEngine("vlm", answering)
    read, lines = engine.read([BLANK, PAGE, BLANK]), engine.read_lines([BLANK, OTHER])
    assert [bool(page) for page in read] == [False, True, False]
    assert [line is None for line in lines] == [True, False]
    assert [question.picture is one for question, one in zip(answering.asked, (PAGE, OTHER), strict=True)]
    assert len(answering.asked) == 2
    assert engine.read([BLANK]) == [[]]
    assert len(answering.asked) == 2


def test_it_is_asked_for_a_page_or_a_line_and_for_boxes_where_it_tells_them() -> None:
    answering = Scripted(by_content)
    engine = AnswerEngine("vlm", answering, boxes="pixels")
    engine.read([PAGE])
    engine.read_lines([PAGE])
    page, line = (question.prompt for question in answering.asked)
    assert "bbox_2d" in page and "pixels" in page
    assert "bbox_2d" not in line and "line" in line
    assert answering.schemas == [page_schema(boxes=True), line_schema(boxes=False)]
    assert answering.longest == [longest_tokens(str(schema)) for schema in answering.schemas]


def test_it_may_be_left_free_and_given_less_room() -> None:
    answering = Scripted(by_content)
    AnswerEngine("vlm", answering, constrained=False, longest=99).read([PAGE])
    assert (answering.schemas, answering.longest) == ([None], [99])


def test_the_version_tells_what_is_asked() -> None:
    versions = {
        AnswerEngine("vlm", Scripted(by_content), boxes=boxes).version for boxes in ("none", "pixels")
    }
    assert len(versions) == 2
    assert all(version.startswith("scripted 1, prompts ") for version in versions)
    assert AnswerEngine("vlm", Scripted(by_content)).models == {"script": "0" * 64}


def test_what_fails_costs_its_own_picture() -> None:
    def script(question: Question) -> Said:
        return by_content(question) if question.picture is PAGE else Said("", error="too little memory")

    engine = AnswerEngine("vlm", Scripted(script))
    first, second, third = engine.read([PAGE, OTHER, PAGE])
    assert first == third and fragments(first)
    assert isinstance(second, Unread) and str(second) == "too little memory"
    assert isinstance(engine.read_lines([OTHER])[0], Unread)


def test_a_cut_answer_is_marked() -> None:
    cut = Said(written([DOLO, PAN])[:-15], cut=True)
    (read,) = fragments(saying(cut).read([PAGE])[0])
    assert "the model's answer was cut" in read.doubts
    assert isinstance(saying(Said("la la la", cut=True)).read([PAGE])[0], Unread)
    assert isinstance(saying(Said("la la la")).read_lines([PAGE])[0], Unread)


def test_an_answer_of_no_medicine_is_an_empty_page() -> None:
    engine = saying(Said(written([])))
    assert engine.read([PAGE]) == [[]]
    assert engine.read_lines([PAGE]) == [None]


def test_the_score_is_of_the_probabilities_and_their_absence_is_a_doubt() -> None:
    said = Said(written([PAN]))
    (unknown,) = fragments(saying(said).read([PAGE])[0])
    assert unknown.line.score == 0.5
    assert unknown.doubts == ("how sure the model was is not known",)
    known = Said(said.text, tokens=tuple(Token(letter, 0.9) for letter in said.text))
    (fragment,) = fragments(saying(known).read([PAGE])[0])
    assert fragment.line.score == pytest.approx(0.9)
    assert fragment.doubts == ()


def test_a_part_that_the_line_does_not_say_again_is_a_doubt() -> None:
    said = Said(written([Medicine(name="Dolo", strength="blue")]))
    (fragment,) = fragments(saying(said).read([PAGE])[0])
    assert "strength as told by the model: blue" in fragment.doubts


def test_a_real_model_reads_within_its_room(folder: Path) -> None:
    options = {"model": str(folder), "dtype": "float32", "threads": "1", "max_new_tokens": "24"}
    engine = make_engine("vlm", options)
    assert isinstance(engine, VlmEngine)
    assert (engine.name, engine.uses_gpu) == ("vlm", True)
    assert list(engine.models) == [f"{folder.name}/model.safetensors"]
    (line, blank), (page,) = engine.read_lines([PAGE, BLANK]), engine.read([OTHER])
    assert blank is None
    assert not isinstance(line, Fragment) or 0 < line.line.score <= 1
    assert not isinstance(page, Unread) or "was cut" in str(page)


def test_a_model_that_rambles_is_cut_and_marked(folder: Path) -> None:
    options = {"model": str(folder), "dtype": "float32", "constrained": "false", "max_new_tokens": "12"}
    (read,) = make_engine("vlm", options).read_lines([PAGE])
    assert isinstance(read, Unread)
    assert str(read).startswith("the model's answer")
