"""Messages with their summaries for people; the flat form of CSV and `nuskha export` has every column."""

from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from rich.padding import Padding
from rich.text import Text

from jobs.terminal import STATUS_STYLES, console_of
from jobs.views import Row, View
from ocr.records import Status
from summarize.records import SUMMARY_SCHEMA, SummaryRecord, from_row


def print_message(record: SummaryRecord, file: TextIO) -> None:
    """Print where a message comes from and in which language, and under it the summary and its flags.

    What was seen on its picture has a line of its own.
    """
    console = console_of(file)
    console.print(_heading(record))
    if record.summary:
        console.print(Padding(Text(record.summary), (0, 0, 0, 2)))
    elif record.status is not Status.ERROR:
        console.print("  no summary came out")
    if record.image_findings:
        console.print(Padding(Text(f"on the picture: {record.image_findings}"), (0, 0, 0, 2)))
    for flag in record.flags:
        console.print(Padding(Text(flag, style="yellow"), (0, 0, 0, 2)))
    console.print()


def _heading(record: SummaryRecord) -> Text:
    heading = Text(record.source or "message", style="bold")
    if record.row is not None:
        heading.append(f"  row {record.row}  {record.query_id}", style="not bold")
    heading.append(f"  {record.language or 'no language'}", style="not bold")
    if record.target_language and record.target_language != record.language:
        heading.append(f" to {record.target_language}", style="not bold")
    heading.append("  ").append(record.status.value, style=STATUS_STYLES[record.status])
    if record.error:
        heading.append(f"  {record.error_stage}: {record.error}", style="not bold")
    return heading


def _flat(messages: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Rows with all columns; one that an earlier version of the program did not write is empty."""
    return ({**dict.fromkeys(SUMMARY_SCHEMA.names), **message} for message in messages)


def _place(message: Row) -> tuple[str, int]:
    return message["source"], message["row"] or 0


def _show(message: Row, file: TextIO) -> None:
    print_message(from_row(message), file)


VIEW = View(
    unit="messages",
    failure="could not be condensed",
    flat_unit="rows",
    schema=SUMMARY_SCHEMA,
    flat_schema=SUMMARY_SCHEMA,
    flat_columns=tuple(SUMMARY_SCHEMA.names),
    flat_rows=_flat,
    place=_place,
    show=_show,
)
