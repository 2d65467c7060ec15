"""`nuskha languages`: lines of text in, the language of each line and of its words out."""

import json
from collections.abc import Iterator
from typing import BinaryIO

from jobs.text_lines import text_lines
from multilingual.language import profile


def language_lines(lines: BinaryIO, undecodable: list[int]) -> Iterator[str]:
    """One JSON object a line, in order: line_number (from 1), language, code_mix_index, tokens.

    A line without words of a known language has language null. `undecodable` is that of `text_lines`.
    """
    for number, text in text_lines(lines, undecodable):
        found = profile(text)
        yield json.dumps(
            {
                "line_number": number,
                "language": found.language,
                "code_mix_index": round(found.code_mix_index, 2),
                "tokens": [{"text": token.text, "tag": token.tag} for token in found.tokens],
            },
            ensure_ascii=False,
        )
