"""The calibration: how it is fitted, what ships, and what it says of a medication."""

from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_columns import fragment_of

from multilingual.clinical.formulary import load_formulary
from multilingual.clinical.formulary_index import FormularyIndex
from ocr.calibrate.figures import calibration_error, least_confidence
from ocr.calibrate.fit import NONE, Choice, fit
from ocr.calibrate.pages import Judged, without_some
from ocr.calibration import CALIBRATION, confidence_calibration, name_calibration
from ocr.confidence import CONFIDENCE, confidence_of
from ocr.ctc.names import FEATURES
from ocr.medications import read_line
from ocr.review import confidence_reasons


def judged(right: bool, *reasons: str) -> Judged:
    return Judged([], right, right, reasons)


def test_a_bias_alone_is_the_log_odds_of_the_share() -> None:
    """Three of four are chosen: log 3."""
    choices = [Choice(np.ones((1, 1)), chosen) for chosen in (0, 0, 0, NONE) * 500]
    assert fit(choices, ridge=0.0)[0] == pytest.approx(log(3), abs=1e-6)


def test_weights_of_a_known_model_are_found_again() -> None:
    random, true = np.random.default_rng(1), np.array([1.5, -0.7, 0.0])
    choices = []
    for _ in range(6000):
        features = random.normal(size=(int(random.integers(1, 5)), 3))
        odds = np.exp(np.append(0.0, features @ true))
        choices.append(Choice(features, int(random.choice(len(odds), p=odds / odds.sum())) - 1))
    assert fit(choices) == pytest.approx(true, abs=0.08)


def test_a_weight_counts_as_often_as_its_choices_were_seen() -> None:
    features = np.ones((1, 1))
    once = [Choice(features, 0, 3.0), Choice(features, NONE, 1.0)]
    again = [Choice(features, 0)] * 3 + [Choice(features, NONE)]
    assert fit(once) == pytest.approx(fit(again))


def test_what_tells_nothing_apart_has_no_weight() -> None:
    random = np.random.default_rng(2)
    choices = [
        Choice(np.column_stack([random.normal(size=3), np.zeros(3)]), int(random.integers(0, 3)))
        for _ in range(50)
    ]
    assert fit(choices)[1] == 0


def test_calibration_error_by_hand() -> None:
    """Bin 0.9 to 1: 0.95 and 0.95 stated, one right: gap 0.9; bin 0.2 to 0.3: 0.2 stated, wrong: 0.2."""
    assert calibration_error([0.95, 0.95, 0.2], [True, False, False]) == pytest.approx((0.9 + 0.2) / 3)


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_a_share_stated_everywhere_is_calibrated(right: list[bool]) -> None:
    assert calibration_error([sum(right) / len(right)] * len(right), right) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("found", "least"),
    [
        ([(0.9, judged(True)), (0.8, judged(True)), (0.7, judged(False))], 0.8),
        ([(0.9, judged(False)), (0.8, judged(True))], 1.0),
        ([(0.9, judged(True)), (0.8, judged(False, "no frequency read")), (0.7, judged(True))], 0.7),
        ([], 1.0),
    ],
    ids=["stops before the wrong one", "wrong from the start", "a doubtful one is looked at anyway", "none"],
)
def test_the_threshold_leaves_so_few_wrong(found: list[tuple[float, Judged]], least: float) -> None:
    assert least_confidence([sure for sure, _ in found], [each for _, each in found], 0.02) == least


def test_names_left_out_are_about_the_share_that_is_said() -> None:
    formulary = load_formulary()
    kept = without_some(formulary)
    assert 0.15 < 1 - len(kept.entries) / len(formulary.entries) < 0.25
    assert kept == without_some(formulary)


def test_what_ships_weighs_every_feature() -> None:
    names, confidence = name_calibration(), confidence_calibration()
    assert (len(names.weights), len(confidence.weights)) == (len(FEATURES), len(CONFIDENCE))
    told = dict(zip(FEATURES, names.weights, strict=True))
    assert told["columns"] > 0
    assert told["letters"] > 0
    assert told["strength agrees"] > told["strength contradicts"]
    assert 0 < names.accept < 1
    assert 0 < confidence.review_below <= 1
    assert '"recipe_sha256"' in CALIBRATION.read_text(encoding="utf-8")


def test_low_confidence_is_a_reason_in_plain_words() -> None:
    below = confidence_calibration().review_below - 0.01
    (reason,) = confidence_reasons(below)
    assert reason == f"drug or dose may be wrong: {below:.0%} sure"
    assert confidence_reasons(confidence_calibration().review_below) == ()
    assert confidence_reasons(None) == ()


def test_confidence_is_between_0_and_1_whatever_is_told() -> None:
    assert confidence_of([0.0] * 3, [1.0] * 3) == 0.5
    assert confidence_of([900.0], [-1.0]) == pytest.approx(0)


def test_a_clear_medicine_is_surer_than_a_doubtful_one(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("name,form,strength\nBarolix,tablet,10 mg\nBarolex,tablet,20 mg\n", encoding="utf-8")
    index = FormularyIndex(load_formulary(str(path)))
    (clear,) = read_line(fragment_of("Tab Barolix 10 mg OD"), index).medications
    (doubtful,) = read_line(fragment_of("Tab Barolix 40 mg OD", {9: {"e": 0.45}}), index).medications
    assert clear.confidence is not None
    assert doubtful.confidence is not None
    assert clear.confidence > doubtful.confidence
