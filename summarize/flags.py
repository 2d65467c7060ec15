"""Flags: what a person should look at in a row, as "code" or "code: detail"."""

from summarize.plain import one_line

FLAGS = {
    "image_missing": "there is no such image; the text was summarised",
    "image_broken": "the image could not be opened or read",
    "image_unseen": "the image is a photograph, and the engine does not see",
    "image_shortened": "of a long document only the head and the tail were told",
    "characters_lost": "so many characters came in unreadable (U+FFFD)",
    "instructions_in_query": 'the message speaks to the model ("ignore the above"); nothing else changed',
    "query_shortened": "the message is longer than the model takes; so many of its sentences were kept",
    "context_shortened": "likewise what was told besides",
    "prompt_echo_cut": "the model went on with its prompt; that was cut",
    "repetition_cut": "the model said something again and again; it stands once",
    "summary_cut": "the last sentence breaks off",
    "summary_empty": "nothing was left of what the model wrote",
    "findings_cut": "what the model sees on the picture was cut, for the reason named",
    "findings_empty": "nothing was left of what it sees on the picture",
    "told_by_image": "only what the model sees on the picture tells this: look at the picture",
    "invented_drug": "a drug that no source tells",
    "invented_number": "likewise a number",
    "invented_duration": "likewise a duration",
    "invented_age": "likewise an age",
    "invented_sex": "likewise a sex",
    "invented_symptom": "likewise a symptom",
    "invented_site": "likewise a part of the body",
    "invented_side": "likewise a side",
    "misplaced_symptom": "the sources tell the symptom and the part of the body, but not together",
    "flipped_side": "the sources tell the other side",
    "flipped_negation": "the sources negate what the summary asserts, or the reverse",
    "untold_word": "no word of a Hinglish or Hindi message is known to tell this one of its English summary",
    "untranslated": "a word of Hindi was copied into an English summary",
    "not_target_language": "the summary is in another language",
}
"""What each code says."""

_LONGEST_DETAIL = 60  # characters


def flag(code: str, detail: str = "") -> str:
    """A flag with its detail, on one line and at most 60 characters of it."""
    told = one_line(detail)[:_LONGEST_DETAIL].rstrip()
    return f"{code}: {told}" if told else code


def flag_table() -> str:
    """Markdown table of the codes."""
    rows = [f"| `{code}` | {says} |" for code, says in FLAGS.items()]
    return "\n".join(["| flag | says |", "|---|---|", *rows])
