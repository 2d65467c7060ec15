"""A patient's columns as short clinical English, as in MEME: text made from tables, which a model can read.

"53-year-old man. Temperature 37.2 °C, heart rate 79/min. Known: hypertension. Takes amlodipine 5 mg. Triage
level 3." Columns, units and wording are data: data/patient_columns.toml. What is no number is shown as given.

Source of the method: Lee et al., "Emergency department decision support using clinical pseudo-notes", 2024
(Multiple Embedding Model for EHR, MEME).
"""

import json
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from summarize.plain import one_line, plain

_TABLE = tomllib.loads(files("summarize").joinpath("data", "patient_columns.toml").read_text("utf-8"))

PATIENT_COLUMNS: frozenset[str] = frozenset(
    name
    for names in (
        _TABLE["age"]["years"],
        _TABLE["age"]["months"],
        _TABLE["sex"]["columns"],
        *(vital["columns"] for vital in _TABLE["vitals"]),
        *(sentence["columns"] for sentence in _TABLE["sentences"]),
    )
    for name in names
)
"""The columns that are read, in lower case with words joined by an underscore."""

_NULLS = frozenset({"", "nan", "null", "none", "n/a", "na", "<na>", "nat"})
_ADULT = 18  # years
_MONTHS = 24  # below, an age in months is told in months
_AGE = re.compile(r"(?P<number>\d+(?:\.\d+)?)[\s-]*(?P<unit>[^\d\s][^\d]*)?")
_PRESSURE = re.compile(r"\d{2,3}\s*/\s*\d{2,3}")
_SEPARATORS = re.compile(r"\s*[;|\n]\s*")
_AGE_UNITS = {name: unit for unit, names in _TABLE["age"]["units"].items() for name in names}


def pseudonotes(columns: Mapping[str, Any]) -> str | None:
    """Notes of a patient's columns, named as in `PATIENT_COLUMNS`; null where they hold nothing."""
    vitals = columns.get("vitals")
    measured = _parsed(vitals)
    if isinstance(measured, dict):
        named = {"_".join(str(name).lower().split()): value for name, value in measured.items()}
        columns = {**named, **{name: value for name, value in columns.items() if name != "vitals"}}
    notes = [_who(columns), _vitals(columns), *(_sentence(form, columns) for form in _TABLE["sentences"])]
    return " ".join(note for note in notes if note) or None


def _who(columns: Mapping[str, Any]) -> str | None:
    age, years = _age(columns)
    sex = _first(columns, _TABLE["sex"]["columns"]) or ""
    known = next((noun for noun in ("man", "woman") if sex.lower() in _TABLE["sex"][noun]), None)
    child = {"man": "boy", "woman": "girl"}
    noun = child[known] if known and years is not None and years < _ADULT else known
    told = sex if sex and not known and sex.lower() not in _TABLE["sex"]["unknown"] else None
    if age and years is None:
        return " ".join(f"{name}: {value}." for name, value in (("Age", age), ("Sex", noun or told)) if value)
    who = f"{age} {noun or 'patient'}." if age else f"{noun.capitalize()}." if noun else ""
    return f"{who} Sex: {told}.".strip() if told else who or None


def _age(columns: Mapping[str, Any]) -> tuple[str | None, float | None]:
    """An age as it is written, and in years; of one that is not understood only the text."""
    for unit in ("years", "months"):
        text = _first(columns, _TABLE["age"][unit])
        if text is None:
            continue
        match = _AGE.fullmatch(text)
        written = re.sub(r"[-/.\s]+", " ", (match["unit"] or "").lower()).strip() if match else ""
        unit = _AGE_UNITS.get(written, "") if written else unit
        if not match or not unit:
            return text, None
        number = float(match["number"])
        months = number if unit == "months" else number * 12
        if months < _MONTHS and (unit == "months" or not number.is_integer()):
            return f"{months:.3g}-month-old", months / 12
        return f"{months / 12:.3g}-year-old", months / 12
    return None, None


def _vitals(columns: Mapping[str, Any]) -> str | None:
    """The measurements as one sentence; two columns of blood pressure become one measurement."""
    told: dict[str, str] = {}
    for vital in _TABLE["vitals"]:
        text = _first(columns, vital["columns"])
        if text is not None and vital["name"] not in told:
            told[vital["name"]] = text + _unit(text, vital)
    upper, lower = (_number(told.get(f"{name} blood pressure", "").removesuffix(" mmHg")) for name in _PAIR)
    if upper is not None and lower is not None and "blood pressure" not in told:
        both = f"{upper:g}/{lower:g} mmHg"
        told = {_JOINED.get(name, name): both if name in _JOINED else text for name, text in told.items()}
    sentence = ", ".join(f"{name} {text}" for name, text in told.items())
    return f"{sentence[0].upper()}{sentence[1:]}." if sentence else None


_PAIR = ("systolic", "diastolic")
_JOINED = {f"{name} blood pressure": "blood pressure" for name in _PAIR}


def _unit(text: str, vital: Mapping[str, Any]) -> str:
    if vital["name"] == "blood pressure":
        return " mmHg" if _PRESSURE.fullmatch(text) else ""
    number = _number(text)
    if number is None:
        return ""
    return next((unit for least, most, unit in vital["units"] if least <= number <= most), "")


def _sentence(form: Mapping[str, Any], columns: Mapping[str, Any]) -> str | None:
    value = next((columns[name] for name in form["columns"] if columns.get(name) is not None), None)
    items = _items(value)
    if not items:
        return None
    text = ", ".join(item.rstrip(".") for item in items)
    is_number = "number" in form and _number(text) is not None
    return str(form["number" if is_number else "text"]).format(text)


def _items(value: Any) -> list[str]:
    """The items of a list, of its JSON, or of a text that separates them by ; or | or line."""
    value = _parsed(value)
    if isinstance(value, dict):
        value = [value]
    if isinstance(value, str):
        value = _SEPARATORS.split(plain(value))
    if not isinstance(value, Sequence | None) or isinstance(value, bytes):
        value = [value]
    texts = (" ".join(filter(None, map(_cell, _scalars(item)))) for item in value or ())
    return [text for text in texts if text]


def _scalars(item: Any) -> list[Any]:
    return list(item.values()) if isinstance(item, dict) else [item]


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value, strict=False)
        except (ValueError, RecursionError):
            return value
    return value


def _first(columns: Mapping[str, Any], names: Sequence[str]) -> str | None:
    return next((text for name in names if (text := _cell(columns.get(name)))), None)


def _cell(value: Any) -> str | None:
    """A cell as text on one line; null where it holds nothing. Numbers are written without needless zeros."""
    if value is None or isinstance(value, bool | bytes):
        return None
    if isinstance(value, float):
        return None if math.isnan(value) else f"{value:.10g}"
    text = one_line(plain(str(value)))
    if text.lower() in _NULLS:
        return None
    number = _number(text)
    return f"{number:.10g}" if number is not None and re.fullmatch(r"\d+\.0+", text) else text


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d+(?:\.\d+)?", text) else None
