"""The bars of the grammar on 47 typed lines of real Indian prescriptions, read by others."""

import csv
import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from rapidfuzz.distance import Levenshtein

from multilingual.clinical.grammar import Order, parse_line
from multilingual.clinical.strengths import strength_amounts

DATA = Path(os.environ.get("NUSKHA_DATA", Path(__file__).parents[3] / "shared" / "data"))
LINES = DATA / "prescriptions" / "lines_mirage100_dev.psv"

pytestmark = pytest.mark.skipif(not LINES.exists(), reason=f"the real lines are not at {LINES}")


@dataclass(frozen=True)
class Row:
    gold: dict[str, str]
    order: Order

    @property
    def slots(self) -> list[float]:
        return [float(self.gold[time] or 0) for time in ("morning", "afternoon", "night")]


def _similarity(one: str, other: str) -> float:
    keys = [re.sub(r"[^a-z0-9]+", "", name.lower()) for name in (one, other)]
    return Levenshtein.normalized_similarity(*keys)


@cache
def rows() -> tuple[Row, ...]:
    with LINES.open(encoding="utf-8") as lines:
        table = list(csv.DictReader(lines, delimiter="|"))
    return tuple(
        Row(gold, max(parse_line(gold["line"]), key=lambda order: _similarity(order.drug_text, gold["drug"])))
        for gold in table
    )


def share(right: list[bool]) -> float:
    assert right
    return sum(right) / len(right)


def test_drug() -> None:
    assert share([_similarity(row.order.drug_text, row.gold["drug"]) >= 0.8 for row in rows()]) >= 0.95


def test_times_a_day() -> None:
    right = []
    for row in rows():
        if row.gold["kind"] == "prn":
            right.append(row.order.as_needed and row.order.times_per_day is None)
        elif any(row.slots):
            times = sum(1 for amount in row.slots if amount) / float(row.gold["every_n_days"])
            right.append(row.order.times_per_day == pytest.approx(times))
    assert share(right) >= 0.90


def test_schedule_where_the_line_tells_the_times() -> None:
    right = []
    for row in rows():
        if row.order.schedule and any(row.slots):
            morning, noon, evening, night = (amount or 0 for amount in row.order.schedule)
            right.append([morning, noon, evening + night] == row.slots)
    assert len(right) >= 10
    assert share(right) >= 0.90


def test_duration() -> None:
    right = [
        row.order.duration_days == (float(days) if (days := row.gold["duration_days"]) else None)
        for row in rows()
    ]
    assert share(right) >= 0.95


def test_strength() -> None:
    right = []
    for row in rows():
        gold, read = (strength_amounts(text or "") for text in (row.gold["strength"], row.order.strength))
        both_have_units = all(unit for amounts in (gold, read) for _, unit in amounts)
        right.append(gold == read if both_have_units else _numbers(gold) == _numbers(read))
    assert share(right) >= 0.95


def _numbers(amounts: tuple[tuple[float, str], ...]) -> list[float]:
    return [amount for amount, _ in amounts]
