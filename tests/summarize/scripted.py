"""An engine or a model whose answers a test writes, and a reader of documents that sees what a test says."""

from collections.abc import Callable, Sequence

from ocr.engines.base import Fragment, Picture
from ocr.records import Box, TextLine
from ocr.vision_language.asking import Question, Said
from summarize.engines.base import Answer, Request


class Scripted:
    """Answers each request with `say` of it, else with those of `others` that hold nothing it should avoid.

    It counts a token for each word or Han character.
    """

    name, version, uses_gpu = "scripted", "1", False

    def __init__(
        self,
        say: Callable[[Request], str] = lambda request: "The patient asks for advice.",
        *,
        others: Sequence[str] = (),
        prompt: str = "tuned",
        longest: int | None = None,
        sees: bool = False,
    ) -> None:
        self.say, self.others, self.prompt, self.longest, self.sees = say, others, prompt, longest, sees
        self.batches: list[list[Request]] = []
        self.asked_again: list[Request] = []

    @property
    def requests(self) -> list[Request]:
        return [request for batch in self.batches for request in batch]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [sum(1 if word.isascii() else len(word) for word in text.split()) for text in texts]

    def summarise(self, requests: Sequence[Request]) -> list[Answer]:
        self.batches.append(list(requests))
        return [Answer(self.say(request), len(request.prompt.split()), 5) for request in requests]

    def alternatives(self, requests: Sequence[Request]) -> list[list[Answer]]:
        self.asked_again += requests
        return [
            [Answer(text, 7, 3) for text in self.others if not any(word in text for word in request.avoid)]
            for request in requests
        ]


class ScriptedModel:
    """A vision-language model that says `say` of each question; a text is an answer that came to its end."""

    version = "scripted 1"

    def __init__(self, say: Callable[[Question], Said | str]) -> None:
        self.say, self.models = say, {"scripted/model.safetensors": "0" * 64}
        self.asked: list[tuple[list[Question], str | None, int]] = []

    @property
    def questions(self) -> list[Question]:
        return [question for questions, _, _ in self.asked for question in questions]

    def answer(self, questions: Sequence[Question], schema: str | None, longest: int) -> list[Said]:
        self.asked.append((list(questions), schema, longest))
        said = [self.say(question) for question in questions]
        return [Said(each, 40, 9) if isinstance(each, str) else each for each in said]


class Reader:
    """An ocr engine that reads the same lines on every picture."""

    name, version, uses_gpu = "reader", "1", False

    def __init__(self, lines: Sequence[str], score: float = 0.9) -> None:
        self.lines, self.score, self.pictures = lines, score, 0

    def read(self, pages: Sequence[Picture]) -> list[list[Fragment]]:
        self.pictures += len(pages)
        return [
            [Fragment(TextLine(text, self.score, _row(row))) for row, text in enumerate(self.lines)]
            for _ in pages
        ]


def _row(row: int) -> Box:
    return (0, 20 * row, 200, 20 * row, 200, 20 * row + 15, 0, 20 * row + 15)
