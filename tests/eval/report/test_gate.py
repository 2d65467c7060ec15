"""Gates: verdicts worked out by hand, files that are refused, and what holds of all figures."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.records import Figure
from eval.report.gate import Gate, Threshold, check_gate, read_gate
from eval.results import Results

CASES = Path(__file__).parent / "cases"
NAN = float("nan")


def cases(name: str) -> list[Any]:
    lines = (CASES / name).read_text(encoding="utf-8").splitlines()
    return [pytest.param(case, id=case["reason"]) for case in map(json.loads, lines)]


def figure(metric: str, slice_: str, value: float, low: float, high: float) -> Figure:
    return Figure(metric=metric, slice=slice_, value=value, low=low, high=high, n=50, scored=50, failed=1)


RESULTS = Results(
    kind="summaries",
    provenance={},
    figures=(
        figure("rougeL", "target=en", 0.412, 0.38, 0.44),
        figure("rougeL", "target=zh", NAN, NAN, NAN),
        figure("failed", "all", 0.0500004, 0.02, 0.083),
    ),
)


@pytest.mark.parametrize("case", cases("gate.jsonl"))
def test_verdicts(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text(case["gate"], encoding="utf-8")
    verdicts = check_gate(read_gate(path), RESULTS)
    assert [verdict.held for verdict in verdicts] == case["held"]
    assert verdicts[0].message.endswith(case["message"])


@pytest.mark.parametrize("case", cases("gate_refused.jsonl"))
def test_a_file_that_is_no_gate_is_refused_by_name_and_entry(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    path.write_text(case["gate"], encoding="utf-8")
    with pytest.raises(ValueError, match=r"gate\.yaml") as refused:
        read_gate(path)
    assert case["says"] in str(refused.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "gate.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"gate\.yaml is no UTF-8 text"):
        read_gate(path)


def test_a_gate_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_gate(tmp_path / "none.yaml")


NUMBERS = st.floats(-1e6, 1e6)


@given(value=NUMBERS, limit=NUMBERS, bound=st.sampled_from(["at_least", "at_most"]))
def test_a_threshold_holds_as_its_words_say(value: float, limit: float, bound: str) -> None:
    results = Results(kind="ocr", provenance={}, figures=(figure("cer", "all", value, value, value),))
    threshold = Threshold(metric="cer", slice="all", bound=bound, limit=limit, of="value")
    (verdict,) = check_gate(Gate("gate.yaml", (threshold,)), results)
    assert verdict.held == (value >= limit if bound == "at_least" else value <= limit)
    assert verdict.message.endswith("held" if verdict.held else "broken")
