"""What can't be loaded is said in a sentence with a way out; what comes with a model is never run."""

import json
import os
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as tf
from asked import QUESTIONS, model_of
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from tiny_families import save_tiny
from tiny_model import save_tiny_model
from transformers import AutoModelForImageTextToText

from multilingual.language_models.memory import is_exhaustion
from multilingual.unavailable import EngineUnavailable
from ocr.vision_language.loading import EXTRA


@pytest.fixture(scope="module")
def adapter(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter of the language model's layers."""
    made = tmp_path_factory.mktemp("adapter")
    base = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
    with pytest.warns(FutureWarning):
        lora = LoraConfig(r=2, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
        get_peft_model(base, lora).save_pretrained(made, save_embedding_layers=False)
    return made


def without(folder: Path, copy: Path, *names: str, **config: Any) -> Path:
    """A copy of a model's folder that lacks some files, its config changed."""
    shutil.copytree(folder, copy)
    for name in names:
        (copy / name).unlink()
    if config:
        file = copy / "config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | config))
    return copy


def refused(folder: Path | str, message: str, **options: Any) -> str:
    with pytest.raises(EngineUnavailable, match=message) as caught:
        model_of(Path(folder), **options)
    said = str(caught.value)
    assert "\n" not in said
    return said


PROCESSOR = ("processor_config.json", "chat_template.jinja")
BROKEN: list[tuple[str, tuple[str, ...], dict[str, Any], str]] = [
    ("no config", ("config.json",), {}, "has no config.json"),
    ("no weights", ("model.safetensors",), {}, "no weights as safetensors"),
    ("no processor", PROCESSOR, {}, "has a missing processor: none of processor_config.json"),
    ("no tokenizer", ("tokenizer.json",), {}, "no processor that can be read"),
    ("no pictures", (), {"model_type": "llama"}, "of type llama, which sees no pictures"),
    ("unknown type", (), {"model_type": "own"}, "no config that can be read"),
    ("other weights", (), {"model_type": "idefics3"}, r"lack \d+ arrays, such as "),
]


@pytest.mark.parametrize(
    ("names", "config", "message"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_what_a_folder_lacks_is_said(
    folder: Path, tmp_path: Path, names: tuple[str, ...], config: dict[str, Any], message: str
) -> None:
    copy = without(folder, tmp_path / "copy", *names, **config)
    assert str(copy) in refused(copy, message)


def test_damaged_files_are_said(folder: Path, tmp_path: Path) -> None:
    weights = without(folder, tmp_path / "weights")
    os.truncate(weights / "model.safetensors", 2000)
    refused(weights, "no vision-language model that can be read")
    config = without(folder, tmp_path / "config")
    (config / "config.json").write_text("{")
    refused(config, "no config that can be read")
    processor = without(folder, tmp_path / "processor")
    (processor / "processor_config.json").write_text("{")
    refused(processor, "no processor that can be read")


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    refused(tmp_path / "missing", "there is no folder")
    refused(tmp_path, "has no config.json")
    refused(save_tiny_model(tmp_path / "text"), "of type gemma3_text, which sees no pictures")


def test_without_a_network_a_hub_name_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    refused("nobody/no-such-model", r"can't be had from the hub .*model=nuskha-small")


def test_code_that_comes_with_a_model_is_not_run(folder: Path, tmp_path: Path) -> None:
    copy = without(
        folder,
        tmp_path / "copy",
        model_type="own",
        auto_map={"AutoConfig": "own.Own", "AutoModelForImageTextToText": "own.Vlm"},
    )
    (copy / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    refused(copy, "no config that can be read")
    processor = without(folder, tmp_path / "processor")
    file = processor / "processor_config.json"
    own = {"processor_class": "Own", "auto_map": {"AutoProcessor": "own.Own"}}
    file.write_text(json.dumps(json.loads(file.read_text()) | own))
    shutil.copy(copy / "own.py", processor)
    refused(processor, "no processor that can be read")
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(find_spec("torchvision") is not None, reason="torchvision is here")
@pytest.mark.parametrize(
    ("config", "missing"),
    [
        (tf.Qwen2_5_VLConfig, "torchvision"),
        (tf.Qwen3VLConfig, "torchvision"),
        (tf.SmolVLMConfig, "torchvision and num2words"),
    ],
)
def test_without_torchvision_the_extra_is_named(
    config: Callable[[], Any], missing: str, tmp_path: Path
) -> None:
    config().save_pretrained(tmp_path)
    (tmp_path / "processor_config.json").write_text("{}")
    save_file({"some": torch.zeros(1)}, tmp_path / "model.safetensors")
    said = refused(tmp_path, "not installed")
    assert said == f"the processor of {tmp_path} needs {missing}, not installed: {EXTRA}"


def test_without_bitsandbytes_the_extra_is_named(folder: Path) -> None:
    refused(
        folder,
        "quantised=true needs bitsandbytes, not installed",
        quantised=True,
    )


def test_an_attention_that_is_not_there_is_said(folder: Path) -> None:
    refused(folder, "attention=eager asks for least", attention="flash_attention_2")


def test_attention_changes_nothing_that_is_said(folder: Path) -> None:
    said = [model_of(folder, attention=kind).answer(QUESTIONS, None, 8) for kind in ("sdpa", "eager")]
    assert [answer.text for answer in said[0]] == [answer.text for answer in said[1]]


def test_an_adapter_of_another_model_is_said(folder: Path, adapter: Path, tmp_path: Path) -> None:
    assert model_of(folder, adapter=str(adapter)).version.count(" + ") == 1
    refused(folder, "is no LoRA adapter: it has no adapter_config.json", adapter=str(tmp_path))
    idefics = save_tiny("idefics3", tmp_path / "idefics3")
    said = refused(idefics, "does not fit the model", adapter=str(adapter))
    assert str(adapter) in said and str(idefics) in said


def changed(adapter: Path, copy: Path, change: Callable[[str], str | None]) -> Path:
    """A copy of an adapter with the names of its weights changed, or without those whose name is None."""
    shutil.copytree(adapter, copy)
    weights = load_file(adapter / "adapter_model.safetensors")
    kept = {name: array for old, array in weights.items() if (name := change(old)) is not None}
    assert kept.keys() != weights.keys()
    save_file(kept, copy / "adapter_model.safetensors")
    return copy


def test_an_adapter_that_fits_in_part_only_is_said(folder: Path, adapter: Path, tmp_path: Path) -> None:
    """peft itself leaves layers as they are for which it finds nothing, and weights that no layer wants."""
    few = changed(adapter, tmp_path / "few", lambda name: None if "layers.1" in name else name)
    refused(folder, "does not fit the model .*its layers are others", adapter=str(few))
    elsewhere = changed(adapter, tmp_path / "elsewhere", lambda name: name.replace("language_model", "lm"))
    refused(folder, "does not fit the model .*its layers are others", adapter=str(elsewhere))
    deep = tmp_path / "deep"
    shutil.copytree(adapter, deep)
    weights = load_file(adapter / "adapter_model.safetensors")
    more = {name.replace("layers.1", "layers.2"): array.clone() for name, array in weights.items()}
    save_file(weights | more, deep / "adapter_model.safetensors")
    refused(folder, r"it holds 24 arrays of which the model has a place for 16", adapter=str(deep))
    narrow = save_tiny("llava_next", tmp_path / "narrow")
    wide = {name: torch.cat([array, array], dim=-1) for name, array in weights.items()}
    save_file(wide, deep / "adapter_model.safetensors")
    refused(narrow, "does not fit the model", adapter=str(deep))


def test_a_start_without_memory_says_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_: Any, **__: Any) -> None:
        torch.empty(2**60)

    monkeypatch.setattr(AutoModelForImageTextToText, "from_pretrained", load)
    said = refused(folder, "finds no memory")
    assert "quantised=true" in said and str(folder) in said


def test_what_exhausts_memory_is_told_from_other_errors() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60)
    assert is_exhaustion(caught.value)
    assert is_exhaustion(torch.OutOfMemoryError("CUDA out of memory"))
    assert is_exhaustion(MemoryError())
    assert is_exhaustion(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`"))
    assert not is_exhaustion(RuntimeError("The size of tensor a (3) must match the size of tensor b (4)"))
    assert not is_exhaustion(ValueError("out of memory"))


def test_the_version_tells_weights_apart(folder: Path, tmp_path: Path) -> None:
    first = model_of(folder)
    assert first.version.startswith(f"{folder.name} ")
    assert list(first.models) == [f"{folder.name}/model.safetensors"]
    again = model_of(without(folder, tmp_path / folder.name))
    assert (again.version, again.models) == (first.version, first.models)
    weights = load_file(folder / "model.safetensors")
    name = next(iter(weights))
    other = without(folder, tmp_path / "other" / folder.name)
    save_file(weights | {name: weights[name] + 1}, other / "model.safetensors", {"format": "pt"})
    assert model_of(other).version != first.version


def test_the_output_layer_is_given_one_piece(folder: Path, adapter: Path) -> None:
    model = model_of(folder, adapter=str(adapter))
    pieces: list[bool] = []
    head = model.loaded.model.get_output_embeddings()
    head.register_forward_pre_hook(lambda _, inputs: pieces.append(inputs[0].is_contiguous()))
    model.answer(QUESTIONS, None, 2)
    assert pieces and all(pieces)


def test_only_weights_are_in_bfloat16(folder: Path, adapter: Path) -> None:
    exact = dict(model_of(folder).loaded.model.named_buffers())
    for chosen in ("none", str(adapter)):
        model = model_of(folder, adapter=chosen, dtype="bfloat16").loaded.model
        assert {weight.dtype for weight in model.parameters()} == {torch.bfloat16}
        frequencies = [(name, array) for name, array in model.named_buffers() if "inv_freq" in name]
        assert frequencies
        for name, array in frequencies:
            assert array.dtype == torch.float32
            assert torch.equal(array, exact[name])
