"""Columns declared once: a dataclass field carries its Arrow type, its meaning and when it is null.

Each package's `records.py` declares its rows with `column`; the `pyarrow.Schema` and the column tables in the
documentation are derived from there.
"""

from dataclasses import MISSING, Field, field, fields
from typing import Any

import pyarrow as pa


def column(type_: pa.DataType, meaning: str, *, null: str | None = None, default: Any = MISSING) -> Any:
    """Declare a dataclass field as a column of Arrow type `type_`; `null` says when it is null, if ever."""
    metadata = {"type": type_, "meaning": meaning, "null": null}
    return field(metadata=metadata) if default is MISSING else field(default=default, metadata=metadata)


def _arrow_field(declared: Field[Any]) -> pa.Field:
    return pa.field(declared.name, declared.metadata["type"], nullable=declared.metadata["null"] is not None)


def struct_of(record: type) -> pa.StructType:
    """Arrow struct type of a dataclass whose fields were declared with `column`."""
    return pa.struct([_arrow_field(declared) for declared in fields(record)])


def schema_of(record: type) -> pa.Schema:
    """Arrow schema of a dataclass whose fields were declared with `column`."""
    return pa.schema([_arrow_field(declared) for declared in fields(record)])


def column_table(record: type) -> str:
    """Markdown table of a record's columns: name, type, meaning, null when."""
    rows = [
        f"| `{declared.name}` | {_short(declared.metadata['type'])} | {declared.metadata['meaning']} "
        f"| {declared.metadata['null'] or 'never'} |"
        for declared in fields(record)
    ]
    return "\n".join(["| column | type | meaning | null |", "|---|---|---|---|", *rows])


def _short(type_: pa.DataType) -> str:
    if pa.types.is_list(type_):
        return f"list<{_short(type_.value_type)}>"
    return "struct" if pa.types.is_struct(type_) else str(type_)
