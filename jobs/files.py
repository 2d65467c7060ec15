"""Result files that appear whole or not at all."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import fsspec
from fsspec.implementations.local import LocalFileSystem

from jobs.exits import CannotStart


@contextmanager
def new_file(address: str) -> Iterator[BinaryIO]:
    """Write a file, local or at an fsspec address; nothing is left of it when the block raises.

    Raises CannotStart when it cannot be written.
    """
    try:
        files, path = fsspec.core.url_to_fs(address)
        if isinstance(files, LocalFileSystem):
            with _beside(Path(path)) as file:
                yield file
        else:
            with files.transaction, files.open(path, "wb") as file:
                yield cast(BinaryIO, file)
    except (OSError, ImportError) as error:
        raise CannotStart(
            f"{address} cannot be written: {getattr(error, 'strerror', None) or error}"
        ) from None


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
