"""PDF pages as pictures, through PDFium, one page at a time.

PDFium may be called by one thread at a time only, so that every call is made under one lock.
"""

import logging
import math
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

import numpy as np
import pypdfium2
from pypdfium2 import raw

from ocr.document import KEPT_PIXELS, MAX_PIXELS, Decoded, DecodeError, check_pages, too_large
from ocr.engines.base import Picture

LONG_SIDE = 2200  # pixels of a page that is drawn rather than scanned
LEAST_DPI, MOST_DPI = 150, 400  # of such a page, however large or small its paper
SCAN_DPI = 600  # a scan is rendered at its own resolution up to this
LONGEST = 20_000  # pixels on a side, for paper that is a ribbon

XFA = "a form of the kind XFA, whose fields may not be drawn: print it to a new PDF"

_XFA_FORMS = (raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND)
_POINTS = 72  # to the inch: the unit of a PDF
_OBJECTS = 5_000  # looked at on a page; a scan has few
_FORMS = 5  # levels of nesting looked into
_PAGES = 32  # drawn before the document is opened afresh: PDFium keeps every page's compressed data
_PDFIUM = threading.RLock()

logging.getLogger("pypdfium2").setLevel(logging.ERROR)  # what it warns of is said in the page's warnings


class PdfPages:
    """A PDF opened by PDFium; see `ocr.document.Document`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        with _PDFIUM:
            self._pdf, self._drawn = _opened(data), 0
            self._warnings = (XFA,) if self._pdf.get_formtype() in _XFA_FORMS else ()
            try:
                self.pages = check_pages(len(self._pdf))
            except DecodeError:
                self._pdf.close()
                raise

    def page(self, number: int) -> Decoded:
        """The page, scans at their own resolution, all else at about `LONG_SIDE` pixels."""
        with _PDFIUM:
            if self._drawn == _PAGES:
                self._pdf.close()
                self._pdf, self._drawn = _opened(self._data), 0
            self._drawn += 1
            try:
                page = self._pdf[number - 1]
            except pypdfium2.PdfiumError as error:
                raise DecodeError(
                    "this page of the PDF is damaged: save the PDF again, or scan the page"
                ) from error
            try:
                return _rendered(page).noting(*self._warnings)
            except DecodeError:
                raise
            except Exception as error:  # a damaged page can upset PDFium, ctypes and memory alike
                raise DecodeError("this page of the PDF cannot be drawn: print it to a new PDF") from error
            finally:
                page.close()

    def close(self) -> None:
        """Free PDFium's memory."""
        with _PDFIUM:
            self._pdf.close()


def _opened(data: bytes) -> pypdfium2.PdfDocument:
    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise _not_opened(error) from error
    with suppress(pypdfium2.PdfiumError):
        pdf.init_forms()  # so that what was typed into a form's fields is drawn
    return pdf


def _not_opened(error: pypdfium2.PdfiumError) -> DecodeError:
    if error.err_code == raw.FPDF_ERR_PASSWORD:
        return DecodeError("the PDF is encrypted and needs a password: save a copy without one")
    if error.err_code == raw.FPDF_ERR_SECURITY:
        return DecodeError(
            "the PDF is encrypted in a way that is not supported: save a copy without encryption"
        )
    return DecodeError("the PDF is damaged and does not open: save or scan it again")


def _rendered(page: pypdfium2.PdfPage) -> Decoded:
    width, height = page.get_size()
    if not (math.isfinite(width) and math.isfinite(height) and width > 0 and height > 0):
        raise DecodeError("this page of the PDF states no size: print it to a new PDF")
    wanted = _scale(page, width, height)
    most = min(math.sqrt(KEPT_PIXELS / (width * height)), LONGEST / max(width, height))
    scale = min(wanted, most)
    bitmap = page.render(
        scale=scale, rev_byteorder=True, fill_color=(255, 255, 255, 255), limit_image_cache=True
    )
    try:
        picture = _picture(bitmap)
    finally:
        bitmap.close()
    reduced = wanted > most * 1.01
    warning = (
        f"the page is very large and was drawn at {scale * _POINTS:.0f} dpi instead of {wanted * _POINTS:.0f}"
    )
    return Decoded(picture, (warning,) if reduced else ())


def _picture(bitmap: pypdfium2.PdfBitmap) -> Picture:
    pixels = np.asarray(bitmap.to_numpy(), np.uint8)
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    return np.array(np.broadcast_to(pixels[:, :, :3], (*pixels.shape[:2], 3)))


def _scale(page: pypdfium2.PdfPage, width: float, height: float) -> float:
    """Pixels a point: a scan's own resolution, but under drawings no less than theirs."""
    drawn = min(max(LONG_SIDE / max(width, height), LEAST_DPI / _POINTS), MOST_DPI / _POINTS)
    objects = list(islice(page.get_objects(max_depth=_FORMS), _OBJECTS))
    scanned = _scan_scale(objects, width * height)
    if scanned is None:
        return drawn
    scanned = min(max(scanned, 1.0), SCAN_DPI / _POINTS)
    is_written_on = raw.FPDFPage_GetAnnotCount(page) > 0 or any(map(_is_drawn, objects))
    return max(scanned, drawn) if is_written_on else scanned


def _scan_scale(objects: list[pypdfium2.PdfObject], area: float) -> float | None:
    """The pixels a point that pictures covering half of the page reach; null if they do not cover that much.

    So a scan in strips counts, a letterhead's sharp logo does not, and of a scan in layers the sharpest does.
    """
    covered = 0.0
    for density, share in sorted(_pictures(objects), reverse=True):
        covered += share
        if covered >= area / 2:
            return density
    return None


def _pictures(objects: list[pypdfium2.PdfObject]) -> Iterator[tuple[float, float]]:
    for item in objects:
        if item.type != raw.FPDF_PAGEOBJ_IMAGE:
            continue
        columns, rows = item.get_px_size()
        if columns * rows > MAX_PIXELS:
            raise too_large(f"{columns} x {rows}")
        area = _area(item)
        if area > 0 and columns and rows:
            yield math.sqrt(columns * rows / area), area


def _area(item: pypdfium2.PdfObject) -> float:
    """Square points that a picture covers: its unit square under its own and its containers' matrices."""
    area = 1.0
    while item is not None:
        a, b, c, d, *_ = item.get_matrix().get()
        area *= abs(a * d - b * c)
        item = item.container
    return area


def _is_drawn(item: pypdfium2.PdfObject) -> bool:
    if item.type == raw.FPDF_PAGEOBJ_TEXT:
        # A scanner's text layer is there to be searched, not seen.
        return bool(raw.FPDFTextObj_GetTextRenderMode(item) != raw.FPDF_TEXTRENDERMODE_INVISIBLE)
    return item.type in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_SHADING)
