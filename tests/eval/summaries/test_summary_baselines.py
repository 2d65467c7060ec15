"""The trivial baselines: what they say, worked out by hand on references of our own."""

import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.rouge import rouge
from eval.summaries.baselines import baselines
from eval.summaries.pairs import Pair
from eval.summaries.references import Reference, load_references
from eval.summaries.scoring import score_pair

DATA = Path(os.environ.get("NUSKHA_DATA", Path(__file__).parents[4] / "shared" / "data"))
VALID = DATA / "queries" / "mmcqs_valid.jsonl"

TEXTS = ["fever since monday", "fever since sunday", "fever since may", "cough"]


def pairs(texts: list[str | None], classes: list[str | None] | None = None) -> list[Pair]:
    return [
        Pair(
            reference=Reference(str(index), "Mujhe bukhar hai. Kya karun?", text, "hi-en", image_class=kind),
            target="en",
            summary=None,
            failure="none",
            slices={"target": "en"},
        )
        for index, (text, kind) in enumerate(zip(texts, classes or [None] * len(texts), strict=True))
    ]


def said(made: list[Pair]) -> dict[str, str | None]:
    return {pair.reference.query_id: pair.summary for pair in made}


def test_the_lead_is_that_of_the_lead_engine() -> None:
    long = " ".join(f"word{index}" for index in range(40)) + ". Second sentence."
    made = baselines(
        [
            Pair(reference=Reference(str(index), query, "x"), target="en", summary=None)
            for index, query in enumerate(["Mujhe bukhar hai. Kya karun?", long, "..."])
        ]
    )["lead"]
    assert said(made) == {
        "0": "Mujhe bukhar hai. Kya karun?",
        "1": " ".join(f"word{index}" for index in range(30)),
        "2": None,  # a message without a word has no lead: it fails
    }
    assert [score_pair(pair).failed for pair in made] == [False, False, True]


def test_the_constant_is_the_medoid_of_the_other_references() -> None:
    """Of the first three each shares 2 of 3 words with either; of those alike, the first in the alphabet."""
    assert said(baselines(pairs(list(TEXTS)))["constant"]) == {
        "0": "fever since may",
        "1": "fever since may",
        "2": "fever since monday",  # not its own
        "3": "fever since may",
    }


def test_of_a_text_that_occurs_again_only_the_own_one_is_left_out() -> None:
    stock = baselines(pairs(["rash", "rash", "rash", "cough"]))["constant"]
    assert set(said(stock).values()) == {"rash"}
    assert said(baselines(pairs(["rash", "cough"]))["constant"]) == {"0": "cough", "1": "rash"}


def test_a_template_a_class() -> None:
    made = baselines(
        pairs(["a rash", "the rash", "a cough", "the cough", "fever", None], ["s", "s", "t", "t", "u", "s"])
    )["class template"]
    assert said(made) == {"0": "the rash", "1": "a rash", "2": "the cough", "3": "a cough", "5": "a rash"}


def test_training_alone_chooses_where_there_is_some() -> None:
    training = [
        Reference("x", "?", "fever again", "hi-en", image_class="s"),
        Reference("y", "?", "fever", "hi-en", image_class="s"),
        Reference("z", "?", "fever now", "hi-en", image_class="t"),
        Reference("w", "?", "发烧", "zh", image_class="s"),
    ]
    made = baselines(pairs(["cough", "cough"], ["s", "t"]), training)
    assert said(made["constant"]) == {"0": "fever", "1": "fever"}
    assert said(made["class template"]) == {"0": "fever", "1": "fever now"}


def test_target_languages_share_no_constant() -> None:
    english = pairs(["fever", "fever"])
    chinese = [
        Pair(reference=Reference(name, "发烧", text, "zh"), target="zh", summary=None)
        for name, text in (("c", "发烧"), ("d", "发烧"))
    ]
    assert said(baselines([*english, *chinese])["constant"]) == {
        "0": "fever",
        "1": "fever",
        "c": "发烧",
        "d": "发烧",
    }


def test_without_references_there_is_the_lead_alone() -> None:
    assert list(baselines(pairs([None, None]))) == ["lead"]
    assert list(baselines(pairs(["fever"]))) == ["lead"]


def test_baselines_are_scored_as_a_system_is() -> None:
    made = baselines(pairs(["fever since monday", "fever since sunday"]))
    items = {name: list(map(score_pair, chosen)) for name, chosen in made.items()}
    assert list(items) == ["lead", "constant"]
    assert [item.counts["rouge1"][0] for item in items["constant"]] == pytest.approx([2 / 3, 2 / 3])
    assert [item.counts["rouge1"][0] for item in items["lead"]] == [0, 0]
    assert not any(item.failed for scored in items.values() for item in scored)
    assert all(item.counts["in_target"] == (0.0, 1.0) for item in items["lead"])


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=9), st.randoms(use_true_random=False))
def test_the_order_of_the_references_changes_nothing(texts: list[str], chance: random.Random) -> None:
    before = pairs(list(texts), [text[:5] for text in texts])
    after = before.copy()
    chance.shuffle(after)
    first, second = baselines(before), baselines(after)
    assert {name: said(made) for name, made in first.items()} == {
        name: said(made) for name, made in second.items()
    }


@pytest.mark.slow
@pytest.mark.skipif(not VALID.is_file(), reason=f"the real messages are not at {VALID}")
def test_on_real_summaries_with_stock_sentences_constants_score_high() -> None:
    """Half of each MMCQS summary is one of some hundred sentences about the image."""
    wanted = load_references(VALID, "summary")
    made = baselines(
        [Pair(reference=reference, target="en", summary=None) for reference in wanted],
        load_references(VALID.with_name("mmcqs_train.jsonl"), "summary"),
    )
    means = {
        name: sum(rouge(pair.summary or "", pair.reference.text or "", "en")["rouge1"].f1 for pair in chosen)
        / len(wanted)
        for name, chosen in made.items()
    }
    assert means["lead"] < 0.15
    assert means["constant"] > 0.41
    assert means["class template"] > 0.52
