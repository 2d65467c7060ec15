"""Simulated orders mean what their fields say: the grammar of prescriptions reads the same."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from multilingual.clinical.forms import canonical_form
from multilingual.clinical.formulary import Entry, load_formulary
from multilingual.clinical.grammar import parse_line
from multilingual.clinical.orders import Order
from multilingual.clinical.strengths import strength_amounts
from ocr.simulate.lexicon import is_han
from ocr.simulate.orders import (
    WrittenOrder,
    local_entries,
    order_style,
    orderable,
    write_order,
)
from ocr.simulate.words import alphabet, table

LANGUAGES = ("en", "roman_hi", "hi", "pt", "zh")
TOLD = table("orders")
DOLO = Entry("Dolo", ("paracetamol",), ("tablet",), ("650 mg",))
AUGMENTIN = Entry("Augmentin", (), ("tablet", "suspension"), ("500 mg+125 mg", "228.5 mg/5 ml"))
UNITS = {"days": 1, "weeks": 7, "months": 30}


def orders(seeds: range, language: str | None = None) -> Iterator[WrittenOrder]:
    """Three orders of one doctor a seed, over the formulary that ships."""
    shipped = orderable(load_formulary().entries)
    for seed in seeds:
        random = np.random.default_rng(seed)
        style = order_style(random, language)
        entries = local_entries(style.language) or shipped
        for number in (1, 2, 3):
            yield write_order(entries[int(random.integers(len(entries)))], style, number, random)


def said(order: WrittenOrder) -> Order | None:
    """The one order that the grammar finds in the lines."""
    found = parse_line(" ".join(order.lines))
    return found[0] if len(found) == 1 else None


def plain(text: str | None) -> str:
    return "".join((text or "").casefold().split())


def test_the_grammar_reads_what_was_written() -> None:
    agree: Counter[str] = Counter()
    total = 0
    for order in orders(range(400)):
        total += 1
        read, meant = said(order), order.medicine
        if read is None:
            continue
        agree["drug"] += plain(read.drug_text) == plain(meant.drug)
        agree["strength"] += plain(read.strength) == plain(meant.strength)
        agree["frequency"] += plain(read.frequency) == plain(meant.frequency)
        agree["form"] += read.form == meant.form
        agree["dose"] += meant.dose is None or plain(read.dose) == plain(meant.dose)
        agree["duration"] += meant.duration is None or read.duration_days is not None
    # What is missing is what the grammar doubts: "Pan 40 - 1 tab" (40 to 1?), "IV 5/7", "q6h s/c".
    shares = {field: count / total for field, count in agree.items()}
    assert all(share >= 0.985 for share in shares.values()), shares


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TOLD["frequencies"])
def test_every_frequency_means_its_times(name: str, language: str) -> None:
    frequency = TOLD["frequencies"][name]
    for words in frequency[language]:
        (order,) = parse_line(f"Tab Dolo 650 mg {words}")
        assert plain(order.frequency) == plain(words), words
        if frequency["times"]:
            assert order.times_per_day == pytest.approx(frequency["times"]), words
        elif name == "needed":
            assert order.as_needed, words
        elif name == "stat":
            assert order.once, words
        else:
            assert order.times_per_day, words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("unit", UNITS)
def test_every_duration_means_its_days(unit: str, language: str) -> None:
    for template in TOLD["durations"][unit][language]:
        written = template.format(n=2, x="x")
        (order,) = parse_line(f"Tab Dolo 650 mg {TOLD['frequencies']['twice'][language][0]} {written}")
        assert order.duration_days == 2 * UNITS[unit], written


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", TOLD["forms"])
def test_every_form_word_means_its_form(form: str, language: str) -> None:
    for word in TOLD["forms"][form][language]:
        assert not word or canonical_form(word) == form.replace("_", " "), word


def test_every_form_of_a_regimen_has_words() -> None:
    forms = [form for regimen in TOLD["regimens"].values() for form in regimen["forms"]]
    assert len(forms) == len(set(forms))
    assert {form.replace("_", " ") for form in TOLD["forms"]} == set(forms) - {"infusion"}


@pytest.mark.parametrize("section", ["food", "reasons", "open"])
def test_other_directions_are_no_part_of_a_name(section: str) -> None:
    for language in LANGUAGES:
        for words in TOLD[section][language]:
            (order,) = parse_line(f"Tab Dolo 650 mg BD {words}")
            assert order.drug_text == "Dolo", words


def test_strengths_are_those_that_the_medicine_comes_in() -> None:
    random = np.random.default_rng(4)
    listed = {strength_amounts(strength) for strength in AUGMENTIN.strengths}
    bare = {tuple(number for number, _ in amounts) for amounts in listed}
    seen = set()
    for _ in range(400):
        medicine = write_order(AUGMENTIN, order_style(random, "en"), 1, random).medicine
        if medicine.strength:
            amounts = strength_amounts(medicine.strength)
            assert amounts in listed or tuple(number for number, _ in amounts) in bare
            assert ("ml" in medicine.strength) == (medicine.form == "suspension")
            seen.add(medicine.strength)
    assert len(seen) > 2


def test_the_lines_hold_the_fields() -> None:
    for order in orders(range(150)):
        medicine, text = order.medicine, " ".join(order.lines)
        assert medicine.line == "\n".join(order.lines)
        told = (medicine.drug, medicine.frequency, medicine.route, medicine.instructions)
        assert all(field in text for field in told if field)


def test_a_doctor_keeps_to_one_style() -> None:
    random = np.random.default_rng(8)
    style = order_style(random, "en")
    written = [write_order(DOLO, style, number, random) for number in range(1, 13)]
    words = {each.medicine.form and style.forms["tablet"] for each in written}
    assert len({each.medicine.drug for each in written}) == len(words) == 1


def test_the_same_seed_writes_the_same() -> None:
    assert list(orders(range(20))) == list(orders(range(20)))
    assert list(orders(range(20))) != list(orders(range(20, 40)))


def test_what_is_written_has_letters_of_the_alphabet() -> None:
    letters = frozenset(alphabet())
    for language in LANGUAGES:
        for order in orders(range(60), language):
            others = set("".join(order.lines)) - letters
            assert all(map(is_han, others)), order.lines
            assert language == "zh" or not others


def test_what_is_no_medicine_is_not_ordered() -> None:
    others: list[dict[str, Any]] = [
        {"name": "Stent Example 3.0x24mm"},
        {"name": "A name that is much too long for any doctor", "forms": ("tablet",)},
        {"name": "示例片", "forms": ("tablet",)},
    ]
    assert orderable([DOLO, *(Entry(**other) for other in others)]) == (DOLO,)
