"""`nuskha parse`: lines of text in, the medications of each line out, for those who have another OCR."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from multilingual.clinical.formulary_index import FormularyIndex
from ocr.medications import medications_of_line


def parse_lines(lines: Iterable[bytes], index: FormularyIndex, undecodable: list[int]) -> Iterator[str]:
    """One JSON object a line, in order: line_number (from 1), text, medications; a blank line has none.

    The text is UTF-8; what is not is replaced by U+FFFD, and the line's number is added to `undecodable`.
    """
    for number, raw in enumerate(lines, start=1):
        line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
        try:
            text = line.decode()
        except UnicodeDecodeError:
            undecodable.append(number)
            text = line.decode(errors="replace")
        text = text.rstrip("\r\n")
        medications = medications_of_line(text, index) if text.strip() else []
        found = {"line_number": number, "text": text, "medications": [asdict(found) for found in medications]}
        yield json.dumps(found, ensure_ascii=False)
