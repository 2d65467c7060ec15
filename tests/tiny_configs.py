"""The config and the processor of each family of vision-language models, as small as they can be."""

from typing import Any

import transformers as tf
from transformers import PreTrainedTokenizerFast

TEXT: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "max_position_embeddings": 8192,
    # So that what is said depends on what was seen, and goes on changing.
    "initializer_range": 0.3,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}
VISION: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "patch_size": 14,
    "image_size": 56,
}


def _token(tokenizer: PreTrainedTokenizerFast, token: str) -> int:
    return int(tokenizer.convert_tokens_to_ids(token))


def llava(tokenizer: PreTrainedTokenizerFast) -> Any:
    return tf.LlavaConfig(
        vision_config=tf.CLIPVisionConfig(**VISION),
        text_config=tf.LlamaConfig(**TEXT, vocab_size=len(tokenizer)),
        image_token_index=_token(tokenizer, "<image>"),
        image_seq_length=16,
    )


def llava_processor(tokenizer: PreTrainedTokenizerFast) -> Any:
    square = {"height": 56, "width": 56}
    return tf.LlavaProcessor(
        tf.CLIPImageProcessorPil(size={"shortest_edge": 56}, crop_size=square),
        tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    )


_GRID = [[56, 112], [112, 56], [112, 112]]


def llava_next(tokenizer: PreTrainedTokenizerFast) -> Any:
    return tf.LlavaNextConfig(
        vision_config=tf.CLIPVisionConfig(**VISION),
        text_config=tf.MistralConfig(**TEXT, vocab_size=len(tokenizer)),
        image_token_index=_token(tokenizer, "<image>"),
        image_grid_pinpoints=_GRID,
    )


def llava_next_processor(tokenizer: PreTrainedTokenizerFast) -> Any:
    square = {"height": 56, "width": 56}
    return tf.LlavaNextProcessor(
        tf.LlavaNextImageProcessorPil(
            size={"shortest_edge": 56}, crop_size=square, image_grid_pinpoints=_GRID
        ),
        tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    )


def idefics2(tokenizer: PreTrainedTokenizerFast) -> Any:
    return tf.Idefics2Config(
        vision_config={**VISION, "image_size": 112},
        perceiver_config={
            "hidden_size": 32,
            "resampler_n_latents": 4,
            "resampler_depth": 1,
            "resampler_n_heads": 2,
            "resampler_head_dim": 16,
            "num_key_value_heads": 1,
        },
        text_config=tf.MistralConfig(**TEXT, vocab_size=len(tokenizer)),
        image_token_id=_token(tokenizer, "<image>"),
    )


def idefics2_processor(tokenizer: PreTrainedTokenizerFast) -> Any:
    return tf.Idefics2Processor(
        tf.Idefics2ImageProcessorPil(size={"shortest_edge": 28, "longest_edge": 112}),
        tokenizer,
        image_seq_len=4,
    )


def idefics3(tokenizer: PreTrainedTokenizerFast) -> Any:
    return tf.Idefics3Config(
        vision_config=VISION,
        text_config=tf.LlamaConfig(**TEXT, vocab_size=len(tokenizer)),
        image_token_id=_token(tokenizer, "<image>"),
        scale_factor=2,
    )


_TILES: dict[str, Any] = {"size": {"longest_edge": 112}, "max_image_size": {"longest_edge": 56}}


def idefics3_processor(tokenizer: PreTrainedTokenizerFast) -> Any:
    return tf.Idefics3Processor(tf.Idefics3ImageProcessorPil(**_TILES), tokenizer, image_seq_len=4)


def smolvlm(tokenizer: PreTrainedTokenizerFast) -> Any:
    return tf.SmolVLMConfig(
        vision_config=VISION,
        text_config=tf.LlamaConfig(**TEXT, vocab_size=len(tokenizer)),
        image_token_id=_token(tokenizer, "<image>"),
        scale_factor=2,
    )


def smolvlm_processor(tokenizer: PreTrainedTokenizerFast) -> Any:
    return tf.SmolVLMProcessor(
        tf.SmolVLMImageProcessor(**_TILES), tokenizer, tf.SmolVLMVideoProcessor(), image_seq_len=4
    )


def gemma3(tokenizer: PreTrainedTokenizerFast) -> Any:
    return tf.Gemma3Config(
        vision_config=tf.SiglipVisionConfig(**VISION, vision_use_head=False),
        text_config=tf.Gemma3TextConfig(
            # Embeddings are multiplied by the root of their width here, and would drown all else.
            **TEXT | {"initializer_range": 0.1},
            vocab_size=len(tokenizer),
            head_dim=16,
            sliding_window=24,
            layer_types=["sliding_attention", "full_attention"],
            tie_word_embeddings=False,
        ),
        mm_tokens_per_image=16,
        tie_word_embeddings=False,
        boi_token_index=_token(tokenizer, "<start_of_image>"),
        eoi_token_index=_token(tokenizer, "<end_of_image>"),
        image_token_index=_token(tokenizer, "<image_soft_token>"),
    )


def gemma3_processor(tokenizer: PreTrainedTokenizerFast) -> Any:
    square = {"height": 56, "width": 56}
    return tf.Gemma3Processor(tf.Gemma3ImageProcessorPil(size=square), tokenizer, image_seq_length=16)


_ROPE = {"rope_type": "default", "rope_theta": 10_000.0}


def qwen2_5(tokenizer: PreTrainedTokenizerFast) -> Any:
    return tf.Qwen2_5_VLConfig(
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 2,
            "out_hidden_size": 32,
            "window_size": 56,
            "fullatt_block_indexes": [1],
        },
        text_config={
            **TEXT,
            "vocab_size": len(tokenizer),
            "rope_parameters": {**_ROPE, "mrope_section": [1, 1, 2]},
        },
        **_qwen_tokens(tokenizer),
    )


def qwen3(tokenizer: PreTrainedTokenizerFast) -> Any:
    return tf.Qwen3VLConfig(
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 2,
            "out_hidden_size": 32,
            "num_position_embeddings": 64,
            "deepstack_visual_indexes": [0],
        },
        text_config={
            **TEXT,
            "vocab_size": len(tokenizer),
            "head_dim": 8,
            "rope_parameters": {**_ROPE, "mrope_section": [2, 1, 1], "mrope_interleaved": True},
        },
        **_qwen_tokens(tokenizer),
    )


def _qwen_tokens(tokenizer: PreTrainedTokenizerFast) -> dict[str, int]:
    return {f"{name}_id": _token(tokenizer, token) for name, token in QWEN.items()}


QWEN = {
    "image_token": "<|image_pad|>",
    "video_token": "<|video_pad|>",
    "vision_start_token": "<|vision_start|>",
    "vision_end_token": "<|vision_end|>",
}


def qwen2_5_processor(tokenizer: PreTrainedTokenizerFast) -> Any:
    return tf.Qwen2_5_VLProcessor(tf.Qwen2VLImageProcessor(), tokenizer, tf.Qwen2VLVideoProcessor())


def qwen3_processor(tokenizer: PreTrainedTokenizerFast) -> Any:
    pictures = tf.Qwen2VLImageProcessor(
        patch_size=16, size={"shortest_edge": 64 * 64, "longest_edge": 256 * 256}
    )
    return tf.Qwen3VLProcessor(pictures, tokenizer, tf.Qwen3VLVideoProcessor())


def paddleocr(tokenizer: PreTrainedTokenizerFast) -> Any:
    return tf.PaddleOCRVLConfig(
        vision_config={**VISION, "image_size": 112},
        text_config={
            **TEXT,
            "vocab_size": len(tokenizer),
            "head_dim": 8,
            "rope_parameters": {**_ROPE, "mrope_section": [1, 1, 2]},
        },
        **_qwen_tokens(tokenizer),
    )


def paddleocr_processor(tokenizer: PreTrainedTokenizerFast) -> Any:
    size = {"shortest_edge": 28 * 28, "longest_edge": 112 * 112}
    return tf.PaddleOCRVLProcessor(tf.PaddleOCRVLImageProcessorPil(size=size), tokenizer)
