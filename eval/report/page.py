"""The report as one HTML file: no address but its own, nothing loaded, nothing run but its own script."""

import base64
import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from eval.measures import Measure
from eval.records import Item
from eval.report import origin
from eval.report.charts import COVERAGE, curve_chart
from eval.report.gate import Gate, Verdict, check_gate
from eval.report.tables import TITLES, Tables, interval, three
from eval.report.worst import SHOWN, confusions, ranked_by, worst_medicines, worst_texts
from eval.results import Results

_CONFUSIONS_SHOWN: Final = 60
_GROUPS: Final = {
    "critical": "Critical errors",
    "wrong": "Fields read wrongly",
    "invented": "Medicines that gold does not have",
    "missed": "Medicines missed",
}


@dataclass(frozen=True, slots=True)
class _Section:
    """A tab; `name` is also that of its template."""

    name: str
    title: str
    count: str = ""
    mood: str = ""


def render_html(
    results: Results, items: Sequence[Item], measures: Sequence[Measure], gate: Gate | None = None
) -> str:
    """The page of an evaluation; measures tell what the figures mean and which way is better."""
    tables = Tables(results, measures)
    verdicts = check_gate(gate, results) if gate else []
    own = {name: files("eval.report").joinpath(name).read_text("utf-8") for name in ("style.css", "tabs.js")}
    # Even where a text got out of its place on the page, nothing but these two would count.
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_digest(own['style.css'])}'; "
        f"script-src '{_digest(own['tabs.js'])}'; base-uri 'none'; form-action 'none'"
    )
    page = _environment().get_template("page.html.j2")
    return page.render(
        _view_of_worst(results.kind, items, measures),
        **_view_of_characters(items),
        **_view_of_origin(results),
        kind=results.kind,
        title=TITLES[results.kind],
        items=len(items),
        failed=sum(item.failed for item in items),
        failures=sorted(results.failures.items(), key=lambda each: (-each[1], each[0])),
        sections=list(_sections(results, items, tables, verdicts)),
        tables=tables,
        notes=results.notes,
        curves={name: curve_chart(curve) for name, curve in results.curves.items()},
        coverage=COVERAGE,
        gate=verdicts,
        gate_path=gate.path if gate else "",
        broken=sum(not verdict.held for verdict in verdicts),
        style=own["style.css"],
        script=own["tabs.js"],
        policy=policy,
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("eval.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"three": three, "interval": interval, "cluster": _visible}
    return environment


def _digest(text: str) -> str:
    """How a policy names a text that may count (Content Security Policy, level 2)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"


def _sections(
    results: Results, items: Sequence[Item], tables: Tables, verdicts: Sequence[Verdict]
) -> Iterator[_Section]:
    yield _Section("figures", "Figures")
    if len(tables.slices) > len(tables.wholes):
        yield _Section("slices", "Slices")
    if results.curves:
        yield _Section("confidence", "Confidence")
    if results.kind == "ocr":
        yield _Section("characters", "Characters")
    yield _Section("worst", "Worst items")
    failed = sum(item.failed for item in items)
    yield _Section("failures", "Failures", str(failed) if failed else "", "bad")
    broken = sum(not verdict.held for verdict in verdicts)
    count = f"{broken} of {len(verdicts)} broken" if broken else "holds"
    yield _Section("gate", "Gate", count if verdicts else "", "bad" if broken else "good")
    yield _Section("provenance", "Provenance")


def _view_of_worst(kind: str, items: Sequence[Item], measures: Sequence[Measure]) -> dict[str, Any]:
    if kind == "ocr":
        medicines = worst_medicines(items)
        shown = medicines[:SHOWN]
        times = Counter(each.group for each in medicines)
        groups = [
            (_GROUPS[name], times[name], list(found))
            for name, found in groupby(shown, key=lambda each: each.group)
        ]
        return {"worst_count": len(medicines), "worst_shown": len(shown), "worst_groups": groups}
    measure = ranked_by(items, measures)
    texts = worst_texts(items, measure) if measure else []
    return {
        "worst_count": len(texts),
        "worst_shown": len(texts[:SHOWN]),
        "worst_texts": texts[:SHOWN],
        "rank": measure.name if measure else "",
    }


def _view_of_characters(items: Sequence[Item]) -> dict[str, Any]:
    found = confusions(items)
    return {
        "confusions": found,
        "confusions_shown": found[:_CONFUSIONS_SHOWN],
        "confusions_times": sum(each.times for each in found),
    }


def _view_of_origin(results: Results) -> dict[str, Any]:
    told = results.provenance
    return {
        "commit": told.get("commit"),
        "dirty": told.get("dirty"),
        "created": told.get("created"),
        "engine": origin.engine(told),
        "told": origin.lines(told),
        "arguments": origin.arguments(told),
        "versions": list((told.get("versions") or {}).items()),
        "leakage": results.leakage,
        "leaks": any(found for each in results.leakage.values() for found in each.values()),
    }


_NAMES: Mapping[str, str] = {"": "nothing", " ": "blank", "\n": "new line", "\t": "tab"}


def _visible(cluster: str) -> tuple[str, bool]:
    """A grapheme cluster as it can be seen, and whether that is a name for want of a picture of its own."""
    if cluster in _NAMES:
        return _NAMES[cluster], True
    if not any(map(str.isprintable, cluster)):
        return " ".join(f"U+{ord(char):04X}" for char in cluster), True
    alone = unicodedata.category(cluster[0]).startswith("M")
    return (f"\N{DOTTED CIRCLE}{cluster}" if alone else cluster), False
