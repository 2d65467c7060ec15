"""The answers to a batch of questions, token by token."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import LogitsProcessorList

from ocr.vision_language.asking import Said, Token
from ocr.vision_language.chances import Chances
from ocr.vision_language.constrained import Constraint
from ocr.vision_language.loading import Loaded
from ocr.vision_language.rows import Row, collate
from ocr.vision_language.spelling import spelt


@torch.inference_mode()
def generate(
    loaded: Loaded,
    rows: Sequence[Row],
    constraint: Constraint | None,
    longest: int,
    stops: Sequence[int],
    temperature: float,
) -> list[Said]:
    """One answer a row, of at most `longest` tokens; `stops` end it. Raises what the model does."""
    tokenizer = loaded.processor.tokenizer
    pad = int(tokenizer.pad_token_id or 0)  # any id will do, since padding is masked
    inputs = {name: _placed(array, loaded.model) for name, array in collate(rows, pad).items()}
    chances = Chances()
    obeying = constraint.logits_processor(len(rows)) if constraint else None
    sampling = {"do_sample": True, "temperature": temperature, "top_k": 0} if temperature > 0 else {}
    sequences = loaded.model.generate(
        **inputs,
        max_new_tokens=longest,
        eos_token_id=list(stops),
        pad_token_id=pad,
        suppress_tokens=_pictures(loaded.processor) or None,
        logits_processor=LogitsProcessorList([*([obeying] if obeying else []), chances]),
        **sampling,
    )
    finished = [False] * len(rows)
    if obeying:
        obeying.follow(sequences)
        finished = obeying.finished
    said = sequences[:, inputs["input_ids"].shape[1] :].tolist()
    return [
        _answer(tokenizer, row, tokens, likely, stops, done)
        for row, tokens, likely, done in zip(rows, said, chances.of(sequences), finished, strict=True)
    ]


def _answer(
    tokenizer: Any,
    row: Row,
    tokens: Sequence[int],
    chances: Sequence[float],
    stops: Sequence[int],
    finished: bool,
) -> Said:
    """`finished` tells that the answer may stand as it is without an end token."""
    ends = [place for place, token in enumerate(tokens) if token in stops]
    length = ends[0] if ends else len(tokens)  # after its end, a row holds padding
    text, parts = spelt(tokenizer, tokens[:length])
    return Said(
        text,
        input_tokens=row.tokens,
        output_tokens=length + bool(ends),
        tokens=tuple(Token(part, chance) for part, chance in zip(parts, chances, strict=False)),
        cut=not ends and not finished,
        seen_size=row.seen_size,
    )


def _placed(array: Tensor, model: Any) -> Tensor:
    """The array where the model is, pictures in its number format."""
    return array.to(model.device, model.dtype if array.is_floating_point() else None)


def _pictures(processor: Any) -> list[int]:
    """The tokens that stand for pictures: an answer has none, though random weights would give some."""
    return [token for token in processor.image_token_ids if token is not None]
