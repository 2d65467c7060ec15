"""The real classes of each family of vision-language models, at a size that is made in a blink.

Random weights, a few layers, a vocabulary of bytes and a few merges; saved as `save_pretrained` does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tiny_configs as made
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from tokenizers.processors import TemplateProcessing
from transformers import AutoModelForImageTextToText, PreTrainedTokenizerFast

TEXTS = (
    '{"medications":[{"name":"Augmentin","form":"Tab","strength":"625 mg","dose":"1","frequency":"1-0-1"}]}',
    "Read the prescription in the picture. दवा 药片 comprimidos",
)
SPECIALS = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>"}
TURN = (
    "{{ bos_token }}{% for message in messages %}{{ message['role'] }}: "
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}IMAGE{% else %}{{ part['text'] }}"
    "{% endif %}{% endfor %}{{ '\\n' }}{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"
)


@dataclass(frozen=True)
class Tiny:
    """How a family is made small: its special tokens by attribute, its config and its processor."""

    image: str
    """What stands for a picture in a prompt."""
    extra: dict[str, str]
    config: Callable[[PreTrainedTokenizerFast], Any]
    processor: Callable[[PreTrainedTokenizerFast], Any]
    others: tuple[str, ...] = ()
    """Further tokens of its vocabulary."""


def tokenizer_of(tiny: Tiny) -> PreTrainedTokenizerFast:
    """Byte-level byte-pair encoding that begins with <s>, as most families have it."""
    specials = [*SPECIALS.values(), *dict.fromkeys([*tiny.extra.values(), *tiny.others])]
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trained.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=len(specials) + 300,
        special_tokens=specials,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    trained.train_from_iterator(TEXTS, trainer)
    trained.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=trained,
        **SPECIALS,
        extra_special_tokens=tiny.extra,
    )


def save_tiny(name: str, folder: Path, template: bool = True) -> Path:
    """A folder of the family `name`; the same weights each time."""
    tiny = FAMILIES[name]
    tokenizer = tokenizer_of(tiny)
    processor = tiny.processor(tokenizer)
    if template:
        processor.chat_template = TURN.replace("IMAGE", tiny.image)
    with torch.random.fork_rng():
        torch.manual_seed(7)
        model = AutoModelForImageTextToText.from_config(tiny.config(tokenizer))
        _enliven(model)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _enliven(model: Any) -> None:
    """Towers are made with weights so small that one picture looks like another."""
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if weights.ndim > 1 and "embed_tokens" not in name and "lm_head" not in name:
                weights.normal_(std=0.3)


_FAKE = "<fake_token_around_image>"
_IDEFICS = (_FAKE, "<end_of_utterance>")
_QWEN_IMAGE = "<|vision_start|><|image_pad|><|vision_end|>"
_TAGS = ("<global-img>", *(f"<row_{row}_col_{column}>" for row in (1, 2) for column in (1, 2)))
FAMILIES: dict[str, Tiny] = {
    "llava": Tiny("<image>", {"image_token": "<image>"}, made.llava, made.llava_processor),
    "llava_next": Tiny("<image>", {"image_token": "<image>"}, made.llava_next, made.llava_next_processor),
    "idefics2": Tiny(
        "<image>",
        {"image_token": "<image>", "image_boundary_token": _FAKE},
        made.idefics2,
        made.idefics2_processor,
        _IDEFICS,
    ),
    "idefics3": Tiny(
        "<image>", {"image_token": "<image>"}, made.idefics3, made.idefics3_processor, (*_IDEFICS, *_TAGS)
    ),
    "gemma3": Tiny(
        "<start_of_image>",
        {
            "boi_token": "<start_of_image>",
            "eoi_token": "<end_of_image>",
            "image_token": "<image_soft_token>",
        },
        made.gemma3,
        made.gemma3_processor,
    ),
    "paddleocr_vl": Tiny(_QWEN_IMAGE, made.QWEN, made.paddleocr, made.paddleocr_processor),
    "smolvlm": Tiny(
        "<image>",
        {"image_token": "<image>", "fake_image_token": _FAKE, "global_image_token": "<global-img>"},
        made.smolvlm,
        made.smolvlm_processor,
        (*_IDEFICS, *_TAGS),
    ),
    "qwen2_5_vl": Tiny(_QWEN_IMAGE, made.QWEN, made.qwen2_5, made.qwen2_5_processor),
    "qwen3_vl": Tiny(_QWEN_IMAGE, made.QWEN, made.qwen3, made.qwen3_processor),
}
NEED_TORCHVISION = ("smolvlm", "qwen2_5_vl", "qwen3_vl")
