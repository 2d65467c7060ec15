"""Names survive the grammar: every shipped one comes back whole, and a suffix is no direction."""

import csv
from importlib.resources import files

import pytest

from multilingual.clinical.grammar import parse_line
from multilingual.clinical.name_keys import name_key

NAMES = [
    row["name"]
    for row in csv.DictReader(
        files("multilingual.clinical").joinpath("data", "formulary.csv").read_text("utf-8").splitlines()
    )
]
ALSO_FREQUENCIES = {"Ciplox-OD", "Deriphyllin-OD"}
"""Names whose last word is a frequency, and is read as one on a line that has no other."""
LINES = (
    "Tab {} 1-0-1 x 5 days",
    "Inj {} 500 mg BD x 5 days",
    "Syp {} 5 ml TDS after food",
    "2) {} 1 HS",
    "{}",
)


@pytest.mark.parametrize("line", LINES)
def test_a_shipped_name_comes_back_whole(line: str) -> None:
    names = [name for name in NAMES if line != "{}" or name not in ALSO_FREQUENCIES]
    read = {name: [name_key(order.drug_text) for order in parse_line(line.format(name))] for name in names}
    assert {name: keys for name, keys in read.items() if keys != [name_key(name)]} == {}


@pytest.mark.parametrize(
    ("text", "drug", "frequency", "route", "times"),
    [
        ("Tab Ciprokast-OD 1-0-0", "Ciprokast-OD", "1-0-0", None, 1),
        ("Tab Ciprokast-OD x 3 days", "Ciprokast", "OD", None, 1),
        ("Tab Ciprokast BD 1-0-1", "Ciprokast", "BD 1-0-1", None, 2),
        ("Cap Doxyfoo-SL BD", "Doxyfoo-SL", "BD", None, 2),
        ("Tab Nitrofoo SL SOS", "Nitrofoo", "SOS", "sublingual", None),
        ("Tab Pantofoo AC OD", "Pantofoo", "OD", None, 1),
        ("Tab Sinofoo Cold TDS", "Sinofoo Cold", "TDS", None, 3),
        ("tab sinofoo cold tds", "sinofoo cold", "tds", None, 3),
        ("Syp Sinofoo cold water TDS", "Sinofoo", "TDS", None, 3),
        ("Tab Sinofoo TDS for cold", "Sinofoo", "TDS", None, 3),
        ("Inj Solu-Medrol 500 mg IV OD", "Solu-Medrol", "OD", "intravenous", 1),
        ("Betadine solu LA BD", "Betadine", "BD", "topical", 2),
        ("ClopidogrelPO daily", "Clopidogrel", "daily", "oral", 1),
        ("Tab AzeeOD x 3 days", "Azee", "OD", None, 1),
        ("Tab NexfooRD OD", "NexfooRD", "OD", None, 1),
    ],
)
def test_suffixes_and_directions_are_told_apart(
    text: str, drug: str, frequency: str, route: str | None, times: float | None
) -> None:
    (order,) = parse_line(text)
    assert (order.drug_text, order.frequency, order.route, order.times_per_day) == (
        drug,
        frequency,
        route,
        times,
    )


@pytest.mark.parametrize("text", ["Foo gel 1.16%w/w BD", "Foo gel 1.16% w/w BD", "Foo gel 1.16 %w/w BD"])
def test_percent_by_weight_is_a_strength(text: str) -> None:
    (order,) = parse_line(text)
    assert (order.drug_text, order.strength, order.instructions) == ("Foo", "1.16%", None)
