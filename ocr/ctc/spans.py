"""Where the characters of a reading stand in the columns that it was read from."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ocr.ctc.readings import likeliest_path
from ocr.engines.base import ANY_HAN, Columns


@dataclass(frozen=True, slots=True)
class Alignment:
    """A reading of `columns`, and the first and the last column of each of its characters."""

    columns: Columns
    text: str
    first: tuple[int, ...]
    last: tuple[int, ...]

    def span_of(self, text: str, near: int = 0) -> slice | None:
        """The columns of `text` where it stands nearest to the place `near`; None where it stands nowhere.

        The blanks on both sides are among them, the neighbouring characters are not.
        """
        start = self._place(text, near)
        if start is None:
            return None
        end = start + len(text)
        before = self.last[start - 1] + 1 if start else 0
        after = self.first[end] if end < len(self.text) else len(self.columns.chances)
        return slice(before, after)

    def word_around(self, text: str, near: int = 0) -> str:
        """`text`, which stands nearest to the place `near`, with what is written onto it on both sides."""
        start = self._place(text, near)
        if start is None:
            return text
        begin, end = self.text.rfind(" ", 0, start) + 1, self.text.find(" ", start + len(text))
        return self.text[begin : end if end >= 0 else None]

    def _place(self, text: str, near: int) -> int | None:
        """Where `text` begins, nearest to the place `near`."""
        places = (place for place in range(len(self.text)) if self.text.startswith(text, place))
        return min(places, key=lambda place: abs(place - near), default=None) if text else None


def align(columns: Columns, text: str) -> Alignment:
    """Where `text`, which was read from the columns, stands in them.

    A text that does not fit in, or holds a character that the recogniser does not know, is taken for the best
    path of the columns.
    """
    text, likeliest = " ".join(text.split()), _best_path(columns)
    if text == likeliest.text.strip():
        return likeliest
    classes = [_classes(columns.characters).get(character) for character in text]
    known = [k for k in classes if k is not None]
    path = likeliest_path(columns.chances, known) if 0 < len(known) == len(classes) else None
    if path is None:
        return likeliest
    return Alignment(columns, text, tuple(first for first, _ in path), tuple(last for _, last in path))


@lru_cache(maxsize=8)
def _classes(characters: tuple[str, ...]) -> dict[str, int]:
    return {character: k for k, character in enumerate(characters) if character}


def _best_path(columns: Columns) -> Alignment:
    """The best path of the columns: repeats joined, blanks left out.

    As in an engine's reading the sign for any Chinese character is left out, and of several spaces one stays.
    """
    best = columns.chances.argmax(axis=1)
    begins = np.flatnonzero(np.diff(best, prepend=-1)).tolist()
    runs = zip(begins, [*begins[1:], len(best)], strict=False)
    read = [(columns.characters[best[begin]], begin, end - 1) for begin, end in runs]
    kept: list[tuple[str, int, int]] = []
    for run in read:
        spaced = not kept or kept[-1][0] == " "
        if run[0] and run[0] != ANY_HAN and not (spaced and run[0] == " "):
            kept.append(run)
    return Alignment(
        columns,
        "".join(character for character, _, _ in kept),
        tuple(begin for _, begin, _ in kept),
        tuple(end for _, _, end in kept),
    )
