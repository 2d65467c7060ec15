"""Tesseract, run as a program: print in any script whose language is installed, Devanagari among them."""

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from unicodedata import normalize

import cv2

from multilingual.unavailable import EngineUnavailable
from ocr.engines.base import Fragment, Picture
from ocr.engines.crops import has_ink, whole
from ocr.engines.options import TesseractOptions
from ocr.records import Box, TextLine

_INSTALL = "on Debian and Ubuntu: apt install tesseract-ocr tesseract-ocr-hin"
# Words below the floor are noise; a page is text at all if one word of a few letters is sure.
_FLOOR = 0.3
_SURE, _SURE_LETTERS = 0.7, 3
_WORD = "5"  # the level of a row that holds a word
_PAGE, _LINE = "3", "7"  # what tesseract is told to look for

_Word = dict[str, str]
"""A row of tesseract's TSV output."""


class TesseractEngine:
    """Reads print. Raises EngineUnavailable where the program, or every language asked for, is missing."""

    name = "tesseract"
    uses_gpu = False

    def __init__(self, options: TesseractOptions) -> None:
        program = shutil.which("tesseract")
        if program is None:
            raise EngineUnavailable(f"engine 'tesseract' needs the program tesseract; {_INSTALL}")
        self._program = program
        self._timeout_s = options.timeout_s
        installed = _output([program, "--list-langs"]).splitlines()[1:]
        asked = options.languages.split("+")
        self._languages = "+".join(language for language in asked if language in installed)
        if not self._languages:
            raise EngineUnavailable(
                f"tesseract has none of the languages {options.languages}; "
                f"installed: {', '.join(installed)}; {_INSTALL}"
            )
        release = _output([program, "--version"]).split("\n", 1)[0].split()[-1]
        self.version = f"tesseract {release}, {self._languages}"

    def read(self, pages: Sequence[Picture]) -> list[list[Fragment]]:
        """See `Engine.read`. Raises RuntimeError where the program fails, TimeoutError where it is slow."""
        return [list(map(Fragment, _lines(self._words(page, _PAGE)))) for page in pages]

    def read_lines(self, crops: Sequence[Picture]) -> list[Fragment | None]:
        """See `Engine.read_lines`; raises what `read` does."""
        return [self._read_line(crop) if has_ink(crop) else None for crop in crops]

    def _read_line(self, crop: Picture) -> Fragment | None:
        words = self._words(crop, _LINE)
        return Fragment(replace(_line(words), box=whole(crop))) if words else None

    def _words(self, page: Picture, layout: str) -> list[_Word]:
        """The words of a picture that are no noise."""
        _, encoded = cv2.imencode(".bmp", cv2.cvtColor(page, cv2.COLOR_RGB2BGR))
        command = [self._program, "stdin", "stdout", "-l", self._languages, "--psm", layout, "tsv"]
        # One thread: its own threads slow it down, and other pages are read beside it.
        environment = os.environ | {"OMP_THREAD_LIMIT": "1"}
        try:
            done = subprocess.run(  # noqa: S603 - the program was found on PATH, its arguments are ours
                command,
                input=encoded.tobytes(),
                capture_output=True,
                timeout=self._timeout_s,
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"tesseract took longer than {self._timeout_s:g} s for a page") from None
        if done.returncode != 0:
            raise RuntimeError(f"tesseract failed with exit status {done.returncode}")
        table = io.StringIO(done.stdout.decode("utf-8", errors="replace"))
        rows = csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
        words = (row for row in rows if row["level"] == _WORD and row["text"].strip())
        return [word for word in words if _score(word) >= _FLOOR]


def _output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - see above
    if done.returncode != 0:
        raise EngineUnavailable(f"{' '.join(command)} failed: {done.stderr.strip()}")
    return done.stdout


def _lines(words: Sequence[_Word]) -> Iterator[TextLine]:
    """The lines that words of a page stand in; none where no word is surely text."""
    if not any(_score(word) >= _SURE and _letters(word["text"]) >= _SURE_LETTERS for word in words):
        return
    for _, line in groupby(words, key=itemgetter("block_num", "par_num", "line_num")):
        yield _line(list(line))


def _score(word: _Word) -> float:
    return float(word["conf"]) / 100


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _line(words: Sequence[_Word]) -> TextLine:
    lengths = [len(word["text"]) for word in words]
    score = sum(_score(word) * n for word, n in zip(words, lengths, strict=True)) / sum(lengths)
    left, top = (min(int(word[side]) for word in words) for side in ("left", "top"))
    right = max(int(word["left"]) + int(word["width"]) for word in words)
    bottom = max(int(word["top"]) + int(word["height"]) for word in words)
    box: Box = (left, top, right, top, right, bottom, left, bottom)
    return TextLine(text=normalize("NFC", " ".join(word["text"] for word in words)), score=score, box=box)
