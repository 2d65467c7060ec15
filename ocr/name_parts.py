"""A name as read, taken apart: runs of its words, its suffix and what comes before, the site behind it."""

from collections.abc import Iterator

from multilingual.clinical.name_keys import name_key

SITES = frozenset({"ear", "ears", "eye", "eyes", "nasal", "nose", "oral", "vaginal"})
"""Words that say where a medicine goes; they are no part of its name when they end it."""
_COMBINING = frozenset({"+", "&", "/", "and", "com", "e"})
_WORDS = 3
_FIRST_WORD_LETTERS = 3
"""The first word of a name is tried from this length, if it is a name of the formulary to the letter."""
_SCRAP = 3


def parts_of(name: str) -> Iterator[tuple[str, int, bool]]:
    """Runs of one to three words that no suffix follows: the run, the words left out, whether it is first."""
    words = name.split()
    if any(word in _COMBINING for word in words):  # one substance of a combination is another medicine
        return
    for length in range(min(_WORDS, len(words) - 1), 0, -1):
        for start in range(len(words) - length + 1):
            part, rest = " ".join(words[start : start + length]), words[start + length :]
            following = next((word for word in rest if any(map(str.isalnum, word))), "")  # "Lanol - ER"
            if letters_of(part) >= _FIRST_WORD_LETTERS and not _is_suffix(following):
                yield part, len(words) - length, start == 0


def letters_of(name: str) -> int:
    """How many letters a name has."""
    return sum(map(str.isalpha, name))


def without_site(name: str) -> str:
    """The name without the word that ends it, where that is a site."""
    words = name.split()
    return " ".join(words[:-1]) if len(words) > 1 and words[-1].casefold() in SITES else name


def suffix_of(name: str) -> str:
    """The letters of a name's suffix, in upper case: "D" of "Pan-D eye"; empty where there is none."""
    kept = " ".join(word for word in name.split() if word.casefold() not in SITES)
    return "".join(c for c in name_key(kept) if c.isupper())


def stem_of(name: str) -> str:
    """The key of a name without its suffix."""
    return "".join(c for c in name_key(name) if not c.isupper())


def _is_suffix(word: str) -> bool:
    """Whether a word makes another product of the name before it; scraps in small letters do not."""
    return name_key(f"x {word}")[1:].isupper() and (not word.islower() or len(word) > _SCRAP)
