"""How each doctor writes orders: signs, abbreviations, case and sequence, drawn from data/orders.toml."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ocr.simulate.words import pick, table

_SHORTEST_AFTER = 3  # letters of a form word behind the name: "Daflon T" would be another medicine


@dataclass(frozen=True, slots=True)
class OrderStyle:
    """What stays the same over all orders of one doctor."""

    language: str
    """en, roman_hi, hi, pt or zh, as data/orders.toml has them."""
    marker: str
    forms: Mapping[str, str]
    """The word for each form; empty where the doctor writes none."""
    form_last: bool
    """"Dolo 650 Tab" in place of "Tab Dolo 650"."""
    case: str
    form_case: str
    space: str
    """What stands between a number and its unit."""
    capital_units: bool
    bare: float
    """How often a strength in mg goes without its unit."""
    scheduled: bool
    """"1-0-1" in place of "BD"."""
    hyphen: str
    zero: str
    half: str
    cross: str
    gap: str
    durations: Mapping[str, str]
    sequence: tuple[str, ...]
    below: float
    """How often directions stand on the line below the drug."""
    lead: str
    """What they begin with there."""
    devanagari_digits: bool


def order_style(random: np.random.Generator, language: str | None = None) -> OrderStyle:
    """The style of a doctor who writes in `language`, or in one as frequent as the table says."""
    styles = table("orders")["styles"]
    language = language or pick(styles["languages"], random)
    by_habit = language in ("en", "roman_hi", "hi")  # names of one's own language keep their case
    form_last = not by_habit and (language == "zh" or random.random() < 0.5)
    form_last = form_last or random.random() < 0.06
    return OrderStyle(
        language=language,
        marker=pick(styles["markers"], random),
        forms=_form_words(language, form_last, random),
        form_last=form_last,
        case=pick(styles["cases"], random) if by_habit else "written",
        form_case=pick(styles["form_cases"], random) if by_habit else "written",
        space=pick(styles["spaces"], random),
        capital_units=random.random() < 0.25,
        bare=0.0 if form_last and language != "zh" else float(random.random() * 0.9),
        scheduled=language in ("en", "roman_hi") and random.random() < 0.55,
        hyphen=pick(styles["hyphens"], random),
        zero=pick(styles["zeros"], random),
        half=pick(styles["halves"], random),
        cross=pick(styles["crosses"], random),
        gap=pick(styles["gaps"], random),
        durations={unit: pick(told[language], random) for unit, told in table("orders")["durations"].items()},
        sequence=tuple(pick(styles["sequences"], random).split()),
        below=1.0 if language == "zh" else pick(styles["below"], random),
        lead=pick(styles["leads"], random) if language == "en" else "",
        devanagari_digits=language == "hi" and random.random() < 0.25,
    )


def _form_words(language: str, last: bool, random: np.random.Generator) -> dict[str, str]:
    forms = {
        form.replace("_", " "): pick(words[language], random)
        for form, words in table("orders")["forms"].items()
    }
    if last and language != "zh":
        return {form: word if len(word) >= _SHORTEST_AFTER else "" for form, word in forms.items()}
    return forms
