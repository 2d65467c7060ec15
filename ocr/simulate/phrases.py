"""Pieces of simulated texts: phrases with their numbers filled in, names recased and crossed, words."""

import re
from collections.abc import Sequence

import numpy as np

from ocr.simulate.lexicon import hindi, signs
from ocr.simulate.words import pick, table

_SLOT = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"[^\W\d_]+")
_SUFFIX = 2  # letters of a suffix
_DECIMALS = {"f": 9.0, "g": 30.0}  # {f} and {g} are numbers with one decimal, up to these
_FIGURES = {0x30 + digit: 0x966 + digit for digit in range(10)}


def phrase(kind: str, random: np.random.Generator) -> str:
    """A phrase of a section of data/texts.toml, filled in."""
    return filled(pick(table("texts")[kind]["lines"], random), random)


def filled(template: str, random: np.random.Generator) -> str:
    """`template` with its slots filled: {w} and {l} invented names, {d} dates, the others numbers."""
    return _SLOT.sub(lambda match: _value(match[1], random), template) if "{" in template else template


def _value(slot: str, random: np.random.Generator) -> str:
    if slot in "wl":
        name = invented_name(random)
        return name if slot == "w" else name.lower()
    if slot == "d":
        return filled("{day}/{month}/{year}", random)
    if slot in _DECIMALS:
        return f"{random.random() * _DECIMALS[slot] + 1:.1f}"
    low, high = table("texts")["ranges"][slot]
    number = str(low + int(random.random() * (high - low + 1)))
    return number.zfill(2) if slot in ("day", "month") and random.random() < 0.5 else number


def invented_name(random: np.random.Generator) -> str:
    """The name of no person and no place."""
    return "".join(_piece(part, random) for part in ("starts", "middles", "ends")).capitalize()


def _piece(part: str, random: np.random.Generator) -> str:
    found: str = pick(table("texts")["pieces"][part], random)
    return found


def crossed(first: str, second: str, random: np.random.Generator) -> str:
    """The beginning of one word with the end of another: a name that no list has."""
    first, second = first.split()[0], second.split()[0]
    kept = max(1, int(len(first) * (0.3 + 0.5 * random.random())))
    return (first[:kept] + second[len(second) // 2 :]).lower()


def recased(text: str, random: np.random.Generator, kept: float = 0.15) -> str:
    """`text` as it stands (a share of `kept`), else with capitals first, in capitals, or in small letters."""
    if random.random() < kept:
        return text
    kind = random.random()
    return titled(text) if kind < 0.55 else text.upper() if kind < 0.75 else text.lower()


def titled(text: str) -> str:
    """`text` with a capital at the head of each word; short suffixes stay as they are: Pan-D, Telma AM."""
    return _WORD.sub(lambda match: match[0] if len(match[0]) <= _SUFFIX else match[0].capitalize(), text)


def strength(random: np.random.Generator) -> str:
    """A number as it stands behind a name, with or without a unit."""
    return _piece("strengths", random) + _piece("units", random)


def rare(random: np.random.Generator) -> str:
    """A number or a name beside a character of the alphabet that hardly stands anywhere."""
    sign = pick(signs(), random)
    known = pick((str(int(random.random() * 500)), invented_name(random), ""), random)
    return pick((f"{sign} {known}", f"{known} {sign}", f"{known}{sign}", f"{sign}{known}"), random)


def hindi_number(random: np.random.Generator) -> str:
    """A number or a date in Devanagari digits, or a word with the stop of a sentence."""
    if random.random() < 0.3:
        return pick(hindi(), random) + _piece("hindi_stops", random)
    digits = str(int(10 ** (random.random() * 4))).translate(_FIGURES)
    return _piece("hindi_numbers", random).replace("{}", digits)


def some(items: Sequence[str], random: np.random.Generator, most: int) -> str:
    """One to `most` of the words."""
    return " ".join(pick(items, random) for _ in range(1 + int(random.random() * most)))


def sentence(text: str, random: np.random.Generator) -> str:
    """`text` as print sets it: in capitals, as a title, or with a capital, a stop and at times a number."""
    kind = random.random()
    if kind < 0.12:
        return text.upper()
    if kind < 0.3:
        return text.title()
    if kind < 0.45:
        head, _, tail = text.partition(" ")
        number = strength(random)
        text = f"{head}{pick((',', ' -', ':', f' ({number})', f' {number}'), random)} {tail}"
    return text[:1].upper() + text[1:] + _piece("stops", random)
