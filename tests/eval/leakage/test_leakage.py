"""Texts that leak: cases worked out by hand, the search against comparing every pair, and the command."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from growth import growth
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.leakage.search import count_leaks, find_leaks, normal_form

ROOT = Path(__file__).parents[3]
CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("cases").joinpath("leakage.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["reason"][:40])
def test_cases_worked_out_by_hand(case: dict[str, Any]) -> None:
    for test, train in ((case["test"], case["train"]), (case["train"], case["test"])):
        leaks = find_leaks({"a": test}, {"b": train})
        if case["leak"] is None:
            assert leaks == [], case["reason"]
        else:
            (leak,) = leaks
            assert (leak.test_id, leak.train_id) == ("a", "b")
            assert leak.exact == (case["leak"] == "exact"), case["reason"]
            assert leak.similarity == pytest.approx(case.get("similarity", 1)), case["reason"]


def shingles(text: str) -> set[str]:
    form = normal_form(text)
    return {form[start : start + 5] for start in range(max(1, len(form) - 4))}


def jaccard(one: str, other: str) -> float:
    ours, theirs = shingles(one), shingles(other)
    return len(ours & theirs) / len(ours | theirs)


def altered(text: str, chance: random.Random, alphabet: str) -> str:
    letters = list(text)
    for _ in range(chance.randint(0, 5)):
        place = chance.randrange(len(letters) + 1)
        letters[place : place + chance.randint(0, 1)] = chance.choice(alphabet)
    return "".join(letters)


@settings(deadline=None, max_examples=60)
@given(
    st.randoms(use_true_random=False),
    st.sampled_from([0.05, 0.3, 0.5, 0.8, 0.9, 1.0]),
    st.sampled_from(["ab ", "abcdefgh .", "头痛发烧咳嗽三天，", "कखगािी "]),
)
def test_the_search_finds_what_comparing_every_pair_finds(
    chance: random.Random, near: float, alphabet: str
) -> None:
    bases = ["".join(chance.choices(alphabet, k=chance.randint(1, 90))) for _ in range(6)]
    test, train = (
        {str(place): altered(chance.choice(bases), chance, alphabet) for place in range(25)} for _ in range(2)
    )
    leaks = {leak.test_id: leak for leak in find_leaks(test, train, near)}
    for test_id, text in test.items():
        others = [other for other in train.values() if normal_form(other)] if normal_form(text) else []
        same = any(normal_form(text) == normal_form(other) for other in others)
        assert (test_id in leaks) == (same or any(jaccard(text, other) >= near for other in others))
        if test_id in leaks:
            leak = leaks[test_id]
            assert leak.exact == same
            assert leak.similarity == pytest.approx(jaccard(text, train[leak.train_id]))


def test_what_leaks_does_not_depend_on_the_order_of_rows() -> None:
    test = {
        "a": "abcdefghijkl",
        "b": "nothing of the kind",
        "c": "a cough, at night",
        "d": "A COUGH AT NIGHT",
    }
    train = {"x": "abcdefghijklmn", "y": "a cough at night", "z": "abcdefghijklm", "w": "a cough at nights"}
    forth = find_leaks(test, train)
    assert [leak.test_id for leak in forth] == ["a", "c", "d"]
    assert count_leaks(forth) == {"exact": 2, "near": 1}
    back = find_leaks(dict(reversed(test.items())), dict(reversed(train.items())))
    assert {(leak.test_id, leak.exact) for leak in back} == {(leak.test_id, leak.exact) for leak in forth}


def test_what_is_exact_is_not_called_near_for_a_near_text_that_comes_first() -> None:
    (leak,) = find_leaks({"a": "abcdefghijkl"}, {"near": "abcdefghijklm", "same": "ABCDEFGHIJKL"})
    assert (leak.train_id, leak.exact) == ("same", True)


def test_a_file_has_leaked_into_itself_and_into_no_other() -> None:
    texts = {str(place): f"question {place**5} about {place**7} pains" for place in range(50)}
    assert count_leaks(find_leaks(texts, texts)) == {"exact": 50, "near": 0}
    assert find_leaks(texts, {}) == find_leaks({}, texts) == find_leaks({}, {}) == []


@pytest.mark.parametrize("near", [0.0, -1.0, 1.5, float("nan")])
def test_a_threshold_that_is_no_similarity_is_refused(near: float) -> None:
    with pytest.raises(ValueError, match="near is"):
        find_leaks({}, {}, near)


WORDS = [
    f"{first}{second}{third}" for first in "kbtmdsr" for second in "aeiou" for third in ("n", "ri", "st")
]


def test_time_grows_no_faster_than_pairs_even_if_all_share_most_of_their_words() -> None:
    """The worst for an index: forms filled in differently. Each test text is near some of them."""

    def find(quarter: int) -> None:
        chance = random.Random(4)
        form = " ".join(chance.choices(WORDS, k=60))
        filled = [f"{form} {' '.join(chance.choices(WORDS, k=3))}" for _ in range(4 * quarter)]
        others = [" ".join(chance.choices(WORDS, k=60)) for _ in range(2 * quarter)]
        test = {str(place): text for place, text in enumerate(filled[:quarter] + others[:quarter])}
        train = {str(place): text for place, text in enumerate(filled[quarter:] + others[quarter:])}
        assert {leak.test_id for leak in find_leaks(test, train)} == {str(place) for place in range(quarter)}

    assert growth(find, 50, 200) < 40  # sixteen times the pairs


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "eval.leakage", *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_prints_counts_and_ids_and_no_text(tmp_path: Path) -> None:
    test, train = tmp_path / "test.jsonl", tmp_path / "train.jsonl"
    test.write_text('{"id": "a", "query": "Can I take naproxen?"}\n{"id": "b", "query": "Is it safe?"}')
    train.write_text('{"id": "x", "query": "can i take NAPROXEN"}')
    told = run(str(test), str(train), "--list")
    assert told.stdout.splitlines() == [f"{train} exact: 1 near: 0 of 2", "exact\t1.000\ta\tx"]
    assert "naproxen" not in (told.stdout + told.stderr).lower()
    refused = run(str(test), str(tmp_path / "none.jsonl"))
    assert refused.returncode == 2
    assert "none.jsonl" in refused.stderr
