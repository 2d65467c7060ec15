"""What a batch job is: what was asked for, and what each kind of job tells the one driver (`jobs.batch`)."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import pyarrow as pa

from jobs.cluster import Shares
from jobs.options import PAGE_LIMIT_S
from jobs.output import Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A batch job as asked for on the command line; the fields are its options."""

    inputs: Sequence[str]
    output: str
    engine: str
    engine_options: Mapping[str, str] = field(default_factory=dict)
    workers: int | None = None
    gpus_per_worker: float = 0.0
    grow_s: float = 0.0
    """Seconds to wait for a cluster that grows with demand; 0 for one that does not."""
    address: str | None = None
    restart: bool = False
    retry_errors: bool = False
    limit: int | None = None
    max_failures: str = "1%"
    limit_s: float = PAGE_LIMIT_S
    """Seconds that one row may take its worker."""


class Ledger(Protocol):
    """What of a job's input is written. It knows that from the rows themselves.

    The tables it is asked about have the job's `columns` at least.
    """

    @property
    def total(self) -> int:
        """How many documents, or messages, the input holds."""
        ...

    @property
    def finished(self) -> int:
        """How many of them are written whole."""
        ...

    def belongs(self, rows: pa.Table) -> list[bool]:
        """For each row whether it is of the input as it is now."""
        ...

    def superseded(self, rows: pa.Table) -> list[bool]:
        """For each row whether it is of an earlier version of the input, which the present one replaces."""
        ...

    def note(self, rows: pa.Table) -> list[bool]:
        """Note rows as written, and say of each whether it was not there before."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(ABC):
    """A request whose every part was found in order.

    `reading` is what decides how a row comes out; all rows of one output folder share it. `inputs` counts
    what the input was made of, and after that what of it was passed over. `models` is the SHA-256 of each
    file of weights, by its name, as far as the engine can tell.
    """

    name: ClassVar[str]  # as on the command line and in _run.json
    whole: ClassVar[str]  # what the ledger counts, in the plural
    unit: ClassVar[str]  # what a row is, in the plural
    columns: ClassVar[Sequence[str]]  # what the ledger and the tally look at

    request: Request
    reading: Mapping[str, Any]
    output: Output
    inputs: Mapping[str, int]
    ledger: Ledger
    models: Mapping[str, str] = field(default_factory=dict)

    @abstractmethod
    def read(self, shares: Shares, *, alone: bool) -> Generator[pa.Table]:
        """Read what is not written yet, and yield result rows, some at a time, in any order.

        Rows over which a worker died each time are missing; with `alone` each row is made by itself, so that
        only the one at fault is.
        """

    @abstractmethod
    def lost(self) -> Generator[pa.Table]:
        """Error rows for what is still not written: its worker failed over it each time."""

    @abstractmethod
    def tally(self, rows: pa.Table) -> Counter[str]:
        """What else to count in result rows, for `_run.json`."""

    @abstractmethod
    def findings(self, tally: Mapping[str, int]) -> Sequence[tuple[str, str]]:
        """The tally in the closing summary: name and text of each line."""


LOST = "its worker failed each time it was tried: out of memory, a crash in a library, or past the time limit"
"""What is said of a row over which a worker died each time."""
