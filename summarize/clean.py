"""What a model wrote, made into a summary: one or two sentences without special tokens, echoes or loops."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from summarize.loops import without_loops
from summarize.plain import one_line, plain
from summarize.sentences import is_ended, sentences

_TABLE = tomllib.loads(files("summarize").joinpath("data", "clean.toml").read_text("utf-8"))
_SPECIAL = re.compile("|".join(_TABLE["special_tokens"]))
_THOUGHT = re.compile(r"<think>.*?(?:</think>|$)", re.DOTALL)
_MARKUP = re.compile(r"\*\*|__|^\s*#+\s+", re.MULTILINE)
_BULLET = re.compile(r"^[-*•]\s+")
_LABELS = "|".join(sorted(map(re.escape, _TABLE["labels"]), key=len, reverse=True))
_PREAMBLE = r"(?:(?:sure|okay|certainly)\b[,.!]*\s*)?here(?:'s| is| are)\b[^:\n]{0,80}:"
_LABEL = re.compile(rf"\s*(?:(?:{_LABELS})\s*[:：]|{_PREAMBLE})\s*", re.I)
_QUOTED = re.compile(r"[\"“'«「](?P<inside>[^\"“”'«»「」]+)[\"”'»」]")
_UNFINISHED = frozenset(_TABLE["unfinished"]["words"].split())
_ENDINGS = tuple(_TABLE["unfinished"]["endings"])
_HAN_END = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]$")
_MOST = 2  # sentences of a summary
_LONGEST_LABEL = 40
_LEAST_LETTERS = 4
_LONGEST = 8000  # characters of an answer that are looked at


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A summary; `flags` say what was cut from it: prompt_echo_cut, repetition_cut, summary_cut."""

    text: str
    flags: tuple[str, ...] = ()


def without_special_tokens(text: str) -> str:
    """`text` without tokens that structure a model's input, such as <end_of_turn> or <|im_start|>."""
    return _SPECIAL.sub(" ", text)


def clean(text: str, template: str = "") -> Cleaned:
    """The summary in a model's answer to a prompt of the `template` (see summarize.prompts); may be empty."""
    flags = []
    text = plain(without_special_tokens(_THOUGHT.sub(" ", text[:_LONGEST])))
    text, echoed = _without_echo(_MARKUP.sub("", text).strip(), template)
    if echoed:
        flags.append("prompt_echo_cut")
    said = [_BULLET.sub("", one_line(sentence)) for sentence in sentences(text)]
    written = [sentence for sentence in said if any(map(str.isalnum, sentence))]
    kept, looped = without_loops(written)
    if looped:
        flags.append("repetition_cut")
    summary = kept[:_MOST]
    if summary and len(kept) <= _MOST and _is_unfinished(summary[-1]):
        flags.append("summary_cut")
        summary = summary[:-1] or summary
    joined = _unquoted(_joined(summary))
    return Cleaned(joined if any(map(str.isalpha, joined)) else "", tuple(flags))


def _without_echo(text: str, template: str) -> tuple[str, bool]:
    """The answer without labels and without lines of the prompt; and whether more than a label is gone."""
    labels, last = _echoes(template)
    echoed = False
    if labels and (first := labels.match(text)) and last and not last.match(text):
        again = last.search(text)
        text, echoed = text[again.end() if again else first.end() :], True
    while leading := (last and last.match(text)) or _LABEL.match(text):
        text = text[leading.end() :]
    if labels and (found := labels.search(text)):
        text, echoed = text[: found.start()], True
    return text, echoed


@lru_cache(maxsize=64)
def _echoes(template: str) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """Patterns of the beginnings of a template's lines, and of its last line."""
    begun = [_beginning(line) for line in template.split("\n")]
    known = [text for text in begun if sum(map(str.isalpha, text)) >= _LEAST_LETTERS]
    if not known:
        return None, None
    lines = "|".join(sorted({re.escape(text) for text in known}, key=len, reverse=True))
    return _line(lines), _line(re.escape(known[-1]))


def _line(beginnings: str) -> re.Pattern[str]:
    """A line of a prompt, where a line or sentence begins; as the prompt writes it, after any space."""
    begun = rf"(?:^|(?<=[\n.!?।。？！…])\s*)(?:{beginnings})"
    return re.compile(rf"(?:{begun}|(?<=\s)(?-i:{beginnings}))\s*", re.I | re.MULTILINE)


def _beginning(line: str) -> str:
    """What tells a line of a prompt: its label, or all that stands before a place to fill in."""
    label = re.match(rf"[^:：{{]{{1,{_LONGEST_LABEL}}}[:：]", line)
    return label[0].strip() if label else line.partition("{")[0].strip()


def _is_unfinished(sentence: str) -> bool:
    if is_ended(sentence):
        return False
    words = sentence.lower().split()
    return sentence.endswith(_ENDINGS) or (bool(words) and words[-1] in _UNFINISHED)


def _joined(parts: Sequence[str]) -> str:
    text = ""
    for part in parts:
        if text and not is_ended(text):  # items of a list
            text += "。" if _HAN_END.search(text) else "."
        text += part if not text or _HAN_END.search(text) else f" {part}"
    return text


def _unquoted(text: str) -> str:
    quoted = _QUOTED.fullmatch(text)
    return quoted["inside"].strip() if quoted else text
