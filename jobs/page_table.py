"""A page's medicines as a table for people: readable on 80 columns, on a terminal and in a pipe."""

from typing import TextIO

from rich.table import Table
from rich.text import Text

from jobs.terminal import STATUS_STYLES, console_of
from ocr.records import Medication, PageRecord, Status

_COLUMNS = ("medicine", "strength", "frequency", "duration", "score", "review")


def print_page(record: PageRecord, file: TextIO) -> None:
    """Print a heading for the page, and under it a row a medicine with the line that it was read from."""
    console = console_of(file)
    console.print(_heading(record))
    if record.medications:
        console.print(_table(record.medications))
    elif record.status is not Status.ERROR:
        console.print("  no medicine found")
    console.print()


def _heading(record: PageRecord) -> Text:
    place = f"  page {record.page} of {record.pages}" if (record.pages or 0) > 1 else ""
    heading = Text(record.source, style="bold").append(place, style="not bold").append("  ")
    heading.append(record.status.value, style=STATUS_STYLES[record.status])
    if record.error:
        heading.append(f"  {record.error_stage}: {record.error}", style="not bold")
    for warning in record.warnings:
        heading.append(f"\n  {warning}", style="not bold yellow")
    return heading


def _table(medications: tuple[Medication, ...]) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0), leading=1)
    for name in _COLUMNS:
        table.add_column(name, overflow="fold", no_wrap=name == "score")
    for medication in medications:
        table.add_row(
            _name(medication),
            medication.strength or "",
            _frequency(medication),
            "" if medication.duration_days is None else f"{medication.duration_days:g} days",
            f"{medication.score:.2f}" if medication.confidence is None else f"{medication.confidence:.0%}",
            Text(
                "; ".join(medication.review_reasons) or "look at it" if medication.needs_review else "",
                style="yellow",
            ),
        )
    return table


def _name(medication: Medication) -> Text:
    name = Text(medication.drug or medication.drug_text, style="bold")
    if medication.drug and medication.drug.casefold() != medication.drug_text.casefold():
        name.append(f"  (read: {medication.drug_text})", style="not bold")
    if medication.generic and medication.generic != medication.drug:
        name.append(f"\n{medication.generic}", style="not bold")
    return name.append(f"\n{medication.line}", style="not bold dim")


def _frequency(medication: Medication) -> str:
    written = medication.frequency or ""
    if medication.times_per_day is None:
        return written
    often = f"{medication.times_per_day:.3g} a day"
    return f"{written}\n{often}" if written else often
