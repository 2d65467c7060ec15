"""An engine without a model, for tests and dry runs: its text depends on the message alone."""

import ctypes
import hashlib
import signal
import time
from collections.abc import Sequence

from summarize.engines.base import Answer, Request, encodable
from summarize.engines.options import FakeOptions

# No drug, number, symptom, site or sex: nothing that a message could fail to say.
SUMMARIES: dict[str, tuple[str, ...]] = {
    "en": (
        "The patient describes a complaint and asks what could be behind it.",
        "The patient asks whether an examination is needed.",
        "The patient would like to know what can be done at home.",
        "The patient asks which doctor to see.",
    ),
    "hi": (
        "मरीज़ अपनी परेशानी बताकर पूछ रहे हैं कि इसका कारण क्या हो सकता है।",
        "मरीज़ पूछ रहे हैं कि क्या जाँच करवानी चाहिए।",
        "मरीज़ जानना चाहते हैं कि घर पर क्या किया जा सकता है।",
    ),
    "hi-en": (
        "Patient apni problem batakar puch rahe hain ki iska karan kya ho sakta hai.",
        "Patient puch rahe hain ki kya koi test karwana chahiye.",
        "Patient jaanna chahte hain ki ghar par kya kiya ja sakta hai.",
    ),
    "zh": (
        "患者说明了自己的情况，想知道可能是什么原因。",
        "患者询问是否需要做检查。",
        "患者想知道在家可以怎么处理。",
    ),
    "pt": (
        "O paciente descreve uma queixa e pergunta qual pode ser a causa.",
        "O paciente pergunta se é preciso fazer algum exame.",
        "O paciente quer saber o que pode fazer em casa.",
    ),
}


class FakeEngine:
    """Answers with one of `SUMMARIES` of the target language, chosen by the message's hash."""

    name = "fake"
    version = "1"
    uses_gpu = False
    sees = False
    prompt = ""
    longest: int | None = None

    def __init__(self, options: FakeOptions) -> None:
        self._delay_s = options.delay_ms / 1000
        self._crash_on, self._hang_on = options.crash_on, options.hang_on

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Words of each text, as blanks part them."""
        return [len(text.split()) for text in texts]

    def summarise(self, requests: Sequence[Request]) -> list[Answer]:
        """See `Engine.summarise`. A message without a letter has an empty summary."""
        return [self._answer(request) for request in requests]

    def alternatives(self, requests: Sequence[Request]) -> list[list[Answer]]:
        """None."""
        return [[] for _ in requests]

    def _suffer(self, query: str) -> None:
        """Messages that a library crashes or hangs over are those with the texts asked for."""
        if self._crash_on and self._crash_on in query:
            signal.raise_signal(signal.SIGKILL)
        while self._hang_on and self._hang_on in query:
            ctypes.PyDLL(None).pause()  # in native code, with Python's lock held

    def _answer(self, request: Request) -> Answer:
        self._suffer(request.query)
        time.sleep(self._delay_s)
        if not any(map(str.isalpha, request.query)):
            return Answer("", len(request.query.split()), 0)
        choices = SUMMARIES.get(request.target_language, SUMMARIES["en"])
        digest = hashlib.sha256(encodable(request.query).encode()).digest()
        text = choices[digest[0] % len(choices)]
        return Answer(text, len(request.query.split()), len(text.split()))
