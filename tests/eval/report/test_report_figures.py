"""Tables and drawings of figures: every one is there, unscored items are counted, baselines stand beside."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_items import ITEMS, MEASURES, results_of
from shown import NAN, Page, cases, figure, html_of, results

from eval.measures import Better, mean
from eval.records import KINDS
from eval.report import render_html, render_markdown
from eval.report.charts import axis_of, curve_chart
from eval.report.tables import Tables
from eval.results import Curve


@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_stands_on_the_page(kind: str) -> None:
    told = results_of(kind, ITEMS[kind])
    text = Page(html_of(kind)).text
    known = [each for each in told.figures if each.value == each.value]
    assert known
    for each in known:
        assert f"{each.value:.3f}{each.low:.3f} to {each.high:.3f}" in text


def test_a_drawing_tells_its_figure_and_its_baselines() -> None:
    told = results_of("ocr", ITEMS["ocr"])
    ours, lead, constant = (
        next(each for each in rows if (each.metric, each.slice) == ("cer", "all"))
        for rows in (told.figures, told.baselines["lead"], told.baselines["constant"])
    )
    drawings = [each.get("aria-label") for each in Page(html_of("ocr")).all("svg")]
    assert (
        f"{ours.value:.3f}, 95% interval {ours.low:.3f} to {ours.high:.3f}; baseline lead {lead.value:.3f}; "
        f"baseline constant {constant.value:.3f}; on a scale from 0.0 to 0.6"
    ) in drawings


def test_what_is_unscored_is_counted() -> None:
    rows = results(figure("failed", 0.05), figure("cer", 0.25, 33), figure("strength", NAN, 12))
    (whole, partly, unscored) = Tables(rows, ()).of_slice("all")
    assert (whole.value, whole.interval, whole.unscored) == ("0.050", "0.050 to 0.050", "")
    assert (partly.value, partly.unscored) == ("0.250", "unscored (7 of 40)")
    assert (unscored.value, unscored.interval, unscored.unscored) == ("unscored (40 of 40)", "", "")
    for told in (Page(render_html(rows, [], ())).text, render_markdown(rows, ())):
        assert "unscored (7 of 40)" in told
        assert "unscored (40 of 40)" in told
        assert "nan" not in told.lower().replace("provenance", "")


@pytest.mark.parametrize("case", cases("beaten.jsonl"))
def test_a_baseline_as_good_is_marked(case: dict[str, Any]) -> None:
    ours, theirs = (NAN if case[name] is None else case[name] for name in ("ours", "baseline"))
    measure = mean("m", "a measure", Better(case["better"]))
    told = results(figure("m", ours), baselines={"lead": (figure("m", theirs),)})
    (row,) = Tables(told, [measure]).of_slice("all")
    assert row.beaten("lead") is case["beaten"]
    assert ("not beaten" in Page(render_html(told, [], [measure])).text) is not case["beaten"]
    assert ("(not beaten)" in render_markdown(told, [measure])) is not case["beaten"]


def test_the_parts_of_a_language_follow_it() -> None:
    items = ITEMS["summaries"]
    tables = Tables(results_of("summaries", items), MEASURES["summaries"])
    slices = [row.figure.slice for row in tables.of_metric("rougeL")]
    assert tables.wholes == ("target=en", "target=hi", "target=zh")
    assert [name for name in slices if name in tables.wholes] == list(tables.wholes)
    for name in slices:
        assert name.startswith(
            tables.wholes[sum(slices.index(whole) <= slices.index(name) for whole in tables.wholes) - 1]
        )


def test_a_measure_that_nobody_knows_is_shown_without_a_meaning() -> None:
    told = Page(render_html(results(figure("new_measure", 0.5)), [], MEASURES["ocr"])).text
    assert "new_measure" in told.replace("\n", "")


@pytest.mark.parametrize("case", cases("axis.jsonl"))
def test_axes(case: dict[str, Any]) -> None:
    axis = axis_of(case["values"])
    assert [axis.low, axis.high] == pytest.approx(case["ends"])
    assert [axis.label(tick) for tick in axis.ticks] == case["labels"]


@given(st.lists(st.floats(-1e9, 1e9).filter(lambda value: value == 0 or abs(value) > 1e-6), min_size=1))
def test_an_axis_holds_all_its_values(values: list[float]) -> None:
    axis = axis_of(values)
    span = axis.high - axis.low
    assert axis.low - 1e-9 * span <= min(values) <= max(values) <= axis.high + 1e-9 * span
    assert all(0 <= axis.share(value) <= 1 for value in values)
    assert 2 <= len(axis.ticks) <= 12
    assert axis.ticks[0] == axis.low
    assert axis.ticks[-1] == pytest.approx(axis.high)
    shares = [axis.share(value) for value in sorted(values)]
    assert shares == sorted(shares)


def test_a_curve_keeps_its_ends_and_its_operating_point() -> None:
    points = tuple((step / 5000, (step / 5000) ** 2 / 4, 1 - step / 5000) for step in range(1, 5001))
    chart = curve_chart(Curve(points=(*points[:9], (0.0019, NAN, 0.5), *points[9:]), operating=(0.8, 0.16)))
    assert len(chart.path) <= 201
    assert chart.path[0] == pytest.approx((0.0002, 0.0), abs=1e-6)
    assert chart.path[-1] == pytest.approx((1.0, chart.risk.share(0.25)))
    assert chart.operating == pytest.approx((0.8, chart.risk.share(0.16)))
    assert [round(coverage, 3) for coverage, _, _ in chart.rows] == [tenth / 10 for tenth in range(1, 11)]
    assert chart.told.endswith("at the review threshold coverage 0.800, risk 0.160")
    text = Page(html_of("ocr")).text
    assert "The ring is the review threshold in use: coverage 0.720, risk 0.155." in text


@pytest.mark.parametrize(
    "curve", [Curve(points=()), Curve(points=((0.5, NAN, NAN),), operating=(NAN, NAN))], ids=["none", "nan"]
)
def test_a_curve_of_nothing_is_told(curve: Curve) -> None:
    html = render_html(results(curves={"risk_coverage": curve}), [], ())
    assert "Nothing had a confidence." in Page(html).text
