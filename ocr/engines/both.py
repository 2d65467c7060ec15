"""PP-OCRv6's own recogniser, and for the lines that it doubts our recogniser of handwriting as well.

The first reads print, the second hands, directions and Devanagari. What either takes a doubted line for is
weighed by what both saw and by its spelling: experts whose chances are multiplied (Hinton, 2002, Training
products of experts by minimizing contrastive divergence), over whole texts, since the letters of two
recognisers stand in different columns.
"""

from collections.abc import Sequence
from dataclasses import replace

from multilingual.clinical.devanagari import DEVANAGARI
from ocr.ctc.character_model import CharacterModel
from ocr.ctc.readings import spelled_readings, spelling_score
from ocr.ctc.texts import text_scores
from ocr.engines.base import ANY_HAN, Fragment, Picture
from ocr.engines.crops import Crop, to_height
from ocr.engines.found import read_found
from ocr.engines.nuskha import NuskhaEngine, as_trained
from ocr.engines.options import BothOptions
from ocr.engines.paddle_weights import WEIGHTS, model_folders
from ocr.engines.recogniser import Reading, Recogniser

_SURE = 0.95
"""A line that PP-OCRv6 reads with this score is not read again."""
_LEAST = 1e-4
"""Of PP-OCRv6's 18,710 classes those that are less likely everywhere are not kept."""
_OWN = 0.5
"""What our recogniser and the spelling weigh beside PP-OCRv6's: chosen among few on the development pages."""
_ALTERNATIVES = 8


class BothEngine:
    """Reads pages with two recognisers, lines and words with ours. Raises EngineUnavailable as they do."""

    name = "both"
    uses_gpu = False

    def __init__(self, options: BothOptions) -> None:
        self._own = NuskhaEngine(options)
        self._print = Recogniser(
            model_folders().recogniser / WEIGHTS, self._own.threads, columns=True, least=_LEAST
        )
        self.models = self._own.models
        self.version = self._own.version

    def read(self, pages: Sequence[Picture]) -> list[list[Fragment]]:
        """See `Engine.read`; a page's fragments are lines or parts of lines, from top to bottom."""
        return read_found(pages, self._own.detector, self._recognise)

    def read_lines(self, crops: Sequence[Picture]) -> list[Fragment | None]:
        """See `Engine.read_lines`."""
        return self._own.read_lines(crops)

    def _recognise(self, crops: Sequence[Crop]) -> list[Reading]:
        readings = self._print.read([to_height(crop) for crop in crops])
        doubted = [place for place, reading in enumerate(readings) if reading.score < _SURE]
        again = self._own.recogniser.read([as_trained(crops[place]) for place in doubted])
        for place, second in zip(doubted, again, strict=True):
            readings[place] = weighed(readings[place], second, self._own.spelling)
        return [replace(reading, columns=None) for reading in readings]


def weighed(first: Reading, second: Reading, spelling: CharacterModel | None) -> Reading:
    """The likeliest of what two recognisers take a line for; Chinese is read by the first alone.

    What each of them read by itself stays among the alternatives.
    """
    if ANY_HAN in second.text or not second.text or first.columns is None or second.columns is None:
        return first
    if _is_devanagari(second.text) and second.score > first.score:
        return second
    told = [first.text, *first.alternatives, second.text, *second.alternatives]
    if spelling is not None:
        seen, characters = first.columns.chances, first.columns.characters
        told += spelled_readings(seen, seen.argmax(axis=1), characters, spelling, _ALTERNATIVES)
    texts = list(dict.fromkeys(filter(None, told)))
    scores = text_scores(first.columns, texts) + _OWN * text_scores(second.columns, texts)
    if spelling is not None:
        scores += [_OWN * spelling_score(text, spelling) for text in texts]
    best, *others = (texts[place] for place in (-scores).argsort(kind="stable"))
    kept = dict.fromkeys([*others[:_ALTERNATIVES], first.text, second.text])
    kept.pop(best, None)
    return Reading(best, max(first.score, second.score), tuple(filter(None, kept)), None)


def _is_devanagari(text: str) -> bool:
    """Whether most of a text is Devanagari, and more than a stray sign."""
    return len(DEVANAGARI.findall(text)) > max(2, sum(map(str.isalnum, text)) / 2)
