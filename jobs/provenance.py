"""Where the figures of an evaluation come from: the code, the data, the engine and the arguments."""

import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jobs.output import Output
from jobs.versions import versions
from multilingual.language_models.cache import file_digest

_VERSIONS = ("numpy", "pyarrow", "rapidfuzz", "rouge-score", "torch", "transformers")
_CODE = Path(__file__).parent.parent


def provenance(
    predictions: Output | str, references: str, arguments: Mapping[str, Any], defaults: Mapping[str, Any]
) -> dict[str, Any]:
    """What results.json tells of an evaluation's origin; see docs/evaluation.md."""
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        **_code(),
        "versions": versions(*_VERSIONS),
        **_run(predictions),
        "references": references,
        "dataset_sha256": file_digest(Path(references)),
        "arguments": {name: value for name, value in arguments.items() if value != defaults.get(name)},
        "defaults": dict(defaults),
    }


def _code() -> dict[str, Any]:
    """The commit, and whether files differ from it; null outside of a clone."""
    commit = _git("rev-parse", "HEAD")
    return {"commit": commit, "dirty": None if commit is None else bool(_git("status", "--porcelain"))}


def _git(*words: str) -> str | None:
    try:
        ended = subprocess.run(  # noqa: S603 - fixed words
            ["git", "-C", str(_CODE), *words],  # noqa: S607 - the user's git
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return ended.stdout.strip()


def _run(predictions: Output | str) -> dict[str, Any]:
    """What the predictions' own `_run.json` says: the model's version, its options, when it ran."""
    if isinstance(predictions, str):
        return {"predictions": predictions, "run": None}
    run = predictions.run() or {}
    told = {name: run.get(name) for name in ("run_id", "job", "started", "reading", "versions")}
    return {"predictions": predictions.address, "run": told}


def prompt_hashes(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The hashes of the prompts that summaries were made with, sorted."""
    return sorted({row["prompt_hash"] for row in rows if row.get("prompt_hash")})
