"""Text as its reader sees it: composed, and without the characters that no reader sees.

Null bytes, control and direction characters, invisible tags and halves of surrogate pairs come in with
messages from telephones and broken exports; they defeat tokenizers and table files, and hide text.
"""

import re

from multilingual.normalise import nfc

_LINE_ENDS = re.compile("\r\n?|\u2028|\u2029")
_SPACES = re.compile("[\t\v\f\x1c-\x1f\xa0]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f]"
)  # the joiners U+200C and U+200D stay: Devanagari is spelled with them
_HALF = re.compile("[\ud800-\udfff]")
# C1 controls are almost always Windows-1252 that was read as Latin-1: "don\x92t".
_C1 = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}


def plain(text: str) -> str:
    """`text` in NFC without unseen characters or space at its ends; half a surrogate pair becomes U+FFFD."""
    text = _LINE_ENDS.sub("\n", whole(text).translate(_C1))
    return nfc(_UNSEEN.sub("", _SPACES.sub(" ", text))).strip()


def whole(text: str) -> str:
    """`text` as it is, but with U+FFFD for each half of a surrogate pair, so that any file can hold it."""
    return _HALF.sub("\ufffd", text)


def one_line(text: str) -> str:
    """`text` with each run of white space as one space."""
    return " ".join(text.split())
