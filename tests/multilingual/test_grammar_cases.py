"""The grammar on lines of five languages and on misread ones: data, with a reason for each group."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from multilingual.clinical.grammar import Order, parse_line

CASES = sorted((Path(__file__).parent / "cases").glob("grammar_*.json"))
UNWRITTEN = {"other_names": [], "item": False, "once": False, "as_needed": False}
COMPARED = [
    field.name
    for field in fields(Order)
    if field.name not in ("text", "start", "drug_start", "drug_end", "annotations")
]


def load() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem.removeprefix('grammar_')}-{group_number}-{number}")
        for path in CASES
        for group_number, group in enumerate(json.loads(path.read_text("utf-8")))
        for number, case in enumerate(group["cases"])
    ]


@pytest.mark.parametrize("case", load())
def test_case(case: dict[str, Any]) -> None:
    orders = parse_line(case["text"])
    assert len(orders) == len(case["orders"])
    for order, expected in zip(orders, case["orders"], strict=True):
        for name in COMPARED:
            value, wanted = getattr(order, name), expected.get(name, UNWRITTEN.get(name))
            if isinstance(value, tuple):
                value = list(value)
            assert value == (pytest.approx(wanted) if isinstance(wanted, float | int) else wanted), name


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_language_has_its_cases(path: Path) -> None:
    groups = json.loads(path.read_text("utf-8"))
    assert all(group["reason"] for group in groups)
    assert sum(len(group["cases"]) for group in groups) >= 30
