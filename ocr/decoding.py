"""The text of a line or a word with the names of medicines as the formulary has them."""

from multilingual.clinical.formulary_index import FormularyIndex
from ocr.engines.base import Fragment
from ocr.medications import read_line


def decode_text(fragment: Fragment, index: FormularyIndex) -> str:
    """The text of a fragment, each name that the formulary knows as it is spelled there, the rest as read."""
    return read_line(fragment, index).decoded[0]
