"""What results for people look like, whether on a terminal or in a pipe."""

from typing import TextIO

from rich.console import Console

from ocr.records import Status

STATUS_STYLES = {Status.OK: "green", Status.REVIEW: "yellow", Status.ERROR: "bold red"}
_PIPE_WIDTH = 110


def console_of(file: TextIO) -> Console:
    """A console on the file, readable on 80 columns, and of a fixed width where it is no terminal."""
    console = Console(file=file, highlight=False)
    return console if console.is_terminal else Console(file=file, highlight=False, width=_PIPE_WIDTH)
