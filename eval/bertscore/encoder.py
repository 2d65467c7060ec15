"""An encoder for BERTScore: the tokens of a text as vectors of one layer.

Layers above the one asked for are not computed. `eval.bertscore.loading` says where encoders come from.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch.nn import Embedding, ModuleList
from torch.nn.functional import normalize
from transformers import PreTrainedTokenizerBase

from eval.bertscore.loading import PACKAGED, load
from eval.bertscore.packaged import SHIPPED
from multilingual.unavailable import EngineUnavailable
from summarize.engines.base import encodable

_STACKS: Final = ("encoder.layer", "transformer.layer", "encoder.layers", "layers", "encoder.block", "block")
"""Where models keep the list of their layers."""

_BATCH_TOKENS: Final = 2048  # padding included
_UNLIMITED: Final = 10**9  # a tokenizer that knows no limit tells one of thirty digits


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text as the encoder reads it; `cut` where it was longer than that, and lost its end."""

    ids: tuple[int, ...]
    cut: bool


class Encoder:
    """Encodes texts at one layer, counted from 1; layer 0 is the embedding.

    `digest` is of the weights; `longest` is how many tokens of a text are read, special ones included, None
    for any number.
    """

    def __init__(self, name: str = PACKAGED, layer: int | None = None) -> None:
        loaded = load(name)
        self.name, self.digest, self.model = loaded.name, loaded.digest, loaded.model
        self._tokenizer = loaded.tokenizer
        self.layer = self._layer(layer)
        self.longest = _longest(self._tokenizer, self.model)
        self._is_cut = _cut(self.model, self.layer)
        # Special tokens that are matched with, but not matched themselves.
        self._special = {self._tokenizer.cls_token_id, self._tokenizer.sep_token_id}

    def __str__(self) -> str:
        return f"{self.name} layer {self.layer} {self.digest}"

    @property
    def device(self) -> torch.device:
        """Where the vectors are."""
        device: torch.device = next(self.model.parameters()).device
        return device

    def _layer(self, asked: int | None) -> int:
        count = self.model.config.num_hidden_layers
        if asked is None and self.digest == SHIPPED["digest"]:
            asked = SHIPPED["layer"]
        if asked is None or not 0 <= asked <= count:
            raise EngineUnavailable(
                f"encoder {self.name}: no layer was chosen for it, or another than it has; "
                f"write {self.name}:LAYER, with one of 0 to {count}"
            )
        return asked

    def tokenise(self, texts: Sequence[str]) -> list[Tokens]:
        """Each text, stripped, as tokens; a text of nothing has no more than special ones."""
        given = [encodable(text.strip()) for text in texts]
        read = self._ids(given)
        long = [at for at, ids in enumerate(read) if self.longest and len(ids) > self.longest]
        shortened = self._ids([given[at] for at in long], truncation=True, max_length=self.longest)
        tokens = [Tokens(tuple(ids), False) for ids in read]
        for at, ids in zip(long, shortened, strict=True):
            tokens[at] = Tokens(tuple(ids), True)
        return tokens

    def _ids(self, texts: list[str], **options: Any) -> list[list[int]]:
        if not texts:
            return []
        ids: list[list[int]] = self._tokenizer(texts, verbose=False, **options).input_ids
        return ids

    def counted(self, ids: Iterable[int]) -> list[bool]:
        """Which tokens count: all but those that open and close a text."""
        return [number not in self._special for number in ids]

    def encode(self, texts: Sequence[Sequence[int]]) -> list[torch.Tensor]:
        """Vectors of length 1 of each text's tokens, shape (tokens, width), float32."""
        return self._encode(texts, every_layer=False)

    def encode_layers(self, texts: Sequence[Sequence[int]]) -> list[torch.Tensor]:
        """The same at every layer from 0 to the encoder's own, shape (layers, tokens, width)."""
        return self._encode(texts, every_layer=True)

    @torch.inference_mode()
    def _encode(self, texts: Sequence[Sequence[int]], every_layer: bool) -> list[torch.Tensor]:
        found: dict[int, torch.Tensor] = {}
        for batch in _batches(texts):
            vectors = normalize(self._vectors([texts[at] for at in batch], every_layer), dim=-1)
            found |= {at: row[..., : len(texts[at]), :] for at, row in zip(batch, vectors, strict=True)}
        return [found[at] for at in range(len(texts))]

    def _vectors(self, texts: Sequence[Sequence[int]], every_layer: bool) -> torch.Tensor:
        """Shape (texts, tokens of the longest, width), before the tokens that of the layers."""
        ids, mask = padded(texts, self._tokenizer.pad_token_id or 0, self.device)
        all_told = every_layer or not self._is_cut
        output: Any = self.model(input_ids=ids, attention_mask=mask, output_hidden_states=all_told)
        if every_layer:
            return torch.stack(output.hidden_states[: self.layer + 1], dim=1)
        vectors: torch.Tensor = output.hidden_states[self.layer] if all_told else output.last_hidden_state
        return vectors


def open_encoder(name: str) -> Encoder:
    """The encoder of a name as it is written on a command line: NAME, or NAME:LAYER."""
    match = re.fullmatch(r"(.+):(\d+)", name)
    return Encoder(match[1], int(match[2])) if match else Encoder(name)


def padded(
    texts: Sequence[Sequence[int]], pad: int, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens of texts and which of them are no padding, both of shape (texts, tokens of the longest)."""
    longest = max(map(len, texts))
    ids = torch.tensor([[*text, *[pad] * (longest - len(text))] for text in texts], device=device)
    lengths = torch.tensor([len(text) for text in texts], device=device)
    return ids, (torch.arange(longest, device=device) < lengths[:, None]).long()


def _batches(texts: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Places of texts of about the same number of tokens, so that there is little padding to compute."""
    batch: list[int] = []
    for at in sorted(range(len(texts)), key=lambda at: len(texts[at])):
        if batch and (len(batch) + 1) * len(texts[at]) > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch


def _cut(model: Any, layer: int) -> bool:
    """Drop the layers above one, as bert-score does; False where they are kept otherwise than in a list."""
    for path in _STACKS:
        *parents, name = path.split(".")
        owner = model
        for parent in parents:
            owner = getattr(owner, parent, None)
        stack = getattr(owner, name, None)
        if isinstance(stack, ModuleList):
            setattr(owner, name, stack[:layer])
            return True
    return False


def _longest(tokenizer: PreTrainedTokenizerBase, model: Any) -> int | None:
    limits = [tokenizer.model_max_length]
    positions = [
        module
        for name, module in model.named_modules()
        if name.endswith("position_embeddings") and isinstance(module, Embedding)
    ]
    # RoBERTa counts positions from the one after that of padding.
    limits += [
        module.num_embeddings - (0 if module.padding_idx is None else module.padding_idx + 1)
        for module in positions
    ]
    limits += [getattr(model.config, "max_position_embeddings", None) or _UNLIMITED] if not positions else []
    return min(limits) if min(limits) < _UNLIMITED else None
