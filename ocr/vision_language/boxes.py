"""Boxes as models tell them, in pixels of the page."""

from collections.abc import Sequence

from ocr.records import Box
from ocr.vision_language.families import Boxes


def box_on_page(
    told: Sequence[float], boxes: Boxes, seen_size: tuple[int, int] | None, size: tuple[int, int]
) -> Box | None:
    """The box on a page of `size`, clipped to it; None where it is nonsense, or told in no known unit.

    `told` is x0, y0, x1, y1; `seen_size` and `size` are (width, height) in pixels of the picture as the model
    saw it and of the page.
    """
    if boxes == "thousandths":
        unit: tuple[float, float] = (1000, 1000)
    elif boxes == "pixels" and seen_size is not None:
        unit = seen_size
    else:
        return None
    (width, height), (x0, y0, x1, y1) = size, told
    left, right = (min(max(x * width / unit[0], 0.0), width) for x in (x0, x1))
    top, bottom = (min(max(y * height / unit[1], 0.0), height) for y in (y0, y1))
    if right <= left or bottom <= top:
        return None
    return (left, top, right, top, right, bottom, left, bottom)
