"""How many tokens a text has, by estimate, where the tokenizer is not at hand."""

_FRAME = 32  # what puts a text to a model
_ASCII, _OTHER = 0.4, 1.5  # tokens of a character: from above, by script


def estimated_tokens(text: str) -> int:
    """Tokens of a text as a prompt, rather too many than too few."""
    return _FRAME + round(sum(_ASCII if char.isascii() else _OTHER for char in text))
