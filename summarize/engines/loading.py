"""A causal language model from a folder, the model hub or the package, its adapter merged in.

Weights are safetensors only, and no code that comes with a model is run. Whatever can't be loaded raises
EngineUnavailable with what to do about it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from transformers import AutoModelForCausalLM, PreTrainedTokenizerBase

from multilingual.language_models.adapters import adapter_folder, with_adapter
from multilingual.language_models.cache import file_digest, weights_digest
from multilingual.language_models.files import first_line, folder_of, quiet, tokenizer_in, weights_in
from multilingual.language_models.number_format import best_dtype, cast
from multilingual.unavailable import EngineUnavailable
from summarize.engines.options import PACKAGED, CausalLmOptions
from summarize.engines.vocabulary import narrows
from summarize.prompts import load_prompt

ADAPTERS = Path(__file__).parents[1] / "adapters"
VOCABULARY = "vocabulary.npz"
ADAPTER_FILES = ("adapter_model.safetensors", VOCABULARY)
"""What decides an adapter's answers; the second may be missing."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model ready to answer; `prompt` is the task whose prompts it wants, `chat` whether it has turns.

    `vocabulary` are the tokens to search among, where its adapter names them; None means all.
    `models` is the SHA-256 of each file that it was loaded from, by its name.
    """

    model: Any  # a PreTrainedModel that can generate; neither type tells of both
    tokenizer: PreTrainedTokenizerBase
    vocabulary: torch.Tensor | None
    version: str
    models: Mapping[str, str]
    prompt: str
    chat: bool


def load(options: CausalLmOptions) -> Loaded:
    """Load what `options` name. Raises EngineUnavailable."""
    folder = _model_folder(options.model, options.revision)
    adapter = _adapter_folder(options)
    weights = weights_in(folder)
    version = f"{folder.name if Path(options.model).is_dir() else options.model} {weights_digest(weights)}"
    task = _trained_prompt(adapter) if adapter else None
    if adapter:
        files = [file for name in ADAPTER_FILES if (file := adapter / name).is_file()]
        weights = [*weights, *files]
        version += f" + {adapter.name} {weights_digest(files)}"
    with quiet():
        tokenizer = tokenizer_in(folder)
        model = _model(folder, adapter, best_dtype(options.dtype))
    chat = task is None and tokenizer.chat_template is not None
    return Loaded(
        model=model.to("cuda" if torch.cuda.is_available() else "cpu").eval(),
        tokenizer=tokenizer,
        vocabulary=_vocabulary(adapter, model) if adapter and narrows(model) else None,
        version=version,
        models={f"{file.parent.name}/{file.name}": file_digest(file) for file in weights},
        prompt=task or ("instruct" if chat else "few-shot"),
        chat=chat,
    )


def _model_folder(name: str, revision: str | None) -> Path:
    if name == PACKAGED:
        from multilingual.language_models.gemma import model_folder

        return model_folder()
    return folder_of(name, revision, "model", f"model={PACKAGED}")


def _adapter_folder(options: CausalLmOptions) -> Path | None:
    if options.adapter != "auto":
        return adapter_folder(options.adapter)
    return ADAPTERS / PACKAGED if options.model == PACKAGED else None


def _trained_prompt(adapter: Path) -> str | None:
    """The prompt task that an adapter was trained with, where its training.json tells."""
    record = adapter / "training.json"
    try:
        task = json.loads(record.read_text(encoding="utf-8"))["prompt"]
        load_prompt(task, "en")
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise EngineUnavailable(f"{record}: its key prompt names no prompt ({first_line(error)})") from error
    return str(task)


def _vocabulary(adapter: Path, model: Any) -> torch.Tensor | None:
    """The tokens that an adapter's vocabulary file names, if there is one (summarize.train.vocabulary)."""
    file = adapter / VOCABULARY
    try:
        with np.load(file) as arrays:
            tokens = np.unique(arrays["tokens"].astype(np.int64))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise EngineUnavailable(f"{file} holds no token ids ({first_line(error)})") from error
    if not len(tokens) or tokens[0] < 0 or tokens[-1] >= model.get_output_embeddings().out_features:
        raise EngineUnavailable(f"{file} names tokens that the model does not have")
    return torch.from_numpy(tokens)


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
            f"{folder} is no causal language model that can be read ({first_line(error)})"
        ) from error
    if adapter:  # merged in float32: rounded once, with the sum
        model = with_adapter(model, adapter, folder, merged=True)
    # The last position of each row, cut from the others, does not lie in one piece. Weights without
    # gradients, such as merged ones, are then copied for each row of a batch (torch.matmul): gigabytes.
    model.get_output_embeddings().register_forward_pre_hook(lambda _, inputs: (inputs[0].contiguous(),))
    cast(model, dtype)
    return model
