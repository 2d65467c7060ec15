"""The formulary: the names that a prescription's medicines are matched to.

`load_formulary()` is the one that ships (`data/formulary.csv`, written by us); `load_formulary(path)` a
user's: CSV with any delimiter, Parquet, or a text file with a name a line.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

import fsspec
import pyarrow.parquet as pq
from pyarrow import ArrowException, BufferReader

from multilingual.clinical.forms import FORM, FORM_WORDS
from multilingual.clinical.formulary_columns import Columns, FormularyError, recognise_columns
from multilingual.clinical.name_keys import name_key
from multilingual.clinical.product_names import base_substance, read_product
from multilingual.clinical.strengths import STRENGTH, normalise_strength
from multilingual.normalise import fold, nfc

__all__ = ["Entry", "Formulary", "FormularyError", "load_formulary"]

Row = Mapping[str, str]

_NULLS = frozenset({"", "na", "n/a", "null", "none", "nan", "-"})
_PARTS = re.compile(r"\s*[+;＋、]\s*")
_JOINED = re.compile(r"&|\band\b", re.IGNORECASE)  # a list with a last "and" has commas between the others
_LISTED = re.compile(r"\s*(?:[+;,&＋、]|\band\b)\s*", re.IGNORECASE)
_CELL_PARTS = re.compile(r"[;|；]")
_BARE = re.compile(r"[\d.,/+ -]*\d")
_LONGEST_COMBINATION = 3  # generics that a doctor writes out
_SHORTEST_BASE = 6  # letters of a substance that a name is taken to be; "SOD CHLORIDE" is not one of SOD
_ATC_SUBSTANCE = 7  # letters of an ATC code that names a substance


@dataclass(frozen=True, slots=True)
class Entry:
    """A medicine of the formulary: all its rows of one name. What the list does not tell is empty."""

    name: str
    generics: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    strengths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Formulary:
    """The medicines of one list. `digest` is the SHA-256 of the list and of the columns, where chosen."""

    source: str
    digest: str
    entries: tuple[Entry, ...]

    def substances(self) -> tuple[Entry, ...]:
        """Entries for the generics, whole and without salt, that have no entry of their own name."""
        return _substances(self.entries)

    def with_generics_of(self, other: "Formulary") -> "Formulary":
        """This formulary, and the generics of the other that it does not name: doctors write those too."""
        generics = {name_key(generic) for entry in other.entries for generic in entry.generics}
        named = {name_key(entry.name) for entry in (*self.entries, *self.substances())}
        added = tuple(
            entry
            for entry in (*other.entries, *other.substances())
            if name_key(entry.name) in generics and name_key(entry.name) not in named
        )
        digest = hashlib.sha256(f"{self.digest} {other.digest}".encode()).hexdigest()
        return Formulary(self.source, digest, (*self.entries, *added))


def load_formulary(path: str | None = None, columns: Mapping[str, str] | None = None) -> Formulary:
    """Load a formulary; None is the one that ships, whose columns are known.

    `columns` maps roles (name, generic, form, strength) to headings; what it leaves out is recognised. `path`
    may be an address that fsspec opens. Raises `FormularyError`: the file is missing or empty, cannot be
    read, or has no column with names.
    """
    return _shipped() if path is None else _formulary(path, _read_bytes(path), columns)


@cache
def _shipped() -> Formulary:
    data = files("multilingual.clinical").joinpath("data", "formulary.csv").read_bytes()
    return _formulary("the shipped formulary", data, None)


def _formulary(source: str, data: bytes, columns: Mapping[str, str] | None) -> Formulary:
    digest = hashlib.sha256(data)
    if columns:
        digest.update(repr(sorted(columns.items())).encode())
    found, rows = _read_rows(source, data, columns)
    entries = _entries(found, rows)
    if not entries:
        raise FormularyError(
            f"{source}: the formulary is empty: no row has a name in the column {found.name!r}."
        )
    return Formulary(source, digest.hexdigest(), entries)


def _read_bytes(path: str) -> bytes:
    try:
        with fsspec.open(path, "rb") as file:
            return bytes(file.read())
    except FileNotFoundError:
        raise FormularyError(
            f"{path}: there is no such file; --formulary takes a CSV, Parquet or text file."
        ) from None
    except OSError as error:
        raise FormularyError(f"{path}: the formulary cannot be read: {error.strerror or error}.") from error


def _read_rows(source: str, data: bytes, given: Mapping[str, str] | None) -> tuple[Columns, Iterator[Row]]:
    if data.startswith(b"PAR1"):
        return _read_parquet(source, data, given)
    text = _decode(source, data)
    if Path(source).suffix.lower() == ".txt":
        names = (line.split("\t")[0].strip() for line in text.splitlines())
        return Columns(name="name"), ({"name": name} for name in names)
    heading, _, _ = text.lstrip().partition("\n")
    delimiter = max(",;\t|", key=lambda sign: re.sub(r'"[^"]*"', "", heading).count(sign))
    reader = csv.DictReader(io.StringIO(text.lstrip(), newline=""), delimiter=delimiter, restval="")
    headings = [name for name in reader.fieldnames or () if name]
    if not headings:
        raise FormularyError(f"{source}: the formulary is empty.")
    return recognise_columns(headings, given, source=source), reader


def _decode(source: str, data: bytes) -> str:
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FormularyError(
            f"{source}: this is neither CSV, Parquet nor text; save the list as CSV (UTF-8)."
        )
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _read_parquet(source: str, data: bytes, given: Mapping[str, str] | None) -> tuple[Columns, Iterator[Row]]:
    try:
        file = pq.ParquetFile(BufferReader(data))
        found = recognise_columns(file.schema_arrow.names, given, source=source)
        wanted = [heading for heading in (found.name, found.generic, found.form, found.strength) if heading]
        rows = file.read(columns=wanted).to_pylist()
    except (ArrowException, OSError) as error:
        raise FormularyError(f"{source}: the Parquet file cannot be read: {error}") from error
    return found, ({heading: _cell(value) for heading, value in row.items()} for row in rows)


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ";".join(map(_cell, value))
    return "" if value is None else str(value)


def _entries(columns: Columns, rows: Iterable[Row]) -> tuple[Entry, ...]:
    """Rows of the same name, as one entry each, in the order of the list."""
    found: dict[str, tuple[str, dict[str, None], dict[str, None], dict[str, None]]] = {}
    for row in rows:
        written = nfc(_told(row, columns.name))
        if not written or (columns.atc_code and len(_told(row, columns.atc_code)) < _ATC_SUBSTANCE):
            continue
        product = read_product(written)
        key = name_key(product.name).lower()
        if not key:
            continue
        generics, strengths = _composition(
            product.name if columns.substances else _told(row, columns.generic)
        )
        strengths = (
            _strengths(_told(row, columns.strength)) or strengths or _joined(product.strengths, len(generics))
        )
        _, *details = found.setdefault(key, (product.name, {}, {}, {}))
        forms = (*_forms(_told(row, columns.form)), *product.forms)
        for detail, told in zip(details, (generics, forms, strengths), strict=True):
            detail.update(dict.fromkeys(told))
    return tuple(Entry(name, *map(tuple, details)) for name, *details in found.values())


def _told(row: Row, heading: str | None) -> str:
    told = (row.get(heading) or "").strip() if heading else ""
    return "" if told.lower() in _NULLS else told


@lru_cache(maxsize=65536)
def _composition(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Generics of a composition, and their strengths as one: "A (500mg) + B (125mg)" has "500 mg+125 mg"."""
    if not text:
        return (), ()
    parts = [part for part in (_LISTED if _JOINED.search(text) else _PARTS).split(text) if part]
    products = [read_product(part) for part in parts]
    generics = tuple(dict.fromkeys(product.name for product in products if product.name))
    amounts = [product.strengths[0] for product in products if product.strengths]
    return generics, ("+".join(amounts),) if len(amounts) == len(parts) else ()


def _joined(strengths: tuple[str, ...], generics: int) -> tuple[str, ...]:
    """The strengths of a name: of a combination one strength, if each of its parts has one."""
    return ("+".join(strengths),) if len(strengths) == generics > 1 else strengths


@lru_cache(maxsize=65536)
def _strengths(text: str) -> tuple[str, ...]:
    """Strengths of a cell; the size of a pack is none."""
    parts = (part.strip() for part in _CELL_PARTS.split(text))
    return tuple(
        normalise_strength(part)
        for part in parts
        if _BARE.fullmatch(part) or STRENGTH.search(fold(part).text)
    )


@lru_cache(maxsize=65536)
def _forms(text: str) -> tuple[str, ...]:
    """Canonical forms of a cell: "Tablet (Enteric Coated)" is a tablet."""
    return tuple(FORM_WORDS[" ".join(match.group().split())] for match in FORM.finditer(fold(text).text))


def _substances(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    named = {name_key(entry.name).lower() for entry in entries}
    told = any(entry.generics for entry in entries)
    found: dict[str, tuple[str, tuple[str, ...], dict[str, None], dict[str, None]]] = {}
    for entry in entries:
        # A list without generics may be one of substances with their salts, as the Brazilian one is.
        written = entry.generics if told else (entry.name,)
        if not 0 < len(written) <= _LONGEST_COMBINATION:
            continue
        for names in dict.fromkeys((written, tuple(map(base_substance, written)))):
            name = " + ".join(names)
            key = name_key(name).lower()
            if len(key) >= (1 if told else _SHORTEST_BASE) and key not in named:
                *_, forms, strengths = found.setdefault(key, (name, names if told else (), {}, {}))
                forms.update(dict.fromkeys(entry.forms))
                strengths.update(dict.fromkeys(entry.strengths))
    return tuple(
        Entry(name, generics, tuple(forms), tuple(strengths))
        for name, generics, forms, strengths in found.values()
    )
