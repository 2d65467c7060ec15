"""Lines of text for the commands that answer line by line."""

from collections.abc import Iterable, Iterator


def text_lines(lines: Iterable[bytes], undecodable: list[int]) -> Iterator[tuple[int, str]]:
    """Each line's number, from 1, and its text without the line's end.

    The text is UTF-8; what is not is replaced by U+FFFD, and the line's number is added to `undecodable`.
    """
    for number, raw in enumerate(lines, start=1):
        line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
        try:
            text = line.decode()
        except UnicodeDecodeError:
            undecodable.append(number)
            text = line.decode(errors="replace")
        yield number, text.rstrip("\r\n")
