"""A vision-language model behind an OpenAI-compatible server, asked to read pages and lines."""

from ocr.engines.options import OpenaiOptions
from ocr.engines.vlm import AnswerEngine
from ocr.vision_language.served import ServedModel


class OpenaiEngine(AnswerEngine):
    """Reads with a server's model. Raises EngineUnavailable where none answers, or without the model.

    Servers tell no boxes: whose pixels those would be, only the model's processor knows. One that tells no
    probabilities leaves the scores low, so that every medicine is looked at by a person.
    """

    def __init__(self, options: OpenaiOptions) -> None:
        super().__init__(
            "openai",
            ServedModel(options, options.pixels),
            constrained=options.constrained,
            longest=options.max_new_tokens,
        )
