"""What can be made again is kept in the user's cache folder: converted weights, and hashes of large files."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path


def cache_folder() -> Path:
    """`$NUSKHA_CACHE`, else `$XDG_CACHE_HOME/nuskha`, else `~/.cache/nuskha`."""
    if own := os.environ.get("NUSKHA_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nuskha"


def file_digest(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal; remembered by its path, size and time of change."""
    status = file.stat()
    key = hashlib.sha256(f"{file.resolve()}\0{status.st_size}\0{status.st_mtime_ns}".encode()).hexdigest()
    known = cache_folder() / "digests" / key
    try:
        return known.read_text(encoding="ascii")
    except OSError:
        pass
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    try:
        known.parent.mkdir(parents=True, exist_ok=True)
        fresh = known.with_suffix(f".{os.getpid()}")
        fresh.write_text(digest, encoding="ascii")
        fresh.replace(known)
    except OSError:
        pass  # without a place to write, it is computed each time
    return digest


def weights_digest(files: Iterable[Path]) -> str:
    """Twelve hexadecimal digits that change with any of the files, whatever their names."""
    return hashlib.sha256("".join(map(file_digest, files)).encode()).hexdigest()[:12]
