"""A language model behind an OpenAI-compatible server (vLLM's, llama.cpp's, a company's gateway)."""

from collections.abc import Sequence

from multilingual.language_models.chat_server import ChatServer
from ocr.vision_language.served import ServedModel
from summarize.engines.base import Answer, Engine, Request, encodable
from summarize.engines.estimate import estimated_tokens
from summarize.engines.options import OpenaiOptions
from summarize.engines.vlm import SeeingEngine

_NEW_TOKENS = 256


def openai_engine(options: OpenaiOptions) -> Engine:
    """The engine for a server's model, which sees or not. Raises EngineUnavailable as the engines do."""
    if options.sees:
        return SeeingOpenaiEngine(options)
    return OpenaiEngine(options)


class SeeingOpenaiEngine(SeeingEngine):
    """Asks a server whose model sees, the photograph going along. Raises EngineUnavailable likewise."""

    def __init__(self, options: OpenaiOptions) -> None:
        super().__init__(
            "openai", ServedModel(options, options.pixels), options.longest, options.max_new_tokens
        )


class OpenaiEngine:
    """Asks a server. Raises EngineUnavailable where none answers, or one without the model asked for."""

    name = "openai"
    uses_gpu = False
    sees = False
    prompt = "instruct"

    def __init__(self, options: OpenaiOptions) -> None:
        self._server = ChatServer(options)
        self.version = self._server.model
        self._max_new_tokens = options.max_new_tokens or _NEW_TOKENS
        self.longest: int | None = options.longest
        if window := self._server.window:
            self.longest = max(1, min(options.longest, window - self._max_new_tokens))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """An estimate, since the tokenizer is not here."""
        return [estimated_tokens(text) for text in texts]

    def summarise(self, requests: Sequence[Request]) -> list[Answer]:
        """See `Engine.summarise`."""
        asked = [[{"role": "user", "content": encodable(request.prompt)}] for request in requests]
        replies = self._server.ask_all(asked, self._max_new_tokens)
        return [
            Answer(reply.text.strip(), reply.input_tokens, reply.output_tokens, reply.error)
            for reply in replies
        ]

    def alternatives(self, requests: Sequence[Request]) -> list[list[Answer]]:
        """None: a server answers the same prompt in one way at temperature 0."""
        return [[] for _ in requests]
