"""What a vision-language model learns from: a picture, a prompt and the answer wanted; and its rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pyarrow.parquet as pq
import torch
from torch import Tensor

from ocr.engines.base import Picture
from ocr.vision_language.asking import Question
from ocr.vision_language.families import Family
from ocr.vision_language.rows import Row, collate, row_of


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as JPEG or PNG (empty: none), a prompt, and what shall be answered."""

    picture: bytes
    prompt: str
    answer: str

    @property
    def question(self) -> Question:
        """What is put to the model."""
        return Question(self.prompt, _decoded(self.picture) if self.picture else None)


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """A question's row with its answer's tokens behind it, the end of sequence included.

    `seen` are the vision tower's vectors of the picture, where they are kept instead of it.
    """

    row: Row
    answer: tuple[int, ...]
    seen: Tensor | None = None


def shown_lines(files: Sequence[Path], prompt: str) -> Iterator[Shown]:
    """The drawn lines of files whose columns are `ocr.train.vision_language.lines.SCHEMA`'s."""
    for file in files:
        for row in pq.read_table(file, columns=["picture", "answer"]).to_pylist():
            yield Shown(row["picture"], prompt, row["answer"])


def taught(example: Shown, processor: Any, family: Family, pixels: int) -> Taught:
    """The example as a model takes it; its question is put exactly as when the model is asked."""
    row = row_of(processor, family, example.question, pixels)
    answer = answer_tokens(example, processor)
    return Taught(_with_answer(row, torch.tensor([answer])), tuple(answer))


def answer_tokens(example: Shown, processor: Any) -> list[int]:
    """What a model is to say, the end of sequence included."""
    tokenizer = processor.tokenizer
    return [*tokenizer(example.answer, add_special_tokens=False).input_ids, tokenizer.eos_token_id]


def passes(examples: Sequence[Taught], ragged: bool, most: int) -> Iterator[list[Taught]]:
    """The examples in parts of one kind each that pad to at most `most` tokens."""
    kinds: dict[object, list[Taught]] = {}
    for example in sorted(examples, key=lambda each: each.row.tokens):
        kinds.setdefault(example.row.kind(ragged), []).append(example)
    for alike in kinds.values():
        batch: list[Taught] = []
        for example in alike:
            if batch and (len(batch) + 1) * example.row.tokens > most:
                yield batch
                batch = []
            batch.append(example)
        yield batch


def batch_of(examples: Sequence[Taught], pad: int) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    """A model's inputs (padded left); which places come before an answer's token; those tokens, end to end.

    The places are a mask (examples, tokens).
    """
    inputs = collate([example.row for example in examples], pad)
    width = inputs["input_ids"].shape[1]
    before = torch.zeros(len(examples), width, dtype=torch.bool)
    for row, example in zip(before, examples, strict=True):
        row[width - len(example.answer) - 1 : width - 1] = True
    return inputs, before, torch.tensor([token for example in examples for token in example.answer])


def _with_answer(row: Row, answer: Tensor) -> Row:
    """The row with the answer's tokens; of what else is told for each token the answer is plain text."""
    length = answer.shape[1]
    grown: dict[str, Tensor] = dict(row.inputs)
    plain: Mapping[str, Tensor] = {
        "input_ids": answer,
        "attention_mask": torch.ones_like(answer),
        "token_type_ids": torch.zeros_like(answer),
        "mm_token_type_ids": torch.zeros_like(answer),
    }
    for name, tokens in plain.items():
        if name in grown:
            grown[name] = torch.cat([grown[name], tokens.to(grown[name].dtype)], dim=1)
    return Row(grown, row.tokens + length, row.seen_size)


def _decoded(picture: bytes) -> Picture:
    bgr = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    return cast(Picture, np.ascontiguousarray(bgr[:, :, ::-1]))
