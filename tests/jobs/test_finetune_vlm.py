import json
import shutil
from pathlib import Path
from typing import Any

import boto3
import cv2
import numpy as np
import pytest
import torch
from drawn_words import WORDS, draw_words
from safetensors.torch import load_file
from tiny_families import save_tiny
from written_lines import written_line

from jobs.exits import CannotStart, Exit
from jobs.finetune_vlm import FinetuneVlm, finetune_vlm
from jobs.finetune_vlm_examples import parts_of, read_words
from multilingual.language_models.tuning.storage import Storage
from ocr.train.examples import rxhandbd
from ocr.train.splits import Split
from ocr.train.vision_language.material import LINES
from ocr.train.vision_language.recipe import read_recipe
from ocr.vision_language.asking import Said
from summarize.engines.seen import answer_of

SETTINGS = """
[settings]
seed = 3
steps = {steps}
batch = 4
learning_rate = 5e-3
warmup = 0.1
rank = 2
alpha = 4
pass_tokens = 4000
pixels = 10_000
checkpoint_every = 2
held_out = 0.25
"""
RECORDS = (
    SETTINGS
    + """
[[records]]
file = "records.jsonl"
unit = "line"
"""
)


@pytest.fixture(scope="module")
def llava(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny("llava", tmp_path_factory.mktemp("tiny") / "llava")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    rows = []
    for number in range(8):
        line = written_line(number)
        (folder / f"{number}.png").write_bytes(line.picture)
        rows.append({"picture": f"{number}.png", "answer": json.loads(line.answer)})
    (folder / "records.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture(scope="module")
def asked(llava: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    recipe = tmp_path_factory.mktemp("recipe") / "recipe.toml"
    recipe.write_text(RECORDS.format(steps=4))

    def train(output: str, **changes: Any) -> Exit:
        plan = {"task": "ocr", "data": data, "recipe": recipe, "model": str(llava)} | changes
        return finetune_vlm(FinetuneVlm(output=output, **plan))

    return train


@pytest.fixture
def run(ray_here: None, asked: Any) -> Any:
    return asked


@pytest.fixture(scope="module")
def trained(ray_here: None, asked: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one worker made of all four steps."""
    folder = tmp_path_factory.mktemp("trained") / "one"
    assert asked(str(folder)) is Exit.OK
    return folder


def weights(made: Path) -> dict[str, torch.Tensor]:
    return load_file(made / "adapter_model.safetensors")


@pytest.mark.slow
def test_two_workers_take_the_steps_of_one(run: Any, trained: Path, tmp_path: Path) -> None:
    assert run(str(tmp_path / "two"), workers=2) is Exit.OK
    one, two = weights(trained / "adapter"), weights(tmp_path / "two" / "adapter")
    for name, weight in one.items():
        torch.testing.assert_close(weight, two[name], atol=2e-3, rtol=1e-2)
    told = json.loads((trained / "validation.json").read_text())
    assert told["n"] == told["names"] == 2
    record = json.loads((trained / "adapter" / "training.json").read_text())
    assert (record["task"], record["examples"]) == ("ocr", {"records.jsonl": 8})
    assert (trained / "loss.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_a_run_on_an_object_store_goes_on_where_this_machine_knows_nothing_of_it(
    run: Any, trained: Path, s3: str, tmp_path: Path
) -> None:
    client = boto3.client("s3", endpoint_url=s3)
    client.create_bucket(Bucket="models")
    output = "s3://models/runs/one"
    assert run(output, most_steps=2) is Exit.OK
    here = Storage(output).folder
    assert here.is_dir()
    here.rename(tmp_path / "lost")
    assert run(output) is Exit.OK

    keys = {entry["Key"] for entry in client.list_objects_v2(Bucket="models", Prefix="runs/one/")["Contents"]}
    assert {name.removeprefix("runs/one/").split("/")[0] for name in keys} >= {
        *("adapter", "checkpoint.json", "checkpoint-00000004", "log.jsonl", "loss.png", "validation.json"),
    }
    assert not any("checkpoint-00000002" in key for key in keys)
    client.download_file("models", "runs/one/adapter/adapter_model.safetensors", str(tmp_path / "made"))
    unbroken = weights(trained / "adapter")
    assert all(torch.equal(weight, unbroken[name]) for name, weight in load_file(tmp_path / "made").items())


@pytest.mark.slow
def test_pairs_of_messages_and_pictures_become_the_prompt_and_the_answer_of_the_engine(
    run: Any, tmp_path: Path, data: Path
) -> None:
    cv2.imwrite(str(data / "arm.png"), np.full((40, 40, 3), 90, np.uint8))
    rows = [
        {
            "query": "haath par daane",
            "image": "arm.png",
            "summary": "Rash?",
            "image_findings": 'Red "spots".',
        },
        {"query": "haath par daane", "image": "arm.png", "summary": "Rash on the arm?"},
        {"query": "khansi", "summary": "Cough."},
    ] * 2
    (data / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    recipe = tmp_path / "pairs.toml"
    recipe.write_text(SETTINGS.format(steps=2) + '[[pairs]]\nfile = "pairs.jsonl"\ntarget = "en"\n')
    (part,) = parts_of(read_recipe(recipe, "summarize"), data, None)
    seen, unseen, alone = part.examples[:3]
    assert "image_findings" in seen.prompt and "image_findings" not in unseen.prompt
    assert (bool(seen.picture), bool(unseen.picture), bool(alone.picture)) == (True, True, False)
    answer = answer_of(Said(seen.answer), has_picture=True)
    assert (answer.text, answer.image_findings) == ("Rash?", "Red 'spots'.")

    assert run(str(tmp_path / "out"), task="summarize", recipe=recipe) is Exit.OK
    told = json.loads((tmp_path / "out" / "validation.json").read_text())
    assert told["n"] == 2
    assert told["held_out_loss"] > 0


def test_real_words_that_measure_are_not_learned_from(tmp_path: Path) -> None:
    draw_words(tmp_path / "words")
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(SETTINGS.format(steps=2) + '[words]\nfolder = "words"\ntimes = 2\n')
    read_words(tmp_path / "words", str(tmp_path / "out"))
    (part,) = parts_of(read_recipe(recipe, "ocr"), tmp_path, tmp_path / "out" / LINES)
    assert part.times == 2
    training = [word for word in rxhandbd(tmp_path / "words") if word.split is Split.TRAINING]
    assert [each.picture for each in part.examples] == [word.file.read_bytes() for word in training]
    assert 0 < len(training) < len(WORDS) * 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"recipe": Path("nowhere.toml")}, r"nowhere\.toml cannot be read"),
        ({"data": Path("nowhere")}, r"records\.jsonl cannot be read"),
        ({"data": None}, "--data"),
        ({"model": "/nowhere"}, "there is no folder"),
        ({"preset": "tests"}, "known: test, full, mirage-llava"),
        ({"start": Path("nowhere")}, r"nowhere is no LoRA adapter"),
        ({"task": "summarize", "recipe": None, "model": None, "data": Path()}, r"pairs\.jsonl"),
    ],
)
def test_what_cannot_start_says_what_is_missing(
    asked: Any, change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(CannotStart, match=message):
        asked(str(tmp_path / "out"), **change)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_four_bits_without_their_package_and_an_adapter_of_another_model_are_refused(
    run: Any, trained: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "short.toml"
    recipe.write_text(RECORDS.format(steps=2).replace("rank = 2", "rank = 2\nquantised = true"))
    with pytest.raises(CannotStart, match=r"\.\[vlm\]"):
        run(str(tmp_path / "out"), recipe=recipe)
    start = trained / "adapter"
    recipe.write_text(RECORDS.format(steps=2).replace("alpha = 4", "alpha = 8"))
    with pytest.raises(CannotStart, match="has alpha 4, the recipe 8"):
        run(str(tmp_path / "out"), recipe=recipe, start=start)
    other = save_tiny("idefics2", tmp_path / "idefics2")
    with pytest.raises(CannotStart, match="was made for another model"):
        run(str(tmp_path / "out"), model=str(other), start=start)
    with pytest.raises(CannotStart, match="another recipe, model, weights or start"):
        run(str(trained), start=start)


def test_a_record_that_is_none_is_told_by_its_place_and_not_quoted(
    asked: Any, data: Path, tmp_path: Path
) -> None:
    shutil.copy(data / "0.png", tmp_path)
    (tmp_path / "records.jsonl").write_text(
        '{"picture": "0.png", "answer": {"medications": [{"naem": "Dolo"}]}}\n'
    )
    with pytest.raises(CannotStart, match="record 1: it is no such answer") as error:
        asked(str(tmp_path / "out"), data=tmp_path)
    assert "Dolo" not in str(error.value)
