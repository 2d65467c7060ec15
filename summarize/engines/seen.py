"""The answer of an engine that sees: JSON with what is seen on the picture, and then the summary.

What is seen comes first, so that the summary is written after the picture was looked at. Without a picture
there is a summary alone.
"""

import json
from functools import cache
from typing import Final

from pydantic_core import from_json

from ocr.vision_language.asking import Said
from ocr.vision_language.schemas import bounded_text
from summarize.engines.base import Answer

FINDINGS: Final = "image_findings"
SUMMARY: Final = "summary"
LONGEST: Final = {FINDINGS: 240, SUMMARY: 280}
"""Characters. Of 2,412 references of MMCQS the longest have 242 and 269, the median 128 and 121."""

_UNQUOTED: Final = str.maketrans({'"': "'", "\\": "/"})
"""The schema's texts have none of these, nor line breaks."""
_NOT_JSON: Final = "the model's answer is not the JSON asked for"
_CUT: Final = "the model's answer was cut before its summary (option max_new_tokens)"


@cache
def answer_schema(*, has_picture: bool) -> str:
    """The JSON schema of an answer to a question with or without a picture."""
    keys = [FINDINGS, SUMMARY] if has_picture else [SUMMARY]
    schema = {
        "type": "object",
        "properties": {key: bounded_text(LONGEST[key]) for key in keys},
        "required": keys,
        "additionalProperties": False,
    }
    return json.dumps(schema)


def written(summary: str, findings: str | None = None) -> str:
    """The answer that tells this, as a model is to learn it; without `findings` there was no picture."""
    told = {} if findings is None else {FINDINGS: findings}
    told[SUMMARY] = summary
    return json.dumps(
        {key: " ".join(text.translate(_UNQUOTED).split()) for key, text in told.items()},
        ensure_ascii=False,
        separators=(",", ":"),
    )


def answer_of(said: Said, *, has_picture: bool) -> Answer:
    """The answer in what a model said; of one that was cut, as much of the summary as there is."""
    if said.error is not None:
        return _without(said, said.error)
    try:
        read = from_json(_object_in(said), allow_partial="trailing-strings" if said.cut else False)
    except ValueError:
        read = None
    told = read if isinstance(read, dict) else {}
    summary, findings = told.get(SUMMARY), told.get(FINDINGS)
    if not isinstance(summary, str):
        return _without(said, _CUT if said.cut and SUMMARY not in told else _NOT_JSON)
    return Answer(
        summary.strip(),
        said.input_tokens,
        said.output_tokens,
        image_findings=(findings if isinstance(findings, str) else "") if has_picture else None,
        cut=said.cut,
    )


def _object_in(said: Said) -> str:
    """The JSON of an answer; what nothing constrained has a fence of Markdown around it."""
    start, end = said.text.find("{"), said.text.rfind("}")
    return said.text[max(0, start) :] if said.cut else said.text[max(0, start) : end + 1]


def _without(said: Said, error: str) -> Answer:
    return Answer("", said.input_tokens, said.output_tokens, error)
