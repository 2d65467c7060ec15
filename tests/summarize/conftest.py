"""Tiny models for the session."""

from pathlib import Path

import pytest
from tiny_families import save_tiny
from tiny_model import save_tiny_model


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny model that continues a text."""
    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def tiny_vlm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny vision-language model."""
    return save_tiny("llava", tmp_path_factory.mktemp("tiny-vlm"))


@pytest.fixture(scope="session")
def tiny_chat_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny model with a chat template."""
    return save_tiny_model(tmp_path_factory.mktemp("tiny-chat"), chat=True)
