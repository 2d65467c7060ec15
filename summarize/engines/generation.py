"""Greedy decoding of a batch whose rows leave it as they finish.

The same tokens as transformers' `generate` gives each prompt alone (in float32; in bfloat16 the order of
additions can turn a near tie), in fewer and fuller passes: a pass over the weights costs about as much for
one row as for eight, and a row that has said all is not computed to the end of the longest.
"""

import inspect
from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel


@torch.inference_mode()
def greedy(
    model: PreTrainedModel, prompts: Sequence[Sequence[int]], stops: Sequence[int], most: int, pad: int
) -> list[list[int]]:
    """Up to `most` tokens after each prompt, a token of `stops` included where it ended there."""
    ids, mask = padded(prompts, pad, model.device)
    ends = torch.tensor(stops, device=model.device)
    takes_positions = "position_ids" in inspect.signature(model.forward).parameters
    positions = (mask.cumsum(1) - 1).clamp_(min=0)
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
            **({"position_ids": positions} if takes_positions else {}),
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
            tokens, mask, positions = tokens[stay], mask[stay], positions[stay]
            rows = [rows[place] for place in stay.tolist()]
        ids = tokens[:, None]
        mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)
        positions = positions[:, -1:] + 1
    return answers


def padded(prompts: Sequence[Sequence[int]], pad: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Token ids and mask, shape (prompts, longest): padding stands on the left, so that all end together."""
    width = max(map(len, prompts))
    ids = torch.full((len(prompts), width), pad)
    mask = torch.zeros_like(ids)
    for row, prompt in enumerate(prompts):
        ids[row, width - len(prompt) :] = torch.tensor(prompt)
        mask[row, width - len(prompt) :] = 1
    return ids.to(device), mask.to(device)
