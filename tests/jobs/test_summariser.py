"""What an engine says of itself, asked in a process of its own."""

import os
from pathlib import Path

import pytest

from jobs import summariser
from jobs.exits import CannotStart
from jobs.summariser import EngineFacts, ask_engine


def test_what_an_engine_says_comes_back() -> None:
    assert ask_engine("lead", {}) == EngineFacts(
        "lead", summariser.open_engine("lead", {}).version, uses_gpu=False, prompt=""
    )


@pytest.mark.slow
def test_why_an_engine_cannot_start_comes_back(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="nowhere"):
        ask_engine("causal-lm", {"model": str(tmp_path / "nowhere")})


def _die(*_: object) -> EngineFacts:
    os._exit(1)


def test_an_engine_that_dies_as_it_loads_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summariser, "_facts", _die)
    with pytest.raises(CannotStart, match="died while it was loaded"):
        ask_engine("fake", {"delay_ms": "0.25"})
