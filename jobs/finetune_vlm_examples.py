"""The examples of a fine-tuning run of vision-language models: those drawn or read first, and all of them."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import ray

from multilingual.language_models.tuning.storage import Storage
from ocr.train.vision_language.material import LINES, WORDS, DrawnFile, Materials, Part, draw, files
from ocr.train.vision_language.recipe import Recipe


def parts_of(recipe: Recipe, data: Path | None, lines: Path | None) -> list[Part]:
    """The examples of a recipe's sources; what is drawn or read once is in the folder `lines`.

    Without `lines`, before anything is drawn, only what others wrote is there, and RxHandBD is looked for.
    Raises OSError and ValueError where they can't be read.
    """
    from ocr.train.examples import rxhandbd
    from ocr.train.vision_language.examples import shown_lines
    from ocr.train.vision_language.records import shown_records
    from ocr.vision_language.prompts import load_prompt
    from summarize.train.pairs import shown_pairs

    prompt = load_prompt("line").text
    parts = []
    if lines:
        for simulated in recipe.sources.get("simulated", ()):
            drawn = [lines / file.name for file in files(simulated)]
            parts.append(Part("simulated", list(shown_lines(drawn, prompt))))
    for name, sources in recipe.sources.items():
        for source in sources if name != "simulated" else ():
            if data is None:
                raise ValueError(f"the recipe has [{name}]: --data tells the folder in which its files lie")
            if name != "words":
                found = list((shown_records if name == "records" else shown_pairs)(source, data))
            elif lines:
                found = list(shown_lines([lines / WORDS], prompt))
            else:
                rxhandbd(data / source["folder"])
                found = []
            parts.append(Part(str(source.get("file", name)), found, source.get("times", 1)))
    return parts


def draw_lines(recipe: Recipe, materials: Materials | None, data: Path | None, storage: Storage) -> None:
    """Draw the lines that are not there yet, and read the words, on all cores of the cluster."""
    there = set(storage.names(LINES))
    stored: Any = ray.put(materials)
    lines, words = ray.remote(_draw_file), ray.remote(read_words)
    waiting = [
        lines.remote(stored, file, storage.address)
        for each in recipe.sources.get("simulated", ())
        for file in files(each)
        if file.name not in there
    ]
    if data and WORDS not in there:
        waiting += [
            words.remote(data.absolute() / each["folder"], storage.address)
            for each in recipe.sources.get("words", ())
        ]
    ray.get(waiting)


def _draw_file(materials: Materials, file: DrawnFile, output: str) -> None:
    import cv2

    cv2.setNumThreads(1)  # the other cores draw other files
    _keep(draw(file, materials), file.name, output)


def read_words(folder: Path, output: str) -> None:
    """Read RxHandBD's training words in `folder` into the lines of `output`."""
    from ocr.train.vision_language.records import training_words

    _keep(training_words(folder), WORDS, output)


def _keep(table: pa.Table, name: str, output: str) -> None:
    storage = Storage(output)
    place = storage.folder / LINES / name
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_suffix(".new")
    pq.write_table(table, fresh)
    fresh.replace(place)
    storage.push(f"{LINES}/{name}")
