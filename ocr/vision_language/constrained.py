"""A JSON schema as a processor of logits: a model can say nothing but JSON that obeys it, token by token.

llguidance knows which tokens may come next; here its answer meets transformers. What a step costs is told in
docs/models.md.
"""

import json
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import llguidance
import llguidance.hf
import numpy as np
import torch
from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask_par
from numpy.typing import NDArray
from torch import Tensor
from transformers import LogitsProcessor, PreTrainedTokenizerBase

from multilingual.unavailable import EngineUnavailable
from ocr.vision_language.schemas import character_classes

_EIGHT = 8
_GRAMMAR = """%llguidance {{"no_forcing": true}}
start: %json {}
"""
"""Without forcing: where but one text can come next, a model may say it by any tokens that spell it. Else it
would be held to those that end where the forced text ends, which it never learned."""
_COMPACT = {"whitespace_flexible": False, "item_separator": ",", "key_separator": ":"}

_tables: WeakKeyDictionary[
    PreTrainedTokenizerBase, dict[tuple[tuple[int, ...], str], llguidance.LLTokenizer]
] = WeakKeyDictionary()
"""Each tokenizer's vocabulary as llguidance wants it: made in seconds where it is large, so made once."""


class Constraint:
    """A schema, ready to constrain what the model of `tokenizer` says. `ends` are tokens that end an answer.

    Raises ValueError for a schema that is none or that llguidance does not know, EngineUnavailable for a
    tokenizer that it can't read.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, schema: str, ends: Sequence[int] = ()) -> None:
        own: int | None = tokenizer.eos_token_id
        self.ends = sorted({*ends, *([] if own is None else [own])})
        if not self.ends:
            raise EngineUnavailable("the model's tokenizer has no token that ends an answer")
        self._tables = _tables_of(tokenizer, tuple(self.ends), character_classes(schema))
        grammar = llguidance.LLMatcher.grammar_from_lark(_GRAMMAR.format(json.dumps(_compact(schema))))
        is_wrong, messages = llguidance.LLMatcher.validate_grammar_with_warnings(grammar, self._tables)
        if is_wrong:
            raise ValueError(f"the JSON schema cannot constrain a model: {messages[0]}")
        # Copies of one matcher are made at once, and share what it learns of the vocabulary.
        self._matcher = llguidance.LLMatcher(self._tables, grammar, log_level=0)
        self._executor = llguidance.LLExecutor()

    def logits_processor(self, batch: int) -> "Constrained":
        """What holds `batch` answers to the schema, from their first tokens on: for one generation."""
        matchers = [self._matcher.deep_copy() for _ in range(batch)]
        return Constrained(matchers, self._executor, self._tables.vocab_size, self.ends)


class Constrained(LogitsProcessor):
    """Leaves those tokens a chance that may come next; to an answer that is complete, the end tokens alone.

    Prompts may be of any length and padded, since only what is added after the first call is followed.
    `finished` tells of each row whether its answer is complete.
    """

    def __init__(
        self,
        matchers: Sequence[llguidance.LLMatcher],
        executor: llguidance.LLExecutor,
        vocabulary: int,
        ends: Sequence[int],
    ) -> None:
        self.finished = [False] * len(matchers)
        self._matchers, self._executor, self._ends = matchers, executor, ends
        self._followed: int | None = None
        self._bits: NDArray[np.int32] = allocate_token_bitmask(len(matchers), vocabulary)

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """The scores, shape (rows, vocabulary), minus infinity where a token may not come next."""
        self.follow(input_ids)
        open_rows = [row for row, finished in enumerate(self.finished) if not finished]
        self._bits.fill(0)
        if open_rows:
            matchers = [(self._matchers[row], row) for row in open_rows]
            fill_next_token_bitmask_par(self._executor, matchers, self._bits)
        barred = self._barred(scores)
        for row, finished in enumerate(self.finished):
            if finished:
                barred[row, self._ends] = False
        return scores.masked_fill(barred, -torch.inf)

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows of the batch alone."""
        self.finished = [self.finished[row] for row in rows]
        self._matchers = [self._matchers[row] for row in rows]
        self._bits = self._bits[: len(rows)]

    def follow(self, input_ids: Tensor) -> None:
        """Take note of the tokens chosen since the last call, shape (rows, all tokens)."""
        if self._followed is not None:
            for row, tokens in enumerate(input_ids[:, self._followed :].tolist()):
                self._consume(row, tokens)
        self._followed = input_ids.shape[1]

    def _consume(self, row: int, tokens: Sequence[int]) -> None:
        matcher = self._matchers[row]
        for token in tokens:
            if self.finished[row]:
                return
            # A token that was not allowed ends the row too: nothing sensible can follow it.
            self.finished[row] = not matcher.consume_token(token) or matcher.is_stopped()

    def _barred(self, scores: Tensor) -> Tensor:
        """Booleans of the scores' shape: a model may have more tokens than its tokenizer, or fewer."""
        packed, width = np.invert(self._bits).view(np.uint8), scores.shape[1]
        if scores.device.type == "cpu":
            barred = torch.from_numpy(np.unpackbits(packed, 1, width, "little").view(np.bool_))
        else:  # a GPU unpacks them itself: an eighth of the bytes has to come to it
            places = torch.arange(_EIGHT, dtype=torch.uint8, device=scores.device)
            bits = (torch.from_numpy(packed).to(scores.device).unsqueeze(-1) >> places) & 1
            barred = torch.nn.functional.pad(bits.flatten(1), (0, width - bits.shape[1] * _EIGHT)).bool()
        barred[:, _EIGHT * packed.shape[1] :] = True
        return barred


def _compact(schema: str) -> Any:
    """The schema, with llguidance's own word that no white space stands between the parts of an answer."""
    parsed = json.loads(schema)
    return parsed | {"x-guidance": _COMPACT} if isinstance(parsed, dict) else parsed


def _tables_of(
    tokenizer: PreTrainedTokenizerBase, ends: tuple[int, ...], classes: Sequence[str]
) -> llguidance.LLTokenizer:
    """The tables, with what makes long strings of these characters quick to constrain."""
    made = _tables.setdefault(tokenizer, {})
    as_made: Any = tokenizer  # of which class it has to be, transformers does not tell the type checker
    if (ends, "") not in made:
        try:
            made[ends, ""] = llguidance.hf.from_tokenizer(as_made, eos_token=list(ends), slices=[])
        except Exception as error:  # of a tokenizer that is none of the tokenizers library, or an odd one
            raise EngineUnavailable(
                f"answers cannot be constrained with this model's tokenizer ({type(error).__name__}); "
                "constrained=false does without"
            ) from error
    key = ends, " ".join(classes)
    if key not in made:
        slices = [f"{one}{times}" for one in classes for times in ("{1,10}", "{1,30}", "+")]
        made[key] = made[ends, ""].with_slices(slices)
    return made[key]
