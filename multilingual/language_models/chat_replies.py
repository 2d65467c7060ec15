"""What a chat server's response says: the answer, its cost, how sure the model was, or what went wrong."""

import math
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

_OK = 200
_REASON = re.compile(r"[A-Za-z][A-Za-z_.-]{0,39}")  # an error's code, as opposed to its prose
_HALF = "\ufffd"  # what a token becomes that holds a part of a character


@dataclass(frozen=True, slots=True)
class Response:
    """A response of HTTP as it came."""

    status: int
    headers: Mapping[str, str]
    body: Any
    """What its JSON holds; None where it is none."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as the model wrote it; `error` says why there is none, in no words of the server's.

    `cut` tells that the model had not come to an end. `chances` are its pieces, which join to `text`, each
    with the probability that the model gave it; none where the server doesn't tell.
    """

    text: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cut: bool = False
    chances: tuple[tuple[str, float], ...] = ()
    error: str | None = None


def read_reply(response: Response) -> Reply:
    """The reply in a response of /chat/completions."""
    body = response.body if isinstance(response.body, dict) else {}
    if response.status != _OK:
        return Reply(error=f"the server answered HTTP {response.status}{_reason(body)}")
    try:
        choice = body["choices"][0]
        text = choice["message"]["content"]
    except (KeyError, IndexError, TypeError):
        return Reply(error="the server's answer is not that of /chat/completions")
    if not isinstance(text, str):
        return Reply(error="the server's answer holds no text")
    usage = body.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    return Reply(
        text,
        whole(counts.get("prompt_tokens")) or 0,
        whole(counts.get("completion_tokens")) or 0,
        choice.get("finish_reason") == "length",
        along(_told(choice.get("logprobs")), text),
    )


def _told(logprobs: object) -> list[tuple[str, float]]:
    """Each token and its probability, as the server tells them; none if any is not as it should be."""
    listed = logprobs.get("content") if isinstance(logprobs, dict) else None
    try:
        return [(_spelt(told), math.exp(min(0.0, told["logprob"]))) for told in listed or []]
    except (KeyError, TypeError, ValueError, AttributeError):
        return []


def _spelt(told: Mapping[str, Any]) -> str:
    """A token's text, of its bytes where they are told: half a character has no other spelling."""
    spelling = told.get("bytes")
    return bytes(spelling).decode("utf-8", "replace") if isinstance(spelling, list) else str(told["token"])


def along(told: Sequence[tuple[str, float]], text: str) -> tuple[tuple[str, float], ...]:
    """Tokens laid along the text that they spell; what comes after it, such as an end of turn, is left out.

    The character that several tokens spell together goes to the last of them, the others get "". Where tokens
    and text disagree there are no chances to tell: ().
    """
    laid: list[tuple[str, float]] = []
    place, torn = 0, False
    for token, chance in told:
        if place == len(text):
            break
        if not torn and text.startswith(token, place):
            laid.append((token, chance))
            place += len(token)
        elif _HALF in token:
            laid.append(("", chance))
            torn = True
        elif torn and (start := text.find(token, place + 1)) > 0:
            laid[-1] = (text[place:start], laid[-1][1])
            laid.append((token, chance))
            place, torn = start + len(token), False
        else:
            return ()
    if torn:
        laid[-1] = (text[place:], laid[-1][1])
    return tuple(laid) if torn or place == len(text) else ()


def asked_pause(headers: Mapping[str, str], longest_s: float) -> float | None:
    """Seconds that the server asks to wait (RFC 9110, Retry-After: seconds or a date), within the longest."""
    asked = headers.get("retry-after", "").strip()
    try:
        seconds = float(asked) if asked.isdigit() else parsedate_to_datetime(asked).timestamp() - time.time()
    except ValueError:
        return None
    return min(max(seconds, 0.0), longest_s)


def whole(value: object) -> int | None:
    """A number if it is a whole one."""
    return value if isinstance(value, int) else None


def _reason(body: Mapping[str, Any]) -> str:
    """The code or type of an error, where it is a code; never its message."""
    error = body.get("error")
    for key in ("code", "type"):
        code = error.get(key) if isinstance(error, dict) else None
        if isinstance(code, str) and _REASON.fullmatch(code):
            return f" ({code})"
    return ""
