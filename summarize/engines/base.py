"""What an engine is: a name, a version, and a batch of requests that becomes a batch of summaries.

An engine knows nothing of files, of medicine or of Ray. What it writes is checked elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""


@dataclass(frozen=True, slots=True)
class Request:
    """A patient's message, and the prompt made of it ("" for an engine without prompts).

    `language` is the message's own, None where it has none; `target_language` is a code, never "source".
    `avoid` are words that `Engine.alternatives` keeps out of its summaries.
    """

    query: str
    prompt: str
    language: str | None
    target_language: str
    image: Picture | None = None
    avoid: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A summary as the engine wrote it; `error` says why there is none, without a word of the patient's.

    `image_findings` is what the engine says it sees on the picture, None where it looked at none or tells
    nothing of it apart. `cut` tells that the text breaks off: the engine had not come to its end.
    """

    text: str
    input_tokens: int
    output_tokens: int
    error: str | None = None
    image_findings: str | None = None
    cut: bool = False


class Engine(Protocol):
    """Summarises messages.

    `sees` tells whether pictures are looked at; `prompt` is the task (see summarize.prompts) whose prompts
    this engine wants, "" for none; `longest` is how many tokens a prompt may have, None for any number.
    """

    name: str
    version: str
    uses_gpu: bool
    sees: bool
    prompt: str
    longest: int | None

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, put to the model as a prompt; what is compared with `longest`."""
        ...

    def summarise(self, requests: Sequence[Request]) -> list[Answer]:
        """One answer a request, in their order. A request that fails is an answer with its `error`."""
        ...

    def alternatives(self, requests: Sequence[Request]) -> list[list[Answer]]:
        """Other summaries of each message, likeliest first; none where an engine has only one."""
        ...


def encodable(text: str) -> str:
    """`text` as UTF-8 can hold it: half a surrogate pair, as broken decoders leave it, becomes "?"."""
    return text.encode("utf-8", "replace").decode()
