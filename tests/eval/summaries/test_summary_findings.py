"""What is seen on pictures, scored apart from the summaries; on messages of our own."""

import math
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from made_messages import row, values

from eval.records import SummaryItem, schema, to_row
from eval.rouge import rouge
from eval.summaries.baselines import baselines
from eval.summaries.findings import MEASURES, PREFIX, with_findings_bertscore
from eval.summaries.pairs import Pair, pair_up
from eval.summaries.references import Reference, load_references
from eval.summaries.scoring import score_pair

DATA = Path(os.environ.get("NUSKHA_DATA", Path(__file__).parents[4] / "shared" / "data"))
VALID = DATA / "queries" / "mmcqs_valid.jsonl"

SEEN = "Red spots on the left hand."
WANTED = [
    Reference("a", "Haath par kya hai?", "What is on the hand?", "hi-en", visual=SEEN, image_class="skin"),
    Reference("b", "Aankh laal hai.", "The eye is red.", "hi-en", visual="A red eye.", image_class="eye"),
    Reference("c", "Bukhar hai.", "The patient has a fever.", "hi-en"),
]


def items(*rows: dict[str, Any]) -> dict[str, SummaryItem]:
    return {pair.reference.query_id: score_pair(pair) for pair in pair_up(WANTED, rows)}


def findings(item: SummaryItem) -> dict[str, tuple[float, ...]]:
    return {name: counts for name, counts in item.counts.items() if name.startswith(PREFIX)}


def test_findings_are_scored_against_what_is_on_the_picture() -> None:
    said = "Red spots on a hand."
    scored = items(
        row("a", "What is on the hand?", image_findings=said), row("b", "The eye is red."), row("c", "Fever.")
    )
    expected = rouge(said, SEEN, "en")
    assert {name: scored["a"].counts[f"findings_{name}"] for name in expected} == {
        name: (score.f1, 1.0) for name, score in expected.items()
    }
    right, found, kept, there = scored["a"].counts["findings_facts"]
    assert (right, found) == (found, found) and 0 < kept < there  # the side is lost
    assert (scored["a"].findings, scored["a"].visual) == (said, SEEN)
    # Of the second picture nothing was told: it counts, as a failure; of the third there is nothing to tell.
    assert {name: counts[0] for name, counts in findings(scored["b"]).items()} == dict.fromkeys(
        findings(scored["a"]), 0.0
    )
    assert (scored["b"].findings, scored["c"].findings) == ("", None)
    assert findings(scored["c"]) == {}
    # The summaries' own scores are what they were.
    assert scored["a"].counts["rouge1"] == scored["b"].counts["rouge1"] == (1.0, 1.0)
    figure = values(list(scored.values()))["findings_rouge1"]
    assert (figure.value, figure.n) == (pytest.approx(expected["rouge1"].f1 / 2), 2)


def test_a_run_without_findings_has_none_of_the_measures() -> None:
    rows = [row(each.query_id, each.text) for each in WANTED]
    before = [score_pair(pair) for pair in pair_up(WANTED, rows)]
    assert before == [
        score_pair(pair) for pair in pair_up(WANTED, [r | {"image_findings": None} for r in rows])
    ]
    assert not any(findings(item) or item.findings or item.visual for item in before)
    assert not {figure for figure in values(before) if figure.startswith(PREFIX)}


def test_a_query_that_failed_or_has_no_row_was_not_looked_at() -> None:
    scored = items(
        row("a", None, status="error", error="out of memory"), row("c", "Fever.", image_findings="A bed.")
    )
    assert [scored[name].counts["findings_rouge1"] for name in ("a", "b")] == [(0.0, 1.0)] * 2
    assert scored["c"].findings is None


def test_the_reference_tells_what_is_on_the_picture_and_not_the_engine() -> None:
    summary = "What are the red spots on the left hand, and the fever?"
    seeing = items(row("a", summary, image_findings="A fever."))["a"]
    blind = items(row("a", summary))["a"]
    assert {"side: left", "symptom: fever"} < set(blind.invented)
    assert seeing.invented == ("symptom: fever",)  # which its own findings do not make true


def test_constants_say_something_of_pictures_and_the_lead_nothing() -> None:
    wanted = [
        Reference(str(place), "Kya hai?", "What is it?", "hi-en", visual=text, image_class=kind)
        for place, (text, kind) in enumerate(
            [("red spots", "s"), ("red spots here", "s"), ("a red eye", "e"), ("one red eye", "e")]
        )
    ]

    def pairs(said: str | None) -> list[Pair]:
        return [Pair(reference=each, target="en", summary="?", findings=said) for each in wanted]

    made = baselines(pairs(""))
    assert [pair.findings for pair in made["lead"]] == [None] * 4
    assert [pair.findings for pair in made["class template"]] == [
        "red spots here", "red spots", "one red eye", "a red eye",
    ]  # fmt: skip
    assert all(pair.findings and pair.findings != pair.reference.visual for pair in made["constant"])
    training = [Reference("x", "?", "What?", "hi-en", visual="a red patch", image_class="s")]
    learnt = baselines(pairs(""), training)
    assert [pair.findings for pair in learnt["constant"]] == ["a red patch"] * 4
    assert [pair.reference.query_id for pair in learnt["class template"]] == ["0", "1"]
    assert {pair.findings for each in baselines(pairs(None)).values() for pair in each} == {None}


def test_bertscore_is_of_those_that_are_scored() -> None:
    scored = list(items(row("a", "?", image_findings=SEEN), row("b", "?"), row("c", "?")).values())
    told = with_findings_bertscore(scored, [0.75, 0.0, math.nan])
    assert [item.counts.get("findings_bertscore_f1") for item in told] == [(0.75, 1.0), (0.0, 1.0), None]
    with pytest.raises(ValueError, match="shorter"):
        with_findings_bertscore(scored, [0.5])


def test_items_with_findings_fit_their_table() -> None:
    scored = list(items(row("a", "Fever?", image_findings=SEEN)).values())
    table = pa.Table.from_pylist([to_row(item) for item in scored], schema=schema("summaries"))
    table.validate(full=True)
    assert table["findings"].to_pylist() == [SEEN, "", None]
    assert set(findings(scored[0])) < {measure.counts for measure in MEASURES}


@pytest.mark.slow
@pytest.mark.skipif(not VALID.is_file(), reason=f"the real messages are not at {VALID}")
def test_on_real_pictures_stock_sentences_score_high() -> None:
    """A sentence for each class of pictures, looked up and not seen, is what an engine has to beat."""
    wanted = load_references(VALID, "core")
    made = baselines(
        [Pair(reference=reference, target="en", summary=None, findings="") for reference in wanted],
        load_references(VALID.with_name("mmcqs_train.jsonl"), "core"),
    )
    means = {
        name: sum(
            rouge(pair.findings or "", pair.reference.visual or "", "en")["rougeL"].f1 for pair in chosen
        )
        / len(wanted)
        for name, chosen in made.items()
    }
    assert means["lead"] == 0
    assert means["constant"] > 0.5
    assert means["class template"] > 0.7
