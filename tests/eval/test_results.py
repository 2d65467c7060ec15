"""An evaluation folder: what is written is read again, and what is damaged is told by its name."""

import json
import math
from collections import Counter
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_items import ITEMS, MEASURES, PROVENANCE, results_of

from eval.records import KINDS, Figure, ScoredMedicine, schema
from eval.results import Curve, Results, read_items, read_results, write_results
from multilingual.columns import column_table

DOCUMENT = Path(__file__).parents[2] / "docs" / "evaluation.md"
NAN = float("nan")


def comparable(results: Results) -> Any:
    """The results with what is not a number as something that equals itself."""
    return json.loads(json.dumps(asdict(results)), parse_constant=str)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_read_again(kind: str, tmp_path: Path) -> None:
    results = results_of(kind, ITEMS[kind])
    write_results(tmp_path / "new" / "folder", results, ITEMS[kind])
    assert comparable(read_results(tmp_path / "new" / "folder")) == comparable(results)
    assert read_items(tmp_path / "new" / "folder") == ITEMS[kind]
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == [
        "items.parquet",
        "results.json",
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_no_items_are_a_table_of_no_rows(kind: str, tmp_path: Path) -> None:
    write_results(tmp_path, results_of(kind, []), [])
    assert read_items(tmp_path) == []
    assert pq.read_schema(tmp_path / "items.parquet").equals(schema(kind))


def test_more_items_than_are_written_at_once(tmp_path: Path) -> None:
    items = [replace(ITEMS["entities"][0], item_id=str(number)) for number in range(2500)]
    write_results(tmp_path, results_of("entities", items[:3]), items)
    assert [item.item_id for item in read_items(tmp_path)] == [str(number) for number in range(2500)]


def test_a_folder_named_like_a_column_adds_none(tmp_path: Path) -> None:
    folder = tmp_path / "target=en"
    write_results(folder, results_of("entities", ITEMS["entities"]), ITEMS["entities"])
    assert read_items(folder) == ITEMS["entities"]


def test_results_json_is_what_the_document_says(tmp_path: Path) -> None:
    figure = Figure(metric="cer", slice="all", value=NAN, low=NAN, high=NAN, n=0, scored=3, failed=1)
    results = Results(
        kind="ocr",
        provenance=PROVENANCE,
        figures=(figure,),
        baselines={"lead": (figure,)},
        failures=Counter({"cut short": 2}),
        curves={"risk_coverage": Curve(points=((0.5, NAN, 0.9), (1.0, 0.25, 0.1)))},
        leakage={"train.jsonl": {"exact": 1, "near": 2}},
        notes=("a note",),
    )
    write_results(tmp_path, results, [])
    told = json.loads((tmp_path / "results.json").read_text("utf-8"), parse_constant=pytest.fail)
    row = {"metric": "cer", "slice": "all", "value": None, "low": None, "high": None}
    row |= {"n": 0, "scored": 3, "failed": 1}
    assert told == {
        "kind": "ocr",
        "provenance": PROVENANCE,
        "figures": [row],
        "baselines": {"lead": [row]},
        "failures": {"cut short": 2},
        "curves": {"risk_coverage": {"points": [[0.5, None, 0.9], [1.0, 0.25, 0.1]], "operating": None}},
        "leakage": {"train.jsonl": {"exact": 1, "near": 2}},
        "notes": ["a note"],
    }
    again = read_results(tmp_path)
    assert math.isnan(again.figures[0].value)
    assert math.isnan(again.curves["risk_coverage"].points[0][1])


FIGURES = st.builds(
    Figure,
    metric=st.text(),
    slice=st.text(),
    value=st.floats(allow_infinity=False),
    low=st.floats(allow_infinity=False),
    high=st.floats(allow_infinity=False),
    n=st.integers(0, 10**9),
    scored=st.integers(0, 10**9),
    failed=st.integers(0, 10**9),
)
# A lone surrogate is no text that UTF-8 can write, and none that comes out of it.
NAMES = st.text(st.characters(exclude_categories=["Cs"]))


@given(figures=st.lists(FIGURES, max_size=4), name=NAMES, notes=st.lists(NAMES, max_size=3))
def test_any_figures_are_read_as_written(
    figures: list[Figure], name: str, notes: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("folder")
    results = Results(
        kind="entities",
        provenance={name: notes},
        figures=tuple(figures),
        baselines={name: tuple(figures[:1])},
        failures={name: 3},
        notes=tuple(notes),
    )
    write_results(folder, results, [])
    assert comparable(read_results(folder)) == comparable(results)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"kind": "ocr"}',
        '{"kind": "poems", "provenance": {}, "figures": []}',
        '{"kind": "ocr", "provenance": {}, "figures": [{"metric": "cer"}]}',
        '{"kind": "ocr", "provenance": {}, "figures": [], "curves": {"a": {"points": [[1, 2]]}}}',
        '{"kind": "ocr", "provenance": {}, "figures": [], "failures": 3}',
    ],
)
def test_damaged_results_are_told_by_the_file(text: str, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"results\.json is damaged"):
        read_results(tmp_path)


def test_damaged_items_are_told_by_the_file(tmp_path: Path) -> None:
    write_results(tmp_path, results_of("entities", []), [])
    (tmp_path / "items.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(ValueError, match=r"items\.parquet is damaged"):
        read_items(tmp_path)
    pq.write_table(pa.table({"item_id": ["a"]}), tmp_path / "items.parquet")
    with pytest.raises(ValueError, match=r"items\.parquet has other columns than items of entities"):
        read_items(tmp_path)


def test_a_folder_without_results_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_results(tmp_path)


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    before = results_of("entities", ITEMS["entities"])
    write_results(tmp_path, before, ITEMS["entities"])
    broken = replace(ITEMS["entities"][0], item_id=3)  # no text, which the column wants
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError)):
        write_results(tmp_path, before, [*ITEMS["entities"], broken])
    with pytest.raises(ValueError, match="JSON"):
        write_results(tmp_path, replace(before, provenance={"seed": math.inf}), ITEMS["entities"])
    assert read_items(tmp_path) == ITEMS["entities"]
    assert comparable(read_results(tmp_path)) == comparable(before)
    assert len(list(tmp_path.iterdir())) == 2


def test_figures_of_items_read_again_are_the_same(tmp_path: Path) -> None:
    """What compares two folders has nothing but their item tables."""
    items = ITEMS["summaries"]
    write_results(tmp_path, results_of("summaries", items), items)
    assert {measure.counts for measure in MEASURES["summaries"]} <= read_items(tmp_path)[0].counts.keys()
    assert comparable(results_of("summaries", read_items(tmp_path))) == comparable(
        results_of("summaries", items)
    )


@pytest.mark.parametrize("record", [*KINDS.values(), ScoredMedicine])
def test_the_document_holds_the_declared_columns(record: type) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert column_table(record) in text, "write it anew: .venv/bin/python -m tests.eval.write_document"


def test_the_document_tells_every_key_of_results_json() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    names = [*(each.name for record in (Results, Figure, Curve) for each in fields(record)), *PROVENANCE]
    assert [name for name in names if f"`{name}`" not in text] == []
