"""Medicine orders as doctors write them, with what they mean: a grammar of doses over a formulary.

The words are in data/orders.toml; what is written follows the forms and strengths that the medicine comes in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from multilingual.clinical.formulary import Entry
from ocr.simulate.lexicon import is_han
from ocr.simulate.order_styles import OrderStyle, order_style
from ocr.simulate.sheet import Medicine
from ocr.simulate.strengths import write_strength
from ocr.simulate.words import pick, table

__all__ = ["OrderStyle", "WrittenOrder", "local_entries", "order_style", "orderable", "write_order"]

_OFTEN = 0.72  # how often a doctor writes what need not be written: the strength, how long
_OPEN = 0.05  # how often the duration is "to continue" or the like
_REASON = 0.3  # how often the doctor tells what a medicine is needed for
_DEVANAGARI = {0x30 + digit: 0x966 + digit for digit in range(10)}
_LONGEST_NAME = 32
_CIRCLED = 20  # the numbers that exist in circles: ① to ⑳


@dataclass(frozen=True, slots=True)
class WrittenOrder:
    """The lines that the hand writes for one medicine, and what they mean (`medicine.line` joins them).

    `written` are the parts that stand there as they stand there: name, form, strength, dose, frequency,
    duration, route, instructions.
    """

    lines: tuple[str, ...]
    medicine: Medicine
    written: Mapping[str, str]


class _Part(NamedTuple):
    """A part of the directions: as written, and as the field has it (None where it means nothing)."""

    written: str
    means: str | None


@cache
def local_entries(language: str) -> tuple[Entry, ...]:
    """Medicines with names of the language's own, which no foreign formulary has: Portuguese and Chinese."""
    rows: list[tuple[str, str, str]] = table("orders")["medicines"].get(language, [])
    return tuple(Entry(name, (), (form,), tuple(filter(None, told.split(";")))) for name, form, told in rows)


def orderable(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries that a doctor writes as an order: short Latin names in forms that are taken.

    Lists of products hold stents and dressings too.
    """
    forms = {form for regimen in table("orders")["regimens"].values() for form in regimen["forms"]}
    return tuple(
        entry
        for entry in entries
        if not forms.isdisjoint(entry.forms)
        and len(entry.name) <= _LONGEST_NAME
        and not any(map(is_han, entry.name))
    )


def write_order(entry: Entry, style: OrderStyle, number: int, random: np.random.Generator) -> WrittenOrder:
    """Write `entry` as the `number`th medicine of a page (1 is the first)."""
    form = pick(entry.forms, random) if entry.forms else None
    strength = write_strength(entry.strengths, form, style, random) if random.random() < _OFTEN else None
    word = _cased(style.forms.get(form or "", ""), style.form_case)
    name = _cased(entry.name, style.case)
    parts = _directions(form, style, random)
    head = _head(style, number, word, name, strength.written if strength else "")
    lines = _lay(head, [parts[part].written for part in style.sequence if part in parts], style, random)
    told = {part: parts[part].means for part in ("dose", "frequency", "duration", "route") if part in parts}
    medicine = Medicine(
        line="\n".join(lines),
        form=form if word or (told.get("dose") or "").endswith(f" {form}") else None,
        drug=name,
        strength=strength.means if strength else None,
        instructions=parts["instructions"].means if "instructions" in parts else None,
        **told,
    )
    written = {"name": name, "form": word, "strength": strength.written if strength else ""}
    written |= {part: told.written for part, told in parts.items()}
    return WrittenOrder(lines, medicine, {part: text for part, text in written.items() if text})


def _head(style: OrderStyle, number: int, word: str, name: str, strength: str) -> str:
    circled = chr(ord("①") + number - 1) if number <= _CIRCLED else f"({number})"
    marker = style.marker.format(n=number, circled=circled)
    if style.language == "zh":
        parts = (marker, name + word, strength)
    elif style.form_last:
        parts = (marker, f"{name} {strength}".strip(), word)
    else:
        parts = (marker, word, f"{name} {strength}".strip())
    return " ".join(part for part in parts if part)


def _lay(head: str, tail: list[str], style: OrderStyle, random: np.random.Generator) -> tuple[str, ...]:
    """One line, or two where the directions stand below the drug."""
    if not tail:
        return (head,)
    if random.random() < style.below:
        return head, style.lead + " ".join(tail)
    inner = " " if style.gap.strip() else style.gap
    return (head + style.gap + inner.join(tail),)


def _directions(form: str | None, style: OrderStyle, random: np.random.Generator) -> dict[str, _Part]:
    """What follows the name, by part: dose, frequency, duration, route, instructions."""
    told, language = table("orders"), style.language
    regimen = _regimen(form)
    how_often = pick(regimen["frequencies"], random)
    frequency = told["frequencies"][how_often]
    parts: dict[str, _Part] = {}
    amount = pick(regimen["amounts"], random) if form and regimen["amounts"] else ""
    if style.scheduled and amount and regimen["scheduled"] and frequency["slots"]:
        written = _schedule(pick(frequency["slots"], random), amount.replace("½", style.half), style)
    else:
        written = pick(frequency[language], random)
        if amount and random.random() < regimen["share"]:
            parts["dose"] = _dose(amount, form, regimen["units"], style, random)
    parts["frequency"] = _Part(written, written)
    if how_often not in ("stat", "needed") and random.random() < _OFTEN:
        parts["duration"] = _duration(how_often, style, random)
    if regimen["routes"] and random.random() < regimen["route"]:
        parts |= _as_written("route", told["routes"][pick(regimen["routes"], random)][language], random)
    if how_often == "needed" and random.random() < _REASON:
        parts |= _as_written("instructions", told["reasons"][language], random)
    elif how_often not in ("night", "needed", "stat", "hourly") and random.random() < regimen["food"]:
        parts |= _as_written("instructions", told["food"][language], random)
    return parts


def _as_written(part: str, words: Sequence[str], random: np.random.Generator) -> dict[str, _Part]:
    if not words:
        return {}
    word = pick(words, random)
    return {part: _Part(word, word)}


@cache
def _regimen(form: str | None) -> Mapping[str, Any]:
    regimens: Mapping[str, Mapping[str, Any]] = table("orders")["regimens"]
    return next((each for each in regimens.values() if form in each["forms"]), regimens["tablet"])


def _dose(
    amount: str,
    form: str | None,
    units: Mapping[str, Mapping[str, Sequence[str]]],
    style: OrderStyle,
    random: np.random.Generator,
) -> _Part:
    means = form if form and form in units else next(iter(units))
    word = pick(units[means][style.language], random)
    space = "" if style.language == "zh" else style.space or " "
    figures = _digits(amount.replace("½", style.half), style)
    return _Part(f"{figures}{space}{word}", f"{amount.replace('½', '0.5')} {means}")


def _schedule(slots: Sequence[int], amount: str, style: OrderStyle) -> str:
    """Amounts by time of day: "1-0-1", "½+0+½"; a wide dash may stand for the noon that has none."""
    if "--" in style.hyphen and slots == [1, 0, 1]:
        return f"{amount}{style.hyphen}{amount}"
    return style.hyphen.join(amount if each else style.zero for each in slots)


def _duration(how_often: str, style: OrderStyle, random: np.random.Generator) -> _Part:
    told = table("orders")
    if random.random() < _OPEN:
        return _Part(pick(told["open"][style.language], random), None)
    unit = "weeks" if how_often == "weekly" else pick(("days", "days", "days", "weeks", "months"), random)
    number = pick(told["durations"][unit]["numbers"], random)
    template, means = style.durations[unit], unit
    if number == 1:
        singular: Mapping[str, str] = told["singular"]
        template = " ".join(singular.get(word, word) for word in template.split(" "))
        means = singular[unit]
    return _Part(_digits(template.format(n=number, x=style.cross), style), f"{number} {means}")


def _digits(text: str, style: OrderStyle) -> str:
    return text.translate(_DEVANAGARI) if style.devanagari_digits else text


def _cased(text: str, case: str) -> str:
    if case == "title":
        return text.title() if text.isalpha() else text
    return text.upper() if case == "upper" else text.lower() if case == "lower" else text
