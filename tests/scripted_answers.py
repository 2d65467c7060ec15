"""What answers questions without a model, so that what is made of its answers can be tested."""

import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from ocr.engines import make_engine
from ocr.engines.base import Engine
from ocr.engines.vlm import AnswerEngine
from ocr.vision_language.asking import Question, Said
from ocr.vision_language.medication_answer import Medicine, written

NAMES = ("Dolo", "Augmentin", "Ascoril", "Telma", "Cetzine", "Omez", "Pantocid", "Azithral")


class Scripted:
    """Says what `script` says to each question; remembers what it was asked."""

    version, models = "scripted 1", {"script": "0" * 64}

    def __init__(self, script: Callable[[Question], Said]) -> None:
        self._script = script
        self.asked: list[Question] = []
        self.schemas: list[str | None] = []
        self.longest: list[int] = []

    def answer(self, questions: Sequence[Question], schema: str | None, longest: int) -> list[Said]:
        self.asked += questions
        self.schemas.append(schema)
        self.longest.append(longest)
        return [self._script(question) for question in questions]


def by_content(question: Question) -> Said:
    """Two medicines that depend on the picture alone."""
    assert question.picture is not None
    digest = hashlib.sha256(np.ascontiguousarray(question.picture).tobytes()).digest()
    medicines = [Medicine(name=NAMES[byte % 8], strength=f"{byte} mg") for byte in digest[:2]]
    return Said(written(medicines))


SCRIPTED = ("vlm", "openai")
"""Engines that do not start without a model or a server."""


def started(name: str) -> Engine:
    """The engine of this name; those that need a model are the same engine with a script in its place."""
    return AnswerEngine(name, Scripted(by_content)) if name in SCRIPTED else make_engine(name)
