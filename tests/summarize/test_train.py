import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from multilingual.language_models.tuning.curve import draw_curve
from multilingual.language_models.tuning.loss import target_loss
from multilingual.language_models.tuning.run import LOG
from summarize.train.examples import SETTINGS, Example, load_examples, read_recipe
from summarize.train.loop import train
from summarize.train.own_words import own_words
from summarize.train.rules import KEEP
from summarize.train.steps import Tokens, passes, plan_steps

SHIPPED = Path(__file__).parents[2] / "summarize" / "train" / "recipe.toml"
EXAMPLES = [
    Example(
        f"Message: mujhe {day} din se khansi hai\nSummary in English:", f"Cough for {day} days.", "a", 1.0
    )
    for day in range(2, 30)
]


def settings(**changes: Any) -> dict[str, Any]:
    return {
        "prompt": "tuned",
        "rank": 4,
        "alpha": 8,
        "learning_rate": 0.02,
        "warmup": 0.1,
        "batch": 4,
        "steps": 40,
        "pass_tokens": 120,
        "longest": 200,
        "held_out": 4,
        "noted": 0.0,
        "start_share": 0.0,
        "seed": 3,
        **changes,
    }


@pytest.mark.parametrize("positions", [1, 48, 49, 130])
def test_loss_and_gradient_are_those_of_cross_entropy(positions: int) -> None:
    torch.manual_seed(0)
    hidden = torch.randn(positions, 24, requires_grad=True)
    weight, targets = torch.randn(300, 24), torch.randint(0, 300, (positions,))
    ours = target_loss(hidden, weight, targets)
    (gradient,) = torch.autograd.grad(ours * 0.5, hidden)
    theirs = torch.nn.functional.cross_entropy(hidden @ weight.T, targets, reduction="sum")
    (expected,) = torch.autograd.grad(theirs * 0.5, hidden)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)
    torch.testing.assert_close(gradient, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("rule", "query", "summary", "kept"),
    [
        ("numbers_told", "3 din se bukhar hai", "Fever for 3 days.", True),
        ("numbers_told", "teen din se bukhar hai", "Fever for 3 days.", True),
        ("numbers_told", "kuch din se bukhar hai", "Fever for 3 days.", False),
        ("numbers_told", "bukhar 101.5 hai", "Fever of 101.5 F.", True),
        ("numbers_told", "bukhar 101 hai", "Fever of 101.5 F.", False),
        ("numbers_told", "bukhar hai", "Fever for two weeks.", False),
        ("sex_told", "meri beti ko khansi hai", "A girl has a cough.", True),
        ("sex_told", "mujhe khansi hai", "A woman has a cough.", False),
        ("sex_told", "mujhe khansi hai", "What causes my cough?", True),
        ("all_told", "mujhe khansi hai, bukhar nahi hai", "The patient has a cough without fever.", True),
        ("all_told", "mujhe khansi hai, bukhar nahi hai", "The patient has a cough and fever.", False),
        ("all_told", "mujhe khansi hai", "The patient has a cough and mouth ulcers.", False),
        ("all_told", "我咳嗽三天了", "咳嗽三天怎么办？", True),
    ],
)
def test_rules_leave_out_summaries_that_tell_more(rule: str, query: str, summary: str, kept: bool) -> None:
    assert KEEP[rule]({}, query, summary) is kept


def test_about_half_of_the_questions_are_for_training() -> None:
    kept = [KEEP["first_half"]({"query_id": f"q-{n}"}, "", "") for n in range(1000)]
    assert 440 < sum(kept) < 560


@pytest.mark.parametrize(
    ("query", "condition", "wanted"),
    [
        ("Bom dia, doutor! Posso tomar dipirona? Obrigada!", None, "Posso tomar dipirona?"),
        ("tenho asma, posso correr", "Asma", "Tenho asma, posso correr."),
        (
            "Olá. Tive gastrite no ano passado e melhorei. Moro longe da cidade e trabalho de noite, "
            "sem descanso nenhum. Agora voltou a queimação depois das refeições. Devo repetir o exame?",
            "Gastrite",
            "Tive gastrite no ano passado e melhorei. Devo repetir o exame?",
        ),
    ],
)
def test_portuguese_questions_are_kept_in_their_own_words(
    query: str, condition: str | None, wanted: str
) -> None:
    assert own_words(query, condition) == wanted


def test_steps_are_planned_alike_and_hold_every_example_as_often_as_asked() -> None:
    tokens = [(Tokens([1] * length, [2]), 2.0) for length in range(5, 40)]
    steps = plan_steps(tokens, batch=4, seed=1)
    assert steps == plan_steps(tokens, batch=4, seed=1)
    assert steps != plan_steps(tokens, batch=4, seed=2)
    assert sorted(len(each) for step in steps for each in step) == sorted([*range(6, 41), *range(6, 41)])


def test_a_pass_holds_no_more_tokens_than_allowed() -> None:
    examples = [Tokens([1] * length, [2]) for length in (30, 5, 8, 100, 9)]
    cut = list(passes(examples, most=40))
    assert sorted(len(each) for batch in cut for each in batch) == [6, 9, 10, 31, 101]
    assert all(len(batch) == 1 or len(batch) * max(map(len, batch)) <= 40 for batch in cut)


def test_shipped_recipe_names_licences_that_allow_shipping() -> None:
    recipe = read_recipe(SHIPPED)
    assert set(SETTINGS) <= recipe.settings.keys()
    assert all(source["licence"].split(" (")[0] in {"CC BY 4.0", "MIT", "CC0"} for source in recipe.sources)
    assert not any("valid" in source["file"] for source in recipe.sources)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[settings", "recipe.toml: .*table"),
        ("[settings]\nrank = 4\n", "lacks prompt"),
        ('[[sources]]\nfile = "a"\nkeep = ["no_such_rule"]\n', "there is no rule no_such_rule"),
    ],
)
def test_a_wrong_recipe_is_told_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_recipe(file)


def test_examples_come_with_prompt_and_tidied_summary(tmp_path: Path) -> None:
    rows = [
        {"query": "mujhe 3 din se khansi hai", "core": "Question Summary: what helps a cough of 3 days?"},
        {"query": "mujhe khansi hai", "core": "Cough for 9 days."},
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        "[settings]\n"
        + "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings().items())
        + '[[sources]]\nfile = "rows.jsonl"\nsummary = "core"\ntarget = "en"\ntimes = 2\n'
        + 'keep = ["numbers_told"]\n'
    )
    (example,) = load_examples(read_recipe(recipe), tmp_path)
    assert example.prompt == "Message: I 3 days se cough hai\nSummary in English:"
    assert example.summary == "What helps a cough of 3 days?"


def test_training_learns_and_goes_on_after_a_stop_as_if_there_had_been_none(
    tiny_model: Path, tmp_path: Path
) -> None:
    plan = settings(times=4)
    often = [Example(each.prompt, each.summary, each.file, 5.0) for each in EXAMPLES]
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    adapter = train(tiny_model, often, plan, whole, model_name="tiny", checkpoint_every=7)
    assert train(tiny_model, often, plan, stopped, checkpoint_every=7, most_steps=10) is None
    assert not (stopped / "adapter").exists()
    with (stopped / LOG).open("a") as log:  # what a run wrote between its checkpoint and its end
        log.write(json.dumps({"step": 20, "steps": 30, "loss": 9.9}) + "\n")
    resumed = train(tiny_model, often, plan, stopped, model_name="tiny", checkpoint_every=7)
    assert adapter is not None
    assert resumed is not None
    one, other = (load_file(folder / "adapter_model.safetensors") for folder in (adapter, resumed))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert (whole / LOG).read_text().count("\n") == (stopped / LOG).read_text().count("\n")
    losses = [
        json.loads(line)["held_out_loss"] for line in (whole / LOG).read_text().splitlines() if "held" in line
    ]
    assert losses[-1] < 0.7 * losses[0]
    config = json.loads((adapter / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "tiny"
    draw_curve(whole / LOG, tmp_path / "loss.png")
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_training_starts_from_an_adapter_that_is_there(tiny_model: Path, tmp_path: Path) -> None:
    first = train(tiny_model, EXAMPLES, settings(), tmp_path / "first")
    assert first is not None
    plan = settings(learning_rate=1e-9, steps=1)
    second = train(tiny_model, EXAMPLES, plan, tmp_path / "second", start=first)
    assert second is not None
    one, other = (load_file(folder / "adapter_model.safetensors") for folder in (first, second))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert any(weight.abs().max() > 0.01 for name, weight in other.items() if "lora_B" in name)
    trained = train(tiny_model, EXAMPLES, settings(steps=3), tmp_path / "trained", start=first)
    mean = train(tiny_model, EXAMPLES, settings(steps=3, start_share=0.25), tmp_path / "mean", start=first)
    assert trained is not None
    assert mean is not None
    three, four = (load_file(folder / "adapter_model.safetensors") for folder in (trained, mean))
    for name, weight in four.items():
        expected = 0.75 * three[name].float() + 0.25 * one[name].float()
        torch.testing.assert_close(weight.float(), expected, atol=0.01, rtol=0.02)
    with pytest.raises(ValueError, match="rank 4"):
        train(tiny_model, EXAMPLES, settings(rank=2), tmp_path / "third", start=first)


def test_a_checkpoint_of_another_rank_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    train(tiny_model, EXAMPLES, settings(), tmp_path, checkpoint_every=3, most_steps=3)
    with pytest.raises((ValueError, RuntimeError)):
        train(tiny_model, EXAMPLES, settings(rank=2), tmp_path)
