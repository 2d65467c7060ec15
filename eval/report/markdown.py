"""The report as a comment for a pull request: figures, gate, failures; no text of any item."""

import re
from collections.abc import Iterator, Sequence

from eval.measures import Better, Measure
from eval.report.gate import Gate, Verdict, check_gate
from eval.report.origin import engine
from eval.report.tables import TITLES, Row, Tables
from eval.results import Results

_WAY = {Better.HIGHER: " ↑", Better.LOWER: " ↓", Better.NEITHER: ""}
_MARKS = re.compile(r"[\\`*\[\]<>|#~&]|(?<!\w)_|_(?!\w)")
_REASONS_SHOWN = 10


def render_markdown(results: Results, measures: Sequence[Measure], gate: Gate | None = None) -> str:
    """Tables of the wholes, not of their slices, and what stands in the way of believing them."""
    tables = Tables(results, measures)
    parts = [
        f"## Evaluation: {TITLES[results.kind].lower()}",
        *([_gate(check_gate(gate, results))] if gate else []),
        *(_figures(tables, whole) for whole in tables.wholes),
        *([] if tables.wholes else ["There are no figures: nothing was evaluated."]),
        *_failures(results),
        *_leakage(results),
        *(f"> {_plain(note)}" for note in results.notes),
        _provenance(results),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _gate(verdicts: Sequence[Verdict]) -> str:
    broken = [verdict for verdict in verdicts if not verdict.held]
    if not broken:
        return f"**Gate: all {len(verdicts)} thresholds held.**"
    lines = [f"- {_plain(verdict.message)}" for verdict in broken]
    return "\n".join([f"**Gate: {len(broken)} of {len(verdicts)} thresholds broken.**", "", *lines])


def _figures(tables: Tables, whole: str) -> str:
    title = "all items" if whole == "all" else whole.replace("=", ": ", 1)
    head = ["measure", "value", "95% interval", *(f"baseline {name}" for name in tables.baselines), "over"]
    rows = [["---"] + ["---:"] * (len(head) - 1), *(_cells(tables, row) for row in tables.of_slice(whole))]
    return "\n".join(
        [
            f"### {_plain(title)}: {tables.items(whole)} items, {tables.failed(whole)} failed",
            "",
            *(f"| {' | '.join(cells)} |" for cells in ([_plain(name) for name in head], *rows)),
        ]
    )


def _cells(tables: Tables, row: Row) -> list[str]:
    beside = [row.baseline(name) + ("" if row.beaten(name) else " (not beaten)") for name in tables.baselines]
    over = f"{row.figure.n}" + (f", {row.unscored}" if row.unscored else "")
    return [_plain(row.figure.metric) + _WAY[row.better], row.value, row.interval, *beside, over]


def _failures(results: Results) -> Iterator[str]:
    if results.failures:
        ordered = sorted(results.failures.items(), key=lambda each: (-each[1], each[0]))
        rest = sum(times for _, times in ordered[_REASONS_SHOWN:])
        lines = [f"- {times} x {_plain(reason)}" for reason, times in ordered[:_REASONS_SHOWN]]
        yield "\n".join(["### Failures", "", *lines, *([f"- {rest} x others"] if rest else [])])


def _leakage(results: Results) -> Iterator[str]:
    for file, found in results.leakage.items():
        if any(found.values()):
            told = ", ".join(f"{times} {how}" for how, times in found.items())
            yield f"**Leakage:** items also in {_plain(file)}: {told}."


def _provenance(results: Results) -> str:
    told = results.provenance
    commit = told.get("commit")
    known = [
        f"commit {commit[:12]}{' with changes' if told.get('dirty') else ''}" if commit else None,
        engine(told),
        told.get("created"),
    ]
    return " · ".join(_plain(str(each)) for each in known if each)


def _plain(text: str) -> str:
    """Text on one line in which nothing is taken for markup, a mention or a cell's end."""
    return _MARKS.sub(r"\\\g<0>", " ".join(text.split())).replace("@", "@\N{ZERO WIDTH NON-JOINER}")
