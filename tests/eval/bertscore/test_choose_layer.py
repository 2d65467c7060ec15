"""Choosing a layer, on made-up texts with a tiny encoder, and on real ones with the packaged encoder."""

import json
import os
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from tiny_encoder import LAYERS, save_tiny_encoder

from eval.bertscore.choose_layer import (
    PAIRS,
    TEXTS,
    area_under_curve,
    as_toml,
    baseline,
    main,
    pairs_of,
    similar,
    tell_own,
    texts_of,
)
from eval.bertscore.encoder import Encoder
from eval.bertscore.packaged import SHIPPED

DATA = Path(os.environ.get("NUSKHA_DATA", Path(__file__).parents[4] / "shared" / "data"))
PLACES = ("knee", "back", "ear", "eye", "hand", "foot", "neck", "hip", "elbow", "wrist", "ankle", "jaw")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    return Encoder(str(save_tiny_encoder(tmp_path_factory.mktemp("tiny-encoder"))), LAYERS)


def write_data(folder: Path) -> Path:
    """Files of the sets that the layer is chosen on, a row for each place of the body."""
    for file in {each.file for each in (*PAIRS, *TEXTS)}:
        rows = (
            {
                "query": f"For a week my {place} has been hurting. Is it the {place}?",
                "summary": f"pain of the {place}",
                "core": f"a {place} in pain",
                "title_in_ask": False,
                "en": f"My {place} hurts.",
                "pt": f"Dor: {place}",
                "hi": f"{place} में दर्द",
            }
            for place in PLACES
        )
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return folder


def test_the_area_under_the_curve_by_hand() -> None:
    # Of 2 * 3 pairs 0.8 exceeds three, 0.4 exceeds one and ties with one: (3 + 1 + 0.5) / 6.
    assert area_under_curve(np.array([0.8, 0.4]), np.array([0.1, 0.4, 0.6])) == pytest.approx(0.75)


def test_the_others_are_those_of_about_as_many_tokens() -> None:
    lengths = {"a": 5, "b": 9, "c": 6, "d": 1, "e": 5}
    assert similar("a", lengths, lengths, 2) == ["e", "c"]
    with pytest.raises(ValueError, match="5 other texts are needed, 4 are there"):
        similar("a", lengths, lengths, 5)


def test_what_is_its_own_word_for_word_is_always_told(encoder: Encoder) -> None:
    told = tell_own(encoder, [(place, place) for place in PLACES])
    assert told.right.shape == (LAYERS + 1, len(PLACES))
    assert told.right.all()
    assert told.area == pytest.approx(np.ones(LAYERS + 1))


def test_a_baseline_is_of_different_texts_and_the_same_each_time(encoder: Encoder) -> None:
    means = baseline(encoder, PLACES, 50)
    assert means.shape == (LAYERS + 1, 3)
    assert (means < 1).all()
    assert baseline(encoder, PLACES, 50) == pytest.approx(means)


def test_rows_are_drawn_once_a_text_and_without_titles_copied_from_it(tmp_path: Path) -> None:
    chinese = next(pairs for pairs in PAIRS if pairs.language == "zh")
    rows = [
        {"query": "头晕怎么办", "summary": "头晕", "title_in_ask": False},
        {"query": "头晕怎么办", "summary": "眩晕", "title_in_ask": False},
        {"query": "头很晕", "summary": "头晕", "title_in_ask": False},
        {"query": "咳嗽三天", "summary": "咳嗽", "title_in_ask": True},
        {"query": "牙疼", "summary": " ", "title_in_ask": False},
    ]
    (tmp_path / chinese.file).parent.mkdir()
    (tmp_path / chinese.file).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert pairs_of(chinese, tmp_path, 10) == [("头晕怎么办", "头晕")]


def test_messages_are_taken_apart_into_sentences(tmp_path: Path) -> None:
    portuguese = next(texts for texts in TEXTS if texts.language == "pt")
    found = texts_of(portuguese, write_data(tmp_path))
    assert len(found) == 2 * len(PLACES)
    assert "Is it the knee?" in found


def test_the_command_tries_every_layer_and_names_the_best(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_data(tmp_path)
    named = f"{encoder.name}:{LAYERS}"
    monkeypatch.setattr(sys, "argv", ["choose_layer", str(data), "--encoder", named, "--random", "20"])
    main()
    shown = capsys.readouterr().out
    assert f"{encoder.name} {encoder.digest}" in shown
    assert all(f"{pairs.language}: {len(PLACES)} texts" in shown for pairs in PAIRS)
    assert [line.split()[0] for line in shown.splitlines() if "(" in line] == ["0", "1", "2", "3"]
    assert sum(line.startswith("baseline ") for line in shown.splitlines()) == len(TEXTS)


def test_the_shipped_table_is_written_as_it_is_read(encoder: Encoder) -> None:
    found = tomllib.loads(as_toml(encoder, 2, {"hi-en": np.full((2, 3), 0.25), "en": np.full((2, 3), 0.5)}))
    assert (found["sha256"], found["digest"], found["layer"]) == (SHIPPED["sha256"], encoder.digest, 2)
    assert found["baselines"] == {"en": [[0.5] * 3] * 2, "hi-en": [[0.25] * 3] * 2}


real_data = pytest.mark.skipif(
    not (DATA / PAIRS[0].file).exists(), reason=f"no real messages at {DATA}: set NUSKHA_DATA"
)


@pytest.mark.slow
@real_data
def test_the_shipped_layer_tells_real_messages_summaries() -> None:
    encoder = Encoder()
    told = tell_own(encoder, pairs_of(PAIRS[0], DATA, 40))
    assert told.right[encoder.layer].mean() > 0.9  # 0.987 of 300


@pytest.mark.slow
@real_data
def test_the_shipped_baseline_is_that_of_real_texts() -> None:
    chinese = next(texts for texts in TEXTS if texts.language == "zh")
    found = baseline(Encoder(), texts_of(chinese, DATA), 200)
    assert found == pytest.approx(np.array(SHIPPED["baselines"]["zh"])[: len(found)], abs=0.02)
