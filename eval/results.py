"""An evaluation folder: items.parquet and results.json, each written whole or not at all.

In results.json a figure of nothing scored (NaN) is null.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from eval.records import KINDS, Figure, Item, ScoredMedicine, schema, to_row

RESULTS: Final = "results.json"
ITEMS: Final = "items.parquet"
_UNFINISHED = "_unfinished-"
_ROWS_AT_ONCE = 1024
_Record = TypeVar("_Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The risk (share wrong) of what is trusted, as the threshold of trust falls."""

    points: tuple[tuple[float, float, float], ...]  # coverage, risk, threshold; by coverage
    operating: tuple[float, float] | None = None  # coverage and risk of what is not marked for review


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What results.json holds."""

    kind: str  # of `eval.records.KINDS`
    provenance: Mapping[str, Any]  # commit, versions, hashes, arguments; see docs/evaluation.md
    figures: tuple[Figure, ...]
    baselines: Mapping[str, tuple[Figure, ...]] = field(default_factory=dict)  # by the baseline's name
    failures: Mapping[str, int] = field(default_factory=dict)  # items by reason
    curves: Mapping[str, Curve] = field(default_factory=dict)  # "risk_coverage", for one
    leakage: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # exact and near, by file
    notes: tuple[str, ...] = ()


def write_results(folder: Path, results: Results, items: Sequence[Item]) -> None:
    """Write both files into `folder`, which is made where there is none; results.json comes last."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = schema(results.kind)
    with _whole(folder / ITEMS) as path, pq.ParquetWriter(path, columns, compression="zstd") as writer:
        for start in range(0, max(1, len(items)), _ROWS_AT_ONCE):
            rows = [to_row(item) for item in items[start : start + _ROWS_AT_ONCE]]
            writer.write_table(pa.Table.from_pylist(rows, schema=columns))
    with _whole(folder / RESULTS) as path:
        text = json.dumps(_told(results), ensure_ascii=False, indent=1, allow_nan=False)
        path.write_text(text + "\n", encoding="utf-8")


def read_results(folder: Path) -> Results:
    """What results.json of `folder` holds. Raises OSError, or ValueError that names the file."""
    path = folder / RESULTS
    try:
        return _results(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ValueError(f"{path} is damaged, or not of an evaluation ({reason})") from None


def read_items(folder: Path) -> list[Item]:
    """The items of `folder`. Raises OSError, or ValueError that names the file."""
    path, kind = folder / ITEMS, read_results(folder).kind
    try:
        # Not pq.read_table: it takes a folder named "a=b" for a column.
        with pq.ParquetFile(path) as file:
            table = file.read()
    except pa.ArrowInvalid:
        raise ValueError(f"{path} is damaged, or no Parquet file") from None
    if not table.schema.equals(schema(kind)):
        raise ValueError(f"{path} has other columns than items of {kind}; evaluate again")
    return [_record(KINDS[kind], row) for row in table.to_pylist(maps_as_pydicts="strict")]


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A path to write to in place of `path`, which then takes its name."""
    unfinished = path.with_name(_UNFINISHED + path.name)
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _told(value: Any) -> Any:
    """A value as JSON has it. Not dataclasses.asdict, which makes nonsense of a Counter."""
    if is_dataclass(value):
        return {each.name: _told(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {key: _told(each) for key, each in value.items()}
    if isinstance(value, float) and math.isnan(value):
        return None
    return [_told(each) for each in value] if isinstance(value, list | tuple) else value


def _results(told: Mapping[str, Any]) -> Results:
    if told["kind"] not in KINDS:
        raise ValueError(f"kind {told['kind']!r} is none of {', '.join(KINDS)}")
    return Results(
        kind=told["kind"],
        provenance=dict(told["provenance"]),
        figures=_figures(told["figures"]),
        baselines={name: _figures(rows) for name, rows in told.get("baselines", {}).items()},
        failures=dict(told.get("failures", {})),
        curves={name: _curve(curve) for name, curve in told.get("curves", {}).items()},
        leakage={name: dict(found) for name, found in told.get("leakage", {}).items()},
        notes=tuple(told.get("notes", ())),
    )


def _figures(rows: Sequence[Mapping[str, Any]]) -> tuple[Figure, ...]:
    return tuple(Figure(**{name: _number(value) for name, value in row.items()}) for row in rows)


def _number(value: Any) -> Any:
    return float("nan") if value is None else value


def _curve(told: Mapping[str, Any]) -> Curve:
    points = tuple((_number(coverage), _number(risk), _number(at)) for coverage, risk, at in told["points"])
    operating = told.get("operating")
    if operating is None:
        return Curve(points=points)
    coverage, risk = operating
    return Curve(points=points, operating=(_number(coverage), _number(risk)))


def _record(record: type[_Record], row: Mapping[str, Any]) -> _Record:
    """The record of a row, lists as tuples."""
    columns = fields(record)  # type: ignore[arg-type]  # every record is a dataclass
    return record(**{column.name: _value(column.metadata["type"], row[column.name]) for column in columns})


def _value(type_: pa.DataType, value: Any) -> Any:
    if value is None:
        return None
    if pa.types.is_list(type_):
        return tuple(_value(type_.value_type, each) for each in value)
    if pa.types.is_map(type_):
        return {key: _value(type_.item_type, each) for key, each in value.items()}
    # Of structs there is one kind.
    return _record(ScoredMedicine, value) if pa.types.is_struct(type_) else value
