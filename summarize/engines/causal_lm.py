"""Any causal language model of transformers, run in batches, greedily.

Requests are sorted by length and batched by the tokens that a batch holds. A model with a chat template is
asked in a turn of its own; any other continues the prompt, and its summary ends with the line.
"""

from collections.abc import Sequence
from functools import partial

import torch
from transformers import GenerationConfig, PreTrainedTokenizerBase

from summarize.engines.base import Answer, Request, encodable
from summarize.engines.generation import beams, greedy
from summarize.engines.loading import load
from summarize.engines.options import CausalLmOptions
from summarize.engines.vocabulary import beams_among

_BEAMS = 6


class CausalLm:
    """Summarises with a causal language model. Raises EngineUnavailable where it can't be loaded.

    `model`, `tokenizer` and `stops` (the token ids that end a summary) are there to be looked at.
    """

    name = "causal-lm"
    uses_gpu = True
    sees = False

    def __init__(self, options: CausalLmOptions) -> None:
        if options.threads:
            torch.set_num_threads(options.threads)
        loaded = load(options)
        self.model, self.tokenizer = loaded.model, loaded.tokenizer
        self.version, self.prompt, self._chat = loaded.version, loaded.prompt, loaded.chat
        self.models = loaded.models
        self._search = beams if loaded.vocabulary is None else partial(beams_among, loaded.vocabulary)
        self.stops = _end_tokens(self.model.generation_config, self.tokenizer)
        if not self._chat:
            self.stops += _line_breaks(self.tokenizer)
        # What a model's makers would sample by is not ours: summaries are the likeliest.
        self.model.generation_config = GenerationConfig()  # type: ignore[no-untyped-call]
        self.max_new_tokens = options.max_new_tokens
        self._pad = _padding(self.tokenizer)
        self._specials = {
            token.content for token in self.tokenizer.added_tokens_decoder.values() if token.special
        }
        limit = getattr(self.model.config.get_text_config(), "max_position_embeddings", options.longest)
        self.longest: int | None = max(1, min(options.longest, limit - options.max_new_tokens))
        self._batch_tokens = options.batch_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as a prompt, those that the model adds to it included."""
        return [len(tokens) for tokens in self.encode(texts)]

    def summarise(self, requests: Sequence[Request]) -> list[Answer]:
        """See `Engine.summarise`. A prompt over `longest` is refused, never cut."""
        prompts = self.encode([request.prompt for request in requests])
        answers = [Answer("", len(prompt), 0, self._refusal(prompt)) for prompt in prompts]
        # The longest come first: memory that does not suffice is found out at once.
        waiting = [row for row, answer in enumerate(answers) if answer.error is None]
        waiting.sort(key=lambda row: len(prompts[row]), reverse=True)
        while waiting:
            row_tokens = len(prompts[waiting[0]]) + self.max_new_tokens
            batch = waiting[: max(1, self._batch_tokens // row_tokens)]
            outputs = self._continue([prompts[row] for row in batch])
            if outputs is None and len(batch) > 1:
                self._batch_tokens = row_tokens * len(batch) // 2
                continue
            for place, row in enumerate(batch):
                answers[row] = (
                    self.answer(prompts[row], outputs[place])
                    if outputs
                    else Answer("", len(prompts[row]), 0, "the device has too little memory for this prompt")
                )
            waiting = waiting[len(batch) :]
        return answers

    def alternatives(self, requests: Sequence[Request]) -> list[list[Answer]]:
        """The different summaries that beam search ends with; the greedy one may be among them."""
        prompts = self.encode([request.prompt for request in requests])
        avoid = [self.spellings(request.avoid) for request in requests]
        found: list[list[Answer]] = [[] for _ in prompts]
        waiting = [row for row, prompt in enumerate(prompts) if not self._refusal(prompt)]
        waiting.sort(key=lambda row: len(prompts[row]), reverse=True)
        while waiting:
            row_tokens = _BEAMS * (len(prompts[waiting[0]]) + self.max_new_tokens)
            batch = waiting[: max(1, self._batch_tokens // row_tokens)]
            said = self._beams([prompts[row] for row in batch], [avoid[row] for row in batch])
            for row, beams_of_row in zip(batch, said, strict=False):
                answers = [self.answer(prompts[row], beam) for beam in beams_of_row]
                different = {answer.text: answer for answer in reversed(answers) if answer.text}
                found[row] = list(reversed(different.values()))
            waiting = waiting[len(batch) :]
        return found

    def _beams(
        self, prompts: Sequence[Sequence[int]], avoid: Sequence[Sequence[Sequence[int]]]
    ) -> list[list[list[int]]]:
        """What beam search lets follow each prompt, likeliest first; nothing where memory is too small."""
        try:
            return self._search(
                self.model, prompts, self.stops, self.max_new_tokens, self._pad, _BEAMS, avoid
            )
        except torch.OutOfMemoryError:
            return []

    def spellings(self, words: Sequence[str]) -> list[list[int]]:
        """The tokens of each of these words, as they stand within a sentence and at its beginning."""
        texts = [text for word in words for text in (f" {word}", word, f" {word.capitalize()}")]
        spelt = self.tokenizer(texts, add_special_tokens=False).input_ids if texts else []
        return [tokens for tokens in spelt if tokens]

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text as a prompt. A patient who writes "<eos>" has written no end of sequence."""
        if not texts:
            return []
        plain = [self._without_specials(encodable(text)) for text in texts]
        if self._chat:
            plain = [self._turn(text) for text in plain]
        ids: list[list[int]] = self.tokenizer(plain, add_special_tokens=not self._chat).input_ids
        return ids

    def _turn(self, text: str) -> str:
        return str(
            self.tokenizer.apply_chat_template(
                [{"role": "user", "content": text}],
                tokenize=False,
                add_generation_prompt=True,
                enable_thinking=False,  # of templates that know it
            )
        )

    def _without_specials(self, text: str) -> str:
        for token in self._specials:
            if token in text:
                text = text.replace(token, " ")
        return text

    def _refusal(self, prompt: Sequence[int]) -> str | None:
        if self.longest is not None and len(prompt) > self.longest:
            return f"the prompt has {len(prompt)} tokens; {self.longest} are allowed (option longest)"
        return None

    def _continue(self, prompts: Sequence[Sequence[int]]) -> list[list[int]] | None:
        """What follows each prompt; None where the memory does not suffice."""
        try:
            return greedy(self.model, prompts, self.stops, self.max_new_tokens, self._pad)
        except torch.OutOfMemoryError:
            pass  # with the error goes what the failed pass held
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return None

    def answer(self, prompt: Sequence[int], tokens: Sequence[int]) -> Answer:
        """The summary that `tokens` spell, which followed `prompt`."""
        ends = [place for place, token in enumerate(tokens) if token in self.stops]
        said = list(tokens[: ends[0] + 1] if ends else tokens)  # after its end, a beam holds padding
        text = str(self.tokenizer.decode(said, skip_special_tokens=True))
        if not self._chat:
            text = text.split("\n", 1)[0]
        return Answer(text.strip(), len(prompt), len(said))


def _end_tokens(config: GenerationConfig | None, tokenizer: PreTrainedTokenizerBase) -> list[int]:
    ends = config.eos_token_id if config else None
    found = {tokenizer.eos_token_id, *(ends if isinstance(ends, list) else [ends])}
    return sorted(end for end in found if end is not None)


def _line_breaks(tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """The ids of all tokens that hold a line break, whichever way the vocabulary spells it."""
    spellings = ("\n", "Ċ", "<0x0A>")
    candidates = [
        number
        for token, number in tokenizer.get_vocab().items()
        if any(spelling in token for spelling in spellings)
    ]
    return sorted(number for number in candidates if "\n" in str(tokenizer.decode([number])))


def _padding(tokenizer: PreTrainedTokenizerBase) -> int:
    """Any id will do, since padding is masked."""
    return int(tokenizer.pad_token_id or 0)
