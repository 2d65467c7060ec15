"""The answers to a batch of questions, token by token.

A row that has said all leaves the batch with its like: whenever half of the rows are done, the others go on
without them, from what is cached.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from transformers import LogitsProcessorList, StoppingCriteria, StoppingCriteriaList

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
    obeying = constraint.logits_processor(len(rows)) if constraint else None
    sampling = {"do_sample": True, "temperature": temperature, "top_k": 0} if temperature > 0 else {}
    settings = {
        "eos_token_id": list(stops),
        "pad_token_id": pad,
        "suppress_tokens": _pictures(loaded.processor) or None,
        "return_dict_in_generate": True,
        **sampling,
    }
    answers = [_Spoken() for _ in rows]
    going = list(range(len(rows)))  # the rows that the batch's rows are
    left = longest
    while going and left > 0:
        chances = Chances()
        begun = inputs["input_ids"].shape[1]
        output = loaded.model.generate(
            **inputs,
            **settings,
            max_new_tokens=left,
            logits_processor=LogitsProcessorList([*([obeying] if obeying else []), chances]),
            stopping_criteria=StoppingCriteriaList([_HalfDone(begun, stops)]),
        )
        sequences: Tensor = output.sequences
        if obeying:
            obeying.follow(sequences)
        said, likely = sequences[:, begun:].tolist(), chances.of(sequences)
        for place, row in enumerate(going):
            answers[row].add(said[place], likely[place], stops)
            answers[row].finished = bool(obeying and obeying.finished[place])
        left -= sequences.shape[1] - begun
        stay = [place for place, row in enumerate(going) if not answers[row].ended]
        going = [going[place] for place in stay]
        if going and left > 0:
            inputs = _rest(loaded.model, inputs, sequences, output.past_key_values, stay)
            if obeying:
                obeying.keep(stay)
    return [_answer(tokenizer, row, spoken) for row, spoken in zip(rows, answers, strict=True)]


@dataclass(slots=True)
class _Spoken:
    """What a row has said: its tokens without the one that ended it, and how likely each was.

    `finished` tells that it may stand as it is without an end token.
    """

    tokens: list[int] = field(default_factory=list)
    chances: list[float] = field(default_factory=list)
    ended: bool = False
    finished: bool = False

    def add(self, tokens: Sequence[int], chances: Sequence[float], stops: Sequence[int]) -> None:
        """Take what was said next: after its end, a row holds padding."""
        length = next((place for place, token in enumerate(tokens) if token in stops), len(tokens))
        self.tokens += tokens[:length]
        self.chances += chances[:length]
        self.ended = length < len(tokens)


class _HalfDone(StoppingCriteria):
    """Stops a batch once half of its rows have ended since the token `begun`; the others go on alone."""

    def __init__(self, begun: int, stops: Sequence[int]) -> None:
        self._begun, self._stops = begun, stops

    def __call__(self, input_ids: Tensor, scores: Any, **_: Any) -> Tensor:
        """For each row whether it stops: all or none."""
        stops = torch.tensor(self._stops, device=input_ids.device)
        ended = torch.isin(input_ids[:, self._begun :], stops).any(dim=1)
        return (2 * ended.sum() >= len(ended)).expand(len(ended))


def _rest(
    model: Any, inputs: dict[str, Tensor], sequences: Tensor, cache: Any, stay: Sequence[int]
) -> dict[str, Any]:
    """The inputs with which those rows go on that `stay`; their pictures are in the cache."""
    rows = torch.tensor(stay, device=sequences.device)
    cache.batch_select_indices(rows)
    # Models whose positions run in three dimensions keep how far a row's text lies behind its tokens' count.
    shifts = getattr(model.model, "rope_deltas", None)
    if shifts is not None:
        model.model.rope_deltas = shifts[rows]
    mask = inputs["attention_mask"]
    said = mask.new_ones(len(mask), sequences.shape[1] - mask.shape[1])
    return {
        "input_ids": sequences[rows],
        "attention_mask": torch.cat([mask, said], dim=1)[rows],
        "past_key_values": cache,
    }


def _answer(tokenizer: Any, row: Row, spoken: _Spoken) -> Said:
    text, parts = spelt(tokenizer, spoken.tokens)
    return Said(
        text,
        input_tokens=row.tokens,
        output_tokens=len(spoken.tokens) + spoken.ended,
        tokens=tuple(Token(part, chance) for part, chance in zip(parts, spoken.chances, strict=False)),
        cut=not spoken.ended and not spoken.finished,
        seen_size=row.seen_size,
    )


def _placed(array: Tensor, model: Any) -> Tensor:
    """The array where the model is, pictures in its number format."""
    return array.to(model.device, model.dtype if array.is_floating_point() else None)


def _pictures(processor: Any) -> list[int]:
    """The tokens that stand for pictures: an answer has none, though random weights would give some."""
    return [token for token in processor.image_token_ids if token is not None]
