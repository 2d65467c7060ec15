"""`nuskha report DIR`: the pages of an evaluation folder made anew, and the gate held against its figures."""

import sys
from pathlib import Path

from eval.kinds import KINDS
from eval.report import render_html, render_markdown
from eval.report.gate import Gate, check_gate, read_gate
from eval.results import read_items, read_results
from jobs.exits import Exit
from jobs.preparation import refusing


def report(folder: Path, gate_file: Path | None = None) -> Exit:
    """Write report.html and report.md; FAILURES where a threshold of the gate is broken.

    Raises CannotStart where the folder is no evaluation's, or the gate's file cannot be read.
    """
    with refusing(ValueError, OSError):
        results, items = read_results(folder), read_items(folder)
        gate: Gate | None = read_gate(gate_file) if gate_file else None
    measures = KINDS[results.kind].measures
    (folder / "report.html").write_text(render_html(results, items, measures, gate), encoding="utf-8")
    (folder / "report.md").write_text(render_markdown(results, measures, gate), encoding="utf-8")
    print(folder / "report.html")
    if gate is None:
        return Exit.OK
    verdicts = check_gate(gate, results)
    for verdict in verdicts:
        print(verdict.message, file=sys.stdout if verdict.held else sys.stderr)
    return Exit.OK if all(verdict.held for verdict in verdicts) else Exit.FAILURES
