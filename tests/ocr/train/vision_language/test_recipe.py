from pathlib import Path
from typing import Any

import pytest
from written_lines import written_line

from jobs.finetune_vlm import _RECORDS
from ocr.train.vision_language.lines import KINDS, draw_lines
from ocr.train.vision_language.material import Part, files, gather, parted
from ocr.train.vision_language.recipe import RECIPES, presets, read_recipe
from ocr.vision_language.asking import Said
from ocr.vision_language.medication_answer import parse

LEAST = """
[settings]
seed = 1
{steps}
batch = 2
learning_rate = 1e-3
warmup = 0.1
rank = {rank}
pass_tokens = 100
pixels = 10_000
checkpoint_every = 1
held_out = 0.1
{more}
"""


@pytest.mark.parametrize("name", presets())
def test_every_preset_goes_with_a_recipe_that_ships(name: str) -> None:
    preset = presets()[name]
    file = RECIPES / preset.recipe if preset.recipe else _RECORDS[preset.task]
    recipe = read_recipe(file, preset.task, preset.settings)
    assert preset.source
    for setting, value in preset.settings.items():
        assert recipe.settings[setting] == value
    assert recipe.digest != read_recipe(file, preset.task, {"seed": 99}).digest


@pytest.mark.parametrize(
    ("steps", "rank", "more", "message"),
    [
        ("steps = 1", 0, "", "nothing to learn from"),
        ("", 0, "[simulated]\nlines = 1", "steps or epochs"),
        ("steps = 1", 4, "[simulated]\nlines = 1", "lacks alpha"),
        ("steps = 1", 0, "quantised = true\n[simulated]\nlines = 1", "rank must be above 0"),
        ("steps = 1", 0, "speed = 2\n[simulated]\nlines = 1", "has speed"),
        ("steps = 1", 0, "[simulated]\nnames = 1", "lacks lines"),
        ("steps = 1", 0, '[[pairs]]\nfile = "a"', "no source of ocr"),
    ],
)
def test_a_wrong_recipe_says_what_is_wrong(
    steps: str, rank: int, more: str, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text(LEAST.format(steps=steps, rank=rank, more=more))
    with pytest.raises(ValueError, match=message):
        read_recipe(file, "ocr")


def test_lines_are_the_same_by_their_numbers_and_of_few_medicines() -> None:
    told: dict[str, Any] = {"lines": 900, "names": 3, "kinds": {"name": 0.5, "nothing": 0.5}}
    assert [(file.first, file.count) for file in files(told)] == [(0, 400), (400, 400), (800, 100)]
    materials = gather(told, None, 5)
    assert len(materials.entries) == 3
    first = draw_lines(materials.entries, 5, 0, 6, materials.kinds).to_pylist()
    assert first[2:] == draw_lines(materials.entries, 5, 2, 4, materials.kinds).to_pylist()
    for line in first:
        read = parse(Said(line["answer"])).medicines
        assert len(read) == (line["kind"] == "name")
    with pytest.raises(ValueError, match=f"shares of {', '.join(KINDS)}"):
        gather({**told, "kinds": {"name": 0.5}}, None, 5)
    with pytest.raises(ValueError, match="--data"):
        gather({**told, "formularies": ["a.csv"]}, None, 5)


def test_a_share_of_every_source_is_kept_and_the_rest_is_seen_as_often_as_asked() -> None:
    parts = [Part("lines", [written_line(n) for n in range(20)]), Part("words", [written_line(0)] * 10, 3)]
    trained, kept = parted(parts, 0.1)
    assert (len(trained), len(kept)) == (18 + 27, 3)
    assert parted(parts, 0.0) == (list(parts[0].examples) + list(parts[1].examples) * 3, [])
