"""A job's output folder, local or on an object store: result Parquet, and beside it names beginning with `_`.

Every file is written whole or not at all (`jobs.folder`). One command at a time writes, which holds the lease
(`jobs.lease`); `_run.json` says which run the folder is of, and one that has lost it may not write another
part. A merge of parts that was cut short is told by `_compacting.json`: the parts that it names count once
either way.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.exits import CannotStart, Stopped
from jobs.folder import UNFINISHED, Folder
from jobs.lease import LEASE
from jobs.retries import reason

RUN = "_run.json"
GOLD = "_gold.json"  # beside simulated pages: what a reader should find on them
COMPACTING = "_compacting.json"  # {"into": a part, "parts": [those that it replaces once it is there]}
_SYSTEM_FILES = {".DS_Store", "Thumbs.db", "desktop.ini"}


class Output:
    """The folder at `address`. Making one reads and writes nothing."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.folder = Folder(address)

    def names(self) -> list[str]:
        """Names of everything in the folder, sorted; empty when there is no such folder.

        Raises CannotStart when there is a file in its place, or the folder can't be listed.
        """
        return sorted(self._sizes())

    def parts(self) -> list[str]:
        """Names of the result files, sorted."""
        return sorted(self.part_sizes())

    def part_sizes(self) -> dict[str, int]:
        """Bytes of each result file, by name; without those that a merge has replaced already."""
        sizes = {name: size for name, size in self._sizes().items() if _is_part(name)}
        plan = self._plan()  # after the listing: what was merged while that went on is not counted twice
        if plan and plan["into"] in sizes:
            sizes = {name: size for name, size in sizes.items() if name not in plan["parts"]}
        return sizes

    def foreign(self) -> list[str]:
        """Names of what no run has written; parts without a `_run.json` are foreign too."""
        names = self.names()
        ours = {RUN, GOLD, LEASE, COMPACTING, *_SYSTEM_FILES}
        ours.update(name for name in names if name.startswith(UNFINISHED))
        if RUN in names:
            ours.update(name for name in names if _is_part(name))
        return [name for name in names if name not in ours]

    def run(self) -> dict[str, Any] | None:
        """The contents of `_run.json`; None when there is none. Raises CannotStart when it can't be read."""
        text = self._read(RUN)
        if text is None:
            return None
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
        """Replace `_run.json`. Raises Stopped when it cannot be written."""
        self._put(RUN, json.dumps(run, indent=2, ensure_ascii=False).encode())

    def write_gold(self, content: bytes) -> None:
        """Replace `_gold.json`. Raises Stopped when it cannot be written."""
        self._put(GOLD, content)

    def check_owner(self, run_id: str) -> None:
        """Raise Stopped unless `run_id` still owns the folder."""
        try:
            owner = (self.run() or {}).get("run_id")
        except CannotStart as error:
            raise Stopped(f"{error}; the same command goes on") from None
        if owner != run_id:
            raise Stopped(
                f"{self.address}/{RUN} is gone or another run's; this run stops without writing more"
            )

    def write_part(self, name: str, rows: pa.Table) -> None:
        """Write the result file `name` whole. Raises Stopped when it cannot be written."""
        buffer = pa.BufferOutputStream()
        pq.write_table(rows, buffer, compression="zstd")
        self._put(name, buffer.getvalue().to_pybytes())

    def replace_part(self, name: str, rows: pa.Table) -> None:
        """Write the result file `name` anew, or delete it when no rows are left."""
        if rows.num_rows:
            self.write_part(name, rows)
        else:
            self.remove([name])

    def merge_parts(self, into: str, content: bytes, parts: Sequence[str]) -> None:
        """Put one result file, under a name that never was, in the place of others. Raises Stopped.

        Killed at any point, the rows are there once: the new file counts from when it is there, and from then
        on the others do not, as the plan beside them says; `tidy` does what is left.
        """
        self._put(COMPACTING, json.dumps({"into": into, "parts": [*parts]}, indent=2).encode())
        self._put(into, content)
        self._settle()

    def read_part(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of one result file. Raises CannotStart when it is damaged."""
        with self.opened_part(name) as part:
            return part.read(columns=columns)

    def batches(self, name: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows of one result file, a bounded number at a time. Raises CannotStart when it is damaged."""
        with self.opened_part(name) as part:
            yield from part.iter_batches(batch_size=1024, columns=columns)

    @contextmanager
    def opened_part(self, name: str) -> Iterator[pq.ParquetFile]:
        """One result file. Raises CannotStart when it is damaged."""
        try:
            with self.folder.opened(name) as file, pq.ParquetFile(file) as part:
                yield part
        except FileNotFoundError:
            raise CannotStart(
                f"{self.address}/{name} is gone: another command replaced it meanwhile; run this one again"
            ) from None
        except (OSError, pa.ArrowInvalid) as error:
            raise CannotStart(
                f"{self.address}/{name} cannot be read: {reason(error)}; "
                "if it is damaged, delete it and run again, and its rows are made afresh"
            ) from None

    def remove(self, names: Sequence[str]) -> None:
        """Delete files of ours. Raises Stopped when they can't be."""
        try:
            self.folder.remove(names)
        except OSError as error:
            raise Stopped(
                f"{self.address}: files cannot be deleted: {reason(error)}; the same command goes on"
            ) from None

    def tidy(self) -> None:
        """Delete what a killed command had begun to write, and end a merge that was cut short."""
        self._settle()
        self.remove([name for name in self.names() if name.startswith(UNFINISHED)])

    def clear(self) -> None:
        """Delete every file that a run has written; `_run.json` last, as it tells that they are ours."""
        self.tidy()
        self.remove(self.parts())
        self.remove([name for name in self.names() if name == GOLD])
        self.remove([name for name in self.names() if name == RUN])

    def _settle(self) -> None:
        plan = self._plan()
        if plan:
            names = self.names()
            if plan["into"] in names:
                self.remove([name for name in plan["parts"] if name in names])
            self.remove([COMPACTING])

    def _plan(self) -> dict[str, Any] | None:
        text = self._read(COMPACTING)
        return None if text is None else dict(json.loads(text))

    def _sizes(self) -> dict[str, int]:
        try:
            return self.folder.sizes()
        except NotADirectoryError:
            raise CannotStart(
                f"OUTPUT {self.address} is a file; name a folder, new or of an earlier run"
            ) from None
        except OSError as error:
            raise CannotStart(f"OUTPUT {self.address} cannot be listed: {reason(error)}") from None

    def _read(self, name: str) -> bytes | None:
        try:
            return self.folder.read(name)
        except OSError as error:
            raise CannotStart(f"{self.address}/{name} cannot be read: {reason(error)}") from None

    def _put(self, name: str, content: bytes) -> None:
        try:
            self.folder.put(name, content)
        except OSError as error:
            raise Stopped(
                f"{self.address}/{name} cannot be written: {reason(error)}; the same command goes on"
            ) from None


def _is_part(name: str) -> bool:
    return name.startswith("part-") and name.endswith(".parquet")
