"""What may pass is tried again: a full disk is emptied, a store that is overloaded answers a little later."""

import errno
import sys
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Before each further attempt; clients of object stores make several of their own within each."""
_LASTING = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError)
_LASTING_NUMBERS = {errno.EROFS, errno.ENAMETOOLONG, errno.EINVAL}


def with_retries(action: Callable[[], T], what: str) -> T:
    """Do it, again after each of `PAUSES_S` while it fails with an OSError that may pass; said on stderr.

    Raises the last OSError.
    """
    for number, pause in enumerate(PAUSES_S):
        try:
            return action()
        except OSError as error:
            if isinstance(error, _LASTING) or error.errno in _LASTING_NUMBERS:
                raise
            if not number:
                print(f"{what}: {reason(error)}; trying again for {sum(PAUSES_S):.0f} s", file=sys.stderr)
            time.sleep(pause)
    return action()


def reason(error: BaseException) -> str:
    """The first line of what an error says."""
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(said).splitlines()[0]
