"""A LLaVA of random weights, and what it says of some pictures."""

from pathlib import Path

import pytest
from asked import LONGEST, QUESTIONS, model_of
from tiny_families import save_tiny

from ocr.vision_language.asking import Said
from ocr.vision_language.model import VisionLanguageModel


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny("llava", tmp_path_factory.mktemp("llava"))


@pytest.fixture(scope="session")
def wanted(folder: Path) -> list[Said]:
    return model_of(folder).answer(QUESTIONS, None, LONGEST)


@pytest.fixture
def model(folder: Path) -> VisionLanguageModel:
    return model_of(folder)
