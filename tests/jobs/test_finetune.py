import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tiny_model import save_tiny_model

from jobs.exits import CannotStart, Exit
from jobs.finetune import Finetune, finetune

RECIPE = """
[settings]
prompt = "tuned"
rank = 4
alpha = 8
learning_rate = 0.02
warmup = 0.1
batch = 4
steps = {steps}
pass_tokens = 200
longest = 200
held_out = 2
noted = 0.0
start_share = 0.0
seed = 3

[[sources]]
file = "rows.jsonl"
licence = "ours"
summary = "core"
target = "en"
times = 1
"""


@pytest.fixture(scope="module")
def run(ray_here: None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("finetune")
    data = folder / "data"
    data.mkdir()
    rows = [{"query": f"mujhe {n} din se khansi hai", "core": f"Cough for {n} days."} for n in range(2, 26)]
    (data / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE.format(steps=5))
    model = save_tiny_model(folder / "model")

    def train(output: Path, **changes: Any) -> Exit:
        plan = {"data": data, "recipe": recipe, "model": model} | changes
        return finetune(Finetune(output=output, **plan))

    return train


@pytest.fixture(scope="module")
def trained(run: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one worker made of all five steps."""
    folder: Path = tmp_path_factory.mktemp("trained") / "one"
    assert run(folder) is Exit.OK
    return folder


@pytest.mark.slow
def test_two_workers_take_the_steps_of_one(run: Any, trained: Path, tmp_path: Path) -> None:
    assert run(tmp_path / "two", workers=2) is Exit.OK
    one, two = (
        load_file(folder / "adapter" / "adapter_model.safetensors") for folder in (trained, tmp_path / "two")
    )
    for name, weight in one.items():
        torch.testing.assert_close(weight.float(), two[name].float(), atol=0.02, rtol=0.1)
    record = json.loads((trained / "adapter" / "training.json").read_text())
    assert record["prompt"] == "tuned"
    assert record["steps"] == 5
    assert record["sources"][0]["examples_of_file"] == 24
    assert (trained / "loss.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_another_recipe_in_the_same_folder_is_refused(run: Any, trained: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(RECIPE.format(steps=6))
    with pytest.raises(CannotStart, match="another recipe, model or start"):
        run(trained, recipe=other)


@pytest.mark.slow
def test_a_run_that_starts_from_an_adapter_says_so(run: Any, trained: Path, tmp_path: Path) -> None:
    first = trained / "adapter"
    assert run(tmp_path / "second", start=first) is Exit.OK
    record = json.loads((tmp_path / "second" / "adapter" / "training.json").read_text())
    assert record["start"]["training"]["steps"] == 5
    with pytest.raises(CannotStart, match="another recipe, model or start"):
        run(tmp_path / "second")
    other = tmp_path / "other.toml"
    other.write_text(RECIPE.format(steps=5).replace("rank = 4", "rank = 2"))
    with pytest.raises(CannotStart, match="has rank 4, the recipe 2"):
        run(tmp_path / "third", start=first, recipe=other)
    with pytest.raises(CannotStart, match=r"adapter_config\.json"):
        run(tmp_path / "third", start=tmp_path)


def test_what_is_missing_is_named(run: Any, tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"rows\.jsonl"):
        run(tmp_path / "out", data=tmp_path)
    with pytest.raises(CannotStart, match=r"config\.json"):
        run(tmp_path / "out", model=tmp_path)
    assert not (tmp_path / "out").exists()
