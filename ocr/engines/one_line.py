"""Engines for pictures that are not pages."""

from collections.abc import Sequence

from ocr.engines.base import Engine, Fragment, Picture
from ocr.units import Unit


def for_unit(engine: Engine, unit: Unit) -> Engine:
    """The engine for pictures of this unit: itself for pages, for lines one that searches for none."""
    return engine if unit is Unit.PAGE else _OneLine(engine)


class _OneLine:
    """An engine to which a page is a single line as it lies, or nothing."""

    def __init__(self, engine: Engine) -> None:
        self.name, self.version, self.uses_gpu = engine.name, engine.version, engine.uses_gpu
        self.read_lines = engine.read_lines

    def read(self, pages: Sequence[Picture]) -> list[list[Fragment]]:
        """See `Engine.read`."""
        return [[] if line is None else [line] for line in self.read_lines(pages)]
