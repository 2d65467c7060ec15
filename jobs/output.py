"""A job's output folder, local or on an object store: result Parquet, and beside it names beginning with `_`.

Every file is written whole or not at all: a local one under a `_` name and then renamed, one on an object
store as a single upload. `_run.json` says which run owns the folder; a run that has lost it may not write
another part, so two runs on one folder cannot both add rows.
"""

import json
import posixpath
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem

from jobs.exits import CannotStart, Stopped

RUN = "_run.json"
GOLD = "_gold.json"  # beside simulated pages: what a reader should find on them
_UNFINISHED = "_unfinished-"
_SYSTEM_FILES = {".DS_Store", "Thumbs.db", "desktop.ini"}


class Output:
    """The folder at `address`. Making one reads and writes nothing."""

    def __init__(self, address: str) -> None:
        self.address = address
        try:
            self._files, root = fsspec.core.url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise CannotStart(f"{address}: {error}") from None
        self._root = root.rstrip("/")
        self._local = isinstance(self._files, LocalFileSystem)

    def names(self) -> list[str]:
        """Names of everything in the folder, sorted; empty when there is no such folder.

        Raises CannotStart when there is a file in its place, or the folder can't be listed.
        """
        self._files.invalidate_cache()
        try:
            if self._files.isfile(self._root):
                raise CannotStart(f"OUTPUT {self.address} is a file; name a folder, new or of an earlier run")
            listed = self._files.ls(self._root, detail=False) if self._files.isdir(self._root) else []
        except OSError as error:
            raise CannotStart(f"OUTPUT {self.address} cannot be listed: {_reason(error)}") from None
        names = {posixpath.basename(path.rstrip("/")) for path in listed if path.rstrip("/") != self._root}
        return sorted(names - {""})

    def parts(self) -> list[str]:
        """Names of the result files, sorted."""
        return [name for name in self.names() if _is_part(name)]

    def foreign(self) -> list[str]:
        """Names of what no run has written; parts without a `_run.json` are foreign too."""
        names = self.names()
        ours = {RUN, GOLD, *_SYSTEM_FILES, *(name for name in names if name.startswith(_UNFINISHED))}
        if RUN in names:
            ours.update(name for name in names if _is_part(name))
        return [name for name in names if name not in ours]

    def run(self) -> dict[str, Any] | None:
        """The contents of `_run.json`; None when there is none. Raises CannotStart when it can't be read."""
        try:
            text = self._files.cat_file(self._path(RUN))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CannotStart(f"{self.address}/{RUN} cannot be read: {_reason(error)}") from None
        try:
            run = json.loads(text)
            run["run_id"], run["reading"]
            run.setdefault("job", "ocr")  # which was the only one when this was not said yet
        except (ValueError, KeyError, TypeError):
            raise CannotStart(
                f"{self.address}/{RUN} is damaged; --restart clears the folder, or choose another"
            ) from None
        return dict(run)

    def job(self) -> str:
        """The job whose results the folder holds. Raises CannotStart when it holds none of any."""
        run = self.run()
        if run is None:
            raise CannotStart(f"{self.address} is no output folder of nuskha batch: it has no {RUN}")
        return str(run["job"])

    def write_run(self, run: dict[str, Any]) -> None:
        """Replace `_run.json`. Raises CannotStart when the folder cannot be written."""
        try:
            if self._local:
                Path(self._root).mkdir(parents=True, exist_ok=True)
            self._put(RUN, json.dumps(run, indent=2, ensure_ascii=False).encode())
        except OSError as error:
            raise CannotStart(f"OUTPUT {self.address} cannot be written: {_reason(error)}") from None

    def write_gold(self, content: bytes) -> None:
        """Replace `_gold.json`. Raises Stopped when it cannot be written."""
        try:
            self._put(GOLD, content)
        except OSError as error:
            raise Stopped(f"{self.address}/{GOLD} cannot be written: {_reason(error)}") from None

    def check_owner(self, run_id: str) -> None:
        """Raise Stopped unless `run_id` still owns the folder."""
        self._files.invalidate_cache()
        if (self.run() or {}).get("run_id") != run_id:
            raise Stopped(
                f"{self.address}/{RUN} is gone or another run's; this run stops without writing more"
            )

    def write_part(self, name: str, rows: pa.Table) -> None:
        """Write the result file `name` whole. Raises Stopped when it cannot be written."""
        buffer = pa.BufferOutputStream()
        pq.write_table(rows, buffer, compression="zstd")
        try:
            self._put(name, buffer.getvalue().to_pybytes())
        except OSError as error:
            raise Stopped(
                f"{self.address}/{name} cannot be written: {_reason(error)}; the same command goes on"
            ) from None

    def replace_part(self, name: str, rows: pa.Table) -> None:
        """Write the result file `name` anew, or delete it when no rows are left."""
        if rows.num_rows:
            self.write_part(name, rows)
        else:
            self.remove([name])

    def read_part(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of one result file. Raises CannotStart when it is damaged."""
        with self._opened(name) as part:
            return part.read(columns=columns)

    def batches(self, name: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows of one result file, a bounded number at a time. Raises CannotStart when it is damaged."""
        with self._opened(name) as part:
            yield from part.iter_batches(batch_size=1024, columns=columns)

    @contextmanager
    def _opened(self, name: str) -> Iterator[pq.ParquetFile]:
        try:
            with self._files.open(self._path(name), "rb") as file, pq.ParquetFile(file) as part:
                yield part
        except (OSError, pa.ArrowInvalid) as error:
            raise CannotStart(
                f"{self.address}/{name} cannot be read: {_reason(error)}; "
                "if it is damaged, delete it and run again, and its rows are made afresh"
            ) from None

    def remove(self, names: Sequence[str]) -> None:
        """Delete files of ours."""
        for name in names:
            self._files.rm_file(self._path(name))

    def tidy(self) -> None:
        """Delete what a killed run had begun to write."""
        self.remove([name for name in self.names() if name.startswith(_UNFINISHED)])

    def clear(self) -> None:
        """Delete every file that a run has written; `_run.json` last, as it tells that they are ours."""
        self.remove(self.parts())
        self.tidy()
        self.remove([name for name in self.names() if name == GOLD])
        self.remove([name for name in self.names() if name == RUN])

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _put(self, name: str, content: bytes) -> None:
        if not self._local:
            self._files.pipe_file(self._path(name), content)
            return
        unfinished = Path(self._path(f"{_UNFINISHED}{uuid.uuid4().hex}"))
        unfinished.write_bytes(content)
        unfinished.replace(self._path(name))


def _is_part(name: str) -> bool:
    return name.startswith("part-") and name.endswith(".parquet")


def _reason(error: BaseException) -> str:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(reason).splitlines()[0]
