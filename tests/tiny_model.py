"""A causal language model small enough to be made in a second: two layers of Gemma 3, random weights."""

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, processors, trainers
from transformers import Gemma3ForCausalLM, Gemma3TextConfig, PreTrainedTokenizerFast

TEXTS = (
    "Mujhe do din se khansi hai aur gala dard karta hai, kya karu?\nSummary in English:",
    "My knee hurts when I climb stairs. Should I see a doctor?\n\nMessage: none",
    "मुझे तीन दिन से बुखार है और सिर में दर्द है, क्या करूँ?",
    "我咳嗽三天了，喉咙痛，请问应该吃什么药？",
    "Estou com dor nas costas há uma semana. O que posso tomar?",
)
SPECIALS = {"pad_token": "<pad>", "eos_token": "<eos>", "bos_token": "<bos>", "unk_token": "<unk>"}
CHAT = (
    "{{ bos_token }}{% for message in messages %}user: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}model: {% endif %}"
)


def save_tiny_model(folder: Path, chat: bool = False, **settings: int) -> Path:
    """A folder as `save_pretrained` writes it; the same weights each time."""
    tokenizer = _tokenizer()
    if chat:
        tokenizer.chat_template = CHAT
    config = Gemma3TextConfig(
        **{
            "vocab_size": len(tokenizer),
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 1,
            "head_dim": 16,
            "sliding_window": 24,
            "max_position_embeddings": 512,
            "pad_token_id": 0,
            "eos_token_id": 1,
            "bos_token_id": 2,
            **settings,
        },
        layer_types=["sliding_attention", "full_attention"],
        # So that what is said depends on what was asked, and goes on changing.
        initializer_range=0.4,
        tie_word_embeddings=False,
    )
    with torch.random.fork_rng():
        torch.manual_seed(7)
        model = Gemma3ForCausalLM(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _tokenizer() -> PreTrainedTokenizerFast:
    """Byte-pair encoding with bytes for what it does not know and a beginning of sequence, as Gemma's."""
    trained = Tokenizer(models.BPE())
    trained.normalizer = normalizers.Replace(" ", "▁")
    trainer = trainers.BpeTrainer(vocab_size=220, max_token_length=4, show_progress=False)
    trained.train_from_iterator(TEXTS, trainer)
    model = json.loads(trained.to_str())["model"]
    tokens = [*SPECIALS.values(), *(f"<0x{byte:02X}>" for byte in range(256)), *model["vocab"]]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    merges = [tuple(merge) for merge in model["merges"]]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token=SPECIALS["unk_token"], byte_fallback=True))
    tokenizer.normalizer = trained.normalizer
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 2)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **SPECIALS)
