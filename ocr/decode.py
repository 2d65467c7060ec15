"""From a file's bytes to a document of pages; the file is known by its content, not by its name.

Everything that can be wrong with it is a `DecodeError`, whose message is a sentence for the person who owns
the file; no other exception leaves `open_document` or the document's `page`.
"""

from ocr.document import DecodeError, Document
from ocr.pdf import PdfPages
from ocr.pictures import PictureFrames
from ocr.signatures import PDF, kind_of


def open_document(data: bytes) -> Document:
    """The document in `data`; raises DecodeError if there is none to open."""
    kind = kind_of(data)
    if kind is PDF:
        return PdfPages(data)
    if kind.formats:
        return PictureFrames(data, kind)
    raise DecodeError(f"the file is {kind.name}, not a picture or a PDF: {kind.advice}")
