"""Real pictures to learn from: records with their answers, and RxHandBD's words."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from ocr.engines.crops import to_height
from ocr.engines.nuskha import RECOGNISER
from ocr.engines.recogniser import Recogniser
from ocr.train.augment import NARROWEST
from ocr.train.examples import RealWord, repaired, rxhandbd
from ocr.train.splits import Split
from ocr.train.vision_language.examples import Shown
from ocr.train.vision_language.lines import SCHEMA
from ocr.vision_language.medication_answer import Medicine, written
from ocr.vision_language.prompts import load_prompt

_READ_AT_ONCE = 64


def shown_records(source: Mapping[str, Any], data: Path) -> Iterator[Shown]:
    """The records of a recipe's [[records]], in their order.

    Raises OSError where a file can't be read, ValueError where a row is no record.
    """
    file = data / source["file"]
    picture, answer = source.get("picture", "picture"), source.get("answer", "answer")
    prompt = load_prompt(source.get("unit", "page")).text
    for number, row in enumerate(_rows(file), start=1):
        try:
            shown, told = row[picture], row[answer]
            medicines = json.loads(told) if isinstance(told, str) else told
            wanted = written([Medicine.model_validate(_parts(each)) for each in medicines["medications"]])
        except (KeyError, TypeError, ValidationError, ValueError) as error:
            what = f"it has no {error.args[0]!r}" if isinstance(error, KeyError) else "it is no such answer"
            # What it holds is not shown: it may be a patient's.
            raise ValueError(
                f"{file}, record {number}: {what}; wanted are {picture!r}, and {answer!r} with "
                '{"medications":[...]}'
            ) from None
        yield Shown(_picture(shown, file, number), prompt, wanted)


def training_words(folder: Path) -> pa.Table:
    """RxHandBD's words that training may see, their labels put right; columns of `lines.SCHEMA`.

    Raises OSError where the folder holds none.
    """
    words = [word for word in rxhandbd(folder) if word.split is Split.TRAINING]
    recogniser = Recogniser(RECOGNISER, 1, columns=False)
    rows = [
        {"picture": word.file.read_bytes(), "answer": written([Medicine(name=text)]), "kind": "word"}
        for start in range(0, len(words), _READ_AT_ONCE)
        for word, text in _read(words[start : start + _READ_AT_ONCE], recogniser)
        if text is not None
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _read(words: list[RealWord], recogniser: Recogniser) -> Iterator[tuple[RealWord, str | None]]:
    crops = [np.asarray(cv2.imread(str(word.file), cv2.IMREAD_GRAYSCALE), np.uint8) for word in words]
    readings = recogniser.read([to_height(crop, NARROWEST) for crop in crops])
    for word, reading in zip(words, readings, strict=True):
        yield word, repaired(word.text, reading.text)


def _parts(told: Mapping[str, Any]) -> dict[str, Any]:
    """A medicine's parts; what is null or empty was not written."""
    return {name: value for name, value in told.items() if value not in (None, "")}


def _picture(told: object, file: Path, number: int) -> bytes:
    picture = told if isinstance(told, bytes) else (file.parent / str(told)).read_bytes()
    if cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_8) is None:
        raise ValueError(f"{file}, record {number}: its picture is none that can be read")
    return picture


def _rows(file: Path) -> Iterator[Mapping[str, Any]]:
    if file.suffix == ".parquet":
        with file.open("rb") as opened:
            for batch in pq.ParquetFile(opened).iter_batches(batch_size=64):
                yield from batch.to_pylist()
        return
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield dict(json.loads(line))
            except (ValueError, TypeError):
                raise ValueError(f"{file}, record {number}: not a JSON object") from None
