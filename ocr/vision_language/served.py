"""A vision-language model behind an OpenAI-compatible server (vLLM's, llama.cpp's, a company's gateway).

The picture goes along as a JPEG in a data URL. An answer is checked like any other: a server that knows no
schemas, or forgets them, is found out by the parser.
"""

import base64
from collections.abc import Sequence

import cv2
import numpy as np

from multilingual.language_models.chat_server import ChatServer, Message
from multilingual.language_models.server_options import ServerOptions
from ocr.engines.base import Picture
from ocr.vision_language.asking import Question, Said, Token
from ocr.vision_language.pictures import within

_JPEG = "data:image/jpeg;base64,"
_QUALITY = 92
_MOST_INPUT = 4096
"""Tokens that a prompt and its picture may take: which of a window of twice as many are left for them."""
_LONGEST = 4096
"""Tokens that a server which doesn't tell its window is asked for at most; most refuse far more."""


class ServedModel:
    """An `Answering` that asks a server. Raises EngineUnavailable where none answers, or without the model.

    Who serves the model knows its weights; here they have no hash. Pictures are sent with at most `pixels`.
    """

    def __init__(self, options: ServerOptions, pixels: int) -> None:
        self._server = ChatServer(options)
        self.version = self._server.model
        self.models: dict[str, str] = {}
        self._pixels = pixels

    def answer(self, questions: Sequence[Question], schema: str | None, longest: int) -> list[Said]:
        """See `Answering.answer`."""
        seen = [
            None if question.picture is None else within(question.picture, self._pixels)
            for question in questions
        ]
        asked = [
            [turn(question.prompt, None if view is None else data_url(view))]
            for question, view in zip(questions, seen, strict=True)
        ]
        replies = self._server.ask_all(asked, min(longest, self._room()), schema, chances=True)
        return [
            Said(
                reply.text,
                reply.input_tokens,
                reply.output_tokens,
                tuple(Token(text, chance) for text, chance in reply.chances),
                reply.cut,
                None if view is None else (view.shape[1], view.shape[0]),
                reply.error,
            )
            for reply, view in zip(replies, seen, strict=True)
        ]

    def _room(self) -> int:
        """Tokens that an answer can have: servers refuse a request that could leave the model's window."""
        window = self._server.window
        return _LONGEST if window is None else max(1, window - min(window // 2, _MOST_INPUT))


def turn(prompt: str, picture: str | None) -> Message:
    """The user's turn of a conversation, as the protocol has it; `picture` is an address, of data or not."""
    parts = [{"type": "text", "text": prompt}]
    if picture is None:
        return {"role": "user", "content": parts}
    return {"role": "user", "content": [{"type": "image_url", "image_url": {"url": picture}}, *parts]}


def data_url(picture: Picture) -> str:
    """The picture as a JPEG within an address."""
    _, encoded = cv2.imencode(
        ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    )
    return _JPEG + base64.b64encode(np.asarray(encoded).tobytes()).decode("ascii")


def pictured(url: str) -> Picture:
    """The picture within an address that `data_url` made."""
    encoded = np.frombuffer(base64.b64decode(url.removeprefix(_JPEG)), np.uint8)
    return np.asarray(cv2.cvtColor(cv2.imdecode(encoded, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), np.uint8)
