"""The bench of vision-language models: batches beside one at a time, and the sweep at a size of the CPU."""

from pathlib import Path

import pytest
import torch
from tiny_families import save_tiny

from bench.vlm import drawn_questions, main, measure, show
from bench.vlm_sweep import SIZES, Measured, Sweep, bandwidth_of, bytes_read, random_model, sweep, table
from ocr.engines.options import VlmOptions
from ocr.vision_language.model import VisionLanguageModel

TINY = SIZES["tiny"]


def test_lines_in_batches_say_what_they_say_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = save_tiny("llava", tmp_path)
    model = VisionLanguageModel(VlmOptions(model=str(folder), dtype="float32", threads=1))
    questions = drawn_questions(3)
    assert [question.prompt for question in questions] == [questions[0].prompt] * 3
    figures = measure(model, questions, longest=8)
    assert figures.same == len(figures.together) == 3
    assert {said.error for said in (*figures.together, *figures.alone)} == {None}
    assert figures.ratio == figures.alone_s / figures.together_s > 0
    show(model.version, figures)
    assert "the same answer  3 of 3" in capsys.readouterr().out


def test_the_sweep_doubles_its_batches() -> None:
    plan = Sweep(TINY, most=4, tokens=4)
    measured = list(sweep(plan))
    assert [one.pages for one in measured] == [1, 2, 4]
    assert all(min(one.first_s, one.whole_s, one.memory) > 0 and not one.failed for one in measured)


def test_a_step_reads_the_language_model_once_and_what_each_page_holds() -> None:
    model = random_model(TINY).model
    text = TINY.text
    width, inner = text["hidden_size"], text["intermediate_size"]
    half = width * text["num_key_value_heads"] // text["num_attention_heads"]
    attention = width * width + width + 2 * (width * half + half) + width * width
    # queries with their biases, keys and values with theirs, output
    layer = attention + 3 * width * inner + 2 * width
    # The table of embeddings is the output layer as well.
    weights = text["num_hidden_layers"] * layer + width + text["vocab_size"] * width
    held = 2 * text["num_hidden_layers"] * half
    assert bytes_read(model, pages=3, tokens=10) == (weights + 3 * 10 * held) * model.dtype.itemsize


def test_a_table_of_embeddings_that_is_no_output_layer_is_not_read() -> None:
    model = random_model(TINY).model
    tied = bytes_read(model, 0, 0)
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    assert bytes_read(model, 0, 0) == tied


def test_the_share_is_of_the_memory_s_speed_and_ends_with_the_memory() -> None:
    plan = Sweep(TINY, most=2, tokens=11)
    measured = [Measured(1, first_s=0.5, whole_s=1.5, read=2e9, memory=2**30), Measured(2, failed=True)]
    made = table(iter(measured), plan, "a device", 40e9)
    cells = [list(column.cells) for column in made.columns]
    assert [column[0] for column in cells] == ["1", "0.67", "7", "0.500", "100.00", "0.50", "1.00"]
    assert cells[1][1] == "too little memory"
    unknown = table(iter(measured[:1]), plan, "CPU", None)
    assert list(unknown.columns[5].cells) == ["-"]


@pytest.mark.parametrize(
    ("device", "terabytes"),
    [
        ("NVIDIA H200", 4.8),
        ("NVIDIA H100 80GB HBM3", 3.35),
        ("NVIDIA H100 PCIe", 2.0),
        ("NVIDIA A100-SXM4-80GB", 2.039),
        ("NVIDIA A100-SXM4-40GB", 1.555),
    ],
)
def test_the_bandwidth_goes_by_the_device_s_name(device: str, terabytes: float) -> None:
    assert bandwidth_of(device) == pytest.approx(terabytes * 1e12)
    assert bandwidth_of("CPU") is None


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is here")
def test_the_large_size_is_refused_without_a_gpu(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--size", "3b"])
    assert stopped.value.code == 2
    assert "needs a GPU" in capsys.readouterr().err


def test_a_model_that_is_not_there_is_said_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--model", "./nowhere"])
    assert stopped.value.code == 2
    assert "there is no folder nowhere" in capsys.readouterr().err
