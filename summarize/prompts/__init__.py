"""Prompts are data: one file a task and target language, `TASK.LANGUAGE.txt`, versioned by its hash.

A file holds the text put to a model, with `{query}` for the patient's message, or `{query_in_english_words}`
for it with its words of Hindi in English (a small model knows few of them), and `{notes}` for what is known
besides (pseudo-notes of the patient's columns, the text of an attached document). A line that asks for notes
is left out where there are none, and one that ends with `{picture}` where no picture goes with the prompt. No
file holds a patient's text.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from multilingual.word_lists import DATA, ENGLISH_WORDS

_PICTURE: Final = "{picture}"
_IN_ENGLISH_WORDS: Final = "{query_in_english_words}"
_TABLE: Final = DATA.joinpath(ENGLISH_WORDS)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt for one task and target language.

    `digest` is the SHA-256 of its file, and of the table of English words if it takes them, in hexadecimal.
    """

    task: str
    language: str
    template: str
    digest: str

    def render(self, query: str, notes: str | None = None, *, has_picture: bool = False) -> str:
        """The text put to the model. The message and the notes go in as they are, in one pass."""
        lines = [
            line.removesuffix(_PICTURE)
            for line in self.template.split("\n")
            if (notes or "{notes}" not in line) and (has_picture or not line.endswith(_PICTURE))
        ]
        parts = {"{query}": query, "{notes}": notes or ""}
        if _IN_ENGLISH_WORDS in self.template:
            from multilingual.english_words import in_english_words  # numpy, which prompts' names need not

            parts[_IN_ENGLISH_WORDS] = in_english_words(query)
        return "\n".join(_filled(line, parts) for line in lines)


def _filled(line: str, parts: dict[str, str]) -> str:
    for place, text in parts.items():
        if place in line:
            before, _, after = line.partition(place)
            return before + text + _filled(after, parts)
    return line


@cache
def load_prompt(task: str, language: str) -> Prompt:
    """The prompt of a task in a target language. Raises ValueError naming the known ones."""
    folder = files(__name__)
    names = {entry.name for entry in folder.iterdir() if entry.name.endswith(".txt")}
    name = f"{task}.{language}.txt"
    if name not in names:
        known = ", ".join(sorted(entry.removesuffix(".txt") for entry in names))
        raise ValueError(f"no prompt {task}.{language}; there are: {known}")
    text = folder.joinpath(name).read_bytes()
    template = text.decode().rstrip("\n")
    beside = _TABLE.read_bytes() if _IN_ENGLISH_WORDS in template else b""
    return Prompt(task, language, template, sha256(text + beside).hexdigest())
