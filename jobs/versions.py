"""The versions that results are signed with."""

import platform
import tomllib
from importlib.metadata import version
from pathlib import Path

_PROJECT = Path(__file__).parent.parent / "pyproject.toml"


def own_version() -> str:
    """The version of the code that runs.

    Where the code came with a job that was submitted nothing needs to be installed, and what is installed
    may be older: pyproject.toml, which travels with the code, comes first.
    """
    if _PROJECT.is_file():
        return str(tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["version"])
    return version("nuskha")


def versions(*packages: str) -> dict[str, str]:
    """Of Python, of this code and of the packages named."""
    return {
        "python": platform.python_version(),
        "nuskha": own_version(),
        **{name: version(name) for name in packages},
    }
