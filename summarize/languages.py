"""Which language a query is in, and which its summary is to be in."""

from collections import Counter

from multilingual.language import Profile

LANGUAGES = ("en", "hi", "hi-en", "zh", "pt")
SOURCE = "source"
TARGETS = (LANGUAGES[0], SOURCE, *LANGUAGES[1:])
"""What can be asked for: a language, or `source`, the query's own."""

_NAMES = {
    "english": "en",
    "hindi": "hi",
    "hinglish": "hi-en",
    "hi-latn": "hi-en",  # the code of Roman Hindi
    "chinese": "zh",
    "mandarin": "zh",
    "portuguese": "pt",
    "português": "pt",
}
_HAN_WEIGHT = 3  # letters of another script that a Han character stands for


def language_of(profile: Profile, hint: str | None) -> str | None:
    """The language as detected, else as the row's own column gives it, else none."""
    return profile.language or _known(hint) or hint


def target_of(target: str, profile: Profile, hint: str | None) -> str:
    """The language of the summary. Of a mixture the larger part counts; where none is known, English does."""
    if target != SOURCE:
        return target
    parts = (profile.language or _known(hint) or "").split("+")
    if len(parts) > 1:
        letters: Counter[str] = Counter()
        for token in profile.tokens:
            letters[token.tag] += len(token.text) * (_HAN_WEIGHT if token.tag == "zh" else 1)
        letters["hi-en"] = letters["hi"]
        parts.sort(key=lambda part: -letters[part])
    return parts[0] if parts[0] in LANGUAGES else LANGUAGES[0]


def _known(hint: str | None) -> str | None:
    """A language as people name it ("Hinglish", "pt-BR", "zh_CN") by its code."""
    name = (hint or "").strip().lower().replace("_", "-")
    candidates = (_NAMES.get(name, name), name.partition("-")[0])
    return next((code for code in candidates if code in LANGUAGES), None)
