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


@pytest.fixture(scope="module")
def run(ray_here: None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("recogniser")
    draw_words(folder / "data" / "words")
    (folder / "data" / "names.csv").write_text("name\nCrocin\nDolo 650\n")
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE)

    def train(output: Path, **changes: Any) -> Exit:
        plan = {"data": folder / "data", "recipe": recipe} | changes
        return finetune_recogniser(FinetuneRecogniser(output=output, **plan))

    return train


@pytest.fixture(scope="module")
def trained(run: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one worker made of all four steps."""
    folder: Path = tmp_path_factory.mktemp("trained") / "one"
    assert run(folder) is Exit.OK
    return folder


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


def check_same_steps(other: Path, one: Path) -> None:
    apart, moved = distance(weights(other), weights(one)), distance(start_weights(), weights(one))
    # Steps of other examples would lead as far apart as they lead away from the start.
    assert apart < 0.3 * moved, f"{apart} of {moved}"


@pytest.mark.slow
def test_two_workers_take_the_steps_of_one(run: Any, trained: Path, tmp_path: Path) -> None:
    assert run(tmp_path / "two", workers=2) is Exit.OK
    check_same_steps(tmp_path / "two", trained)


@pytest.mark.slow
def test_a_stopped_run_goes_on(run: Any, trained: Path, tmp_path: Path) -> None:
    halted = tmp_path / "halted"
    assert run(halted, most_steps=2) is Exit.OK
    assert not (halted / "recogniser.onnx").exists()
    assert run(halted) is Exit.OK
    check_same_steps(halted, trained)


@pytest.mark.slow
def test_what_was_trained_reads_crops(trained: Path) -> None:
    assert (trained / "curves.png").stat().st_size > 5000
    for file in ("recogniser.onnx", "recogniser-int8.onnx"):
        session = onnxruntime.InferenceSession(trained / file, providers=["CPUExecutionProvider"])
        (answer,) = session.run(None, {session.get_inputs()[0].name: np.zeros((1, 3, 48, 160), np.float32)})
        assert answer.shape[:2] == (1, 20)
        np.testing.assert_allclose(answer.sum(axis=2), 1, atol=1e-3)


def test_another_recipe_does_not_go_on_in_the_same_folder(run: Any, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.json").write_text("{}")
    with pytest.raises(CannotStart, match="another recipe or start"):
        run(tmp_path / "out")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"recipe": Path("nowhere.toml")}, r"nowhere\.toml cannot be read"),
        ({"data": Path("nowhere")}, r"labels\.csv cannot be read"),
        ({"start": Path("nowhere.onnx")}, r"nowhere\.onnx is no file"),
    ],
)
def test_what_cannot_start_says_what_is_missing(
    run: Any, change: dict[str, Path], message: str, tmp_path: Path
) -> None:
    with pytest.raises(CannotStart, match=message):
        run(tmp_path / "out", **change)
