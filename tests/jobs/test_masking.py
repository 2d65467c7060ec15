"""No key and no credential is written down."""

from typing import Any

import pytest

from jobs.masking import masked


@pytest.mark.parametrize(
    "given, written",
    [
        ({"api_key": "sk-1"}, {"api_key": "***"}),
        (
            {"options": {"hf_token": "t", "max_new_tokens": "9"}},
            {"options": {"hf_token": "***", "max_new_tokens": "9"}},
        ),
        ({"AWS_SECRET": "s", "password": ""}, {"AWS_SECRET": "***", "password": ""}),
        ({"monkey": "a", "batch_tokens": 5}, {"monkey": "a", "batch_tokens": 5}),
        ("s3://id:secret@bucket/out", "s3://***@bucket/out"),
        ("postgres://user:p%40ss@host:1/db", "postgres://***@host:1/db"),
        ("s3://bucket/a@b/out", "s3://bucket/a@b/out"),
        (["https://h/x?X-Amz-Signature=ab&page=2"], ["https://h/x?X-Amz-Signature=***&page=2"]),
        ("https://blob/x?sv=2024&sig=abc%3D#f", "https://blob/x?sv=2024&sig=***#f"),
        ({"inputs": ("scans", "http://u@h/x")}, {"inputs": ["scans", "http://***@h/x"]}),
        ("/scans/token=1?key=2", "/scans/token=1?key=2"),
        ({"workers": None, "restart": False}, {"workers": None, "restart": False}),
    ],
)
def test_secrets_are_masked(given: Any, written: Any) -> None:
    assert masked(given) == written
