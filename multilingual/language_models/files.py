"""A model's files, from a folder or the model hub, and what all that load them share.

Weights are safetensors only, and no code that comes with a model is run. Whatever can't be loaded raises
EngineUnavailable with what to do about it.
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from huggingface_hub import snapshot_download
from transformers import AutoTokenizer, PreTrainedTokenizerBase
from transformers.utils import logging

from multilingual.unavailable import EngineUnavailable

_WANTED = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"]
_VOCABULARIES = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "tekken.json", "*.model")
_HUB_TIMEOUT_S = 10.0


def folder_of(name: str, revision: str | None, what: str, otherwise: str) -> Path:
    """The folder of a model that is named by its path or by its name on the hub.

    `what` is what errors call it, `otherwise` what to name in its place.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if name.startswith((".", "~", os.sep)) or name.count("/") > 1:
        raise EngineUnavailable(f"there is no folder {folder}; {what} is a folder or a name on the model hub")
    try:
        return Path(
            snapshot_download(
                name,
                revision=revision,
                allow_patterns=_WANTED,
                ignore_patterns=["*/*"],  # other formats and the makers' own files lie in subfolders
                etag_timeout=_HUB_TIMEOUT_S,
            )
        )
    except Exception as error:  # the hub's client lets errors of three libraries through
        raise EngineUnavailable(
            f"{what} {name!r} is no folder here and can't be had from the hub ({first_line(error)}); "
            f"name a folder, or use {otherwise}, which needs no network"
        ) from error


def weights_in(folder: Path) -> list[Path]:
    """The files of weights of a model's folder, sorted."""
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise EngineUnavailable(f"{folder} holds no weights as safetensors, the only kind that is loaded")
    return weights


def tokenizer_in(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of a model's folder."""
    # Without any of its files the library makes an empty one, and every text becomes unknown.
    if not any(any(folder.glob(name)) for name in _VOCABULARIES):
        raise EngineUnavailable(f"{folder} has no tokenizer: none of {', '.join(_VOCABULARIES)}")
    try:
        return AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:  # whatever a broken file makes the library raise
        raise EngineUnavailable(
            f"{folder} has no tokenizer that can be read ({first_line(error)})"
        ) from error


def first_line(error: Exception) -> str:
    """An error's kind and the first line of its message."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__


@contextmanager
def quiet() -> Iterator[None]:
    """No progress bars, advice or notices of deprecation between two libraries while a model loads."""
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
