"""Keys of medicine names: what is compared when two names are compared.

Case, accents, hyphens, spaces and other signs do not count. A suffix does: `Pan D` is another medicine than
`Pan`, so the letters of a short word after the first (`D`, `AM`, `LC`, `XR`, `Forte`) stand in upper case in
the key, which makes them an alphabet of their own whose errors cost more.

>>> name_key("Pan-D"), name_key("Telma AM"), name_key("São João")
('panD', 'telmaAM', 'saojoao')
"""

import re
import unicodedata

# Suffixes longer than three letters that make another product; shorter words are taken for suffixes unseen.
LONG_SUFFIXES = frozenset(
    {
        "active",
        "adult",
        "cold",
        "duo",
        "extra",
        "fast",
        "forte",
        "gold",
        "junior",
        "kids",
        "max",
        "mups",
        "paed",
        "paediatric",
        "pediatric",
        "plus",
        "retard",
    }
)
SUFFIX_LETTERS = 3

_ASCII_WORDS = re.compile(r"[a-z0-9]+")


def name_words(name: str) -> list[str]:
    """The words of a name, case folded and without accents; marks of Indic scripts are kept."""
    if name.isascii():
        return _ASCII_WORDS.findall(name.lower())
    folded = unicodedata.normalize("NFKD", name).casefold()
    kept = [_kept(sign) for sign in folded]
    return unicodedata.normalize("NFC", "".join(kept)).split()


def _kept(sign: str) -> str:
    if unicodedata.combining(sign) and sign < "\u0900":  # an accent on a Latin, Greek or Cyrillic letter
        return ""
    return sign if unicodedata.category(sign)[0] in "LMN" else " "


def name_key(name: str) -> str:
    """The key of a name; empty when the name has no letter and no digit."""
    words = ["vitamin" if word == "vit" else word for word in name_words(name) if word != "and"]
    return "".join(
        word.upper() if position and _is_suffix(word) else word for position, word in enumerate(words)
    )


def _is_suffix(word: str) -> bool:
    return word in LONG_SUFFIXES or (len(word) <= SUFFIX_LETTERS and word.isalpha())
