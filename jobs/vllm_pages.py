"""Engine `vllm` of `nuskha batch ocr`: a vision-language model run by vLLM on GPUs, through ray.data.llm.

    decode_pages: DOCUMENTS -> PICTURES  as for every engine (jobs.page_stages)
    ask:          PICTURES  -> ASKED     what the engine asks of each page; nothing of one without ink
    processor:    ASKED     -> ANSWERED  ray.data.llm: chat template, vLLM, its answer; others pass it by
    Understand:   ANSWERED  -> PACKED    the answer through the parser, the grammar and the review rules

vLLM reckons its batches and its memory itself, and a dead one is started again by Ray. There is no limit of
time for one page: what bounds an answer is the length of its schema. Boxes told in pixels are off by up to
half a patch, for vLLM does not tell to what size it brought the picture.

Run here, without a GPU and without vLLM: every stage of this module, in this process, its rows handed through
the wrappers of ray.data.llm with a stand-in for vLLM's own stage. Not run: vLLM, the stages of ray.data.llm
that import it, and this chain on a Ray (`chain`, `read_documents`).
"""

import math
import re
from collections.abc import Callable, Generator, Iterable, Mapping
from functools import partial
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
from ray.data import ActorPoolStrategy, Dataset

from jobs.cluster import Shares
from jobs.ocr import pictures
from jobs.packed import packed
from jobs.page_stages import CARRIED, PICTURES, failed_page, pages_of, result_rows
from jobs.streaming import RETRIES, before_workers, results
from jobs.vllm_engine import BESIDE_CPUS, Relay, Vllm, processor_config
from multilingual.clinical.formulary import Formulary
from multilingual.clinical.formulary_index import FormularyIndex
from multilingual.language_models.chat_replies import along
from ocr.engines.base import Picture
from ocr.pages import Page
from ocr.reading import read_pages
from ocr.sources import Source
from ocr.units import Unit
from ocr.vision_language.asking import Question, Said, Token
from ocr.vision_language.pictures import within
from ocr.vision_language.served import data_url, pictured, turn

ASKED = pa.schema(
    [
        *(PICTURES.field(name) for name in (*CARRIED, "height", "width")),
        pa.field("picture", pa.large_string()),  # as data in an address; null where there is nothing to ask
        pa.field("prompt", pa.string()),
        pa.field("schema", pa.string()),  # that the answer obeys; null where it is not constrained
        pa.field("longest", pa.int32()),  # tokens
    ]
)
ERROR = "__inference_error__"
"""A column of ray.data.llm: rows where it isn't "" pass its stages by."""
_NOT_ASKED = "not asked"
_KIND = re.compile(r"[A-Za-z_]{1,60}")  # of an error, as opposed to its prose


def ask(batch: pa.Table, vllm: Vllm, unit: Unit) -> pa.Table:
    """PICTURES -> ASKED."""
    pages = pages_of(batch)
    relay = Relay(vllm)
    engine = vllm.engine(relay)
    seen = [page.picture for page in pages if page.picture is not None]
    engine.read(seen) if unit is Unit.PAGE else engine.read_lines(seen)
    questions = {
        id(question.picture): (question, schema, longest) for question, schema, longest in relay.asked
    }
    rows = [
        row
        | (_asked(*questions[id(page.picture)], vllm.options.pixels) if id(page.picture) in questions else {})
        for row, page in zip(batch.drop(["pixels"]).to_pylist(), pages, strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=ASKED)


def _asked(question: Question, schema: str | None, longest: int, pixels: int) -> dict[str, Any]:
    assert question.picture is not None  # noqa: S101 - told to the type checker
    picture = data_url(within(question.picture, pixels))
    return {"picture": picture, "prompt": question.prompt, "schema": schema, "longest": longest}


def to_vllm(row: Mapping[str, Any], adapter: str | None) -> dict[str, Any]:
    """What a row of ASKED adds for ray.data.llm: a turn, and how to answer it."""
    if row["picture"] is None:
        return {ERROR: _NOT_ASKED}
    # The schema goes as text: a table would fill up its objects with nulls.
    structured = {"structured_outputs": {"json": row["schema"]}} if row["schema"] else {}
    return {
        "messages": [turn(row["prompt"], row["picture"])],
        "sampling_params": {"temperature": 0.0, "max_tokens": row["longest"], "logprobs": 0, **structured},
        ERROR: "",  # else the other rows' column would be filled up for this one
        **({"model": adapter} if adapter else {}),
    }


def from_vllm(row: Mapping[str, Any]) -> dict[str, Any]:
    """ANSWERED: what is kept of a row that vLLM answered. One it did not answer keeps all, and its error."""
    return {
        **{name: row[name] for name in ASKED.names},
        "generated_text": row["generated_text"],
        "num_input_tokens": row["num_input_tokens"],
        "num_generated_tokens": row["num_generated_tokens"],
        "told": [_told(chances) for chances in row["logprobs"] or ()],
    }


def _told(chances: Mapping[Any, Mapping[str, Any] | None]) -> dict[str, Any]:
    """A token and its probability: none but the one that was chosen was asked for."""
    chosen = next(chance for chance in chances.values() if chance)
    return {"token": chosen["decoded_token"] or "", "chance": math.exp(min(0.0, chosen["logprob"]))}


def said(row: Mapping[str, Any], seen: Picture) -> Said:
    """The answer in a row of ANSWERED. Why it ended is not told; a constrained one ends with its JSON."""
    if error := row.get(ERROR):
        kind = _KIND.match(error)
        return Said("", error=f"vLLM failed over this picture ({kind[0] if kind else 'for no reason told'})")
    text, written = row["generated_text"], row["num_generated_tokens"]
    told = along([(each["token"], each["chance"]) for each in row["told"] or ()], text)
    return Said(
        text,
        row["num_input_tokens"],
        written,
        tuple(Token(*each) for each in told),
        cut=written >= row["longest"] or (row["schema"] is not None and not text.endswith("}")),
        seen_size=(seen.shape[1], seen.shape[0]),
    )


class Understand:
    """ANSWERED -> PACKED."""

    def __init__(self, vllm: Vllm, formulary: Formulary, unit: Unit) -> None:
        self._vllm, self._unit = vllm, unit
        self._index = FormularyIndex(formulary)

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Result rows of a batch."""
        heard, pages = [], []
        for row in batch.to_pylist():
            picture = None if row["height"] is None else _blank(row["height"], row["width"])
            if row["picture"] is not None:
                seen = pictured(row["picture"])
                picture = np.asarray(cv2.resize(seen, (row["width"], row["height"])), np.uint8)
                heard.append((picture, said(row, seen)))
            carried = {name: row[name] for name in CARRIED} | {"warnings": tuple(row["warnings"])}
            pages.append(Page(**carried, picture=picture))
        engine = self._vllm.engine(Relay(self._vllm, heard))
        try:
            records = read_pages(pages, engine, self._index, self._unit)
        except Exception as failure:  # read_pages promises not to raise; a slip there costs these pages
            error = f"reading the page failed ({type(failure).__name__})"
            records = [failed_page(page, engine, error) for page in pages]
        return packed(result_rows(records))


def _blank(height: int, width: int) -> Picture:
    return np.broadcast_to(np.uint8(255), (height, width, 3))


def read_documents(
    waiting: Iterable[tuple[Source, frozenset[str]]],
    vllm: Vllm,
    formulary: Formulary,
    shares: Shares,
    unit: Unit,
    limit_s: float,
    *,
    alone: bool = False,
) -> Generator[pa.Table]:
    """Read the documents and yield result rows, as `jobs.ocr.read_documents` does."""
    from ray.data.llm import build_processor  # heavy, and of no use to the workers of most stages

    beside = {"num_cpus": BESIDE_CPUS}
    for pages in pictures(waiting, shares, unit, limit_s, alone=alone):
        processor = build_processor(
            processor_config(vllm, shares, alone=alone),
            preprocess=partial(to_vllm, adapter=vllm.adapter),
            postprocess=from_vllm,
            preprocess_map_kwargs=beside,
            postprocess_map_kwargs=beside,
        )
        yield from results(chain(pages, processor, vllm, formulary, shares, unit))


def chain(
    pages: Dataset,
    processor: Callable[[Dataset], Dataset],
    vllm: Vllm,
    formulary: Formulary,
    shares: Shares,
    unit: Unit,
) -> Dataset:
    """PICTURES -> PACKED."""
    return processor(
        pages.map_batches(partial(ask, vllm=vllm, unit=unit), **before_workers(shares))
    ).map_batches(
        Understand,
        fn_constructor_args=(vllm, formulary, unit),
        batch_format="pyarrow",
        batch_size=None,
        compute=ActorPoolStrategy(size=shares.workers),
        num_cpus=BESIDE_CPUS,
        max_restarts=-1,
        max_task_retries=RETRIES,
    )
