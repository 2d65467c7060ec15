"""`nuskha compare DIR_A DIR_B`: two evaluations on the same items."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from eval.figures import Difference, differences
from eval.kinds import KINDS
from eval.results import read_items, read_results
from jobs.exits import CannotStart
from jobs.preparation import refusing

SIGNIFICANT: Final = 0.05


def compare(first: Path, second: Path, *, every_slice: bool = False) -> None:
    """Print each measure of both, the difference with its interval, and p of a permutation test.

    Of slices within the widest ones only what differs with p below SIGNIFICANT is printed, or `every_slice`.
    Raises CannotStart where a folder is no evaluation's, the two are of other kinds or other references, or
    no item is in both.
    """
    with refusing(ValueError, OSError):
        one, other = read_results(first), read_results(second)
    if one.kind != other.kind:
        raise CannotStart(f"{first} evaluates {one.kind}, {second} {other.kind}")
    hashes = [each.provenance.get("dataset_sha256") for each in (one, other)]
    if hashes[0] != hashes[1]:
        raise CannotStart(
            f"{first} and {second} were scored against different references "
            f"({one.provenance.get('references')}, {other.provenance.get('references')})"
        )
    with refusing(ValueError, OSError):
        ours, theirs = read_items(first), read_items(second)
    shared = {item.item_id for item in ours} & {item.item_id for item in theirs}
    if not shared:
        raise CannotStart(f"{first} and {second} have no item in common")
    for folder, items in ((first, ours), (second, theirs)):
        if alone := len(items) - len(shared):
            print(f"{alone} items are in {folder} alone, and do not count", file=sys.stderr)
    kind = KINDS[one.kind]
    found = differences(ours, theirs, kind.measures, kind.apart)
    widest = min((each.slice.count("=") for each in found), default=0)
    shown = [each for each in found if every_slice or each.slice.count("=") == widest or each.p < SIGNIFICANT]
    for name in dict.fromkeys(each.slice for each in shown):
        _print(first, second, name, [each for each in shown if each.slice == name])
    if len(shown) < len(found):
        print(
            f"{len(found) - len(shown)} differences within slices, with p >= {SIGNIFICANT} or none, are left "
            "out: --slices prints them. Of those that do not truly differ one in twenty is below by chance."
        )


def _print(first: Path, second: Path, name: str, rows: Sequence[Difference]) -> None:
    table = Table(title=f"{first} less {second}: {name}", caption="95% intervals by paired bootstrap")
    for heading in ("measure", str(first), str(second), "difference", "p", "items"):
        table.add_column(heading)
    for row in rows:
        table.add_row(
            row.metric,
            f"{row.first:.3f}",
            f"{row.second:.3f}",
            f"{row.difference:+.3f} [{row.low:+.3f}, {row.high:+.3f}]",
            f"{row.p:.4f}",
            str(row.items),
        )
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160, highlight=False).print(table)
