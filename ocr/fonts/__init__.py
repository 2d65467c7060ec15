"""Fonts that ship, and text drawn with them in any mixture of Latin, Devanagari and Chinese script."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from PIL import ImageDraw, ImageFont

Colour = tuple[int, int, int]

_DEVANAGARI = (("\u0900", "\u097f"), ("\ua8e0", "\ua8ff"))
_HAN = (("\u3000", "\u30ff"), ("\u3400", "\u9fff"), ("\uf900", "\ufaff"), ("\uff00", "\uffef"))


@cache
def _load(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.RAQM)


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font file for each script; Latin stands in for what has none."""

    latin: Path
    devanagari: Path
    han: Path

    def width(self, text: str, size: int) -> float:
        """Width of `text` in pixels."""
        return sum(_load(path, size).getlength(run) for path, run in self._runs(text))

    def draw(
        self, canvas: ImageDraw.ImageDraw, at: tuple[float, float], text: str, size: int, fill: Colour | int
    ) -> None:
        """Draw `text` with the left end of its baseline at `at`."""
        x, y = at
        for path, run in self._runs(text):
            font = _load(path, size)
            canvas.text((x, y), run, font=font, fill=fill, anchor="ls")
            x += font.getlength(run)

    def _runs(self, text: str) -> Iterator[tuple[Path, str]]:
        """Stretches of one script; signs and spaces without a script are Latin."""
        paths = [self._path(letter) for letter in text]
        starts = [i for i in range(len(text)) if i == 0 or paths[i] != paths[i - 1]]
        for start, end in pairwise([*starts, len(text)]):
            yield paths[start], text[start:end]

    def _path(self, letter: str) -> Path:
        if any(first <= letter <= last for first, last in _DEVANAGARI):
            return self.devanagari
        return self.han if any(first <= letter <= last for first, last in _HAN) else self.latin


def wrap(typeface: Typeface, text: str, size: int, width: float) -> list[str]:
    """`text` in lines of at most `width` pixels, broken at spaces, and within a word that is wider."""
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and typeface.width(joined, size) <= width:
            lines[-1] = joined
            continue
        pieces = [""]
        for letter in word:
            if pieces[-1] and typeface.width(pieces[-1] + letter, size) > width:
                pieces.append("")
            pieces[-1] += letter
        lines += pieces
    return lines


_HERE = Path(__file__).parent
_SANS = _HERE / "noto-sans-sc-chinese-simplified-400.woff2"
PRINT = Typeface(latin=_SANS, devanagari=_HERE / "noto-sans-devanagari-devanagari-400.woff2", han=_SANS)
"""The typeface of readings drawn on a page."""
