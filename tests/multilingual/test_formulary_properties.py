"""Matching holds for any text and any name, and is faster and surer than a search through the list."""

import random
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from multilingual.clinical.formulary import Entry, Formulary, load_formulary
from multilingual.clinical.formulary_index import FormularyIndex
from multilingual.clinical.name_keys import name_key

NEAR = 2
"""Letters that are changed, lost or added from one name to another near it."""

FORMS, STRENGTHS = ("tablet", "syrup", "injection"), ("5 mg", "40 mg", "5 mg/5 ml", "1%")
ENTRIES = st.lists(
    st.builds(
        Entry,
        st.text("aeo", min_size=3, max_size=3).map(lambda vowels: "Bar{}l{}nt{}rin".format(*vowels)),
        st.just(()),
        st.lists(st.sampled_from(FORMS), max_size=2).map(tuple),
        st.lists(st.sampled_from(STRENGTHS), max_size=2).map(tuple),
    ),
    min_size=2,
    max_size=8,
    unique_by=lambda entry: name_key(entry.name),
)
"""Names that differ by their vowels alone, so that they are near one another."""


@pytest.fixture(scope="module")
def shipped() -> FormularyIndex:
    return FormularyIndex(load_formulary())


@given(st.text(max_size=60))
def test_any_text_is_matched_without_failing(shipped: FormularyIndex, text: str) -> None:
    candidates = shipped.match(text, form=text, strength=text)
    assert all(0 <= c.score <= 1 and 0 <= c.similarity <= 1 for c in candidates)
    assert [c.score for c in candidates] == sorted((c.score for c in candidates), reverse=True)


@given(st.data())
def test_every_name_is_found_however_it_is_cased_and_joined(
    shipped: FormularyIndex, data: st.DataObject
) -> None:
    entry = data.draw(st.sampled_from(shipped.formulary.entries))
    cased = data.draw(st.sampled_from([str.upper, str.lower, str.title, str]))(entry.name)
    read = data.draw(st.sampled_from([" ", "-", ""])).join(cased.split())
    assert shipped.match(read)[0].entry == entry


def test_a_shipped_name_is_itself_beside_whatever_a_near_one_comes_in(shipped: FormularyIndex) -> None:
    keys = [name_key(entry.name).lower() for entry in shipped.entries]
    apart = process.cdist(keys, keys, scorer=Levenshtein.distance, score_cutoff=NEAR, dtype=np.uint8)
    asked = sorted(
        {
            (place, form, strength)
            for place, near in np.argwhere((apart > 0) & (apart <= NEAR)).tolist()
            for form in ("", *shipped.entries[near].forms)
            for strength in ("", *shipped.entries[near].strengths)
        }
    )
    assert len(asked) > 10_000
    places, forms, strengths = zip(*asked, strict=True)
    found = shipped.match_many(
        [shipped.entries[place].name for place in places], forms=forms, strengths=strengths, limit=1
    )
    assert [
        (shipped.entries[place].name, form, strength, candidate.entry.name)
        for (place, form, strength), (candidate,) in zip(asked, found, strict=True)
        if candidate.entry != shipped.entries[place]
    ] == []


@given(ENTRIES, st.sampled_from([None, *FORMS]), st.sampled_from([None, *STRENGTHS]))
def test_a_name_of_any_formulary_is_itself_whatever_stands_beside_it(
    entries: list[Entry], form: str | None, strength: str | None
) -> None:
    index = FormularyIndex(Formulary("test", "", tuple(entries)))
    for entry in entries:
        found = index.match(entry.name, form=form, strength=strength, limit=len(entries))
        assert found[0].entry == entry
        scores = [candidate.score for candidate in found]
        assert scores == sorted(scores, reverse=True)


def test_matching_is_faster_and_surer_than_extract_one() -> None:
    dice = random.Random(3)
    names = sorted({_syllables(dice) for _ in range(52_000)})[:50_000]
    index = FormularyIndex(Formulary("test", "", tuple(Entry(name) for name in names)))
    truths = dice.sample(names, 100)
    reads = [_misread(name, dice) for name in truths]
    index.match_many(reads[:5])
    started = time.perf_counter()
    found = [candidates[0].entry.name for candidates in index.match_many(reads)]
    ours = (time.perf_counter() - started) / len(reads)
    started = time.perf_counter()
    theirs_found = [process.extractOne(read, names, scorer=fuzz.WRatio)[0] for read in reads[:25]]
    theirs = (time.perf_counter() - started) / 25
    assert theirs > 20 * ours
    right = sum(map(str.__eq__, found, truths)) / len(truths)
    assert right >= max(0.8, sum(map(str.__eq__, theirs_found, truths)) / 25)


def _syllables(dice: random.Random) -> str:
    consonants = "bcdfglmnprstvz"
    return "".join(
        dice.choice(consonants) + dice.choice("aeiou") + dice.choice(["", "", "n", "l", "r", "x"])
        for _ in range(dice.randint(3, 4))
    )


def _misread(name: str, dice: random.Random) -> str:
    """Two letters changed to some other letter of one shape, or lost."""
    for _ in range(2):
        at = dice.randrange(1, len(name))
        shapes = next(
            (group for group in ("aou", "nurv", "ec", "lit", "gy", "bh", "sz") if name[at] in group), ""
        )
        name = name[:at] + dice.choice([*shapes, ""]) + name[at + 1 :]
    return name
