"""The engine that sees: what it asks a vision-language model, and what becomes of what the model says."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scripted import Reader, ScriptedModel

from multilingual.unavailable import EngineUnavailable
from ocr.records import Status
from ocr.vision_language.asking import Question, Said
from ocr.vision_language.model import VisionLanguageModel
from summarize.attachments import Attachments
from summarize.condense import condense
from summarize.engines import make_engine
from summarize.engines.base import Request
from summarize.engines.options import VlmOptions
from summarize.engines.seen import LONGEST, answer_of, answer_schema, written
from summarize.engines.vlm import VlmEngine
from summarize.flags import FLAGS
from summarize.languages import LANGUAGES
from summarize.prompts import load_prompt
from summarize.queries import Query, read_queries
from summarize.records import SummaryRecord

RASH = "Do hafte se mere haath par daane hain, kya karun?"
SKIN = np.full((40, 60, 3), (200, 150, 130), np.uint8)
SUMMARY = "The patient has had a rash on the hand for two weeks and asks what to do."
FINDINGS = "The back of a hand with red spots."
NO_ROOM = "the device has too little memory for this picture (option pixels makes it smaller)"


def answer(summary: str = SUMMARY, findings: str | None = FINDINGS) -> str:
    told = {"summary": summary} if findings is None else {"image_findings": findings, "summary": summary}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def honest(question: Question) -> str:
    return answer(findings=None if question.picture is None else FINDINGS)


def engine(say: Callable[[Question], Said | str] = honest, **options: Any) -> tuple[VlmEngine, ScriptedModel]:
    model = ScriptedModel(say)
    return VlmEngine(VlmOptions(**options), model), model


def request(prompt: str, picture: bool = True) -> Request:
    return Request(prompt, prompt, None, "en", SKIN if picture else None)


@pytest.fixture
def queries(tmp_path: Path) -> Callable[..., list[Query]]:
    """Messages whose pictures are a.png, which is there, or others, which are not."""
    Image.fromarray(SKIN).save(tmp_path / "a.png")

    def made(*rows: dict[str, Any]) -> list[Query]:
        file = tmp_path / "q.jsonl"
        file.write_text("\n".join(json.dumps({"query": RASH} | row) for row in rows))
        return list(read_queries(str(file)))

    return made


def condensed(asked: Sequence[Query], seeing: VlmEngine, target: str = "en") -> list[SummaryRecord]:
    records = condense(asked, seeing, target, Attachments(lambda: Reader(())))
    assert {flag.partition(":")[0] for record in records for flag in record.flags} <= FLAGS.keys()
    return records


def test_a_picture_has_findings_and_no_picture_has_none() -> None:
    seeing, model = engine()
    requests = [request("one"), request("two", picture=False), request("three"), request("four", False)]
    answers = seeing.summarise(requests)
    assert [each.image_findings for each in answers] == [FINDINGS, None, FINDINGS, None]
    assert {(each.text, each.input_tokens, each.output_tokens, each.error) for each in answers} == {
        (SUMMARY, 40, 9, None)
    }
    (seen, with_picture, _), (unseen, without, _) = model.asked
    assert [(each.prompt, each.picture is SKIN) for each in seen] == [("one", True), ("three", True)]
    assert [(each.prompt, each.picture) for each in unseen] == [("two", None), ("four", None)]
    assert list(json.loads(with_picture or "")["properties"]) == ["image_findings", "summary"]
    assert list(json.loads(without or "")["properties"]) == ["summary"]
    assert (seeing.version, seeing.models, seeing.sees) == (model.version, model.models, True)


def test_the_budget_is_enough_for_the_longest_answer() -> None:
    seeing, model = engine()
    seeing.summarise([request("one"), request("two", picture=False)])
    for (_, schema, longest), has_picture in zip(model.asked, (True, False), strict=True):
        assert schema == answer_schema(has_picture=has_picture)
        filled = {key: "\u0905" * LONGEST[key] for key in json.loads(schema)["required"]}
        whole = json.dumps(filled, ensure_ascii=False, separators=(",", ":"))
        assert len(whole.encode()) < longest  # a token a byte, and one for the end
    seeing, model = engine(max_new_tokens=77, constrained=False)
    seeing.summarise([request("one")])
    assert model.asked[0][1:] == (None, 77)


@pytest.mark.parametrize(
    ("said", "text", "findings", "cut", "error"),
    [
        (Said(answer()), SUMMARY, FINDINGS, False, None),
        (Said(f"```json\n{answer()}\n```"), SUMMARY, FINDINGS, False, None),
        (Said(answer(findings="")), SUMMARY, "", False, None),
        (Said(answer(findings=None)), SUMMARY, "", False, None),
        (Said('{"image_findings":3,"summary":" Asks. "}'), "Asks.", "", False, None),
        (Said("", error=NO_ROOM), "", None, False, NO_ROOM),
        (Said("I see a rash."), "", None, False, "the model's answer is not the JSON asked for"),
        (Said('["rash"]'), "", None, False, "the model's answer is not the JSON asked for"),
        (Said('{"summary":null}'), "", None, False, "the model's answer is not the JSON asked for"),
        (Said('{"summary":"A rash'), "", None, False, "the model's answer is not the JSON asked for"),
        (Said('{"image_findings":"Red.","summary":"A rash', cut=True), "A rash", "Red.", True, None),
        (Said(answer(), cut=True), SUMMARY, FINDINGS, True, None),
        (
            Said('{"image_findings":"Red sp', cut=True),
            "",
            None,
            False,
            "the model's answer was cut before its summary (option max_new_tokens)",
        ),
        (
            Said("", cut=True),
            "",
            None,
            False,
            "the model's answer was cut before its summary (option max_new_tokens)",
        ),
    ],
)
def test_what_a_model_says(said: Said, text: str, findings: str | None, cut: bool, error: str | None) -> None:
    read = answer_of(said, has_picture=True)
    assert (read.text, read.image_findings, read.cut, read.error) == (text, findings, cut, error)


def test_what_a_model_learns_to_answer_is_what_is_read() -> None:
    assert written(SUMMARY, FINDINGS) == answer()
    assert written(SUMMARY) == answer(findings=None)
    odd = written('Is "Pan-D"\nsafe?', "A back\\slash. दाने")
    (seen,) = engine(lambda _: odd)[0].summarise([request("one")])
    assert (seen.text, seen.image_findings) == ("Is 'Pan-D' safe?", "A back/slash. दाने")
    patterns = {
        key: each["pattern"]
        for key, each in json.loads(answer_schema(has_picture=True))["properties"].items()
    }
    assert all(re.search(patterns[key], text) for key, text in json.loads(odd).items())


def test_findings_are_a_column_of_their_own(queries: Callable[..., list[Query]]) -> None:
    seeing, model = engine()
    seen, unasked = condensed(queries({"image": "a.png"}, {}), seeing)
    assert (seen.summary, seen.image_findings, seen.image_used) == (SUMMARY, FINDINGS, True)
    assert (unasked.summary, unasked.image_findings, unasked.image_used) == (SUMMARY, None, False)
    assert seen.status is unasked.status is Status.OK
    prompt = load_prompt("see", "en")
    assert {seen.prompt_hash, unasked.prompt_hash} == {prompt.digest}
    assert [question.prompt for question in model.questions] == [
        prompt.render(RASH, has_picture=True),
        prompt.render(RASH),
    ]


def test_findings_are_cleaned_as_summaries_are(queries: Callable[..., list[Query]]) -> None:
    def findings(said: str) -> tuple[str | None, tuple[str, ...]]:
        (record,) = condensed(queries({"image": "a.png"}), engine(lambda _: answer(findings=said))[0])
        assert record.summary == SUMMARY
        return record.image_findings, record.flags

    assert findings("<end_of_turn>Red spots.") == ("Red spots.", ())
    assert findings("Red spots. Red spots.") == ("Red spots.", ("findings_cut: repetition_cut",))
    assert findings("Red spots. On a hand. And more.") == ("Red spots. On a hand.", ())
    assert findings(" . ") == (None, ("findings_empty",))


def test_what_the_picture_alone_tells_is_kept_and_marked(queries: Callable[..., list[Query]]) -> None:
    said = answer("The patient has had a rash and swelling on the hand.", "A swelling on the left hand.")
    (record,) = condensed(queries({"image": "a.png"}), engine(lambda _: said)[0])
    assert (record.status, record.flags) == (Status.REVIEW, ("told_by_image: swelling",))
    assert record.summary == "The patient has had a rash and swelling on the hand."
    said = answer("The patient has had a rash on the hand for nine weeks.")
    (record,) = condensed(queries({"image": "a.png"}), engine(lambda _: said)[0])
    assert record.flags == ("invented_duration: nine weeks",)


@pytest.mark.parametrize("image", ["gone.png", "q.jsonl"])
def test_a_missing_or_broken_picture_costs_only_the_picture(
    queries: Callable[..., list[Query]], image: str
) -> None:
    seeing, model = engine()
    (record,) = condensed(queries({"image": image}), seeing)
    assert (record.status, record.summary, record.image_findings) == (Status.REVIEW, SUMMARY, None)
    assert record.flags[0].startswith("image_missing" if image == "gone.png" else "image_broken")
    assert model.questions[0].prompt == load_prompt("see", "en").render(RASH)


def test_what_fails_is_a_row_with_a_reason(queries: Callable[..., list[Query]]) -> None:
    def say(question: Question) -> Said | str:
        if "memory" in question.prompt:
            return Said("", 40, error=NO_ROOM)
        if "malformed" in question.prompt:
            return "I see a rash."
        if "cut early" in question.prompt:
            return Said('{"image_findings":"A ha', 40, 9, cut=True)
        if "cut late" in question.prompt:
            return Said('{"image_findings":"A hand.","summary":"The patient asks wh', 40, 9, cut=True)
        return honest(question)

    kinds = ("memory", "malformed", "cut early", "cut late", "good")
    asked = queries(*({"query": f"{RASH} {kind}", "image": "a.png"} for kind in kinds))
    *failed, late, good = condensed(asked, engine(say)[0])
    assert [(record.status, record.error_stage, record.error) for record in failed] == [
        (Status.ERROR, "engine", NO_ROOM),
        (Status.ERROR, "engine", "the model's answer is not the JSON asked for"),
        (Status.ERROR, "engine", "the model's answer was cut before its summary (option max_new_tokens)"),
    ]
    assert (late.status, late.summary, late.flags) == (
        Status.REVIEW,
        "The patient asks wh",
        ("summary_cut",),
    )
    assert (late.image_findings, good.status) == ("A hand.", Status.OK)


def test_a_model_that_dies_costs_the_rows_it_dies_over(queries: Callable[..., list[Query]]) -> None:
    def say(question: Question) -> str:
        if "deadly" in question.prompt:
            raise RuntimeError("CUDA error: an illegal memory access was encountered")
        return honest(question)

    asked = queries({"image": "a.png"}, {"query": f"{RASH} deadly", "image": "a.png"}, {})
    first, dead, last = condensed(asked, engine(say)[0])
    assert (first.status, last.status) == (Status.OK, Status.OK)
    assert (dead.error_stage, dead.error) == (
        "engine",
        "RuntimeError: CUDA error: an illegal memory access was encountered",
    )


def test_without_a_model_it_says_what_to_name() -> None:
    with pytest.raises(EngineUnavailable, match="option model, a folder or a name on the model hub"):
        make_engine("vlm")
    with pytest.raises(EngineUnavailable, match="there is no folder /nowhere/model"):
        make_engine("vlm", {"model": "/nowhere/model"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_prompts_speak_of_a_picture_only_where_there_is_one(language: str) -> None:
    prompt = load_prompt("see", language)
    seeing, blind = (
        prompt.render("Is {picture} safe? {query}", "34 years", has_picture=seen) for seen in (True, False)
    )
    assert "image_findings" in seeing and "image_findings" not in blind
    assert len(seeing.splitlines()) == len(blind.splitlines()) + 2
    for text in (seeing, blind):
        assert text.count("{picture}") == text.count("{query}") == 1
        assert "\nIs {picture} safe? {query}\n" in text and "\nNotes: 34 years\n" in text
        assert '"summary"' in text.splitlines()[-1]


def test_a_real_model_answers_with_and_without_pictures(tiny_vlm: Path) -> None:
    chosen = {"model": str(tiny_vlm), "dtype": "float32", "threads": "1"}
    seeing = make_engine("vlm", chosen)
    assert isinstance(seeing, VlmEngine) and isinstance(seeing.model, VisionLanguageModel)
    asked = [request(RASH), request("<image> </s> <image>"), request("खाँसी है", picture=False)]
    answers = seeing.summarise(asked)
    assert [each.error for each in answers] == [None] * 3
    assert [each.cut for each in answers] == [False] * 3  # the schema's longest answer fits
    assert [bool(each.image_findings) for each in answers] == [True, True, False]
    assert all(0 < len(each.text) <= LONGEST["summary"] for each in answers)
    chosen |= {"constrained": "false", "max_new_tokens": "8"}
    (loose,) = make_engine("vlm", chosen).summarise(asked[:1])
    assert loose.error is not None and loose.text == ""
