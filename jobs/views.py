"""How the rows of each job are shown, written flat and exported: one description a job, by its name.

What a description needs is imported when it is asked for, so that one job's commands do not load the other's
rooms.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TextIO

import pyarrow as pa

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """The rows of one job, for people and for spreadsheets.

    A flat row has no nested columns: `flat_rows` makes any number of them from result rows, of which it looks
    at `flat_columns`.
    """

    unit: str  # what a row is, in the plural
    failure: str  # what is said of units that are errors
    flat_unit: str  # what a flat row is
    schema: pa.Schema
    flat_schema: pa.Schema
    flat_columns: tuple[str, ...]
    flat_rows: Callable[[Iterable[Row]], Iterator[dict[str, Any]]]
    place: Callable[[Row], tuple[str, int]]  # by which rows are ordered: the source, and where in it
    show: Callable[[Row, TextIO], None]


_MODULES = {"ocr": "jobs.page_view", "summarize": "jobs.message_view"}


def view_of(job: str) -> View:
    """The view of the job called `job` in `_run.json`."""
    view: View = import_module(_MODULES[job]).VIEW
    return view
