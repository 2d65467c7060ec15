"""A Portuguese message in its own words: what stands for a summary where nobody wrote any."""

import re

from summarize.train.words import WORDS

_SENTENCE = re.compile(r"[^.!?\n]+(?:\.(?=\w)[^.!?\n]+)*[.!?]*")
_COURTESY = re.compile(rf"^(?:(?:{'|'.join(WORDS['courtesy']['before'])})\b[\s,.!?:;-]*)+", re.IGNORECASE)
_THANKS = re.compile(
    rf"[\s,.;-]*\b(?:desde j[áa],? )?(?:muito )?(?:{'|'.join(WORDS['courtesy']['after'])})\b"
    r"(?: pela (?:aten[çc][ãa]o|ajuda))?[\s!.]*$",
    re.IGNORECASE,
)
_SHORT = 160  # characters that need no further cutting


def own_words(query: str, condition: str | None) -> str:
    """A message's own sentences, less greetings and thanks: all if short, else its last two questions.

    The first sentence that names the condition stays in any case.
    """
    sentences = [
        _COURTESY.sub("", sentence.strip()) for sentence in _SENTENCE.findall(_THANKS.sub("", query))
    ]
    sentences = [sentence for sentence in sentences if len(sentence.strip(" .!?")) > 3]
    if sum(map(len, sentences)) > _SHORT:
        asked = [sentence for sentence in sentences if "?" in sentence][-2:] or sentences[-1:]
        names = [
            sentence for sentence in sentences if condition and condition.casefold() in sentence.casefold()
        ]
        wanted = set(asked) | set(() if set(asked) & set(names) else names[:1])
        sentences = [sentence for sentence in sentences if sentence in wanted]
    return " ".join(_whole(sentence) for sentence in sentences)


def _whole(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:] + ("" if sentence[-1] in ".!?" else ".")
