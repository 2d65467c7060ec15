"""Lines of text from bytes whose encoding nobody stated, and which may change within a file.

Exports joined from several systems mix UTF-8 with Windows-1252 (Portuguese) and GB18030 (Chinese), so every
line is judged by itself. What no encoding explains becomes U+FFFD.
"""

import codecs
import io
import re
from collections.abc import Iterator

_HIGH_RUNS = re.compile(rb"[\x80-\xff]+")
_GB_RUN = 4  # bytes; no word of a Latin script has so many accented letters in a row
_GB_SHARE = 0.9


def text_lines(file: io.BufferedReader) -> Iterator[str]:
    """The lines of a file with their ends; UTF-16 is known by its mark, the others are judged by the line."""
    if file.peek(2)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        text = io.TextIOWrapper(file, "utf-16", errors="replace", newline="\n")
        yield from text
        text.detach()  # the file is closed by who opened it
        return
    for number, line in enumerate(file):
        yield decode_line(line.removeprefix(codecs.BOM_UTF8) if number == 0 else line)


def decode_line(line: bytes) -> str:
    """A line of UTF-8, damaged UTF-8, GB18030 or Windows-1252 as text."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        mended = line.decode("utf-8", "replace")
    damage = mended.count("\ufffd")
    if sum(char > "\x7f" for char in mended) - damage >= damage:  # mostly good UTF-8, cut or spoilt
        return mended
    if _looks_like_gb(line):
        return line.decode("gb18030", "replace")
    return line.decode("cp1252", "replace")


def _looks_like_gb(line: bytes) -> bool:
    """Whether the high bytes come in long runs of pairs, as Chinese characters do."""
    runs = [len(run) for run in _HIGH_RUNS.findall(line)]
    paired = sum(run for run in runs if run % 2 == 0)
    return max(runs) >= _GB_RUN and paired >= _GB_SHARE * sum(runs)
