"""The extractive baseline: a message's own first sentences, in its own language. No model, no prompt."""

import re
from collections.abc import Iterator, Sequence

from summarize.engines.base import Answer, Request, encodable

# 30 words or 40 Han characters fill a summary; a text that mixes them fills it in proportion.
_WORD, _HAN = 4, 3
_FULL = 120
_HAN_RANGE = r"\u3400-\u4dbf\u4e00-\u9fff"
_WIDE_MARKS = r"\u3000-\u303f\uff00-\uffef"  # they stand between characters without being any
_UNIT = re.compile(rf"[{_HAN_RANGE}]|[^\s{_HAN_RANGE}{_WIDE_MARKS}]+")
_HAN_CHARACTER = re.compile(rf"[{_HAN_RANGE}]")
# A sentence ends after its mark; a full stop inside 38.5 or q.d. ends none.
_SENTENCE_END = re.compile(r"(?<=[.!?।॥…])\s+|(?<=[。！？；])\s*|\s*\n\s*")


class LeadEngine:
    """Answers with the first sentences that fit into 30 words; a longer first sentence is cut after them."""

    name = "lead"
    version = "1"
    uses_gpu = False
    sees = False
    prompt = ""
    longest: int | None = None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Words and Han characters of each text."""
        return [len(_UNIT.findall(text)) for text in texts]

    def summarise(self, requests: Sequence[Request]) -> list[Answer]:
        """See `Engine.summarise`. An empty message has an empty summary."""
        summaries = [_lead(encodable(request.query)) for request in requests]
        read = self.count_tokens([request.query for request in requests])
        written = self.count_tokens(summaries)
        return [Answer(*parts) for parts in zip(summaries, read, written, strict=True)]

    def alternatives(self, requests: Sequence[Request]) -> list[list[Answer]]:
        """None: a text has one beginning."""
        return [[] for _ in requests]


def _lead(text: str) -> str:
    text = text.strip()
    end = 0
    for stop in _sentence_ends(text):
        if end and _size(text[:stop]) > _FULL:
            break
        end = stop
    return " ".join(_cut(text[:end]).split())


def _sentence_ends(text: str) -> Iterator[int]:
    for found in _SENTENCE_END.finditer(text):
        yield found.start()
    yield len(text)


def _size(text: str) -> int:
    return sum(_weight(unit) for unit in _UNIT.findall(text))


def _weight(unit: str) -> int:
    return _HAN if _HAN_CHARACTER.match(unit) else _WORD


def _cut(text: str) -> str:
    """The words of `text` that fit; what stands between them is kept."""
    size = 0
    for found in _UNIT.finditer(text):
        size += _weight(found[0])
        if size > _FULL:
            return text[: found.start()]
    return text
