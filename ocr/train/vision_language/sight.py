"""What a frozen vision tower sees, looked at once and kept: a tower that learns nothing says the same again.

It is kept for the tower of our own, whose vectors of a line are a few kilobytes. That of other models makes
megabytes of a page: those are looked at each time.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ocr.train.vision_language.examples import Taught
from ocr.vision_language.rows import Row
from ocr.vision_language.tower import LineTower

_AT_ONCE = 8  # pictures of one size
_PICTURE = "pixel_values"
_OF_PICTURES = {_PICTURE, "image_sizes"}


class Sight:
    """The eyes of `model`; `keeps` tells whether what they see can be kept."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._tower: Any = getattr(model.model, "vision_tower", None)
        self.keeps = isinstance(self._tower, LineTower)

    @torch.no_grad()
    def seen(self, examples: Sequence[Taught]) -> list[Taught]:
        """The examples, each with the tower's vectors (tokens, width) in half precision for its picture."""
        vectors: dict[int, Tensor] = {}
        places = sorted(range(len(examples)), key=lambda place: _across(examples[place]))
        while places:
            alike = [place for place in places if _across(examples[place]) == _across(examples[places[0]])]
            part, places = alike[:_AT_ONCE], [place for place in places if place not in alike[:_AT_ONCE]]
            pictures = torch.cat([examples[place].row.inputs[_PICTURE] for place in part])
            device = self._model.device
            found = self._tower(pictures.to(device, self._tower.dtype)).last_hidden_state
            vectors |= zip(part, found.to("cpu", torch.float16), strict=True)
        return [_kept(example, vectors[place].clone()) for place, example in enumerate(examples)]

    def embedded(self, ids: Tensor, vectors: Sequence[Tensor]) -> Tensor:
        """The embeddings of a batch's tokens, with what was seen in the pictures' places, row by row."""
        embeddings: Tensor = self._model.get_input_embeddings()(ids)
        seen = torch.cat([each.to(ids.device, embeddings.dtype) for each in vectors])
        projected: Tensor = self._model.model.multi_modal_projector(seen[None])[0]
        is_picture = (ids == self._model.config.image_token_id)[..., None].expand_as(embeddings)
        return embeddings.masked_scatter(is_picture, projected.to(embeddings.dtype))


def _across(example: Taught) -> int:
    return int(example.row.inputs[_PICTURE].shape[-1])


def _kept(example: Taught, vectors: Tensor) -> Taught:
    inputs = {name: array for name, array in example.row.inputs.items() if name not in _OF_PICTURES}
    return replace(example, row=Row(inputs, example.row.tokens, example.row.seen_size), seen=vectors)
