"""What `nuskha batch ocr --engine vllm` checks before anything starts, and what vLLM is started with.

vLLM itself runs on the workers alone. Not run here, for want of a GPU: what `processor_config` asks it for.
What is heavy is imported where it is used: most workers do without.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.cluster import Shares
from jobs.exits import CannotStart
from jobs.preparation import refusing
from multilingual.language_models.cache import file_digest, weights_digest
from multilingual.unavailable import EngineUnavailable
from ocr.engines import read_options
from ocr.engines.base import Picture
from ocr.engines.options import VllmOptions
from ocr.engines.vlm import AnswerEngine
from ocr.vision_language.asking import Question, Said
from ocr.vision_language.families import Boxes, family_of

if TYPE_CHECKING:
    from ray.data.llm import vLLMEngineProcessorConfig

NAME = "vllm"
_OTHERS = "--engine vlm runs the same models by transformers, --engine openai asks a server of vLLM's"
_LOWEST_RANK = 8
_PAGES_A_BATCH = 32
BESIDE_CPUS = 0.25
"""Cores of each stage beside vLLM's."""


@dataclass(frozen=True, slots=True)
class Vllm:
    """The model, as far as it is known before vLLM runs it."""

    options: VllmOptions
    version: str
    models: Mapping[str, str]
    """SHA-256 of each file of weights, by its name; none of a model of the hub, which its version names."""
    boxes: Boxes
    adapter: str | None = None
    """The folder of its LoRA adapter."""

    def engine(self, relay: "Relay") -> AnswerEngine:
        """The engine, with a relay in the model's place."""
        return AnswerEngine(
            NAME,
            relay,
            boxes=self.boxes,
            constrained=self.options.constrained,
            longest=self.options.max_new_tokens,
            uses_gpu=True,
        )


class Relay:
    """An `Answering` between stages: it notes what is asked, and repeats what was said of each picture."""

    def __init__(self, vllm: Vllm, heard: Sequence[tuple[Picture, Said]] = ()) -> None:
        self.version, self.models = vllm.version, dict(vllm.models)
        self.asked: list[tuple[Question, str | None, int]] = []
        self._heard = heard

    def answer(self, questions: Sequence[Question], schema: str | None, longest: int) -> list[Said]:
        """See `Answering.answer`."""
        self.asked += [(question, schema, longest) for question in questions]
        return [self._of(question.picture) for question in questions]

    def _of(self, asked: Picture | None) -> Said:
        heard = (said for picture, said in self._heard if picture is asked)
        return next(heard, Said("", error="vLLM was not asked"))


def open_vllm(options: Mapping[str, str], gpus_per_worker: float) -> Vllm:
    """The engine as asked for. Raises CannotStart where an option, vLLM, a GPU or the model is missing."""
    with refusing(ValueError):
        checked = read_options(NAME, options)
    assert isinstance(checked, VllmOptions)  # noqa: S101 - told to the type checker
    if find_spec("vllm") is None:
        raise CannotStart(
            "engine vllm needs vLLM here and on every worker, which needs an NVIDIA or AMD GPU: "
            f"pip install 'ray[llm]' in nuskha's environment; {_OTHERS}"
        )
    if gpus_per_worker < 1 or gpus_per_worker % 1:
        raise CannotStart(f"engine vllm takes whole GPUs: give --gpus-per-worker 1 or more; {_OTHERS}")
    with refusing(EngineUnavailable):
        return _known(checked)


def _known(options: VllmOptions) -> Vllm:
    """Raises EngineUnavailable where the model is none that sees, or its adapter is not there."""
    from transformers import AutoConfig

    from multilingual.language_models.adapters import adapter_folder
    from multilingual.language_models.files import first_line, weights_in

    try:
        config = AutoConfig.from_pretrained(options.model, revision=options.revision, trust_remote_code=False)
    except Exception as error:  # of a folder or the hub, in any of three libraries
        raise EngineUnavailable(
            f"model {options.model!r} is neither a folder of a model nor to be had from the hub "
            f"({first_line(error)})"
        ) from error
    adapter = adapter_folder(options.adapter)
    folder = Path(options.model).expanduser()
    if folder.is_dir():
        weights = weights_in(folder)
        version = f"{folder.name} {weights_digest(weights)}"
    else:
        weights = []
        version = f"{options.model} {getattr(config, '_commit_hash', None) or options.revision or 'main'}"
    if adapter:
        weights = [*weights, adapter / "adapter_model.safetensors"]
        version += f" + {adapter.name} {weights_digest(weights[-1:])}"
    return Vllm(
        options=options,
        version=version + (" 4-bit" if options.quantised else ""),
        models={f"{file.parent.name}/{file.name}": file_digest(file) for file in weights},
        boxes=family_of(config).boxes if options.boxes == "auto" else "none",
        adapter=str(adapter) if adapter else None,
    )


def processor_config(vllm: Vllm, shares: Shares, *, alone: bool) -> "vLLMEngineProcessorConfig":
    """How ray.data.llm is to run vLLM: one copy of the model a worker, over all of that worker's GPUs."""
    from ray.data.llm import vLLMEngineProcessorConfig

    options, folder = vllm.options, Path(vllm.options.model).expanduser()
    engine: dict[str, Any] = {
        "dtype": options.dtype,
        "tensor_parallel_size": int(shares.gpus),
        "limit_mm_per_prompt": {"image": 1},
        "trust_remote_code": False,
    }
    revision = {"revision": options.revision} if options.revision else {}
    if options.quantised:
        engine["quantization"] = "bitsandbytes"
    if vllm.adapter:
        described = json.loads(Path(vllm.adapter, "adapter_config.json").read_text(encoding="utf-8"))
        # vLLM knows powers of two only, and no lower one.
        rank = max(_LOWEST_RANK, 2 ** (described["r"] - 1).bit_length())
        engine |= {"enable_lora": True, "max_lora_rank": rank}
    return vLLMEngineProcessorConfig(
        model_source=str(folder.absolute()) if folder.is_dir() else options.model,
        engine_kwargs=engine | revision,
        concurrency=shares.workers,
        batch_size=1 if alone else _PAGES_A_BATCH,
        should_continue_on_error=True,
        # The processors of transformers take their pictures as parts of a turn, and so does their template.
        prepare_multimodal_stage={
            "enabled": True,
            "chat_template_content_format": "openai",
            "model_config_kwargs": revision,
            "num_cpus": BESIDE_CPUS,
        },
        chat_template_stage={"enabled": True, "num_cpus": BESIDE_CPUS},
        # What a picture becomes among the tokens is vLLM's to know.
        tokenize_stage=False,
        detokenize_stage=False,
    )
