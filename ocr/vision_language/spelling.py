"""The text that each token of an answer adds to it."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from os.path import commonprefix
from typing import Any

from tokenizers.decoders import DecodeStream


def spelt(tokenizer: Any, tokens: Sequence[int]) -> tuple[str, list[str]]:
    """The text of `tokens`, special ones left out, and each token's part of it; the parts join to the text.

    A character of several tokens belongs to the last of them.
    """
    text = _decoded(tokenizer, tokens)
    parts = _streamed(tokenizer, tokens)
    if not text.startswith("".join(parts)):
        parts = _compared(tokenizer, tokens, text)
    if parts:
        parts[-1] += text[len("".join(parts)) :]  # half a character that nothing completed
    return text, parts


def _decoded(tokenizer: Any, tokens: Sequence[int]) -> str:
    return str(tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False))


def _streamed(tokenizer: Any, tokens: Sequence[int]) -> list[str]:
    """What each token adds as they come, up to where they turn out to spell no text."""
    stream, parts = DecodeStream(skip_special_tokens=True), []
    try:
        for token in tokens:
            parts.append(stream.step(tokenizer.backend_tokenizer, token) or "")  # noqa: PERF401 - kept
    except Exception:  # its very own: bytes that are no character can change what came before them
        parts += [""] * (len(tokens) - len(parts))
    return parts


def _compared(tokenizer: Any, tokens: Sequence[int], text: str) -> list[str]:
    """What each token adds to as much of `text` as the tokens so far agree with; slow, and always right."""
    so_far = (_decoded(tokenizer, tokens[: place + 1]) for place in range(len(tokens)))
    ends = accumulate((len(commonprefix([begun, text])) for begun in so_far), max)  # noqa: RUF071 - texts
    return [text[start:end] for start, end in pairwise([0, *ends])]
