"""Engine vllm as far as it goes without a GPU: its start, its rows, and its chain around a stand-in for vLLM.

Rows go through what ray.data.llm wraps around every stage; the stand-in answers in the columns of vLLM's.
"""

import asyncio
import importlib.util
import json
import warnings
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from tiny_families import save_tiny

from jobs import vllm_pages
from jobs.cluster import Shares
from jobs.exits import CannotStart
from jobs.packed import unpacked
from jobs.page_stages import decode_pages, documents
from jobs.preparation import open_engine
from jobs.vllm_engine import Relay, Vllm, open_vllm, processor_config
from multilingual.clinical.formulary import load_formulary
from ocr.engines.options import VllmOptions
from ocr.sources import find_sources
from ocr.units import Unit
from ocr.vision_language.served import pictured

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of Ray's own classes, about pydantic
    import ray.data.llm  # noqa: F401 - which warns when it is first imported
    from ray.data._internal.tensor_extensions.arrow import convert_to_pyarrow_array
    from ray.llm._internal.batch.stages.base import StatefulStageUDF, wrap_postprocess, wrap_preprocess
    from ray.llm._internal.batch.stages.vllm_engine_stage import vLLMOutputData


DOLO = '{"medications":[{"name":"Dolo","form":"Tab","strength":"650 mg","frequency":"1-0-1"}]}'
ANSWERED, FAILED, CUT = 400, 300, 200
"""Widths of the pages that the stand-in treats so."""
DATA = "__data"  # what ray.data.llm calls the column that holds a row
UNSAID = "Secretamycin"
VLLM = Vllm(VllmOptions(model="some/model"), "some/model abc", {}, "none")


class StandIn(StatefulStageUDF):  # type: ignore[misc]
    """Answers by the picture's width, in the columns of vLLM's stage."""

    async def udf(self, rows: list[dict[str, Any]]) -> AsyncIterator[dict[str, Any]]:
        for row in rows:
            parts = {part["type"]: part for part in row["messages"][0]["content"]}
            width = pictured(parts["image_url"]["image_url"]["url"]).shape[1]
            assert "JSON" in parts["text"]["text"]
            sampling = row["sampling_params"]
            assert json.loads(sampling["structured_outputs"]["json"])["type"] == "object"
            text = {ANSWERED: DOLO, CUT: DOLO[:-2] + f',{{"name":"{UNSAID}', FAILED: ""}[width]
            output = vLLMOutputData(
                prompt="",
                num_input_tokens=9,
                generated_text=text,
                num_generated_tokens=sampling["max_tokens"] if width == CUT else len(text),
                logprobs=[{ord(char): {"logprob": -0.02, "rank": 1, "decoded_token": char}} for char in text],
            )
            error = f"ValueError: the prompt about {UNSAID} is too long" if width == FAILED else ""
            place = {self.IDX_IN_BATCH_COLUMN: row[self.IDX_IN_BATCH_COLUMN]}
            yield output.model_dump() | place | {"params": "", "__inference_error__": error}


@pytest.fixture
def pages(tmp_path: Path) -> pa.Table:
    """Pages to be answered, failed over and cut, a blank one, and a file that is no picture."""
    for width in (ANSWERED, FAILED, CUT):
        sheet = np.full((500, width, 3), 250, np.uint8)
        sheet[100:120, 50:150] = 10
        Image.fromarray(sheet).save(tmp_path / f"{width}.png")
    Image.new("RGB", (300, 300), "white").save(tmp_path / "blank.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    return documents([(source, frozenset()) for source in find_sources([str(tmp_path)])])


def test_only_pages_with_ink_are_asked_about(pages: pa.Table) -> None:
    asked = vllm_pages.ask(pa.concat_tables(decode_pages(pages)), VLLM, Unit.PAGE)
    assert asked.schema.equals(vllm_pages.ASKED)
    rows = {Path(row["source"]).stem: row for row in asked.to_pylist()}
    assert {name for name, row in rows.items() if row["picture"]} == {"200", "300", "400"}
    assert rows["broken"]["error_stage"] == "decode"
    sent = vllm_pages.to_vllm(rows["400"], adapter="lora")
    assert sent["model"] == "lora"
    assert sent["sampling_params"]["max_tokens"] == rows["400"]["longest"]
    assert vllm_pages.to_vllm(rows["blank"], None) == {vllm_pages.ERROR: "not asked"}


async def answered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row async for batch in StandIn(DATA, ["messages"])({DATA: rows}) for row in batch[DATA]]


def test_the_chain_around_vllm(pages: pa.Table) -> None:
    asked = vllm_pages.ask(pa.concat_tables(decode_pages(pages)), VLLM, Unit.PAGE)
    before = wrap_preprocess(partial(vllm_pages.to_vllm, adapter=None), DATA)
    after = wrap_postprocess(vllm_pages.from_vllm, DATA, include_error_column=True)
    # Through a table, as Ray carries rows from stage to stage: what one row lacks is null there.
    sent = pa.Table.from_pylist([before(row) for row in asked.to_pylist()])[DATA].to_pylist()
    told = [after({DATA: row}) for row in asyncio.run(answered(sent))]
    columns = dict.fromkeys(name for row in told for name in row)
    heard = {name: [row.get(name) for row in told] for name in columns}
    batch = pa.table({name: convert_to_pyarrow_array(values, name) for name, values in heard.items()})
    found = unpacked(vllm_pages.Understand(VLLM, load_formulary(), Unit.PAGE)(batch))
    rows = {Path(row["source"]).stem: row for row in found.to_pylist()}
    assert {name: row["status"] for name, row in rows.items()} == {
        "400": "ok",
        "300": "error",
        "200": "review",
        "blank": "ok",
        "broken": "error",
    }
    assert {row["engine"] for row in rows.values()} == {"vllm"}
    assert rows["400"]["engine_version"] == VLLM.engine(Relay(VLLM)).version
    (dolo,) = rows["400"]["medications"]
    assert (dolo["drug"], dolo["strength"], dolo["times_per_day"]) == ("Dolo", "650 mg", 2)
    assert dolo["score"] == pytest.approx(np.exp(-0.02), abs=1e-3)
    assert (rows["400"]["width"], rows["400"]["height"]) == (ANSWERED, 500)
    assert rows["300"]["error"] == "vLLM failed over this picture (ValueError)"
    assert "the model's answer was cut" in rows["200"]["medications"][0]["review_reasons"]
    assert rows["blank"]["medications"] == []
    assert rows["broken"]["error_stage"] == "decode"
    assert UNSAID not in str(rows)


def told(**changes: Any) -> dict[str, Any]:
    row = {"generated_text": DOLO, "num_input_tokens": 3, "num_generated_tokens": 30, "told": []}
    return row | {"longest": 99, "schema": "{}"} | changes


@pytest.mark.parametrize(
    ("changes", "cut"),
    [
        ({}, False),
        ({"num_generated_tokens": 99}, True),
        ({"generated_text": DOLO[:-1]}, True),  # the window was full
        ({"generated_text": "prose", "schema": None}, False),
    ],
)
def test_a_cut_answer_is_known(changes: dict[str, Any], cut: bool) -> None:
    said = vllm_pages.said(told(**changes), np.zeros((20, 10, 3), np.uint8))
    assert (said.cut, said.seen_size, said.error) == (cut, (10, 20), None)


@pytest.mark.skipif(importlib.util.find_spec("vllm") is not None, reason="vLLM is installed")
def test_without_vllm_nothing_starts_and_what_to_install_is_said() -> None:
    with pytest.raises(CannotStart, match=r"pip install 'ray\[llm\]'.*--engine vlm runs"):
        open_vllm({"model": "some/model"}, 1)


def test_one_file_at_a_time_is_not_for_vllm() -> None:
    with pytest.raises(CannotStart, match="nuskha batch ocr only; --engine vlm"):
        open_engine("vllm", {"model": "some/model"})


@pytest.fixture
def with_vllm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of that name, of which nothing is asked."""
    (tmp_path / "vllm.py").touch()
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.parametrize(
    ("options", "gpus", "message"),
    [
        ({}, 1, "option model.*Field required"),
        ({"model": "a/b", "batch_tokens": "9"}, 1, "has no option 'batch_tokens'"),
        ({"model": "a/b"}, 0, "--gpus-per-worker 1"),
        ({"model": "a/b"}, 0.5, "--gpus-per-worker 1"),
        ({"model": "/no/such/folder"}, 1, "neither a folder of a model nor"),
    ],
)
def test_what_is_missing_is_said_at_once(
    with_vllm: None, options: dict[str, str], gpus: float, message: str
) -> None:
    with pytest.raises(CannotStart, match=message):
        open_vllm(options, gpus)


def test_vllm_is_started_with_what_was_asked_for(with_vllm: None, tmp_path: Path) -> None:
    folder = save_tiny("llava", tmp_path / "model")
    adapter = tmp_path / "lora"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text('{"r": 24}')
    (adapter / "adapter_model.safetensors").write_bytes(b"weights")
    options = {"model": str(folder), "adapter": str(adapter), "quantised": "true", "dtype": "bfloat16"}
    vllm = open_vllm(options, 2)
    assert vllm.version.startswith("model ")
    assert vllm.version.endswith(" 4-bit")
    assert sorted(vllm.models) == ["lora/adapter_model.safetensors", "model/model.safetensors"]
    config = processor_config(vllm, Shares(3, 1, 1.0, 0.5, 2.0), alone=False)
    assert config.model_source == str(folder)
    assert config.concurrency == 3
    assert config.should_continue_on_error
    assert config.engine_kwargs == {
        "dtype": "bfloat16",
        "tensor_parallel_size": 2,
        "limit_mm_per_prompt": {"image": 1},
        "trust_remote_code": False,
        "quantization": "bitsandbytes",
        "enable_lora": True,
        "max_lora_rank": 32,
        "task_type": "generate",
    }
    assert processor_config(vllm, Shares(1, 1, 1.0, 0.5, 1.0), alone=True).batch_size == 1
