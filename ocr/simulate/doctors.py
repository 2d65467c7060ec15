"""Simulated doctors: each a hand that stays the same over all that they write.

What hands are drawn from is in doctors.toml. Lengths are in x-heights: the height of the hand's letter x.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ocr.simulate.typefaces import has

Script = Literal["latin", "devanagari", "han", "print"]
Colour = tuple[int, int, int]

_HERE = Path(__file__).parent
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


_BLACK: Colour = (25, 25, 30)
_PRINTED = {"slant": 0.0, "stroke": 0.0, "width": 1.0, "space": 0.6, "gap": 0.0}


@dataclass(frozen=True, slots=True)
class Doctor:
    """A hand: typefaces in order of preference, another for the borrowed letters, a pen, and how it moves.

    The numbers are explained beside their ranges in doctors.toml.
    """

    script: Script
    typefaces: tuple[Path, ...]
    joined: bool
    borrowed_from: Path
    borrowed: frozenset[str]
    ink: Colour
    speed: float
    slant: float
    stroke: float
    width: float
    space: float
    gap: float
    darkness: float
    unsteadiness: float = 0.0
    bend: float = 0.0
    tremor: float = 0.0
    drift: float = 0.0
    ligature: float = 0.0
    dropout: float = 0.0
    pressure: float = 0.0
    skips: float = 0.0
    size: float = 1.0

    def typeface(self, letter: str) -> Path:
        """The font file that this doctor's `letter` is drawn with. ValueError where none has it."""
        typefaces = (self.borrowed_from, *self.typefaces) if letter in self.borrowed else self.typefaces
        path = _first_with(typefaces, letter)
        if path is None:
            raise ValueError(f"No typeface of the simulated hands has U+{ord(letter):04X}.")
        return path

    def can_write(self, text: str) -> bool:
        """Whether every letter of `text` can be drawn as itself."""
        return all(_first_with(self.typefaces, letter) is not None for letter in text)


def calm_doctor(typeface: str) -> Doctor:
    """A hand that can be read, or a printer, in the typeface whose file's name begins so.

    "print" is the printer in plain letters.
    """
    table = _table()
    name = "noto-sans-latin-400" if typeface == "print" else typeface
    kinds: dict[str, Script] = {"latin": "latin", "han": "latin", "print": "print"}
    script, entry = next(
        (script, entry)
        for kind, script in kinds.items()
        for entry in table[kind]
        if entry["file"].startswith(name)
    )
    devanagari = table["print_devanagari" if script == "print" else "devanagari"][0]
    others = (
        [devanagari, *table["fallback"]]
        if script == "print"
        else [devanagari, *table["han"], *table["fallback"]]
    )
    steady = _PRINTED | {"darkness": 0.95} if script == "print" else table["calm"]
    return Doctor(
        script=script,
        typefaces=tuple(_path(each) for each in (entry, *others)),
        joined=bool(entry.get("joined", False)),
        borrowed_from=_path(entry),
        borrowed=frozenset(),
        ink=_BLACK,
        **{"speed": 0.0, **steady},
    )


def simulated_doctor(seed: int, script: Script = "latin") -> Doctor:
    """The doctor of this number, who writes mostly in `script` (and any other, if need be).

    "print" is no hand but a printer: the text of forms, in one of several typefaces, undistorted.
    """
    table = _table()
    random = np.random.default_rng([seed, _SEEDS[script]])
    speed = float(random.beta(2.2, 1.2))
    values = {name: float(random.uniform(*ends)) for name, ends in table["steady"].items()}
    for name, (low, high) in table["hurried"].items():
        values[name] = float(random.uniform(low, low + (high - low) * speed))
    latin, devanagari, han, other = (
        _choice(table[name], random) for name in ("latin", "devanagari", "han", "latin")
    )
    colour: Colour = tuple(_choice(table["ink"], random)["colour"])
    share = values.pop("borrowed")
    if script == "print":
        latin, devanagari = (_choice(table[name], random) for name in ("print", "print_devanagari"))
        values = _PRINTED | {"width": float(random.uniform(0.9, 1.1))}
        values |= {"darkness": float(random.uniform(0.85, 1.0))}
        colour, share = _BLACK, 0.0
    joined = bool(latin.get("joined", False))
    letters = random.random(len(_LETTERS)) < (0.0 if joined or other.get("joined") else share)
    fallback = [_path(entry) for entry in table["fallback"]]
    main = [_path(entry) for entry in (latin, devanagari, *([] if script == "print" else [han]))]
    return Doctor(
        script=script,
        typefaces=(*main, *fallback),
        joined=joined,
        borrowed_from=_path(other),
        borrowed=frozenset(letter for letter, taken in zip(_LETTERS, letters, strict=True) if taken),
        ink=colour,
        speed=speed,
        **values,
    )


_SEEDS: Mapping[Script, int] = {"latin": 0, "devanagari": 1, "han": 2, "print": 3}


def _choice(entries: list[dict[str, Any]], random: np.random.Generator) -> dict[str, Any]:
    shares = np.array([entry.get("share", 1.0) for entry in entries])
    return entries[int(random.choice(len(entries), p=shares / shares.sum()))]


def _path(entry: Mapping[str, Any]) -> Path:
    return _file(str(entry["file"]))


@cache
def _first_with(paths: tuple[Path, ...], letter: str) -> Path | None:
    """The first of the fonts that draws the letter, and draws it well; None if none does."""
    return next((path for path in paths if has(path, letter) and letter not in _misleading(path)), None)


@cache
def _misleading(path: Path) -> str:
    entries = (entry for entries in _table().values() if isinstance(entries, list) for entry in entries)
    return next(
        (str(entry["without"]) for entry in entries if "without" in entry and _path(entry) == path), ""
    )


@cache
def _file(name: str) -> Path:
    return (_HERE / "fonts" / name).resolve()


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((_HERE / "doctors.toml").read_text(encoding="utf-8"))
