"""What is put to a vision-language model, and what it says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ocr.engines.base import Picture


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A prompt, and the picture it is about (RGB, height x width x 3); None where there is none."""

    prompt: str
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A token of an answer: the text it added, and its probability among those that were allowed there."""

    text: str
    chance: float


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, special tokens gone. `error` says why there is none, without a word of the patient's.

    `cut` tells that the model had not come to an end. `tokens` join to `text`; a server may tell none.
    `seen_size` is (width, height) in pixels of the picture as the model saw it, which its boxes may refer to.
    """

    text: str
    input_tokens: int = 0
    output_tokens: int = 0
    tokens: tuple[Token, ...] = ()
    cut: bool = False
    seen_size: tuple[int, int] | None = None
    error: str | None = None


class Answering(Protocol):
    """What answers questions about pictures: a model here, or a server."""

    version: str
    models: dict[str, str]
    """SHA-256 of each file of weights, by its name."""

    def answer(self, questions: Sequence[Question], schema: str | None, longest: int) -> list[Said]:
        """One answer a question, in order, of at most `longest` tokens; it obeys the JSON schema."""
        ...
