"""Any vision-language model of transformers: it looks at the picture of a message, and condenses the message.

The answer is JSON that a schema constrains (`summarize.engines.seen`). The model has the message, what was
told besides and the picture to go by, and nothing else.
"""

from collections.abc import Sequence

from multilingual.unavailable import EngineUnavailable
from ocr.vision_language.asking import Answering, Question
from ocr.vision_language.schemas import longest_tokens
from summarize.engines.base import Answer, Request, encodable
from summarize.engines.estimate import estimated_tokens
from summarize.engines.options import VlmOptions
from summarize.engines.seen import answer_of, answer_schema


class VlmEngine:
    """Summarises with a vision-language model. Raises EngineUnavailable where it can't be loaded.

    `model` is what answers; it is loaded as `options` say where none is given.
    """

    name = "vlm"
    uses_gpu = True
    sees = True
    prompt = "see"

    def __init__(self, options: VlmOptions, model: Answering | None = None) -> None:
        self.model = model or _loaded(options)
        self.version, self.models = self.model.version, self.model.models
        self.longest: int | None = options.longest
        self._options = options

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """An estimate from above, by script."""
        return [estimated_tokens(text) for text in texts]

    def summarise(self, requests: Sequence[Request]) -> list[Answer]:
        """See `Engine.summarise`. Those with a picture and those without are asked for different answers."""
        answers: dict[int, Answer] = {}
        for has_picture in (True, False):
            places = [
                place for place, request in enumerate(requests) if (request.image is not None) == has_picture
            ]
            asked = [Question(encodable(requests[place].prompt), requests[place].image) for place in places]
            answers |= zip(places, self._ask(asked, has_picture=has_picture), strict=True)
        return [answers[place] for place in range(len(requests))]

    def alternatives(self, requests: Sequence[Request]) -> list[list[Answer]]:
        """None: the likeliest answer is the only one."""
        return [[] for _ in requests]

    def _ask(self, questions: Sequence[Question], *, has_picture: bool) -> list[Answer]:
        if not questions:
            return []
        schema = answer_schema(has_picture=has_picture)
        said = self.model.answer(
            questions,
            schema if self._options.constrained else None,
            self._options.max_new_tokens or longest_tokens(schema),
        )
        return [answer_of(one, has_picture=has_picture) for one in said]


def _loaded(options: VlmOptions) -> Answering:
    if not options.model:
        raise EngineUnavailable(
            "engine 'vlm' has no model of its own: name one with the option model, a folder or a name on the "
            "model hub such as Qwen/Qwen2.5-VL-7B-Instruct; docs/models.md tells which there are"
        )
    from ocr.vision_language.model import VisionLanguageModel

    return VisionLanguageModel(options)
