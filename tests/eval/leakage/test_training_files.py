"""Files of texts that are compared."""

from pathlib import Path

import pytest

from eval.leakage.files import read_texts


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"query_id": "a", "query": "Naproxen"}\n{"query_id": "b"}', "line 2 has no query"),
        ('{"query_id": "a", "query": null}', "line 1 has no query"),
        ('{"query_id": "a", "query": "?"}\n\n{"id": "a", "query": "Naproxen"}', "line 3: id a occurs twice"),
        ('{"query": "Naproxen', "line 1 is no JSON"),
        ('["Naproxen"]', "line 1 is no object"),
        ("\n", "a.jsonl holds no text"),
    ],
)
def test_bad_files_are_told_by_their_line(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError) as told:
        read_texts(path)
    assert message in str(told.value)
    assert "Naproxen" not in str(told.value)


def test_rows_without_ids_go_by_their_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "x"}\n{"id": 7, "text": "y"}', encoding="utf-8")
    assert read_texts(path, "text") == {"line 1": "x", "7": "y"}
