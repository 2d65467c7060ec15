"""Greedy decoding of a batch whose rows leave it as they finish, and beam search.

Greedily come the same tokens as transformers' `generate` gives each prompt alone (in float32; in bfloat16
the order of additions can turn a near tie), in fewer and fuller passes: a pass over the weights costs about
as much for one row as for eight, and a row that has said all is not computed to the end of the longest.
"""

import inspect
from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import LogitsProcessor, LogitsProcessorList, PreTrainedModel


@torch.inference_mode()
def greedy(
    model: PreTrainedModel, prompts: Sequence[Sequence[int]], stops: Sequence[int], most: int, pad: int
) -> list[list[int]]:
    """Up to `most` tokens after each prompt, a token of `stops` included where it ended there."""
    ids, mask = padded(prompts, pad, model.device)
    ends = torch.tensor(stops, device=model.device)
    answers: list[list[int]] = [[] for _ in prompts]
    rows = list(range(len(prompts)))  # the prompts that the batch's rows belong to
    cache = None
    for _ in range(most):
        output = model(
            input_ids=ids,
            attention_mask=mask,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,  # a vocabulary can be 262,144 wide: the prompt's own logits would be gigabytes
            **_positions(model, mask, ids.shape[1]),
        )
        cache = output.past_key_values
        tokens = output.logits[:, -1].argmax(dim=-1)
        for row, token in zip(rows, tokens.tolist(), strict=True):
            answers[row].append(token)
        stay = torch.isin(tokens, ends, invert=True).nonzero()[:, 0]
        if len(stay) == 0:
            break
        if len(stay) < len(rows):
            cache.batch_select_indices(stay)
            tokens, mask = tokens[stay], mask[stay]
            rows = [rows[place] for place in stay.tolist()]
        ids = tokens[:, None]
        mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)
    return answers


@torch.inference_mode()
def beams(
    model: PreTrainedModel,
    prompts: Sequence[Sequence[int]],
    stops: Sequence[int],
    most: int,
    pad: int,
    width: int,
    avoid: Sequence[Sequence[Sequence[int]]],
) -> list[list[list[int]]]:
    """The `width` likeliest continuations of each prompt by beam search, likeliest first.

    `avoid` holds, for each prompt, runs of tokens that its continuations don't have. The prompts are computed
    once, not once a beam.
    """
    ids, mask = padded(prompts, pad, model.device)
    cache = None
    if ids.shape[1] > 1:
        cache = model(
            input_ids=ids[:, :-1],
            attention_mask=mask[:, :-1],
            use_cache=True,
            logits_to_keep=1,
            **_positions(model, mask[:, :-1], ids.shape[1] - 1),
        ).past_key_values
        cache.batch_repeat_interleave(width)
    found = model.generate(  # type: ignore[operator]
        ids,
        attention_mask=mask,
        past_key_values=cache,
        num_beams=width,
        num_return_sequences=width,
        early_stopping=True,  # as many finished continuations as beams are enough
        max_new_tokens=most,
        eos_token_id=list(stops),
        pad_token_id=pad,
        logits_processor=LogitsProcessorList([_Avoiding(avoid, width)]),
    )
    said = found[:, ids.shape[1] :].tolist()
    return [said[start : start + width] for start in range(0, len(said), width)]


class _Avoiding(LogitsProcessor):
    """Makes the last token of each run of tokens to avoid impossible where the others stand before it."""

    def __init__(self, avoid: Sequence[Sequence[Sequence[int]]], width: int) -> None:
        self._avoid, self._width = avoid, width

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        for row in range(len(input_ids)):
            for *begun, last in self._avoid[row // self._width]:
                if not begun or input_ids[row, -len(begun) :].tolist() == begun:
                    scores[row, last] = -torch.inf
        return scores


def _positions(model: PreTrainedModel, mask: Tensor, last: int) -> dict[str, Tensor]:
    """Positions of the `last` tokens, padding not counted, for a model that takes them."""
    if "position_ids" not in inspect.signature(model.forward).parameters:
        return {}
    return {"position_ids": (mask.cumsum(1) - 1).clamp_(min=0)[:, -last:]}


def padded(prompts: Sequence[Sequence[int]], pad: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Token ids and mask, shape (prompts, longest): padding stands on the left, so that all end together."""
    width = max(map(len, prompts))
    ids = torch.full((len(prompts), width), pad)
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        ids[row, width - len(prompt) :] = torch.tensor(prompt)
        mask[row, width - len(prompt) :] = 1
    return ids.to(device), mask.to(device)
