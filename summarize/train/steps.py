"""Examples as token ids, and the steps that they are learned in."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transformers import PreTrainedTokenizerBase

from summarize.train.examples import Example

_SORTED = 32  # steps whose examples are sorted by length among themselves


@dataclass(frozen=True, slots=True)
class Tokens:
    """A prompt and its summary as token ids, the end of sequence included."""

    prompt: list[int]
    summary: list[int]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.summary)


def tokenize(
    examples: Sequence[Example], tokenizer: PreTrainedTokenizerBase, longest: int
) -> list[tuple[Tokens, float]]:
    """Token ids of the examples, and how often each is seen; those over `longest` tokens are left out."""
    prompts = tokenizer([example.prompt for example in examples]).input_ids
    summaries = tokenizer([f" {example.summary}" for example in examples], add_special_tokens=False).input_ids
    tokens = [
        (Tokens(prompt, [*summary, tokenizer.eos_token_id]), example.times)
        for example, prompt, summary in zip(examples, prompts, summaries, strict=True)
    ]
    return [(each, times) for each, times in tokens if len(each) <= longest]


def plan_steps(tokens: Sequence[tuple[Tokens, float]], batch: int, seed: int) -> list[list[Tokens]]:
    """Every step's examples, the same for the same seed; examples of like length share a step."""
    chance = random.Random(seed)
    seen = [
        each for each, times in tokens for _ in range(int(times) + (chance.random() < times - int(times)))
    ]
    chance.shuffle(seen)
    steps: list[list[Tokens]] = []
    for start in range(0, len(seen), batch * _SORTED):
        window = sorted(seen[start : start + batch * _SORTED], key=len)
        cut = [window[i : i + batch] for i in range(0, len(window), batch)]
        chance.shuffle(cut)
        steps += cut
    return steps


def passes(examples: Sequence[Tokens], most: int) -> Iterator[list[Tokens]]:
    """The examples, shortest first, as many together as pad to at most `most` tokens."""
    batch: list[Tokens] = []
    for example in sorted(examples, key=len):
        if batch and (len(batch) + 1) * len(example) > most:
            yield batch
            batch = []
        batch.append(example)
    if batch:
        yield batch
