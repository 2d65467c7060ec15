"""A recipe for training the recogniser: a TOML file like recipe.toml, and the texts and words it names."""

import csv
import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a recipe file says, and the SHA-256 of its bytes."""

    settings: Mapping[str, Any]
    shares: Mapping[str, float]
    real: Mapping[str, str]
    formularies: tuple[str, ...]
    names: tuple[Mapping[str, Any], ...]
    digest: str


_SETTINGS = frozenset(
    (
        *("seed", "steps", "pixels", "learning_rate", "average", "original", "checkpoint_every"),
        *("simulated", "photographed_pages", "spliced_words", "spliced_lines"),
    )
)
_DRAWN = ("latin", "devanagari", "print", "han", "photographed print", "photographed hand", "spliced")
_SHARES = frozenset({"real", *_DRAWN})


def read_recipe(file: Path) -> Recipe:
    """Raises OSError where the file can't be read, ValueError where it is no recipe."""
    data = file.read_bytes()
    try:
        table = tomllib.loads(data.decode())
    except ValueError as error:
        raise ValueError(f"{file} is no TOML: {error}") from None
    missing = _SETTINGS - table.get("settings", {}).keys()
    if missing:
        raise ValueError(f"{file}: [settings] lacks {', '.join(sorted(missing))}")
    if not table.get("names") or "folder" not in table.get("real", {}):
        raise ValueError(f"{file}: it needs [real] with a folder, and at least one [[names]]")
    if not table.get("shares") or table["shares"].keys() - _SHARES:
        raise ValueError(f"{file}: [shares] tells what is seen how often, of: {', '.join(sorted(_SHARES))}")
    formularies = tuple(table.get("pages", {}).get("formularies", ()))
    if table["settings"]["photographed_pages"] and not formularies:
        raise ValueError(f"{file}: [pages] names the formularies whose medicines are ordered on pages")
    digest = hashlib.sha256(data).hexdigest()
    return Recipe(
        table["settings"], table["shares"], table["real"], formularies, tuple(table["names"]), digest
    )


def read_names(recipe: Recipe, data: Path) -> list[str]:
    """The names that simulated hands write. Raises OSError, and ValueError for a missing column."""
    return [name for source in recipe.names for name in list(_names(source, data)) * source.get("times", 1)]


def _names(source: Mapping[str, Any], data: Path) -> Iterator[str]:
    file, column, where = data / source["file"], source["column"], source.get("where")
    with file.open(encoding="utf-8-sig", newline="") as table:
        rows = csv.DictReader(table)
        missing = {column, where} - {None} - set(rows.fieldnames or ())
        if missing:
            raise ValueError(f"{file} has no column {', '.join(sorted(missing))}")
        for row in rows:
            if where is None or (row[where] or "").strip():
                text = row[column] or ""
                for name in text.split(source["parted_by"]) if "parted_by" in source else [text]:
                    if 1 < len(name.strip()) <= _LONGEST_NAME:
                        yield name.strip()
