from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from drawn_words import draw_words
from onnx import numpy_helper

from jobs.exits import CannotStart, Exit
from jobs.finetune_recogniser import FinetuneRecogniser, finetune_recogniser
from ocr.engines.paddle_weights import model_folders
from ocr.onnx_weights import widen
from ocr.simulate.words import alphabet
from ocr.train.head import cut_head

RECIPE = """
[settings]
seed = 1
steps = 4
pixels = 2048
learning_rate = 1e-3
average = 0.5
original = 0.1
checkpoint_every = 2
simulated = 12
photographed_pages = 0
spliced_words = 0
spliced_lines = 0

[shares]
real = 0.5
latin = 0.5

[real]
folder = "words"

[[names]]
file = "names.csv"
column = "name"
"""


@pytest.fixture
def run(ray_here: None, tmp_path: Path) -> Any:
    draw_words(tmp_path / "data" / "words")
    (tmp_path / "data" / "names.csv").write_text("name\nCrocin\nDolo 650\n")
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE)

    def train(output: str, **changes: Any) -> Exit:
        plan = {"data": tmp_path / "data", "recipe": recipe} | changes
        return finetune_recogniser(FinetuneRecogniser(output=tmp_path / output, **plan))

    return train


def weights(folder: Path) -> dict[str, np.ndarray]:
    return floats(widen(onnx.load(folder / "recogniser.onnx")))


def start_weights() -> dict[str, np.ndarray]:
    model = onnx.load(model_folders().recogniser / "inference.onnx")
    cut_head(model, alphabet(), np.random.default_rng(1))  # the recipe's seed
    return floats(model)


def floats(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    arrays = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    return {name: array for name, array in arrays.items() if array.dtype == np.float32}


def distance(some: dict[str, np.ndarray], others: dict[str, np.ndarray]) -> float:
    return float(np.sqrt(sum(np.square(some[name] - others[name]).sum() for name in others)))


def test_two_workers_take_the_steps_of_one_and_a_stopped_run_goes_on(run: Any, tmp_path: Path) -> None:
    assert run("one") is Exit.OK
    assert run("two", workers=2) is Exit.OK
    assert run("halted", most_steps=2) is Exit.OK
    assert not (tmp_path / "halted" / "recogniser.onnx").exists()
    assert run("halted") is Exit.OK
    start, one = start_weights(), weights(tmp_path / "one")
    for other in ("two", "halted"):
        apart, moved = distance(weights(tmp_path / other), one), distance(start, one)
        # Steps of other examples would lead as far apart as they lead away from the start.
        assert apart < 0.3 * moved, f"{other}: {apart} of {moved}"
    assert (tmp_path / "one" / "curves.png").stat().st_size > 5000
    for file in ("recogniser.onnx", "recogniser-int8.onnx"):
        session = onnxruntime.InferenceSession(tmp_path / "one" / file, providers=["CPUExecutionProvider"])
        (answer,) = session.run(None, {session.get_inputs()[0].name: np.zeros((1, 3, 48, 160), np.float32)})
        assert answer.shape[:2] == (1, 20)
        np.testing.assert_allclose(answer.sum(axis=2), 1, atol=1e-3)


def test_another_recipe_does_not_go_on_in_the_same_folder(run: Any, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.json").write_text("{}")
    with pytest.raises(CannotStart, match="another recipe or start"):
        run("out")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"recipe": Path("nowhere.toml")}, r"nowhere\.toml cannot be read"),
        ({"data": Path("nowhere")}, r"labels\.csv cannot be read"),
        ({"start": Path("nowhere.onnx")}, r"nowhere\.onnx is no file"),
    ],
)
def test_what_cannot_start_says_what_is_missing(run: Any, change: dict[str, Path], message: str) -> None:
    with pytest.raises(CannotStart, match=message):
        run("out", **change)
