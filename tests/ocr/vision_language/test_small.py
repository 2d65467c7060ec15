"""The small models of our own: their eyes, their spelling, and the one that ships."""

import json

import numpy as np
import pytest
import torch

from ocr.engines.base import Fragment
from ocr.engines.options import VlmOptions
from ocr.engines.recogniser import Recogniser
from ocr.engines.vlm import VlmEngine
from ocr.simulate.crops import draw_crop
from ocr.simulate.doctors import simulated_doctor
from ocr.vision_language.medication_answer import Medicine, written
from ocr.vision_language.small import assemble, model_folder, spelling_tokenizer
from ocr.vision_language.tower import RECOGNISER, STEP, LineTower, LineTowerConfig, padded

LINES = {
    "Dolo": "Tab Dolo 650 mg BD x 5 days",
    "Omez": "Cap Omez 20 mg OD",
    "Pan": "Tab Pan 40 1-0-1",
    "Telma": "Tab Telma 40 mg OD",
    "Azithral": "Azithral",
    "Crocin": "Crocin",
}


def test_tower_sees_what_the_recogniser_sees() -> None:
    crop = np.random.default_rng(1).integers(0, 256, (48, 320), np.uint8)
    tower = LineTower(LineTowerConfig()).eval()
    with torch.no_grad():
        seen = tower(padded([crop])).last_hidden_state
    assert seen.shape == (1, 320 // STEP, tower.config.hidden_size)
    own = tower.graph
    weights = dict(own.weights())
    head = [weight for name, weight in weights.items() if name.startswith("linear_8")]
    logits = seen.reshape(1, -1, tower.config.features) @ head[0] + head[1]
    (reading,) = Recogniser(RECOGNISER, 1, columns=True).read([crop])
    assert reading.columns is not None
    assert np.allclose(logits.softmax(-1)[0].detach().numpy(), reading.columns.chances, atol=2e-3)


def test_lines_filled_up_to_the_widest_are_seen_as_alone() -> None:
    random = np.random.default_rng(2)
    crops = [random.integers(0, 256, (48, width), np.uint8) for width in (320, 160, 480, 320)]
    tower = LineTower(LineTowerConfig()).eval()
    sizes = torch.tensor([[STEP, crop.shape[1]] for crop in crops])
    with torch.no_grad():
        together = tower(padded(crops), sizes).last_hidden_state
        alone = [tower(padded([crop])).last_hidden_state[0] for crop in crops]
    assert together.shape == (1, sum(len(each) for each in alone), tower.config.hidden_size)
    torch.testing.assert_close(together[0], torch.cat(alone), atol=1e-4, rtol=1e-4)


def test_where_nothing_is_learned_the_tower_sees_the_same() -> None:
    pixels = padded([np.random.default_rng(3).integers(0, 256, (48, 320), np.uint8)])
    tower = LineTower(LineTowerConfig())
    for _ in range(2):
        learning = tower.eval()(pixels).last_hidden_state
        assert learning.requires_grad
        with torch.no_grad():
            torch.testing.assert_close(tower(pixels).last_hidden_state, learning, atol=2e-3, rtol=1e-3)
        tower.train()
        with torch.no_grad():  # a step of training: what is seen next is seen with the new weights
            for weight in tower.parameters():
                weight.mul_(1.01)


def test_every_text_is_spelt_and_joined_again() -> None:
    tokenizer = spelling_tokenizer()
    answer = written([Medicine(name="Dolo ½", form="टैबलेट", strength="650 mg", instructions="após o café 餐")])
    tokens = tokenizer(answer).input_ids
    assert tokenizer.decode(tokens) == answer
    assert len(tokens) < len(answer.encode())


def test_a_line_takes_a_token_each_sixteen_pixels() -> None:
    _, processor = assemble()
    taken = processor(
        images=[np.full((48, 470, 3), 200, np.uint8)], text=[processor.image_token], return_tensors="pt"
    )
    assert taken["input_ids"].shape[1] == 480 // STEP
    assert taken["pixel_values"].shape == (1, 3, 48, 480)


@pytest.fixture(scope="module")
def engine() -> VlmEngine:
    return VlmEngine(VlmOptions(dtype="float32", threads=1))


@pytest.fixture(scope="module")
def printed() -> list[np.ndarray]:
    doctor = simulated_doctor(20, "print")
    return [draw_crop(text, doctor, np.random.default_rng(27)) for text in LINES.values()]


def test_shipped_model_reads_print(engine: VlmEngine, printed: list[np.ndarray]) -> None:
    read = engine.read_lines(printed)
    assert all(isinstance(line, Fragment) and line.whole for line in read)
    found = [name in line.line.text.split() for name, line in zip(LINES, read, strict=True)]
    assert sum(found) >= len(found) - 1


def test_shipped_model_reads_alone_what_it_reads_in_a_batch(
    engine: VlmEngine, printed: list[np.ndarray]
) -> None:
    together = engine.read_lines(printed)
    alone = [engine.read_lines([crop])[0] for crop in printed]
    assert [line.line.text for line in together] == [line.line.text for line in alone]


def test_shipped_model_is_small_and_comes_with_its_card() -> None:
    folder = model_folder()
    assert sum(file.stat().st_size for file in folder.iterdir()) < 16_000_000
    assert (
        json.loads((folder / "config.json").read_text())["vision_config"]["model_type"] == "nuskha_line_tower"
    )
    assert "nuskha-small" in (folder.parent / "README.md").read_text()
