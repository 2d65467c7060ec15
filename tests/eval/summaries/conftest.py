"""A file of references, as a fixture."""

import json
from pathlib import Path

import pytest
from made_messages import REFERENCES


@pytest.fixture
def references(tmp_path: Path) -> Path:
    path = tmp_path / "references.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in REFERENCES), encoding="utf-8")
    return path
