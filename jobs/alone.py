"""A stage in a process of its own, so that a row which ends or hangs it can be named.

Ray tells that a worker died, and not over which row nor how. Where rows are made one by one, the worker has
its engine in a child, looks on, and makes the error row itself.
"""

import signal
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any, Protocol

import pyarrow as pa

from jobs.time_limit import PAST_LIMIT

ATTEMPTS = 2
"""Of each row: those with others were before."""


class Stage(Protocol):
    """What holds an engine: rows in, tables of packed result rows out."""

    def __call__(self, batch: pa.Table) -> Iterator[pa.Table]:
        """Result rows of a batch."""
        ...

    def failed(self, batch: pa.Table, error: str) -> Iterator[pa.Table]:
        """Error rows of a batch."""
        ...


class Alone:
    """A `Stage` in a child process, which is started again when it dies. `limit_s` is what the stage allows.

    Raises RuntimeError when the child ends before its stage is made.
    """

    def __init__(self, limit_s: float, stage: Callable[..., Stage], *arguments: Any) -> None:
        self._limit_s = limit_s
        self._made = (stage, arguments)
        self._child = _Child(*self._made)

    def __call__(self, batch: pa.Table) -> Iterator[pa.Table]:
        """Result rows of a batch of one row; its error row when that ended the child each time."""
        for _ in range(ATTEMPTS):
            started = monotonic()
            try:
                results = self._child.ask("__call__", batch)
            except EOFError:
                status = self._child.exit_status()
                late = status == PAST_LIMIT and monotonic() - started >= self._limit_s
                error = _late(self._limit_s) if late else _crashed(status)
                self._child = _Child(*self._made)
            else:
                yield from results
                return
        yield from self._child.ask("failed", batch, error)


class _Child:
    def __init__(self, stage: Callable[..., Stage], arguments: tuple[Any, ...]) -> None:
        context = get_context("spawn")  # a fork would share Ray's connections
        self._connection, its_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(its_end, stage, arguments), daemon=True)
        self._process.start()
        its_end.close()
        try:
            self._connection.recv()
        except EOFError:
            raise RuntimeError(f"the engine did not start ({_how(self.exit_status())})") from None

    def ask(self, method: str, *arguments: Any) -> list[pa.Table]:
        """What a method of the stage answers. Raises EOFError when the process ends meanwhile."""
        try:
            self._connection.send((method, *arguments))
            answer: list[pa.Table] = self._connection.recv()
        except (ConnectionError, EOFError):
            raise EOFError from None
        return answer

    def exit_status(self) -> int:
        """Waits for the end of the process; minus a signal's number when that ended it."""
        self._process.join()
        return self._process.exitcode or 0


def _serve(connection: Connection, stage: Callable[..., Stage], arguments: tuple[Any, ...]) -> None:
    """The child: answer until nobody asks any more."""
    made = stage(*arguments)
    connection.send("ready")
    try:
        while True:
            method, *asked = connection.recv()
            connection.send(list(getattr(made, method)(*asked)))
    except (ConnectionError, EOFError):
        return


def _late(limit_s: float) -> str:
    return f"it ran past the time limit of {limit_s:g} s each time it was tried"


def _crashed(status: int) -> str:
    return f"the engine's process crashed each time it was tried ({_how(status)})"


def _how(status: int) -> str:
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"exit status {status}"
