"""A text encoder from the package, a folder or the model hub.

Weights are safetensors only, computed in float32, and no code that comes with a model is run. Whatever can't
be loaded raises EngineUnavailable with what to do about it.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from huggingface_hub import snapshot_download
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerBase
from transformers.utils import logging

from eval.packaged_encoder import NAME, model_folder
from summarize.engines.base import EngineUnavailable
from summarize.engines.cache import weights_digest

PACKAGED: Final = "packaged"
_WANTED = ["*.json", "*.safetensors", "*.model", "*.txt"]
_VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")
_HUB_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Loaded:
    """An encoder with all its layers; `digest` is of its weights."""

    name: str
    digest: str
    model: Any  # a PreTrainedModel that gives hidden states
    tokenizer: PreTrainedTokenizerBase


def load(name: str) -> Loaded:
    """The encoder `packaged`, of a folder, or of a name on the hub. Raises EngineUnavailable."""
    folder = _folder(name)
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise EngineUnavailable(f"{folder} holds no weights as safetensors, the only kind that is loaded")
    with _quiet():
        tokenizer = _tokenizer(folder)
        model = _model(folder)
    return Loaded(
        name=NAME if name == PACKAGED else name.rstrip(os.sep),
        digest=weights_digest(weights),
        model=model.to("cuda" if torch.cuda.is_available() else "cpu").eval(),
        tokenizer=tokenizer,
    )


def _folder(name: str) -> Path:
    if name == PACKAGED:
        return model_folder()
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if name.startswith((".", "~", os.sep)) or name.count("/") > 1:
        raise EngineUnavailable(f"there is no folder {folder}; an encoder is a folder or a name on the hub")
    try:
        return Path(
            snapshot_download(
                name,
                allow_patterns=_WANTED,
                ignore_patterns=["*/*"],  # other formats and the makers' own files lie in subfolders
                etag_timeout=_HUB_TIMEOUT_S,
            )
        )
    except Exception as error:  # the hub's client lets errors of three libraries through
        raise EngineUnavailable(
            f"encoder {name!r} is no folder here and can't be had from the hub ({_first_line(error)}); "
            f"name a folder, or {PACKAGED}, which needs no network"
        ) from error


def _tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    # Without any of its files the library makes an empty one, and every text becomes unknown.
    if not any(any(folder.glob(name)) for name in _VOCABULARIES):
        raise EngineUnavailable(f"{folder} has no tokenizer: none of {', '.join(_VOCABULARIES)}")
    try:
        return AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:  # whatever a broken file makes the library raise
        raise EngineUnavailable(
            f"{folder} has no tokenizer that can be read ({_first_line(error)})"
        ) from error


def _model(folder: Path) -> Any:
    try:
        model: Any = AutoModel.from_pretrained(
            folder, dtype=torch.float32, trust_remote_code=False, local_files_only=True, use_safetensors=True
        )
    except Exception as error:
        raise EngineUnavailable(f"{folder} is no model that can be read ({_first_line(error)})") from error
    return model.encoder if hasattr(model, "encoder") and hasattr(model, "decoder") else model


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars or advice while a model loads."""
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
