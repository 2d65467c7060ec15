"""Matching one to one: cases decided by hand, and the best of all matchings by trying them all."""

import random
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_medicines import cases, gold_medicine

from eval.prescriptions.drug_names import similarity
from eval.prescriptions.matching import Outcome, Reading, assign, line_similarity, match_medicines

Matrix = list[list[tuple[float, ...] | None]]
NAMES = st.sampled_from(
    ("Dolo", "Dolox", "Telma", "Telma H", "Talmovarin", "Talmovarel", "Pan", "Pan D", "?")
)
LINES = st.sampled_from(("Tab 650 SOS", "Tab 40 OD x 30 days", "Cap BD before food", ""))


@pytest.mark.parametrize("case", cases("matching"), ids=lambda case: case["reason"][:40])
def test_cases_decided_by_hand(case: dict[str, Any]) -> None:
    gold = [gold_medicine(medicine) for medicine in case["gold"]]
    matches = match_medicines(gold, [Reading(*reading) for reading in case["read"]])
    assert [[match.outcome, match.gold, match.read] for match in matches] == case["matches"], case["reason"]


def test_fields_tell_two_rows_of_one_name_apart_before_their_lines_do() -> None:
    gold = [gold_medicine({"drug": "Dolo", "line": line}) for line in ("a b c", "d e f")]
    read = [Reading("Dolo", "a b c"), Reading("Dolo", "d e f")]
    matches = match_medicines(gold, read, lambda g, r: 3 * (g != r))
    assert [match.read for match in matches] == [1, 0]


def matrices(draw: st.DrawFn) -> Matrix:
    rows, columns = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    pair = st.none() | st.tuples(st.sampled_from((0.0, 1.0)), st.floats(0.001, 9))
    return [[draw(pair) for _ in range(columns)] for _ in range(rows)]


def best_by_trying(criteria: Matrix) -> tuple[float, ...]:
    """The largest sums of the criteria over all matchings."""
    columns = max(map(len, criteria), default=0)
    places = [*range(columns), *[None] * len(criteria)]
    found = []
    for chosen in permutations(places, len(criteria)):
        pairs = [(row, column) for row, column in enumerate(chosen) if column is not None]
        picked = [criteria[row][column] for row, column in pairs]
        found.append(sums([pair for pair in picked if pair is not None]))
    return max(found)


def sums(pairs: list[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(sum(round(pair[place] * 10**6) for pair in pairs) for place in (0, 1))


@settings(deadline=None, max_examples=200)
@given(st.composite(matrices)())
def test_no_matching_is_better(criteria: Matrix) -> None:
    matched = assign(criteria)
    assert len(set(matched.values())) == len(matched)
    picked = [criteria[row][column] for row, column in matched.items()]
    pairs = [pair for pair in picked if pair is not None]
    assert len(pairs) == len(picked)
    assert sums(pairs) == best_by_trying(criteria)


@settings(deadline=None)
@given(
    st.lists(st.tuples(NAMES, LINES, st.booleans()), max_size=5),
    st.lists(st.tuples(NAMES, LINES), max_size=5),
)
def test_everything_is_matched_once_and_the_order_of_rows_does_not_matter(
    written: list[tuple[str, str, bool]], read: list[tuple[str, str]]
) -> None:
    gold = [gold_medicine({"drug": name, "line": line, "confident": sure}) for name, line, sure in written]
    readings = [Reading(name, line) for name, line in read]
    matches = match_medicines(gold, readings)
    assert sorted(m.gold for m in matches if m.gold is not None) == list(range(len(gold)))
    assert len({m.read for m in matches if m.read is not None}) == len(readings)
    shuffled_gold, shuffled = (
        random.Random(1).sample(gold, len(gold)),
        random.Random(2).sample(readings, len(read)),
    )
    again = match_medicines(shuffled_gold, shuffled)
    assert sorted(m.outcome for m in again) == sorted(m.outcome for m in matches)


@settings(deadline=None)
@given(st.lists(st.tuples(NAMES, LINES), max_size=5), st.lists(st.tuples(NAMES, LINES), max_size=5))
def test_what_is_found_is_found_the_other_way_round(
    one: list[tuple[str, str]], other: list[tuple[str, str]]
) -> None:
    def found(gold: list[tuple[str, str]], read: list[tuple[str, str]]) -> int:
        medicines = [gold_medicine({"drug": name, "line": line}) for name, line in gold]
        matches = match_medicines(medicines, [Reading(*reading) for reading in read])
        return sum(match.outcome is Outcome.FOUND for match in matches)

    assert found(one, other) == found(other, one)


@pytest.mark.parametrize(
    ("predicted", "names", "expected"),
    [
        ("Taxim-O", ["TAXIM O"], 1.0),
        ("Dipiróna", ["Dipirona"], 1.0),
        ("Lanol ER", ["Lanol"], 5 / 7),
        ("Lanol ER", ["Lanol", "Lanol-ER"], 1.0),
        ("", ["Lanol"], 0.0),
        ("", [""], 0.0),
        ("Lanol", [], 0.0),
        ("阿莫西林", ["阿莫西林"], 1.0),
        ("डोलो", ["डालो"], 3 / 4),
    ],
)
def test_similarity_of_names(predicted: str, names: list[str], expected: float) -> None:
    assert similarity(predicted, names) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Tab Dolo 650 SOS", "TAB. DOLO-650 sos", 1.0),
        ("Tab Dolo 650 SOS for fever", "Tab Dolo 650", 1.0),  # read in part
        ("Tab Dolo", "Tab Dimo 650 SOS", 5 / 7),  # in part, and two letters wrong
        ("xabcdef", "abcdefz", 5 / 7),  # of one length: compared whole
        ("Tab X", "Tab Dolo 650 SOS", 3 / 13),  # too short to be a part of anything: compared whole
        ("", "Tab", 0.0),
        ("-", "-", 0.0),
    ],
)
def test_similarity_of_lines(one: str, other: str, expected: float) -> None:
    assert line_similarity(one, other) == pytest.approx(expected)
    assert line_similarity(other, one) == pytest.approx(expected)


@settings(deadline=None)
@given(st.text(st.sampled_from("abcd1 "), max_size=12), st.text(st.sampled_from("abcd1 "), max_size=12))
def test_similarities_are_the_same_both_ways(one: str, other: str) -> None:
    assert similarity(one, [other]) == pytest.approx(similarity(other, [one]))
    assert line_similarity(one, other) == pytest.approx(line_similarity(other, one))
    assert 0 <= line_similarity(one, other) <= 1
