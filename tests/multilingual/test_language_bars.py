"""The bars of language identification on real texts, none of which it was trained on."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from multilingual.language import profile, tag_tokens

DATA = Path(os.environ.get("NUSKHA_DATA", Path(__file__).parents[3] / "shared" / "data"))
WORDS = DATA / "hinglish" / "word_language_validation.txt"

SETS = {
    "queries/mmcqs_valid.jsonl": ("query", "hi-en"),
    "queries/en_mediqa_valid.jsonl": ("query", "en"),
    "queries/zh_toyhom_valid.jsonl": ("query", "zh"),
    "queries/pt_medpt_dev_no_summary.jsonl": ("query", "pt"),
    "parallel/tico19_en_hi.jsonl": ("hi", "hi"),
}


@pytest.mark.parametrize("name", SETS)
def test_language_of_texts(name: str) -> None:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the real texts are not at {path}")
    column, language = SETS[name]
    texts = [json.loads(line)[column] for line in path.read_text("utf-8").splitlines()]
    assert sum(profile(text).language == language for text in texts) >= 0.98 * len(texts)


def sentences() -> Iterator[list[tuple[str, str]]]:
    """Words and their tags, hi or en, of each sentence of the validation set."""
    for block in WORDS.read_text("utf-8").split("\n\n"):
        rows = [line.split("\t") for line in block.splitlines() if line.strip()]
        if rows:
            yield [(word, tag.strip().lower()) for word, tag in rows]


@pytest.mark.slow
@pytest.mark.skipif(not WORDS.exists(), reason=f"the tagged words are not at {WORDS}")
def test_tags_of_words() -> None:
    tagged = list(sentences())
    right = predicted = asked = 0
    for sentence in tagged:
        found = {token.start: token for token in tag_tokens(" ".join(word for word, _ in sentence))}
        position = 0
        for word, tag in sentence:
            token = found.get(position)
            position += len(word) + 1
            asked += 1
            predicted += token is not None and token.tag != "other"
            right += token is not None and token.text == word and token.tag == tag
    assert 2 * right / (predicted + asked) >= 0.90  # micro F1; a number, tagged other, counts as not found
