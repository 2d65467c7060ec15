"""How a command ends: its exit status, and the error that means nothing could start."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit statuses, the same for every command."""

    OK = 0
    FAILURES = 1
    NOT_STARTED = 2


class CannotStart(Exception):
    """Nothing could start. The message is one sentence that names the cause and the way out."""


class Stopped(Exception):
    """A job could not go on. What it had read is written, and the same command goes on from there."""
