"""Simulated crops to train on: texts in simulated doctors' hands, as rows of Parquet.

Crop number i follows from the seed and i alone, so that any number of processes draws the same crops.
"""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import pyarrow as pa

from ocr.engines.base import ANY_HAN
from ocr.simulate.crops import draw_crop
from ocr.simulate.doctors import Doctor, simulated_doctor
from ocr.simulate.lexicon import is_han
from ocr.simulate.texts import Text, training_texts
from ocr.train.augment import Grey

SCHEMA = pa.schema(
    [("picture", pa.binary()), ("text", pa.string()), ("strength", pa.float32()), ("script", pa.string())]
)
_PRINTED = 0.12
"""Share of the Latin texts that are printed: what is read well today shall stay so."""
_STRENGTH = {"print": 0.4}
_HAND_STRENGTH = 0.8
"""Drawn crops are altered less than photographed ones: each has a pen and a camera already."""
_QUALITY = 92
_HIGHEST = 72  # pixels


def draw_examples(names: Sequence[str], seed: int, first: int, count: int) -> pa.Table:
    """The crops `first` to `first + count`, with names of medicines out of `names`; columns of `SCHEMA`."""
    texts = training_texts(names, np.random.default_rng((seed, first)))
    rows = [_row(texts, np.random.default_rng((seed, number, 1))) for number in range(first, first + count)]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def label_of(text: str) -> str:
    """What a recogniser shall read: a sign that stands for it in place of each Chinese character."""
    return "".join(ANY_HAN if is_han(letter) else letter for letter in text)


def coded(crop: Grey) -> bytes:
    """The crop as JPEG, no higher than training needs."""
    if crop.shape[0] > _HIGHEST:
        size = (max(1, round(crop.shape[1] * _HIGHEST / crop.shape[0])), _HIGHEST)
        crop = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8)
    return cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()


def _hand(text: Text, random: np.random.Generator) -> Doctor:
    script = "print" if text.script == "latin" and random.random() < _PRINTED else text.script
    return simulated_doctor(int(random.integers(1 << 31)), script)


def _row(texts: Iterator[Text], random: np.random.Generator) -> dict[str, object]:
    """The next text that its hand has letters for."""
    text, doctor = next(
        (text, doctor)
        for text, doctor in ((text, _hand(text, random)) for text in texts)
        if text.text.strip() and doctor.can_write(text.text)
    )
    crop = np.asarray(cv2.cvtColor(draw_crop(text.text, doctor, random), cv2.COLOR_RGB2GRAY), np.uint8)
    strength = _STRENGTH.get(doctor.script, _HAND_STRENGTH)
    return {
        "picture": coded(crop),
        "text": label_of(text.text),
        "strength": strength,
        "script": doctor.script,
    }
