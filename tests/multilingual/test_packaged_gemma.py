"""The packaged model's cache. Converting takes half a minute: the real one is looked at where it exists."""

import json
import os
from pathlib import Path

import pytest

from multilingual.language_models.cache import cache_folder, file_digest, weights_digest
from multilingual.language_models.gemma import is_intact, model_folder
from multilingual.unavailable import EngineUnavailable


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NUSKHA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_cache_is_where_the_user_wants_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NUSKHA_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder() == Path.home() / ".cache" / "nuskha"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "nuskha"
    monkeypatch.setenv("NUSKHA_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"


def test_a_digest_follows_the_content(cache: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "a", tmp_path / "b"
    file.write_bytes(b"abc")
    assert file_digest(file) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_digest(file) == file_digest(file)
    assert len(list((cache / "digests").iterdir())) == 1
    other.write_bytes(b"xyz")
    before = weights_digest([file, other])
    file.write_bytes(b"abd")
    os.utime(file, ns=(1, 1))
    assert weights_digest([file, other]) != before


def test_a_digest_needs_no_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("")
    monkeypatch.setenv("NUSKHA_CACHE", str(tmp_path / "occupied"))
    assert file_digest(tmp_path / "occupied").startswith("e3b0c442")


def test_a_damaged_folder_is_found_out(cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    assert not is_intact(folder)
    (folder / "weights").write_bytes(b"abc")
    seals = folder / "digests.json"
    seals.write_text(json.dumps({"weights": file_digest(folder / "weights")}))
    assert is_intact(folder)
    (folder / "weights").write_bytes(b"ab")
    assert not is_intact(folder)
    (folder / "weights").unlink()
    assert not is_intact(folder)
    for broken in ("", "{", "[]", "{}", "3"):
        seals.write_text(broken)
        assert not is_intact(folder)


def test_a_cache_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("")
    monkeypatch.setenv("NUSKHA_CACHE", str(tmp_path / "occupied"))
    with pytest.raises(EngineUnavailable, match="set NUSKHA_CACHE"):
        model_folder()


@pytest.mark.slow
def test_the_converted_model_is_whole() -> None:
    converted = list(cache_folder().glob("gemma-3-270m-*/digests.json"))
    if not converted:
        pytest.skip("the packaged model is not converted here yet: the engine does so at first use")
    from transformers import AutoConfig, AutoTokenizer

    folder = model_folder()
    assert is_intact(folder)
    config = AutoConfig.from_pretrained(folder)
    assert (config.model_type, config.num_hidden_layers, config.hidden_size) == ("gemma3_text", 18, 640)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    text = "Mujhe बुखार है, 38.5 °C; 我头痛。 Não sei."
    tokens = tokenizer(text).input_ids
    assert tokens[0] == tokenizer.bos_token_id == 2
    assert tokenizer.decode(tokens, skip_special_tokens=True) == text
