"""Beam search among a part of the vocabulary, on a tiny real model."""

from pathlib import Path

import pytest
import torch
from tiny_model import TEXTS

from summarize.engines.causal_lm import CausalLm
from summarize.engines.generation import beams
from summarize.engines.options import CausalLmOptions
from summarize.engines.vocabulary import beams_among, narrows
from summarize.train.vocabulary import vocabulary


def with_bias(head: torch.nn.Linear) -> torch.nn.Linear:
    """The same output layer with a bias that changes what is said."""
    biased = torch.nn.Linear(head.in_features, head.out_features, dtype=head.weight.dtype)
    torch.nn.init.normal_(biased.bias, std=2, generator=torch.Generator().manual_seed(0))
    biased.weight = head.weight
    return biased


@pytest.mark.parametrize(
    ("dtype", "biased"), [("float32", False), ("float32", True), ("bfloat16", False), ("bfloat16", True)]
)
def test_a_search_among_all_tokens_is_the_search(tiny_model: Path, dtype: str, biased: bool) -> None:
    options = {"model": str(tiny_model), "dtype": dtype, "threads": 1}
    engine = CausalLm(CausalLmOptions.model_validate(options))
    head = engine.model.get_output_embeddings()
    if biased:
        engine.model.set_output_embeddings(with_bias(head))
    prompts = engine.encode([TEXTS[1], TEXTS[0]])
    free = beams(engine.model, prompts, engine.stops, 12, 0, 4, [[], []])
    everything = torch.arange(head.out_features)
    for runs in ([[], []], [[free[0][0][1:3]], []]):
        found = beams_among(everything, engine.model, prompts, engine.stops, 12, 0, 4, runs)
        assert found == beams(engine.model, prompts, engine.stops, 12, 0, 4, runs)
    # A run to avoid that can't be said anyway is passed over.
    few = torch.tensor(sorted({token for beam in free[1] for token in beam}))
    unsayable = next(token for token in everything.tolist() if token not in {*few.tolist(), *prompts[1]})
    found = beams_among(few, engine.model, prompts[1:], engine.stops, 12, 0, 4, [[[unsayable]]])
    assert found[0][0] == free[1][0]


def test_an_output_layer_that_is_no_plain_one_is_left_whole(tiny_model: Path) -> None:
    engine = CausalLm(CausalLmOptions(model=str(tiny_model), threads=1))
    assert narrows(engine.model)
    engine.model.set_output_embeddings(torch.nn.Sequential(engine.model.get_output_embeddings()))
    assert not narrows(engine.model)


def test_a_vocabulary_is_what_summaries_have_and_what_is_common() -> None:
    tokens = vocabulary([[70_000, 3], [69_000, 70_000]], 80_000)
    assert tokens.tolist() == [*range(65_536), 69_000, 70_000]
    assert vocabulary([[1, 2]], 5).tolist() == [0, 1, 2, 3, 4]
