"""Any vision-language model of transformers, asked in batches.

Questions are batched by the tokens that a batch holds, the largest first: memory that does not suffice is
found out at once. What fails over one picture is the error of that picture's answer.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from transformers import GenerationConfig, PreTrainedTokenizerBase

from multilingual.language_models.memory import is_exhaustion
from ocr.vision_language.asking import Question, Said
from ocr.vision_language.constrained import Constraint
from ocr.vision_language.families import Boxes
from ocr.vision_language.generation import generate
from ocr.vision_language.loading import Choice, Loaded, load
from ocr.vision_language.rows import Row, row_of

_USUAL = 512
"""Tokens that an answer is counted with in a batch: what a schema allows at most can be twenty times that."""
_NO_MEMORY = "the device has too little memory for this picture (option pixels makes it smaller)"


class Options(Choice, Protocol):
    """What is set on a model that answers."""

    pixels: int
    batch_tokens: int
    threads: int


class VisionLanguageModel:
    """Answers questions about pictures (see `Answering`). Raises EngineUnavailable where it can't be loaded.

    The likeliest answer is given where `temperature` is 0; else one is drawn, by `seed`. `loaded`, `boxes`
    (how it tells them), `lines_only` (whether pages mean nothing to it) and `stops` (the token ids that end
    an answer) are there to be looked at.
    """

    def __init__(self, options: Options, temperature: float = 0.0, seed: int = 0) -> None:
        if options.threads:
            torch.set_num_threads(options.threads)
        self.loaded: Loaded = load(options)
        self.version, self.models = self.loaded.version, dict(self.loaded.models)
        self.boxes: Boxes = self.loaded.family.boxes
        self.lines_only = self.loaded.family.lines_only
        self.temperature, self.seed = temperature, seed
        model, tokenizer = self.loaded.model, self.loaded.processor.tokenizer
        self.stops = _end_tokens(model.generation_config, tokenizer)
        # What a model's makers would sample by is not ours.
        model.generation_config = GenerationConfig()  # type: ignore[no-untyped-call]
        config = model.config.get_text_config()
        self._context: int | None = getattr(config, "max_position_embeddings", None)
        self._pixels, self._batch_tokens = options.pixels, options.batch_tokens
        self._constraints: dict[str, Constraint] = {}

    def answer(self, questions: Sequence[Question], schema: str | None, longest: int) -> list[Said]:
        """See `Answering.answer`."""
        constraint = self._constraint(schema)
        said: dict[int, Said] = {}
        rows: dict[int, Row] = {}
        for place, question in enumerate(questions):
            try:
                row = row_of(self.loaded.processor, self.loaded.family, question, self._pixels)
            except Exception as error:
                said[place] = _failed(error)
                continue
            if self._room(row) < 1:
                said[place] = Said("", row.tokens, error=_too_long(row, self._context or 0))
            else:
                rows[place] = row
        waiting = sorted(rows, key=lambda place: rows[place].tokens, reverse=True)
        device = self.loaded.model.device
        with torch.random.fork_rng([device] if device.type == "cuda" else [], enabled=self.temperature > 0):
            if self.temperature > 0:
                torch.manual_seed(self.seed)
            while waiting:
                batch = self._batch(waiting, rows, longest)
                answers = self._answers([rows[place] for place in batch], constraint, longest)
                said.update(zip(batch, answers, strict=False))
                waiting = [place for place in waiting if place not in said]
        return [said[place] for place in range(len(questions))]

    def _constraint(self, schema: str | None) -> Constraint | None:
        if schema is None:
            return None
        if schema not in self._constraints:
            self._constraints[schema] = Constraint(self.loaded.processor.tokenizer, schema, self.stops)
        return self._constraints[schema]

    def _room(self, row: Row) -> int:
        """Tokens that an answer can have, by the length that the model was made for."""
        return 2**31 if self._context is None else self._context - row.tokens

    def _batch(self, waiting: Sequence[int], rows: dict[int, Row], longest: int) -> list[int]:
        """The next questions that go together, of those that wait, the largest first."""
        ragged = self.loaded.family.ragged
        first = rows[waiting[0]]
        alike = [place for place in waiting if rows[place].kind(ragged) == first.kind(ragged)]
        return alike[: max(1, self._batch_tokens // _weight(first, longest))]

    def _answers(self, rows: Sequence[Row], constraint: Constraint | None, longest: int) -> list[Said]:
        """The answers of a batch, one by one where it fails; none where memory wants it to be smaller."""
        try:
            return generate(
                self.loaded,
                rows,
                constraint,
                min(longest, self._room(rows[0])),
                self.stops,
                self.temperature,
            )
        except Exception as error:
            exhausted = is_exhaustion(error)
            if isinstance(error, torch.AcceleratorError) and not exhausted:
                raise  # the device answers nothing any more
            failed = Said("", rows[0].tokens, error=_NO_MEMORY) if exhausted else _failed(error)
        # Only here is what the failed pass held free again: it went with the error.
        if exhausted and torch.cuda.is_available():
            torch.cuda.empty_cache()
        if len(rows) == 1:
            return [failed]
        if exhausted:
            self._batch_tokens = _weight(rows[0], longest) * len(rows) // 2
            return []
        return [said for row in rows for said in self._answers([row], constraint, longest)]


def _weight(row: Row, longest: int) -> int:
    """Tokens that a row holds in a batch, its answer's included."""
    return row.tokens + min(longest, _USUAL)


def _failed(error: Exception) -> Said:
    return Said("", error=f"the model failed over this picture ({type(error).__name__})")


def _too_long(row: Row, context: int) -> str:
    return f"picture and prompt take {row.tokens} of the model's {context} tokens (option pixels takes fewer)"


def _end_tokens(config: GenerationConfig | None, tokenizer: PreTrainedTokenizerBase) -> list[int]:
    ends: Any = config.eos_token_id if config else None
    found = {tokenizer.eos_token_id, *(ends if isinstance(ends, list) else [ends])}
    return sorted(end for end in found if end is not None)
