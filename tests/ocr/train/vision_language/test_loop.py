import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tiny_families import save_tiny
from written_lines import written_line

from ocr.train.vision_language.adapting import prepared
from ocr.train.vision_language.base import base_model
from ocr.train.vision_language.examples import Shown, batch_of, taught
from ocr.train.vision_language.loop import steps_of, train
from ocr.train.vision_language.measure import measure, options_for
from ocr.train.vision_language.sight import Sight
from ocr.vision_language.families import Family
from ocr.vision_language.model import VisionLanguageModel

EXAMPLES = [written_line(number) for number in range(6)]


def settings(**changes: Any) -> dict[str, Any]:
    return {
        "seed": 3,
        "steps": 4,
        "batch": 3,
        "learning_rate": 2e-3,
        "warmup": 0.1,
        "rank": 0,
        "alpha": 8,
        "pass_tokens": 1000,
        "pixels": 10_000,
        "checkpoint_every": 2,
        **changes,
    }


def trained(model: str, output: Path, most_steps: int | None = None, **changes: Any) -> Path | None:
    told = settings(**changes)
    base = base_model(model, told)
    return train(
        base.model,
        base.processor,
        EXAMPLES,
        told,
        output,
        held_out=EXAMPLES[:1],
        name=model,
        merged=base.assembled,
        most_steps=most_steps,
    )


def test_a_new_small_model_learns_and_a_stopped_run_ends_as_an_unbroken_one(tmp_path: Path) -> None:
    made = trained("new", tmp_path / "one")
    assert made == tmp_path / "one" / "model"
    assert trained("new", tmp_path / "two", most_steps=2) is None
    assert trained("new", tmp_path / "two") == tmp_path / "two" / "model"
    one, two = (load_file(tmp_path / name / "model" / "model.safetensors") for name in ("one", "two"))
    assert all(torch.equal(weight, two[name]) for name, weight in one.items())
    lines = [json.loads(line) for line in (tmp_path / "one" / "log.jsonl").read_text().splitlines()]
    losses = [line["held_out_loss"] for line in lines if "held_out_loss" in line]
    assert losses[-1] < losses[0]

    model = VisionLanguageModel(options_for(made, "new", settings()))
    read = measure(model, EXAMPLES[:2])
    assert (read.examples, read.names, read.unread) == (2, 2, 0)


@pytest.fixture(scope="module")
def llava(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny("llava", tmp_path_factory.mktemp("tiny") / "llava")


def test_an_adapter_is_made_of_a_model_that_is_elsewhere_and_one_goes_on_from_it(
    llava: Path, tmp_path: Path
) -> None:
    told = settings(rank=2, dropout=0.1, modules=["q_proj", "v_proj"], epochs=1, steps=None)
    assert steps_of(told, len(EXAMPLES)) == 2
    made = trained(str(llava), tmp_path / "out", **told)
    assert made == tmp_path / "out" / "adapter"
    weights = load_file(made / "adapter_model.safetensors")
    assert {name.split(".")[-3] for name in weights if "lora_A" in name} == {"q_proj", "v_proj"}
    assert any("multi_modal_projector" in name for name in weights)
    assert json.loads((made / "adapter_config.json").read_text())["base_model_name_or_path"] == str(llava)

    model = VisionLanguageModel(options_for(made, str(llava), told))
    assert measure(model, EXAMPLES[:2]).unread == 0
    again = prepared(base_model(str(llava), told).model, told, start=made)
    learning = {
        name.replace(".default", "").replace(".modules_to_save", ""): weight
        for name, weight in again.named_parameters()
        if weight.requires_grad
    }
    assert learning.keys() == weights.keys()
    assert all(torch.equal(weight, learning[name]) for name, weight in weights.items())


def test_what_the_tower_saw_and_was_kept_gives_the_states_that_looking_gives() -> None:
    base = base_model("new", settings())
    sight = Sight(base.model)
    assert sight.keeps
    rows = [taught(each, base.processor, Family(), 10_000) for each in _narrow_and_wide()]
    seen = sight.seen(rows)
    for row, kept in zip(rows, seen, strict=True):
        inputs, _, _ = batch_of([row], 0)
        looking = base.model.model(**inputs).last_hidden_state
        inputs, _, _ = batch_of([kept], 0)
        assert kept.seen is not None
        inputs["inputs_embeds"] = sight.embedded(inputs.pop("input_ids"), [kept.seen])
        torch.testing.assert_close(
            base.model.model(**inputs).last_hidden_state, looking, atol=2e-2, rtol=1e-2
        )


def _narrow_and_wide() -> list[Shown]:
    import cv2
    import numpy as np

    wide = np.full((48, 400, 3), 255, np.uint8)
    cv2.putText(wide, "Augmentin Duo 625", (4, 34), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (0, 0, 0), 2)
    return [EXAMPLES[0], Shown(cv2.imencode(".png", wide)[1].tobytes(), "", "{}")]
