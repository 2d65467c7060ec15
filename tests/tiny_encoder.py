"""Text encoders small enough to be made in a moment: three layers of random weights, of several makes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from tiny_model import TEXTS
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AlbertConfig,
    AutoModel,
    BertConfig,
    DistilBertConfig,
    PreTrainedTokenizerFast,
    RobertaConfig,
    T5Config,
)

LAYERS = 3
LONGEST = 24
"""Tokens of a text that each of them reads."""

SPECIALS = {"pad_token": "<pad>", "cls_token": "<s>", "sep_token": "</s>", "unk_token": "<unk>"}
_BERT = {
    "hidden_size": 32,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "initializer_range": 0.4,  # so that a token depends on those beside it
    "max_position_embeddings": LONGEST,
    "pad_token_id": 0,
}
CONFIGS: Mapping[str, tuple[type[Any], dict[str, Any]]] = {
    "bert": (BertConfig, _BERT),
    "roberta": (RobertaConfig, _BERT | {"max_position_embeddings": LONGEST + 1}),  # the first is of padding
    "albert": (AlbertConfig, _BERT | {"embedding_size": 16}),
    "distilbert": (
        DistilBertConfig,
        {
            "dim": 32,
            "n_layers": LAYERS,
            "n_heads": 4,
            "hidden_dim": 64,
            "initializer_range": 0.4,
            "max_position_embeddings": LONGEST,
        },
    ),
    "t5": (
        T5Config,
        {
            "d_model": 32,
            "d_kv": 8,
            "d_ff": 64,
            "num_layers": LAYERS,
            "num_heads": 4,
            "decoder_start_token_id": 0,
        },
    ),
}


def save_tiny_encoder(folder: Path, kind: str = "bert", longest: int | None = LONGEST) -> Path:
    """A folder as `save_pretrained` writes it, the same each time; its tokenizer may know no limit."""
    tokenizer = _tokenizer(kind, longest)
    make, settings = CONFIGS[kind]
    with torch.random.fork_rng():
        torch.manual_seed(7)
        model = AutoModel.from_config(make(vocab_size=len(tokenizer), **settings))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _tokenizer(kind: str, longest: int | None) -> PreTrainedTokenizerFast:
    """Short pieces of words, and special tokens as the make has them: T5 closes a text, and opens none."""
    trained = Tokenizer(models.BPE(unk_token=SPECIALS["unk_token"]))
    trained.normalizer = normalizers.NFKC()
    trained.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(
        vocab_size=220, max_token_length=4, special_tokens=list(SPECIALS.values()), show_progress=False
    )
    trained.train_from_iterator(TEXTS, trainer)
    closed = [("<s>", 1), ("</s>", 2)]
    opening = "" if kind == "t5" else "<s> "
    trained.post_processor = processors.TemplateProcessing(single=f"{opening}$A </s>", special_tokens=closed)
    names = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"} if kind == "t5" else SPECIALS
    limit = {} if longest is None else {"model_max_length": longest}
    return PreTrainedTokenizerFast(tokenizer_object=trained, **names, **limit)
