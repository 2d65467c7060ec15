"""A function called in a process of its own: the memory that it took, on a GPU too, goes back with it."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TypeVar

from jobs.exits import CannotStart

T = TypeVar("T")


def loaded_apart(engine: str, function: Callable[..., T], *arguments: object) -> T:
    """What the function returns, which loads that engine. Raises what it raises; CannotStart if it dies."""
    try:
        with ProcessPoolExecutor(1, get_context("spawn")) as other:
            return other.submit(function, *arguments).result()
    except BrokenProcessPool:
        raise CannotStart(
            f"engine {engine} died while it was loaded: out of memory, or a crash in a library"
        ) from None
