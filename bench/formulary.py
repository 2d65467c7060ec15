"""Matching against 50,000 names: speed and accuracy beside rapidfuzz's extractOne over the same list.

Names are those of the product lists under NUSKHA_DATA/formulary, or invented ones where there are none. Names
are corrupted in two ways: by errors of handwriting chosen here at random (not by the matcher's own costs),
and, where the word pictures are at hand, by a recogniser that reads real handwriting.
"""

import csv
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from multilingual.clinical.formulary import Entry, Formulary, FormularyError, load_formulary
from multilingual.clinical.formulary_index import FormularyIndex
from multilingual.clinical.name_keys import name_key

DATA = Path(os.environ.get("NUSKHA_DATA", Path(__file__).parents[2] / "shared" / "data"))
NAMES, QUERIES, TIMED = 50_000, 500, 40
HEIGHT, BATCH = 48, 16
LISTS = ("india_skus.csv", "bangladesh_products.csv", "india_compositions.csv", "who_atc.csv")

# Shapes alike, two letters for one, and what writers leave out: (written, read).
ERRORS = [
    *(pair for group in ("aou", "nuvr", "li1t", "ce", "gyq9", "o0", "s5", "b8", "hbk", "mn", "ft", "xr", "zs")
      for one in group for other in group if one != other for pair in [(one, other)]),
    ("m", "rn"), ("rn", "m"), ("d", "cl"), ("cl", "d"), ("w", "vv"), ("u", "ii"), ("h", "li"),
    *((letter, "") for letter in "aeioulr"), ("ll", "l"), ("tt", "t"), ("l", "ll"), ("t", "tt"),
]  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """Readings and the keys of the names that were written."""

    title: str
    readings: list[str]
    truths: list[str]


def main() -> int:
    """Print the figures; exit status 1 when a bar of the matcher is missed."""
    entries = list(islice(_entries(), NAMES))
    keys = [name_key(entry.name).lower() for entry in entries]
    started = time.perf_counter()
    index = FormularyIndex(Formulary("bench", "", tuple(entries)))
    print(f"{len(entries):,} names from {'the lists' if _lists() else 'syllables'}; index built in "
          f"{time.perf_counter() - started:.2f} s")  # fmt: skip
    trials = [_corrupted(keys)]
    if pictures := _word_pictures():
        trials.append(_read(pictures, set(keys)))
    good = True
    for trial in trials:
        good &= _report(trial, index, keys)
    return 0 if good else 1


def _report(trial: Trial, index: FormularyIndex, keys: Sequence[str]) -> bool:
    def ours(readings: Sequence[str]) -> list[str]:
        return [_name(found[0].entry) if found else "" for found in index.match_many(readings, limit=1)]

    def alone(readings: Sequence[str]) -> list[str]:
        return [
            _name(found[0].entry) if (found := index.match(reading, limit=1)) else "" for reading in readings
        ]

    def extract_one(scorer: Callable[..., float]) -> Callable[[Sequence[str]], list[str]]:
        return lambda readings: [process.extractOne(reading, keys, scorer=scorer)[0] for reading in readings]

    normal = [name_key(reading).lower() for reading in trial.readings]
    rows = [
        ("nuskha, in a batch", ours, trial.readings),
        ("nuskha, one by one", alone, trial.readings),
        ("extractOne, WRatio (default)", extract_one(fuzz.WRatio), normal),
        ("extractOne, ratio", extract_one(fuzz.ratio), normal),
    ]
    print(f"\n{trial.title}, n = {len(normal)}")
    took, right = {}, {}
    for title, matcher, readings in rows:
        found = matcher(readings)
        right[title] = sum(map(str.__eq__, found, trial.truths)) / len(trial.truths)
        took[title] = _seconds(matcher, readings)
        ratio = took[title] / took[rows[0][0]]
        print(f"  {title:30} {took[title] * 1e3:8.3f} ms a name {right[title]:7.1%} right at first"
              f"{f'   {ratio:6.1f} times ours' if title != rows[0][0] else ''}")  # fmt: skip
    batch, _, default, plain = (title for title, _, _ in rows)
    return took[default] >= 20 * took[batch] and right[batch] >= max(right[default], right[plain])


def _seconds(matcher: Callable[[Sequence[str]], list[str]], readings: Sequence[str]) -> float:
    """Seconds a name, the median of repeated runs over a part of the readings."""
    part = readings[:TIMED] if "extract_one" in matcher.__qualname__ else readings
    times = []
    for _ in range(3):
        started = time.perf_counter()
        matcher(part)
        times.append((time.perf_counter() - started) / len(part))
    return statistics.median(times)


def _name(entry: Entry) -> str:
    return name_key(entry.name).lower()


def _lists() -> list[Path]:
    return [path for name in LISTS if (path := DATA / "formulary" / name).is_file()]


def _entries() -> Iterator[Entry]:
    """Entries of different keys, from the lists and then invented."""
    seen: set[str] = set()
    for path in _lists():
        try:
            entries = load_formulary(str(path)).entries
        except FormularyError as error:
            print(error, file=sys.stderr)
            continue
        for entry in entries:
            if 3 <= len(key := _name(entry)) <= 24 and key not in seen:
                seen.add(key)
                yield Entry(entry.name)
    dice = random.Random(1)  # noqa: S311 - seeded, no secret
    onsets, vowels, codas = (
        [*"bcdfglmnprstvz", "br", "cl", "fl", "gl", "pr", "tr"],
        "aeiou",
        ["", "", "n", "l", "r", "x"],
    )
    while True:
        name = "".join(
            dice.choice(onsets) + dice.choice(vowels) + dice.choice(codas) for _ in range(dice.randint(2, 4))
        )
        if name not in seen:
            seen.add(name)
            yield Entry(name)


def _corrupted(keys: Sequence[str]) -> Trial:
    dice = random.Random(2)  # noqa: S311 - seeded, no secret
    truths = dice.sample([key for key in keys if len(key) >= 5], QUERIES)
    return Trial(
        "Names with one to three errors of handwriting", [_corrupt(key, dice) for key in truths], truths
    )


def _corrupt(key: str, dice: random.Random) -> str:
    for _ in range(min(dice.randint(1, 3), len(key) // 3)):
        places = [
            (at, read, written)
            for written, read in ERRORS
            for at in range(len(key))
            if key.startswith(written, at)
        ]
        at, read, written = dice.choice(places)
        key = key[:at] + read + key[at + len(written) :]
    return key


def _word_pictures() -> list[tuple[Path, str]]:
    folder = DATA / "prescriptions" / "words_bd78" / "Validation"
    labels = next(folder.glob("*.csv"), None) if folder.is_dir() else None
    if labels is None:
        return []
    pictures = {path.name: path for path in folder.rglob("*.png")}
    with labels.open(encoding="utf-8-sig", newline="") as file:
        return [(pictures[row["IMAGE"]], row["MEDICINE_NAME"]) for row in csv.DictReader(file)]


def _read(pictures: list[tuple[Path, str]], known: set[str]) -> Trial:
    readings = zip(_readings([path for path, _ in pictures]), pictures, strict=True)
    told = [
        (text, key) for text, (_, label) in readings if text and (key := name_key(label).lower()) in known
    ]
    return Trial(
        "Real handwritten words as PP-OCRv6 reads them", [text for text, _ in told], [key for _, key in told]
    )


def _readings(pictures: Sequence[Path]) -> list[str]:
    """The readings of pictures of one word each by the recogniser in the rapidocr wheel."""
    import cv2
    import onnxruntime
    import rapidocr

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    model = Path(rapidocr.__file__).parent / "models" / "PP-OCRv6_rec_small.onnx"
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    letters = ["", *session.get_modelmeta().custom_metadata_map["character"].splitlines(), " "]
    readings: list[str] = []
    for start in range(0, len(pictures), BATCH):
        batch = _batch([cv2.imread(str(path)) for path in pictures[start : start + BATCH]])
        best = session.run(None, {session.get_inputs()[0].name: batch})[0].argmax(axis=-1)
        readings += ["".join(letters[code] for code, _ in groupby(row)) for row in best]
    return readings


def _batch(words: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float32]:
    """[words, 3, HEIGHT, width], each word at its own width, the rest blank."""
    import cv2

    scaled = [cv2.resize(word, (max(16, word.shape[1] * HEIGHT // word.shape[0]), HEIGHT)) for word in words]
    tensor = np.zeros((len(scaled), 3, HEIGHT, max(word.shape[1] for word in scaled)), np.float32)
    for plane, word in zip(tensor, scaled, strict=True):
        plane[:, :, : word.shape[1]] = (word.astype(np.float32) / 255 - 0.5).transpose(2, 0, 1) / 0.5
    return tensor


if __name__ == "__main__":
    sys.exit(main())
