"""A model behind an OpenAI-compatible server (vLLM's, llama.cpp's, a company's gateway): /chat/completions.

What fails for a while (no connection, 429, 500 and the like, half a response) is tried again, each time after
a longer pause, or after the pause that the server asks for. Error messages are this module's own: a server's
may quote the patient.
"""

import json
import os
import random
import re
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import httpx2

from multilingual.unavailable import EngineUnavailable
from summarize.engines.base import Answer, Request, encodable
from summarize.engines.options import OpenaiOptions

KEY = "OPENAI_API_KEY"

_PASSING = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_LONGEST_PAUSE_S = 60.0
_START_TIMEOUT_S = 5.0
_LARGEST_RESPONSE = 4_000_000  # bytes; a summary has a few hundred
_REASON = re.compile(r"[A-Za-z][A-Za-z_.-]{0,39}")  # an error's code, as opposed to its prose


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    headers: Mapping[str, str]
    body: Any  # what its JSON holds; None where it is none


class OpenaiEngine:
    """Asks a server. Raises EngineUnavailable where none answers, or one without the model asked for."""

    name = "openai"
    uses_gpu = False
    sees = False
    prompt = "instruct"

    def __init__(self, options: OpenaiOptions) -> None:
        self._options = options
        served = self._served()
        self.model = _chosen(options, list(served))
        self.version = self.model
        window = served.get(self.model)
        self.longest: int | None = options.longest
        if window:
            self.longest = max(1, min(options.longest, window - options.max_new_tokens))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """An estimate from above, by script, since the tokenizer is not here; 32 are for the frame."""
        return [32 + round(sum(0.4 if char.isascii() else 1.5 for char in text)) for text in texts]

    def summarise(self, requests: Sequence[Request]) -> list[Answer]:
        """See `Engine.summarise`."""
        if not requests:
            return []
        threads = min(len(requests), self._options.concurrency)
        with self._client() as client, ThreadPoolExecutor(threads) as pool:
            return list(pool.map(partial(self._answer, client), requests))

    def alternatives(self, requests: Sequence[Request]) -> list[list[Answer]]:
        """None: a server answers the same prompt in one way at temperature 0."""
        return [[] for _ in requests]

    def _client(self) -> httpx2.Client:
        """Connections, kept for the requests of one batch."""
        key, options = os.environ.get(KEY), self._options
        return httpx2.Client(
            base_url=options.base_url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(options.timeout_s, connect=min(options.timeout_s, _START_TIMEOUT_S)),
            limits=httpx2.Limits(max_connections=options.concurrency),
        )

    def _answer(self, client: httpx2.Client, request: Request) -> Answer:
        body = {
            "model": self.model,
            "messages": [{"role": "user", "content": encodable(request.prompt)}],
            "temperature": 0,
            "max_tokens": self._options.max_new_tokens,
        }
        problem = ""
        for attempt in range(self._options.retries + 1):
            asked_pause = None
            try:
                response = _send(client, "POST", "chat/completions", self._options.timeout_s, body)
            except httpx2.TimeoutException:
                problem = f"the server did not answer within {self._options.timeout_s:g} s"
            except (httpx2.TransportError, httpx2.DecodingError) as error:
                problem = f"the connection to the server failed ({type(error).__name__})"
            else:
                answer = _read_answer(response)
                if not answer.error:
                    return answer
                problem, asked_pause = answer.error, _asked_pause(response.headers)
                if response.status not in _PASSING and response.status != httpx2.codes.OK:
                    return answer
            if attempt < self._options.retries:
                time.sleep(asked_pause if asked_pause is not None else self._pause(attempt))
        return Answer("", 0, 0, f"{problem}, tried {self._options.retries + 1} times")

    def _pause(self, attempt: int) -> float:
        """Seconds; spread, so that requests refused together do not come back together."""
        pause: float = self._options.backoff_s * 2**attempt * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
        return min(pause, _LONGEST_PAUSE_S)

    def _served(self) -> dict[str, int | None]:
        """The models that the server lists, with their context in tokens where it tells (vLLM does)."""
        where = self._options.base_url
        try:
            with self._client() as client:
                response = _send(client, "GET", "models", _START_TIMEOUT_S)
        except httpx2.HTTPError as error:
            raise EngineUnavailable(
                f"engine 'openai': no server answers at {where} ({type(error).__name__}); "
                "start one there, or name another with the option base_url"
            ) from None
        if response.status in {httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN}:
            raise EngineUnavailable(
                f"engine 'openai': {where} wants a key (HTTP {response.status}); "
                f"set it in the environment variable {KEY}"
            )
        listed = response.body.get("data") if isinstance(response.body, dict) else None
        models = [model for model in listed if isinstance(model, dict)] if isinstance(listed, list) else []
        return {str(model.get("id")): _whole(model.get("max_model_len")) for model in models}


def _send(client: httpx2.Client, method: str, path: str, timeout_s: float, body: Any = None) -> _Response:
    """One request, within `timeout_s` as a whole: a server that drips does not hold a worker for ever."""
    until = time.monotonic() + timeout_s
    with client.stream(method, path, json=body) as response:
        content = bytearray()
        for part in response.iter_bytes():
            content += part
            if time.monotonic() > until:
                raise httpx2.ReadTimeout("the response did not end")
            if len(content) > _LARGEST_RESPONSE:
                raise httpx2.DecodingError("the response is too large")
    try:
        read = json.loads(content)
    except ValueError:
        read = None
    return _Response(response.status_code, response.headers, read)


def _chosen(options: OpenaiOptions, served: Sequence[str]) -> str:
    names = ", ".join(served[:10]) or "none"
    if options.model:
        if served and options.model not in served:
            raise EngineUnavailable(f"{options.base_url} has no model {options.model!r}; it serves: {names}")
        return options.model
    if len(served) != 1:
        raise EngineUnavailable(f"{options.base_url} lists these models: {names}; set the option model")
    return served[0]


def _read_answer(response: _Response) -> Answer:
    body = response.body if isinstance(response.body, dict) else {}
    if response.status != httpx2.codes.OK:
        return Answer("", 0, 0, f"the server answered HTTP {response.status}{_reason(body)}")
    try:
        text = body["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        return Answer("", 0, 0, "the server's answer is not that of /chat/completions")
    if not isinstance(text, str):
        return Answer("", 0, 0, "the server's answer holds no text")
    usage = body.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    return Answer(
        text.strip(), _whole(counts.get("prompt_tokens")) or 0, _whole(counts.get("completion_tokens")) or 0
    )


def _reason(body: Mapping[str, Any]) -> str:
    """The code or type of an error, where it is a code; never its message."""
    error = body.get("error")
    for key in ("code", "type"):
        code = error.get(key) if isinstance(error, dict) else None
        if isinstance(code, str) and _REASON.fullmatch(code):
            return f" ({code})"
    return ""


def _asked_pause(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait (RFC 9110, Retry-After: seconds or a date), at most a minute."""
    asked = headers.get("retry-after", "").strip()
    try:
        seconds = float(asked) if asked.isdigit() else parsedate_to_datetime(asked).timestamp() - time.time()
    except ValueError:
        return None
    return min(max(seconds, 0.0), _LONGEST_PAUSE_S)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
