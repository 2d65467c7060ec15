"""What a picture holds: a page, whose lines are to be found, or one line or word that was cut out already."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Unit(StrEnum):
    """What a picture holds."""

    PAGE = "page"
    LINE = "line"


BEST_ENGINE: Mapping[Unit, str] = MappingProxyType({Unit.PAGE: "both", Unit.LINE: "nuskha"})
"""The engine that read each best when they were measured (design/experiments.md): the default."""
