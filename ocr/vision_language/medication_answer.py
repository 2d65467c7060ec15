"""What a model is asked to say of a prescription, and how it is understood: JSON, a list of medicines.

    {"medications":[{"name":"Augmentin","form":"Tab","strength":"625 mg","frequency":"1-0-1"}]}

A part that is not on paper is left out. The schemas bound every part, so that the longest answer is known.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from ocr.engines.base import Unread
from ocr.vision_language.asking import Said, Token
from ocr.vision_language.schemas import text_pattern

MEDICINES_OF_A_PAGE, MEDICINES_OF_A_LINE = 12, 3
BOX = "bbox_2d"
_LIST = "medications"
_FARTHEST = 32_767
"""The largest coordinate of a box."""


def _whole(box: object) -> object:
    """A box's numbers as the schema has them: some models tell fractions, or stand a little outside."""
    if not isinstance(box, list) or any(isinstance(n, bool) or not isinstance(n, int | float) for n in box):
        return box
    return [round(min(max(n, 0), _FARTHEST)) if math.isfinite(n) else 0 for n in box]


_Coordinate = Annotated[int, Field(ge=0, le=_FARTHEST)]
_Box = Annotated[list[_Coordinate], Field(min_length=4, max_length=4), BeforeValidator(_whole)]
_Absent = SkipJsonSchema[None]


class Medicine(BaseModel):
    """One medicine as a model tells it, its parts as they are written; None: not written."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, Field(pattern=text_pattern(64, visible=True))]
    form: Annotated[str, Field(pattern=text_pattern(20))] | _Absent = None
    strength: Annotated[str, Field(pattern=text_pattern(32))] | _Absent = None
    dose: Annotated[str, Field(pattern=text_pattern(20))] | _Absent = None
    frequency: Annotated[str, Field(pattern=text_pattern(32))] | _Absent = None
    duration: Annotated[str, Field(pattern=text_pattern(20))] | _Absent = None
    route: Annotated[str, Field(pattern=text_pattern(16))] | _Absent = None
    instructions: Annotated[str, Field(pattern=text_pattern(56))] | _Absent = None
    bbox_2d: _Box | _Absent = None
    """x0, y0, x1, y1, in the unit of the model's family."""


@dataclass(frozen=True, slots=True)
class Told:
    """A medicine, and how sure the model was of its parts: the geometric mean of its tokens' probabilities.

    None where the probabilities are not known.
    """

    medicine: Medicine
    score: float | None


@dataclass(frozen=True, slots=True)
class Answered:
    """The medicines of an answer, in its order; `cut` where it broke off after them."""

    medicines: tuple[Told, ...]
    cut: bool = False


def page_schema(boxes: bool) -> str:
    """The JSON schema of what is said of a page; with `boxes` each medicine has one."""
    return _schema(MEDICINES_OF_A_PAGE, boxes)


def line_schema(boxes: bool) -> str:
    """The JSON schema of what is said of a line."""
    return _schema(MEDICINES_OF_A_LINE, boxes)


def written(medicines: Sequence[Medicine]) -> str:
    """The answer that tells these medicines, as a model is to learn it."""
    told = [medicine.model_dump(exclude_none=True) for medicine in medicines]
    return json.dumps({_LIST: told}, ensure_ascii=False, separators=(",", ":"))


def parse(said: Said) -> Answered:
    """The medicines of an answer. Raises Unread for one that holds none although it should.

    Of an answer that was cut, those count that are complete. A server may put it into a fence of Markdown,
    and say null or "" for what is not written; nothing else is forgiven.
    """
    if said.error is not None:
        raise Unread(said.error)
    joined = "".join(token.text for token in said.tokens)
    tokens = said.tokens if joined == said.text else ()
    medicines: list[Told] = []
    try:
        for medicine, spans in _medicines(said.text):
            medicines.append(Told(medicine, _score(tokens, spans)))
    except (ValueError, RecursionError):  # none is shown: pydantic's and json's quote the answer
        if not said.cut:
            raise Unread("the model's answer is not the JSON asked for") from None
        if not medicines:
            raise Unread("the model's answer was cut before its first medicine") from None
        return Answered(tuple(medicines), cut=True)
    return Answered(tuple(medicines))


def _schema(most: int, boxes: bool) -> str:
    medicine = Medicine.model_json_schema()
    parts = {
        name: {key: value for key, value in part.items() if key not in ("default", "title")}
        for name, part in medicine["properties"].items()
        if boxes or name != BOX
    }
    required = [*medicine["required"], *([BOX] if boxes else [])]
    items = {"type": "object", "properties": parts, "required": required, "additionalProperties": False}
    return json.dumps(
        {
            "type": "object",
            "properties": {_LIST: {"type": "array", "items": items, "maxItems": most}},
            "required": [_LIST],
            "additionalProperties": False,
        }
    )


_Span = tuple[int, int]
_FENCE = re.compile(r"\s*```(?:json)?\s*")
_SPACE = re.compile(r"\s*")
_DECODER = json.JSONDecoder()


def _medicines(text: str) -> Iterator[tuple[Medicine, list[_Span]]]:
    """The medicines of an answer one by one, each with where its parts stand; ValueError at a fault."""
    fence = _FENCE.match(text)
    at = _after(text, fence.end() if fence else 0, "{")
    key, at = _DECODER.raw_decode(text, _skipped(text, at))
    if key != _LIST:
        raise ValueError
    at = _after(text, _after(text, at, ":"), "[")
    if not _stands(text, at, "]"):
        while True:
            members, spans, at = _members(text, at)
            yield _checked(members), spans
            if not _stands(text, at, ","):
                break
            at = _after(text, at, ",")
    at = _after(text, _after(text, at, "]"), "}")
    if text[at:].strip() not in ("```" if fence else "",):
        raise ValueError


def _members(text: str, at: int) -> tuple[dict[str, Any], list[_Span], int]:
    """An object's members, where its texts stand, and where it ends."""
    members: dict[str, Any] = {}
    spans: list[_Span] = []
    at = _after(text, at, "{")
    while True:
        key, at = _DECODER.raw_decode(text, _skipped(text, at))
        start = _skipped(text, _after(text, at, ":"))
        value, at = _DECODER.raw_decode(text, start)
        if not isinstance(key, str) or key in members:
            raise ValueError
        members[key] = value
        if isinstance(value, str):
            spans.append((start + 1, at - 1))
        if not _stands(text, at, ","):
            return members, spans, _after(text, at, "}")
        at = _after(text, at, ",")


def _checked(members: Mapping[str, Any]) -> Medicine:
    written_ones = {
        key: value.strip() if isinstance(value, str) else value
        for key, value in members.items()
        if value is not None and not (isinstance(value, str) and not value.strip())
    }
    return Medicine.model_validate(written_ones)


def _skipped(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _stands(text: str, at: int, sign: str) -> bool:
    return text.startswith(sign, _skipped(text, at))


def _after(text: str, at: int, sign: str) -> int:
    if not _stands(text, at, sign):
        raise ValueError
    return _skipped(text, at) + len(sign)


def _score(tokens: Sequence[Token], spans: Sequence[_Span]) -> float | None:
    """The geometric mean of the chances of the tokens that stand in one of `spans`, wholly or in part."""
    chances, start = [], 0
    for token in tokens:
        end = start + len(token.text)
        # A token without text is a part of the character that the next one completes.
        if any(start < last and (end > first or start == end >= first) for first, last in spans):
            chances.append(max(token.chance, 1e-12))
        start = end
    return math.exp(sum(map(math.log, chances)) / len(chances)) if chances else None
