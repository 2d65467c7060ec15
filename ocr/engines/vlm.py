"""Vision-language models as engines: a picture and a prompt, the medicines as JSON, a fragment a medicine.

`AnswerEngine` makes an engine of whatever answers questions about pictures, a model here or a server.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import normalize

from ocr.engines.base import Fragment, Picture, Unread
from ocr.engines.crops import has_ink, whole
from ocr.engines.options import VlmOptions
from ocr.records import Box, TextLine
from ocr.told import doubts_of, line_of
from ocr.vision_language.asking import Answering, Question, Said
from ocr.vision_language.boxes import box_on_page
from ocr.vision_language.families import Boxes
from ocr.vision_language.medication_answer import Answered, Told, line_schema, page_schema, parse
from ocr.vision_language.prompts import Prompt, load_prompt
from ocr.vision_language.schemas import longest_tokens

_CUT = "the model's answer was cut"
_LINES_ONLY = "this model reads pictures of one line or word: --unit line, or another with the option model"
_UNSURE = "how sure the model was is not known"
_UNKNOWN_SCORE = 0.5
"""What a model that tells no probabilities is given: it claims nothing."""


@dataclass(frozen=True, slots=True)
class _Task:
    """What is asked of each picture, and what the answer may be."""

    prompt: Prompt
    schema: str
    longest: int


class AnswerEngine:
    """Reads with what answers questions.

    `boxes` is how it tells them, where it is to be asked for them; `constrained`, whether it is held to the
    schema; `longest`, the tokens that an answer may have, 0 for as many as its schema allows.
    """

    def __init__(
        self,
        name: str,
        answering: Answering,
        *,
        boxes: Boxes = "none",
        constrained: bool = True,
        longest: int = 0,
        uses_gpu: bool = False,
    ) -> None:
        self.name, self.uses_gpu = name, uses_gpu
        self._answering, self._boxes, self._constrained = answering, boxes, constrained
        page, line = page_schema(boxes != "none"), line_schema(boxes=False)
        self._page = _Task(load_prompt("page", boxes), page, longest or longest_tokens(page))
        self._line = _Task(load_prompt("line"), line, longest or longest_tokens(line))
        prompts = "-".join(task.prompt.digest[:8] for task in (self._page, self._line))
        self.version = f"{answering.version}, prompts {prompts}"
        self.models = answering.models

    def read(self, pages: Sequence[Picture]) -> list[list[Fragment] | Unread]:
        """See `Engine.read`."""
        read: list[list[Fragment] | Unread] = [[] for _ in pages]
        for place, said in self._asked(self._page, pages):
            answered = _parsed(said)
            read[place] = (
                answered
                if isinstance(answered, Unread)
                else [self._fragment(told, answered, said, pages[place]) for told in answered.medicines]
            )
        return read

    def read_lines(self, crops: Sequence[Picture]) -> list[Fragment | Unread | None]:
        """See `Engine.read_lines`."""
        read: list[Fragment | Unread | None] = [None] * len(crops)
        for place, said in self._asked(self._line, crops):
            answered = _parsed(said)
            if isinstance(answered, Unread):
                read[place] = answered
            elif answered.medicines:
                read[place] = _joined(answered, whole(crops[place]))
        return read

    def _asked(self, task: _Task, pictures: Sequence[Picture]) -> list[tuple[int, Said]]:
        """The answers about those pictures that are not blank, each with its picture's place."""
        places = [place for place, picture in enumerate(pictures) if has_ink(picture)]
        if not places:
            return []
        questions = [Question(task.prompt.text, pictures[place]) for place in places]
        said = self._answering.answer(questions, task.schema if self._constrained else None, task.longest)
        return list(zip(places, said, strict=True))

    def _fragment(self, told: Told, answered: Answered, said: Said, page: Picture) -> Fragment:
        box = None
        if told.medicine.bbox_2d is not None:
            height, width = page.shape[:2]
            box = box_on_page(told.medicine.bbox_2d, self._boxes, said.seen_size, (width, height))
        return _fragment([told], answered, box or whole(page))


class VlmEngine(AnswerEngine):
    """Reads with a model of transformers. Raises EngineUnavailable where it can't be loaded."""

    def __init__(self, options: VlmOptions) -> None:
        from ocr.vision_language.model import VisionLanguageModel

        model = VisionLanguageModel(options)
        super().__init__(
            "vlm",
            model,
            boxes=model.boxes if options.boxes == "auto" else "none",
            constrained=options.constrained,
            longest=options.max_new_tokens,
            uses_gpu=True,
        )
        self._lines_only = model.lines_only

    def read(self, pages: Sequence[Picture]) -> list[list[Fragment] | Unread]:
        """See `Engine.read`; a model made for lines reads no page that has anything on it."""
        if not self._lines_only:
            return super().read(pages)
        return [Unread(_LINES_ONLY) if has_ink(page) else [] for page in pages]


def _parsed(said: Said) -> Answered | Unread:
    try:
        return parse(said)
    except Unread as unread:
        return unread


def _joined(answered: Answered, box: Box) -> Fragment:
    return _fragment(answered.medicines, answered, box)


def _fragment(medicines: Sequence[Told], answered: Answered, box: Box) -> Fragment:
    """The medicines, one after the other, as one line."""
    told_ones = [told.medicine for told in medicines]
    scores = [told.score for told in medicines if told.score is not None]
    doubts = [
        *([_CUT] if answered.cut else []),
        *([_UNSURE] if len(scores) < len(medicines) else []),
        *doubts_of(told_ones),
    ]
    score = min(scores, default=_UNKNOWN_SCORE)
    line = TextLine(normalize("NFC", line_of(told_ones)), score, box)
    return Fragment(line, whole=True, doubts=tuple(doubts))
