"""Files of references."""

from pathlib import Path

import pytest

from eval.summaries.references import load_references


def test_only_compares_values_as_json_writes_them(references: Path) -> None:
    assert [r.query_id for r in load_references(references, "core", {"old": "false"})] == ["a"]
    assert [r.query_id for r in load_references(references, "core", {"old": "true"})] == ["b"]


def test_a_reference_has_what_is_known_of_it(references: Path) -> None:
    first, _, third, fourth = load_references(references, "core")
    assert (first.image, first.image_class, first.condition) == ("skin/1.jpg", "skin", None)
    assert (third.text, third.condition, third.image) == (None, "Rinite", None)
    assert fourth.text is None  # a blank reference is none


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"query_id": "a"}\n', "line 1 has no query"),
        ('{"query": "?", "query_id": "a"}\n{"query"', "line 2 is no JSON"),
        (
            '{"query": "?", "query_id": "a"}\n{"query": "!", "query_id": "a"}',
            "line 2: query_id a occurs twice",
        ),
        ('{"query": "?", "query_id": 1}\n{"query": "!", "query_id": "1"}', "line 2: query_id 1 occurs twice"),
        ("[1]", "line 1 has no query_id"),
        ('{"query": 1, "query_id": "a"}', "line 1: query is no text"),
        ('{"query": "?", "query_id": "a", "core": ["x"]}', "line 1: core is no text"),
        ('{"query": "?", "query_id": "a", "image": 3}', "line 1: image is no text"),
    ],
)
def test_bad_references_are_told_by_their_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        load_references(path, "core")
