"""A vision-language model from a folder, the model hub or the package, its processor and its adapter.

Weights are safetensors only, and no code that comes with a model is run. Whatever can't be loaded raises
EngineUnavailable with what to do about it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Protocol

import torch
from transformers import (
    MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING,
    AutoConfig,
    AutoModelForImageTextToText,
    AutoProcessor,
    BitsAndBytesConfig,
)

from multilingual.language_models.adapters import adapter_folder, with_adapter
from multilingual.language_models.cache import file_digest, weights_digest
from multilingual.language_models.files import first_line, folder_of, quiet, weights_in
from multilingual.language_models.memory import is_exhaustion
from multilingual.language_models.number_format import best_dtype, cast
from multilingual.unavailable import EngineUnavailable
from ocr.engines.options import OWN_VLM
from ocr.vision_language import tower  # noqa: F401 - makes its classes known to transformers
from ocr.vision_language.families import Family, family_of

EXTRA = "pip install -e '.[vlm]' in nuskha's folder"
"""How to get what some models want besides."""
_NOT_IN_4_BITS = (
    *("lm_head", "vision_tower", "vision_model", "visual"),
    *("multi_modal_projector", "connector", "merger", "mlp_AR"),
)
"""Small beside the language model; and an adapter's own projector has no place in one of 4 bits."""
_PROCESSORS = ("processor_config.json", "preprocessor_config.json")


class Choice(Protocol):
    """Which model is wanted, and how: a part of the options of each engine that runs one."""

    model: str
    revision: str | None
    adapter: str
    dtype: Literal["auto", "bfloat16", "float32"]
    quantised: bool
    attention: Literal["sdpa", "flash_attention_2", "eager"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model ready to answer. `models` is the SHA-256 of each file of weights, by its name."""

    model: Any  # a PreTrainedModel that can generate; neither type tells of both
    processor: Any  # a ProcessorMixin with a tokenizer and an image_processor
    family: Family
    version: str
    models: Mapping[str, str]


def load(choice: Choice) -> Loaded:
    """Load what `choice` names. Raises EngineUnavailable."""
    folder = _model_folder(choice)
    adapter = adapter_folder(choice.adapter)
    family = _family(folder)
    weights = weights_in(folder)
    version = f"{folder.name if Path(choice.model).is_dir() else choice.model} {weights_digest(weights)}"
    if adapter:
        weights = [*weights, adapter / "adapter_model.safetensors"]
        version += f" + {adapter.name} {weights_digest(weights[-1:])}"
    with quiet():
        processor = _processor(folder, family)
        try:
            model = _model(folder, adapter, choice)
        except (MemoryError, RuntimeError) as error:
            if not is_exhaustion(error):
                raise
            raise EngineUnavailable(
                f"{folder} finds no memory ({first_line(error)}); free the device, take a smaller model, "
                "or try dtype=bfloat16 or quantised=true"
            ) from error
    return Loaded(
        model=model.eval(),
        processor=processor,
        family=family,
        version=version + (" 4-bit" if choice.quantised else ""),
        models={f"{file.parent.name}/{file.name}": file_digest(file) for file in weights},
    )


def _model_folder(choice: Choice) -> Path:
    if choice.model == OWN_VLM:
        from ocr.vision_language.small import model_folder

        return Path(model_folder())
    return folder_of(choice.model, choice.revision, "model", f"model={OWN_VLM}")


def _family(folder: Path) -> Family:
    if not (folder / "config.json").is_file():
        raise EngineUnavailable(f"{folder} has no config.json, so it is no model that can be read")
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:  # whatever a broken file makes the library raise
        raise EngineUnavailable(f"{folder} has no config that can be read ({first_line(error)})") from error
    if type(config) not in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING:
        raise EngineUnavailable(f"{folder} is a model of type {config.model_type}, which sees no pictures")
    return family_of(config)


def _processor(folder: Path, family: Family) -> Any:
    if missing := [package for package in family.needs if find_spec(package) is None]:
        raise EngineUnavailable(
            f"the processor of {folder} needs {' and '.join(missing)}, not installed: {EXTRA}"
        )
    if not any((folder / name).is_file() for name in _PROCESSORS):
        raise EngineUnavailable(f"{folder} has a missing processor: none of {', '.join(_PROCESSORS)}")
    try:
        auto: Any = AutoProcessor
        processor = auto.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:  # whatever a broken file makes the library raise
        way_out = f"; {EXTRA}" if "torchvision" in str(error) else ""
        raise EngineUnavailable(
            f"{folder} has no processor that can be read ({first_line(error)}){way_out}"
        ) from error
    for part in ("tokenizer", "image_processor"):
        if getattr(processor, part, None) is None:
            raise EngineUnavailable(f"the processor of {folder} has no {part}")
    if not processor.chat_template and not getattr(processor, "image_token", None):
        raise EngineUnavailable(f"the processor of {folder} has no chat template and no image token")
    return processor


def _model(folder: Path, adapter: Path | None, choice: Choice) -> Any:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    wanted = dtype = best_dtype(choice.dtype)
    settings: dict[str, Any] = {}
    if choice.quantised:
        if find_spec("bitsandbytes") is None:
            raise EngineUnavailable(f"quantised=true needs bitsandbytes, not installed: {EXTRA}")
        settings["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_compute_dtype=dtype,
            llm_int8_skip_modules=list(_NOT_IN_4_BITS),
        )  # type: ignore[no-untyped-call]
        settings["device_map"] = {"": device}
    elif adapter:
        dtype = torch.float32  # merged there: rounded once, with the sum
    auto: Any = AutoModelForImageTextToText
    try:
        model, found = auto.from_pretrained(
            folder,
            dtype=dtype,
            attn_implementation=choice.attention,
            trust_remote_code=False,
            local_files_only=True,
            use_safetensors=True,
            output_loading_info=True,
            **settings,
        )
    except Exception as error:
        if is_exhaustion(error):
            raise
        way_out = "; attention=eager asks for least" if "attention" in str(error).lower() else ""
        raise EngineUnavailable(
            f"{folder} is no vision-language model that can be read ({first_line(error)}){way_out}"
        ) from error
    if missing := sorted(found["missing_keys"]):  # they would be drawn at random
        raise EngineUnavailable(f"the weights of {folder} lack {len(missing)} arrays, such as {missing[0]}")
    if adapter:
        model = with_adapter(model, adapter, folder, merged=not choice.quantised)
    # The last position of each row, cut from the others, does not lie in one piece. Weights without
    # gradients, such as merged ones, are then copied for each row of a batch (torch.matmul): gigabytes.
    model.get_output_embeddings().register_forward_pre_hook(lambda _, inputs: (inputs[0].contiguous(),))
    if not choice.quantised:
        cast(model, wanted)
    return model.to(device)
