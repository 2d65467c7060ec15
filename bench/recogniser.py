"""The shipped recogniser beside PP-OCRv6's own, on crops of words and lines. Run: python -m bench.recogniser

With `--engines nuskha vlm` the small vision-language model beside the recogniser, or any two others; options
follow the name: `nuskha,characters=none` reads each letter by itself.

Both read the same crops through `Engine.read_lines`, in one run. Real words come from NUSKHA_DATA (RxHandBD's
part that was kept from training, BD78's validation part); print and Devanagari are drawn here, from words of
TICO-19 for the latter that no training text holds. Exact is compared with case and punctuation aside, the
character errors of print and Devanagari to the letter. Intervals are by word.
"""

import argparse
import csv
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unicodedata import normalize

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein
from rich.console import Console
from rich.table import Table

import ocr.simulate
from eval.statistics import clustered_figure, share
from ocr.engines import make_engine
from ocr.engines.base import Engine, Fragment, Picture
from ocr.simulate.crops import draw_crop
from ocr.simulate.doctors import Doctor, calm_doctor, simulated_doctor
from ocr.simulate.lexicon import common_han, english, hindi, portuguese, roman_hindi
from ocr.train.examples import RXHANDBD, repaired, rxhandbd
from ocr.train.loop import compared
from ocr.train.splits import Split

DATA = Path(os.environ.get("NUSKHA_DATA", Path(__file__).parents[2] / "shared" / "data"))
BD78 = "prescriptions/words_bd78/Validation"
TICO = "parallel/tico19_en_hi.jsonl"
ENGINES = ("paddle", "nuskha")
_WORD = re.compile(r"[\u0901-\u0963]{3,14}")
LINES, WORDS_A_LINE, AT_ONCE, ROUNDS = 300, 4, 64, 3


@dataclass(frozen=True, slots=True)
class Crop:
    """A crop, what stands on it, and its word, by which intervals are clustered."""

    picture: Picture
    text: str
    word: str


def main() -> None:
    """Print accuracy of both recognisers on each set, then their speed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES, help="lines of print, words of Devanagari a hand")
    parser.add_argument("--engines", nargs=2, default=ENGINES, metavar="NAME[,OPTION=VALUE...]")
    arguments = parser.parse_args()
    engines = {told: _engine(told) for told in arguments.engines}
    table = Table(title="crops as they lie")
    figures = (f"{figure}, {name}" for figure in ("exact", "character errors") for name in engines)
    for heading in ("crops", "n", *figures):
        table.add_column(heading, justify="right")
    sets = {**_real(_engine("paddle")), **dict(_drawn(arguments.lines))}
    for name, crops in sets.items():
        to_the_letter = not name.startswith("real")
        cells = [_figures(read(engine, crops), crops, to_the_letter) for engine in engines.values()]
        table.add_row(name, str(len(crops)), *(exact for exact, _ in cells), *(cer for _, cer in cells))
    console = Console(width=150)
    console.print(table)
    for name, crops in sets.items():
        speeds = _speeds(engines, crops)
        console.print(
            f"{name}: {speeds[0]:.1f} and {speeds[1]:.1f} crops/s, {speeds[1] / speeds[0]:.2f} times"
        )


def _engine(told: str) -> Engine:
    """The engine of a name and its options, of two threads."""
    name, *options = told.split(",")
    return make_engine(name, {"threads": "2"} | dict(option.split("=", 1) for option in options))


def read(engine: Engine, crops: Sequence[Crop]) -> list[str]:
    """The raw readings."""
    found = (
        line
        for start in range(0, len(crops), AT_ONCE)
        for line in engine.read_lines([crop.picture for crop in crops[start : start + AT_ONCE]])
    )
    return [line.line.text if isinstance(line, Fragment) else "" for line in found]


def _figures(readings: Sequence[str], crops: Sequence[Crop], to_the_letter: bool) -> tuple[str, str]:
    rows: dict[str, list[float]] = {}
    for crop, reading in zip(crops, readings, strict=True):
        told, said = compared(crop.text), compared(reading)
        row = rows.setdefault(crop.word, [0.0, 0.0, 0.0, 0.0])
        row[0] += told == said
        row[1] += 1
        if to_the_letter:
            told, said = crop.text, reading
        row[2] += Levenshtein.distance(told, said)
        row[3] += len(told)
    counts = np.array(list(rows.values()))
    exact = clustered_figure(counts[:, :2], share, len(crops))
    errors = clustered_figure(counts[:, 2:], share, len(crops))
    return (
        f"{exact.value:.3f} [{exact.low:.3f}, {exact.high:.3f}]",
        f"{errors.value:.4f} [{errors.low:.4f}, {errors.high:.4f}]",
    )


def _real(first: Engine) -> dict[str, list[Crop]]:
    """Words kept from training, by split, and all of BD78's validation part; none where the data are not."""
    found: dict[str, list[Crop]] = {}
    if (DATA / RXHANDBD / "labels.csv").exists():
        words = [word for word in rxhandbd(DATA / RXHANDBD) if word.split is not Split.TRAINING]
        crops = [Crop(_picture(word.file), word.text, word.text.casefold()) for word in words]
        for word, crop, reading in zip(words, crops, read(first, crops), strict=True):
            text = repaired(crop.text, reading)
            if text is not None:
                found.setdefault(f"real, RxHandBD, {word.split}", []).append(replace(crop, text=text))
    if (DATA / BD78).exists():
        with (DATA / BD78 / "validation_labels.csv").open(encoding="utf-8-sig", newline="") as labels:
            rows = list(csv.DictReader(labels))
        found["real, BD78"] = [
            Crop(_picture(DATA / BD78 / "validation_words" / row["IMAGE"]), name, name.casefold())
            for row in rows
            for name in [row["MEDICINE_NAME"]]
        ]
    return found


def _drawn(lines: int) -> Iterator[tuple[str, list[Crop]]]:
    sources: Mapping[str, tuple[Sequence[str], str, Callable[[int], Doctor]]] = {
        "print, English": (english(), " ", _printer),
        "print, Portuguese": (portuguese(), " ", _printer),
        "print, Roman Hindi": (roman_hindi(), " ", _printer),
        "print, Chinese": (common_han(), "", _printer),
    }
    for name, (words, between, doctor) in sources.items():
        random = np.random.default_rng(len(name))
        texts = [between.join(random.choice(words, WORDS_A_LINE)) for _ in range(lines)]
        yield name, list(_crops(texts, doctor, random))
    if (DATA / TICO).exists():
        random = np.random.default_rng(1)
        words = sorted(_unseen_hindi())
        texts = [normalize("NFC", str(word)) for word in random.choice(words, lines, replace=False)]
        for hand in ("kalam-devanagari", "dekko-devanagari", "tillana-devanagari"):
            yield f"hand, {hand}", list(_crops(texts, lambda _, hand=hand: _in(hand), random))


def _crops(
    texts: Iterable[str], doctor: Callable[[int], Doctor], random: np.random.Generator
) -> Iterator[Crop]:
    for number, text in enumerate(texts):
        yield Crop(draw_crop(text, doctor(number), random), text, text)


def _printer(number: int) -> Doctor:
    return simulated_doctor(10_000 + number, "print")


def _in(hand: str) -> Doctor:
    """A calm hand in this typeface."""
    calm = calm_doctor("kalam")
    path = Path(ocr.simulate.__file__).parent / "fonts" / f"{hand}-400.woff2"
    return replace(calm, typefaces=(path, *calm.typefaces), script="devanagari")


def _unseen_hindi() -> set[str]:
    """Words of TICO-19's Hindi sentences that no training text is made of."""
    with (DATA / TICO).open(encoding="utf-8") as file:
        sentences = [json.loads(line)["hi"] for line in file]
    words = {normalize("NFC", word) for sentence in sentences for word in sentence.split()}
    return {word for word in words - set(hindi()) if _WORD.fullmatch(word)}


def _picture(file: Path) -> Picture:
    picture = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise OSError(f"{file} is no picture")
    if picture.ndim == 2:
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    if picture.shape[2] == 4:  # on white, as documents are decoded
        cover = picture[..., 3:].astype(np.float32) / 255
        picture = (picture[..., :3] * cover + 255 * (1 - cover)).astype(np.uint8)
    return np.ascontiguousarray(picture[..., ::-1], np.uint8)


def _speeds(engines: Mapping[str, Engine], crops: Sequence[Crop]) -> list[float]:
    """Crops a second of each engine, the best of several rounds taken in turns."""
    best = [float("inf")] * len(engines)
    for _ in range(ROUNDS):
        for place, engine in enumerate(engines.values()):
            started = time.perf_counter()
            read(engine, crops)
            best[place] = min(best[place], time.perf_counter() - started)
    return [len(crops) / seconds for seconds in best]


if __name__ == "__main__":
    main()
