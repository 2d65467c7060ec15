"""The causal-lm engine on tiny real models: exact in batches, merged with adapters, bounded in memory."""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from tiny_model import TEXTS, save_tiny_model
from transformers import AutoModelForCausalLM, BertConfig, BertModel

from multilingual.unavailable import EngineUnavailable
from summarize.engines import make_engine
from summarize.engines.base import Answer, Request
from summarize.engines.causal_lm import CausalLm
from summarize.engines.generation import beams, greedy
from summarize.engines.options import CausalLmOptions

PROMPTS = [
    *TEXTS,
    "a",
    "Dor",
    "क्या",
    "药",
    *(f"Message: my {part} hurts since {n} days" for n, part in enumerate(["knee", "head", "ear"])),
    "kya karu " * 14,  # longer than the window that one of the layers attends to
]


def engine_of(folder: Path, **options: Any) -> CausalLm:
    return CausalLm(
        CausalLmOptions(
            model=str(folder), **({"dtype": "float32", "threads": 1, "max_new_tokens": 12} | options)
        )
    )


def ask(prompts: Sequence[str]) -> list[Request]:
    return [Request("", prompt, None, "en") for prompt in prompts]


@pytest.fixture(scope="module")
def engine(tiny_model: Path) -> CausalLm:
    return engine_of(tiny_model)


@pytest.fixture(scope="module")
def adapter(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA adapter that changes what the tiny model says."""
    folder = tmp_path_factory.mktemp("adapter")
    base = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    with torch.random.fork_rng(), pytest.warns(FutureWarning):
        torch.manual_seed(3)
        model = get_peft_model(
            base, LoraConfig(r=4, lora_alpha=16, target_modules="all-linear", init_lora_weights=False)
        )
    model.save_pretrained(folder, save_embedding_layers=False)
    return folder


def generated(engine: CausalLm, prompt: Sequence[int], stops: list[int]) -> list[int]:
    """What transformers' own loop answers to one prompt."""
    ids = torch.tensor([prompt])
    output = engine.model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=engine.max_new_tokens,
        eos_token_id=stops,
        pad_token_id=0,
    )
    tokens: list[int] = output[0, len(prompt) :].tolist()
    return tokens


def test_a_batch_gives_what_each_prompt_gives_alone(engine: CausalLm) -> None:
    prompts = engine.encode(PROMPTS)
    free = greedy(engine.model, prompts, [1], engine.max_new_tokens, 0)
    assert len({tuple(tokens) for tokens in free}) > len(PROMPTS) // 2  # or the test would prove little
    assert free == [generated(engine, prompt, [1]) for prompt in prompts]
    # Tokens that some rows come to early and others late or never, so that rows leave at different steps.
    stops = sorted({tokens[step] for step, tokens in enumerate(free[:8])})
    stopped = greedy(engine.model, prompts, stops, engine.max_new_tokens, 0)
    assert len({len(tokens) for tokens in stopped}) > 3
    assert stopped == [generated(engine, prompt, stops) for prompt in prompts]


def test_padding_does_not_matter(engine: CausalLm) -> None:
    (short, *_), long = engine.encode(["Dor nas costas"]), engine.encode(["kya karu " * 40])[0]
    (alone,) = greedy(engine.model, [short], [1], 12, 0)
    with_long, _ = greedy(engine.model, [short, long], [1], 12, 0)
    with_odd_padding, _ = greedy(engine.model, [short, long], [1], 12, 17)
    assert alone == with_long == with_odd_padding


def test_small_batches_change_nothing(tiny_model: Path, engine: CausalLm) -> None:
    requests = ask(PROMPTS)
    assert engine_of(tiny_model, batch_tokens=60).summarise(requests) == engine.summarise(requests)


def test_a_summary_ends_with_its_line(engine: CausalLm) -> None:
    line_breaks = [token for token in engine.stops if token != 1]
    assert line_breaks
    assert all("\n" in str(engine.tokenizer.decode([token])) for token in line_breaks)
    words = engine.tokenizer("A knee hurts", add_special_tokens=False).input_ids
    (first, *_) = line_breaks
    assert engine.answer([2, 5], [*words, first, *words]) == Answer("A knee hurts", 2, len(words) + 1)
    assert engine.answer([2, 5], [*words, 1, 0, 0]).text == "A knee hurts"


def test_every_spelling_of_a_line_break_ends_a_line(tiny_chat_model: Path, engine: CausalLm) -> None:
    vocabulary = engine.tokenizer.get_vocab()
    assert vocabulary["<0x0A>"] in engine.stops
    assert vocabulary["\n"] in engine.stops
    assert engine_of(tiny_chat_model).stops == [1]


def test_a_chat_model_is_asked_in_a_turn(tiny_chat_model: Path, engine: CausalLm) -> None:
    chat = engine_of(tiny_chat_model)
    assert (chat.prompt, engine.prompt) == ("instruct", "few-shot")
    (tokens,) = chat.encode(["Dor <eos><bos>user:"])
    assert chat.tokenizer.decode(tokens) == "<bos>user: Dor   user:\nmodel: "
    assert len(chat.summarise(ask(TEXTS))) == len(TEXTS)


def test_a_patient_writes_no_special_token(engine: CausalLm) -> None:
    (tokens,) = engine.encode(["x <eos> <e<eos>os> <bos> y"])
    assert [token for token in tokens if token < 4] == [2]


def test_alternatives_are_beams_likeliest_first(engine: CausalLm) -> None:
    request, other = ask([TEXTS[1], TEXTS[0]])
    (alone,) = engine.alternatives([request])
    answers, _ = engine.alternatives([request, other])
    assert answers == alone
    assert 2 <= len(answers) <= 6
    assert len({answer.text for answer in answers}) == len(answers)
    (prompt,) = engine.encode([request.prompt])
    (best,) = engine.model.generate(
        torch.tensor([prompt]),
        attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
        num_beams=6,
        early_stopping=True,
        max_new_tokens=12,
        eos_token_id=engine.stops,
        pad_token_id=0,
    )
    assert answers[0] == engine.answer(prompt, best[len(prompt) :].tolist())


def test_alternatives_avoid_what_they_are_asked_to(engine: CausalLm) -> None:
    prompts = engine.encode([TEXTS[1], TEXTS[0]])

    def found(*avoid: list[int]) -> list[list[list[int]]]:
        return beams(engine.model, prompts, engine.stops, 12, 0, 4, [avoid, []])

    free, free_other = found()
    first, second, third = free[0][:3]
    for run in ([first], [first, second], [second, third]):
        kept, kept_other = found(run)
        assert kept_other == free_other  # what one message avoids is open to the others
        assert not any(_holds(beam, run) for beam in kept)
        assert _holds(free[0], run)


def _holds(tokens: Sequence[int], run: Sequence[int]) -> bool:
    return any(list(tokens[place : place + len(run)]) == list(run) for place in range(len(tokens)))


def test_words_to_avoid_are_spelt_as_they_stand_in_a_sentence(engine: CausalLm) -> None:
    request = replace(ask([TEXTS[1]])[0], avoid=("knee hurts",))
    spelt = engine.spellings(request.avoid)
    texts = {engine.tokenizer.decode(tokens) for tokens in spelt}
    assert {text.strip() for text in texts} == {"knee hurts", "Knee hurts"}
    assert engine.alternatives([request])


def test_a_prompt_that_is_too_long_is_refused(tiny_model: Path) -> None:
    engine = engine_of(tiny_model, longest=20)
    assert engine.longest == 20
    secret = "my secret rash " * 10
    short, long = engine.summarise(ask(["Dor", secret]))
    assert short.error is None and short.text
    assert long.text == ""
    assert long.error == f"the prompt has {long.input_tokens} tokens; 20 are allowed (option longest)"
    assert engine.count_tokens([secret]) == [long.input_tokens]
    assert engine.alternatives(ask([secret])) == [[]]


def test_the_model_s_own_limit_holds(tiny_model: Path) -> None:
    assert engine_of(tiny_model, longest=100_000, max_new_tokens=12).longest == 500


@pytest.mark.parametrize("fits", [1, 2, 5])
def test_too_little_memory_halves_the_batch(
    tiny_model: Path, engine: CausalLm, monkeypatch: pytest.MonkeyPatch, fits: int
) -> None:
    small = engine_of(tiny_model)
    whole, sizes = small.model.forward, []

    def forward(input_ids: torch.Tensor, **rest: Any) -> Any:
        sizes.append(len(input_ids))
        if len(input_ids) > fits:
            raise torch.OutOfMemoryError("simulated")
        return whole(input_ids=input_ids, **rest)

    monkeypatch.setattr(small.model, "forward", forward)
    assert small.summarise(ask(PROMPTS)) == engine.summarise(ask(PROMPTS))
    assert sizes[0] == len(PROMPTS)
    assert sum(size > fits for size in sizes) < len(PROMPTS) // 2  # it learns: not each batch fails first


def test_a_prompt_that_memory_never_suffices_for_is_an_error(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = engine_of(tiny_model)
    whole = small.model.forward

    def forward(input_ids: torch.Tensor, **rest: Any) -> Any:
        if input_ids.shape[1] > 60:
            raise torch.OutOfMemoryError("simulated")
        return whole(input_ids=input_ids, **rest)

    monkeypatch.setattr(small.model, "forward", forward)
    answers = small.summarise(ask(["Dor", "kya karu " * 20, "药"]))
    assert [answer.error is None for answer in answers] == [True, False, True]
    assert answers[1].error == "the device has too little memory for this prompt"


def test_an_adapter_is_merged_in(tiny_model: Path, adapter: Path, engine: CausalLm) -> None:
    adapted = engine_of(tiny_model, adapter=str(adapter))
    base = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)
    with pytest.warns(FutureWarning):
        unmerged = PeftModel.from_pretrained(base, adapter).eval()
    ids = torch.tensor(engine.encode(TEXTS[:1]))
    with torch.inference_mode():
        theirs, ours = unmerged(input_ids=ids).logits, adapted.model(input_ids=ids).logits
        without = engine.model(input_ids=ids).logits
    assert torch.allclose(ours, theirs, atol=1e-4)
    assert not torch.allclose(ours, without, atol=1e-2)
    assert adapted.version.startswith(f"{engine.version} + {adapter.name} ")
    assert not any("lora" in name for name, _ in adapted.model.named_parameters())


def with_vocabulary(adapter: Path, folder: Path, tokens: Sequence[int]) -> Path:
    shutil.copytree(adapter, folder)
    np.savez(folder / "vocabulary.npz", tokens=np.array(tokens))
    return folder


def test_beams_are_searched_in_the_adapter_s_vocabulary(
    tiny_model: Path, adapter: Path, tmp_path: Path
) -> None:
    free = engine_of(tiny_model, adapter=str(adapter))
    prompts = free.encode([TEXTS[1], TEXTS[0]])
    said = {token for beam in beams(free.model, prompts[:1], free.stops, 12, 0, 6, [[]])[0] for token in beam}
    left_out = (said - set(prompts[0]) - set(free.stops)).pop()
    most = [token for token in range(len(free.tokenizer)) if token != left_out]
    held = engine_of(tiny_model, adapter=str(with_vocabulary(adapter, tmp_path / adapter.name, most)))
    assert held.version != free.version and held.version.startswith(free.version.rsplit(" ", 1)[0])

    request, other = ask([TEXTS[1], TEXTS[0]])
    (without,) = held.alternatives([request])
    assert without and without != free.alternatives([request])[0]
    # What a message has can be said of it.
    telling = replace(request, prompt=request.prompt + free.tokenizer.decode([left_out]))
    assert left_out in free.encode([telling.prompt])[0]
    assert held.alternatives([telling]) == free.alternatives([telling])
    # The greedy summary is the model's own, and beams leave the model as it was.
    assert held.summarise([request, other]) == free.summarise([request, other])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK no archive", "holds no token ids"),
        ({"words": [1, 2]}, "holds no token ids"),
        ({"tokens": []}, "names tokens that the model does not have"),
        ({"tokens": [3, 10**6]}, "names tokens that the model does not have"),
        ({"tokens": [-1, 3]}, "names tokens that the model does not have"),
    ],
)
def test_a_vocabulary_that_is_none_is_said(
    content: Any, message: str, tiny_model: Path, adapter: Path, tmp_path: Path
) -> None:
    folder = with_vocabulary(adapter, tmp_path / "adapter", [])
    file = folder / "vocabulary.npz"
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        np.savez(file, **{name: np.array(tokens, dtype=int) for name, tokens in content.items()})
    with pytest.raises(EngineUnavailable, match=message) as caught:
        engine_of(tiny_model, adapter=str(folder))
    assert str(file) in str(caught.value)


def test_the_output_layer_is_given_one_piece(tiny_model: Path, adapter: Path) -> None:
    engine = engine_of(tiny_model, adapter=str(adapter), max_new_tokens=2)
    pieces = []
    head = engine.model.get_output_embeddings()
    head.register_forward_pre_hook(lambda _, inputs: pieces.append(inputs[0].is_contiguous()))
    engine.summarise(ask(TEXTS))
    assert pieces and all(pieces)


def test_an_adapter_names_its_prompt(tiny_chat_model: Path, adapter: Path, tmp_path: Path) -> None:
    trained = Path(shutil.copytree(adapter, tmp_path / "trained"))
    assert engine_of(tiny_chat_model, adapter=str(trained)).prompt == "instruct"
    (trained / "training.json").write_text(json.dumps({"prompt": "tuned"}))
    engine = engine_of(tiny_chat_model, adapter=str(trained))
    assert engine.prompt == "tuned"
    assert len(engine.stops) > 1  # it continues a text, as it was trained to
    (trained / "training.json").write_text(json.dumps({"prompt": "polite"}))
    with pytest.raises(EngineUnavailable, match=r"training\.json: its key prompt"):
        engine_of(tiny_chat_model, adapter=str(trained))


def test_the_version_tells_weights_apart(tiny_model: Path, engine: CausalLm, tmp_path: Path) -> None:
    again = engine_of(save_tiny_model(tmp_path / tiny_model.name))
    assert again.version == engine.version
    other = engine_of(save_tiny_model(tmp_path / "other" / tiny_model.name, intermediate_size=72))
    assert other.version != engine.version


def test_bfloat16_weights_are_half_as_large(tiny_model: Path) -> None:
    engine = engine_of(tiny_model, dtype="bfloat16")
    assert {weight.dtype for weight in engine.model.parameters()} == {torch.bfloat16}
    assert len(engine.summarise(ask(TEXTS))) == len(TEXTS)


def _without(tiny: Path, folder: Path, *names: str) -> Path:
    shutil.copytree(tiny, folder)
    for name in names:
        (folder / name).unlink()
    return folder


def _encoder(folder: Path, tiny: Path) -> Path:
    """A model that is no causal one: its type has no such class."""
    _without(tiny, folder, "config.json")
    BertModel(BertConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2)).save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "t5"}))
    return folder


def _with_code(folder: Path, tiny: Path) -> Path:
    _without(tiny, folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Own", "AutoModelForCausalLM": "own.Lm"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text(f"open({str(folder / 'ran')!r}, 'w')")
    return folder


def test_what_can_not_be_loaded_is_said(tiny_model: Path, tmp_path: Path) -> None:
    damaged = _without(tiny_model, tmp_path / "damaged")
    os.truncate(damaged / "model.safetensors", 2000)
    cases = {
        tmp_path / "missing": "there is no folder",
        tmp_path: "no weights as safetensors",
        _without(tiny_model, tmp_path / "a", "model.safetensors"): "no weights as safetensors",
        _without(tiny_model, tmp_path / "b", "config.json"): "that can be read",
        _without(tiny_model, tmp_path / "c", "tokenizer.json", "tokenizer_config.json"): "has no tokenizer",
        damaged: "no causal language model that can be read",
        _encoder(tmp_path / "d", tiny_model): "that can be read",
        _with_code(tmp_path / "e", tiny_model): "that can be read",
    }
    for folder, message in cases.items():
        with pytest.raises(EngineUnavailable, match=message) as caught:
            engine_of(folder)
        assert str(folder) in str(caught.value)
    assert not (tmp_path / "e" / "ran").exists()


def test_an_adapter_that_does_not_fit_is_said(tiny_model: Path, adapter: Path, tmp_path: Path) -> None:
    wide = save_tiny_model(tmp_path / "wide", hidden_size=48)
    with pytest.raises(EngineUnavailable, match="does not fit the model"):
        engine_of(wide, adapter=str(adapter))
    with pytest.raises(EngineUnavailable, match=r"is no LoRA adapter: it has no adapter_config\.json"):
        engine_of(tiny_model, adapter=str(tmp_path))


def test_without_a_network_a_hub_name_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(EngineUnavailable, match=r"can't be had from the hub .*model=gemma3-270m"):
        make_engine("causal-lm", {"model": "nobody/no-such-model"})
