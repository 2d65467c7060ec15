"""A vision-language model looks at the picture of a message, and condenses the message.

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


class SeeingEngine:
    """Summarises with a model that sees; `model` is what answers.

    Prompts may have `longest` tokens, and answers `max_new_tokens`, 0 for as many as the longest answer has.
    """

    uses_gpu = False
    sees = True
    prompt = "see"

    def __init__(
        self, name: str, model: Answering, longest: int, max_new_tokens: int, *, constrained: bool = True
    ) -> None:
        self.name, self.model = name, model
        self.longest: int | None = longest
        self.version, self.models = model.version, model.models
        self._max_new_tokens, self._constrained = max_new_tokens, constrained

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
            schema if self._constrained else None,
            self._max_new_tokens or longest_tokens(schema),
        )
        return [answer_of(one, has_picture=has_picture) for one in said]


class VlmEngine(SeeingEngine):
    """A vision-language model that is loaded here, or `model`. Raises EngineUnavailable where it can't be."""

    uses_gpu = True

    def __init__(self, options: VlmOptions, model: Answering | None = None) -> None:
        super().__init__(
            "vlm",
            model or _loaded(options),
            options.longest,
            options.max_new_tokens,
            constrained=options.constrained,
        )


def _loaded(options: VlmOptions) -> Answering:
    if not options.model:
        raise EngineUnavailable(
            "engine 'vlm' has no model of its own: name one with the option model, a folder or a name on the "
            "model hub such as Qwen/Qwen2.5-VL-7B-Instruct; docs/models.md tells which there are"
        )
    from ocr.vision_language.model import VisionLanguageModel

    return VisionLanguageModel(options)
