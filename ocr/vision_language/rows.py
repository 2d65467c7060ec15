"""A question as a model takes it: its tokens and its picture as arrays, alone and in a batch.

Each question goes through the processor once, by itself: only then is it known how many tokens its picture
takes. A batch is put together from such rows, padded on the left, as the processor itself would have done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from ocr.vision_language.asking import Question
from ocr.vision_language.families import Family
from ocr.vision_language.pictures import within

_OF_TOKENS = {"input_ids", "attention_mask", "token_type_ids", "mm_token_type_ids"}
"""Arrays with a number a token, shape (1, tokens)."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One question: the model's inputs, each with a leading dimension of its own, and how many tokens it has.

    `seen_size` is (width, height) of the picture as the model sees it, where boxes are told in its pixels.
    """

    inputs: Mapping[str, Tensor]
    tokens: int
    seen_size: tuple[int, int] | None = None

    def kind(self, ragged: bool) -> tuple[Any, ...]:
        """Rows of one kind can be in one batch: the same arrays, and of the same shapes unless `ragged`."""
        return tuple(
            (name, None if ragged else array.shape[1:])
            for name, array in self.inputs.items()
            if name not in _OF_TOKENS
        )


def row_of(processor: Any, family: Family, question: Question, pixels: int) -> Row:
    """The row of a question, its picture made smaller than `pixels` pixels first."""
    pictures = [] if question.picture is None else [Image.fromarray(within(question.picture, pixels))]
    text = turn(processor, question.prompt, sees=bool(pictures))
    begins = processor.tokenizer.bos_token
    inputs = processor(
        text=[text],
        images=pictures or None,
        return_tensors="pt",
        add_special_tokens=not (begins and text.startswith(begins)),  # a template has put it there
    )
    seen = None
    if pictures and family.boxes == "pixels":
        _, down, across = inputs["image_grid_thw"][0].tolist()
        side = processor.image_processor.patch_size
        seen = (across * side, down * side)
    return Row(dict(inputs), inputs["input_ids"].shape[1], seen)


def turn(processor: Any, prompt: str, sees: bool) -> str:
    """What puts `prompt` to the model, with a place for a picture before it where it `sees` one.

    A processor with a chat template is asked in a user's turn. Who writes "<eos>" in a prompt has written no
    end of sequence, and who writes "<image>" has shown no picture.
    """
    plain = prompt.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair is no text
    for token in _specials(processor):
        plain = plain.replace(token, " ")
    if not processor.chat_template:
        return f"{processor.image_token}\n{plain}" if sees else plain
    picture = [{"type": "image"}] if sees else []
    content = [*picture, {"type": "text", "text": plain}]
    known = {"enable_thinking": False} if "enable_thinking" in str(processor.chat_template) else {}
    return str(
        processor.apply_chat_template(
            [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True, **known
        )
    )


def _specials(processor: Any) -> list[str]:
    added = processor.tokenizer.added_tokens_decoder.values()
    found = {token.content for token in added if token.special} | {*processor.all_special_multimodal_tokens}
    return sorted(found, key=len, reverse=True)  # of two that begin alike, the longer


def collate(rows: Sequence[Row], pad: int) -> dict[str, Tensor]:
    """The inputs of a batch: tokens padded on the left with `pad`, so that all end together.

    What pictures gave is padded with zeros at its ends, where the shapes differ.
    """
    width = max(row.tokens for row in rows)
    batch = {}
    for name in rows[0].inputs:
        arrays = [row.inputs[name] for row in rows]
        if name in _OF_TOKENS:
            filling = pad if name == "input_ids" else 0
            arrays = [
                torch.nn.functional.pad(array, (width - array.shape[1], 0), value=filling) for array in arrays
            ]
        batch[name] = torch.cat(_levelled(arrays))
    return batch


def _levelled(arrays: Sequence[Tensor]) -> list[Tensor]:
    """The arrays, each as large as the largest in all dimensions but the first."""
    largest = torch.tensor([array.shape[1:] for array in arrays]).amax(dim=0).tolist()
    return [array if list(array.shape[1:]) == largest else _grown(array, largest) for array in arrays]


def _grown(array: Tensor, sizes: Sequence[int]) -> Tensor:
    grown = array.new_zeros(array.shape[0], *sizes)
    grown[tuple(slice(size) for size in array.shape)] = array
    return grown
