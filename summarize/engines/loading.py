"""A causal language model from a folder, the model hub or the package, its adapter merged in.

Weights are safetensors only, and no code that comes with a model is run. Whatever can't be loaded raises
EngineUnavailable with what to do about it.
"""

import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import snapshot_download
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase
from transformers.utils import logging

from summarize.engines.base import EngineUnavailable
from summarize.engines.cache import weights_digest
from summarize.engines.options import PACKAGED, CausalLmOptions
from summarize.prompts import load_prompt

ADAPTERS = Path(__file__).parents[1] / "adapters"
_WANTED = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"]
_VOCABULARIES = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "tekken.json")
_HUB_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model ready to answer; `prompt` is the task whose prompts it wants, `chat` whether it has turns."""

    model: Any  # a PreTrainedModel that can generate; neither type tells of both
    tokenizer: PreTrainedTokenizerBase
    version: str
    prompt: str
    chat: bool


def load(options: CausalLmOptions) -> Loaded:
    """Load what `options` name. Raises EngineUnavailable."""
    folder = _model_folder(options.model, options.revision)
    adapter = _adapter_folder(options)
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise EngineUnavailable(f"{folder} holds no weights as safetensors, the only kind that is loaded")
    version = f"{folder.name if Path(options.model).is_dir() else options.model} {weights_digest(weights)}"
    task = _trained_prompt(adapter) if adapter else None
    if adapter:
        version += f" + {adapter.name} {weights_digest([adapter / 'adapter_model.safetensors'])}"
    with _quiet():
        tokenizer = _tokenizer(folder)
        model = _model(folder, adapter, getattr(torch, options.dtype))
    chat = task is None and tokenizer.chat_template is not None
    return Loaded(
        model=model.to("cuda" if torch.cuda.is_available() else "cpu").eval(),
        tokenizer=tokenizer,
        version=version,
        prompt=task or ("instruct" if chat else "few-shot"),
        chat=chat,
    )


def _model_folder(name: str, revision: str | None) -> Path:
    if name == PACKAGED:
        from summarize.engines.gemma import model_folder

        return model_folder()
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if name.startswith((".", "~", os.sep)) or name.count("/") > 1:
        raise EngineUnavailable(
            f"there is no folder {folder}; the option model names a folder or a hub model"
        )
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
            f"model {name!r} is no folder here and can't be had from the hub ({_first_line(error)}); "
            f"name a folder, or use model={PACKAGED}, which needs no network"
        ) from error


def _adapter_folder(options: CausalLmOptions) -> Path | None:
    if options.adapter == "none" or (options.adapter == "auto" and options.model != PACKAGED):
        return None
    folder = ADAPTERS / PACKAGED if options.adapter == "auto" else Path(options.adapter).expanduser()
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        if not (folder / name).is_file():
            raise EngineUnavailable(
                f"{folder} is no LoRA adapter: it has no {name}; adapter=none does without"
            )
    return folder


def _trained_prompt(adapter: Path) -> str | None:
    """The prompt task that an adapter was trained with, where its training.json tells."""
    record = adapter / "training.json"
    try:
        task = json.loads(record.read_text(encoding="utf-8"))["prompt"]
        load_prompt(task, "en")
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise EngineUnavailable(f"{record}: its key prompt names no prompt ({_first_line(error)})") from error
    return str(task)


def _tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    # Without any of its files the library makes an empty one, and every text becomes unknown.
    if not any((folder / name).is_file() for name in _VOCABULARIES):
        raise EngineUnavailable(f"{folder} has no tokenizer: none of {', '.join(_VOCABULARIES)}")
    try:
        return AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:  # whatever a broken file makes the library raise
        raise EngineUnavailable(
            f"{folder} has no tokenizer that can be read ({_first_line(error)})"
        ) from error


def _model(folder: Path, adapter: Path | None, dtype: torch.dtype) -> Any:
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=torch.float32 if adapter else dtype,
            trust_remote_code=False,
            local_files_only=True,
            use_safetensors=True,
        )
    except Exception as error:
        raise EngineUnavailable(
            f"{folder} is no causal language model that can be read ({_first_line(error)})"
        ) from error
    if adapter:
        try:
            # Merged in float32: rounded once, with the sum.
            model = PeftModel.from_pretrained(model, adapter).merge_and_unload()
        except Exception as error:
            raise EngineUnavailable(
                f"the adapter {adapter} does not fit the model {folder} ({_first_line(error)})"
            ) from error
    # The last position of each row, cut from the others, does not lie in one piece. Weights without
    # gradients, such as merged ones, are then copied for each row of a batch (torch.matmul): gigabytes.
    model.get_output_embeddings().register_forward_pre_hook(lambda _, inputs: (inputs[0].contiguous(),))
    return model.to(dtype)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__


@contextmanager
def _quiet() -> Iterator[None]:
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
