"""Beam search among a part of a model's vocabulary, and the tokens of the prompts at hand.

To weigh 262,144 tokens is most of a small model's work for each one that it writes, and most of them belong
to other languages and other matters. What stands in a message can be said whatever it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

import torch
from torch import Tensor

from summarize.engines.generation import beams


def beams_among(
    vocabulary: Tensor,
    model: Any,
    prompts: Sequence[Sequence[int]],
    stops: Sequence[int],
    most: int,
    pad: int,
    width: int,
    avoid: Sequence[Sequence[Sequence[int]]],
) -> list[list[list[int]]]:
    """What `beams` finds if all tokens but those of `vocabulary`, `prompts` and `stops` are impossible.

    The model needs a plain output layer (`narrows`). While the search lasts, a token is known by its place
    among those that are left.
    """
    needed = torch.tensor(list({pad, *chain(stops, *prompts)}))
    tokens = torch.cat([vocabulary, needed]).unique()  # type: ignore[no-untyped-call]
    places = {token: place for place, token in enumerate(tokens.tolist())}

    def placed(ids: Iterable[int]) -> list[int]:
        return [places[token] for token in ids]

    possible = [[placed(run) for run in runs if places.keys() >= set(run)] for runs in avoid]
    with _narrowed(model, tokens):
        inner = [placed(prompt) for prompt in prompts]
        found = beams(model, inner, placed(stops), most, places[pad], width, possible)
    return [[tokens[beam].tolist() for beam in each] for each in found]


def narrows(model: Any) -> bool:
    """Whether the model's output layer is one that a part can be taken of."""
    head = model.get_output_embeddings()
    return type(head) is torch.nn.Linear and head.weight.is_floating_point()


@contextmanager
def _narrowed(model: Any, tokens: Tensor) -> Iterator[None]:
    """Within, the model reads and writes places in `tokens` instead of tokens."""
    embedding, head = model.get_input_embeddings(), model.get_output_embeddings()
    model.set_input_embeddings(_Read(embedding, tokens))
    model.set_output_embeddings(_Written(head, tokens))
    try:
        yield
    finally:
        model.set_input_embeddings(embedding)
        model.set_output_embeddings(head)


class _Read(torch.nn.Module):
    """The embeddings of tokens that are known by their places."""

    def __init__(self, embedding: torch.nn.Module, tokens: Tensor) -> None:
        super().__init__()
        self._embedding, self._tokens = embedding, tokens.to(_device(embedding))

    def forward(self, places: Tensor) -> Tensor:
        embedded: Tensor = self._embedding(self._tokens[places])
        return embedded


class _Written(torch.nn.Module):
    """The logits of some tokens."""

    def __init__(self, head: torch.nn.Linear, tokens: Tensor) -> None:
        super().__init__()
        tokens = tokens.to(_device(head))
        self._weight = head.weight[tokens]
        self._bias = None if head.bias is None else head.bias[tokens]

    def forward(self, states: Tensor) -> Tensor:
        if states.dtype != torch.float32 or self._bias is not None:
            return torch.nn.functional.linear(states.contiguous(), self._weight, self._bias)
        # Few rows and many classes: with the weights on the left a CPU is twice as fast.
        logits = (self._weight @ states.reshape(-1, states.shape[-1]).T).T
        return logits.reshape(*states.shape[:-1], -1)


def _device(module: torch.nn.Module) -> torch.device:
    return next(module.parameters()).device
