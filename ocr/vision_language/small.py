"""Small vision-language models of our own: LLaVA's architecture, eyes of the recogniser, a language model.

`assemble` puts one together untrained, from the recogniser's tower and either a causal language model's
folder, such as the packaged Gemma-3-270M, or a new one of a few layers that spells (`spelling_model`).
"""

from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    PreTrainedTokenizerFast,
)

from multilingual.language_models.files import quiet
from ocr.simulate.words import alphabet
from ocr.vision_language.medication_answer import BOX, Medicine
from ocr.vision_language.tower import LineImageProcessor, LineProcessor, LineTowerConfig

TEMPLATE = "{{ bos_token }}{{ image }}\n"
"""A line is all that these models are asked about, so the prompt's words are left out: they were never told
another."""
_PARTS = [part for part in Medicine.model_fields if part not in ("name", BOX)]
_PIECES = (
    '{"medications":[]}',
    '{"medications":[{"name":"',
    *(f'","{part}":"' for part in _PARTS),
    '"},{"name":"',
    '"}]}',
)
"""What an answer is made of beside its values, each a token of the model that spells."""
_SPECIAL = ("<pad>", "<eos>", "<bos>", "<image>")


def model_folder() -> Path:
    """The small model that ships."""
    return Path(__file__).parents[1] / "models" / "nuskha-small"


def assemble(language_model: Path | None = None) -> tuple[Any, LineProcessor]:
    """An untrained model, in float32, and its processor; without a folder its language model is new."""
    text: Any  # a PreTrainedModel that can generate; neither type tells of both
    tokenizer: Any
    with quiet():
        if language_model is None:
            text, tokenizer = spelling_model(), spelling_tokenizer()
        else:
            tokenizer = AutoTokenizer.from_pretrained(language_model, local_files_only=True)
            text = AutoModelForCausalLM.from_pretrained(
                language_model, dtype=torch.float32, local_files_only=True
            )
        # Gemma's vocabulary has tokens that stand in no text.
        image = _SPECIAL[3] if language_model is None else "<unused0>"
        config = LlavaConfig(
            vision_config=LineTowerConfig(),
            text_config=text.config,
            image_token_index=tokenizer.convert_tokens_to_ids(image),
            vision_feature_layer=-1,
            vision_feature_select_strategy="full",
            tie_word_embeddings=True,
        )
        model = LlavaForConditionalGeneration(config)
        model.model.language_model.load_state_dict(text.model.state_dict())
        model.tie_weights()
    template = TEMPLATE.replace("{{ image }}", image)
    processor: LineProcessor = LineProcessor(  # type: ignore[no-untyped-call]
        LineImageProcessor(), tokenizer, patch_size=1, image_token=image, chat_template=template
    )
    return model, processor


def spelling_tokenizer() -> PreTrainedTokenizerFast:
    """A token for each character that the recogniser knows, for each byte, and for each piece of JSON."""
    names = [*_SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256)), *dict.fromkeys(["\n", *alphabet()])]
    bare = Tokenizer(models.BPE({name: number for number, name in enumerate(names)}, [], byte_fallback=True))
    bare.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    tokenizer: PreTrainedTokenizerFast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=bare,
        pad_token=_SPECIAL[0],
        eos_token=_SPECIAL[1],
        bos_token=_SPECIAL[2],
        additional_special_tokens=[_SPECIAL[3]],
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )
    tokenizer.add_tokens([AddedToken(piece, normalized=False) for piece in _PIECES])
    return tokenizer


def spelling_model() -> Gemma3ForCausalLM:
    """A language model of three million weights, untrained."""
    return Gemma3ForCausalLM(
        Gemma3TextConfig(
            vocab_size=-(-len(spelling_tokenizer()) // 64) * 64,
            hidden_size=256,
            intermediate_size=768,
            num_hidden_layers=4,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=64,
            query_pre_attn_scalar=64,
            max_position_embeddings=4096,
            sliding_window=512,
            layer_types=["full_attention"] * 4,
            bos_token_id=2,
            eos_token_id=1,
            pad_token_id=0,
        )
    )
