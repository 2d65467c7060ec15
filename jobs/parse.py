"""`nuskha parse`: lines of text in, the medications of each line out, for those who have another OCR."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from jobs.text_lines import text_lines
from multilingual.clinical.formulary_index import FormularyIndex
from ocr.medications import medications_of_line


def parse_lines(lines: Iterable[bytes], index: FormularyIndex, undecodable: list[int]) -> Iterator[str]:
    """One JSON object a line, in order: line_number (from 1), text, medications; a blank line has none.

    `undecodable` is that of `text_lines`.
    """
    for number, text in text_lines(lines, undecodable):
        medications = medications_of_line(text, index) if text.strip() else []
        found = {"line_number": number, "text": text, "medications": [asdict(found) for found in medications]}
        yield json.dumps(found, ensure_ascii=False)
