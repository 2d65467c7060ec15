"""How fast a model of Qwen2.5-VL's classes, with random weights, answers: by the number of pages in a batch.

What runs is the product's own generation (`ocr.vision_language.generation`), greedy and without a schema; all
answers have the same length. Pictures are random numbers: opening, resizing and the processor are left out.

A step of decoding gives each page one token. It reads the weights of the language model and of its output
layer once, whatever the batch, and the keys and values of all tokens so far once for each page. What share
of the memory's speed that is (model bandwidth utilisation in Agarwal et al., LLM Inference Performance
Engineering: Best Practices, Databricks 2023) says how much a better program could win on the same device:

    share = (weights + pages x tokens so far x bytes of keys and values a token) / seconds a step / bandwidth

Seconds a step are those of an answer of n tokens, less those of an answer of one, by n - 1; tokens so far are
the mean over these steps. The tower that sees is done by then and does not count, nor does the table of
embeddings, of which a step reads a row a page, unless it is the output layer as well.
"""

import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
from rich.table import Table
from tokenizers import Tokenizer, models
from transformers import AutoModelForImageTextToText, PreTrainedTokenizerFast, Qwen2_5_VLConfig

from multilingual.language_models.memory import is_exhaustion
from multilingual.language_models.number_format import best_dtype
from ocr.vision_language.families import family_of
from ocr.vision_language.generation import generate
from ocr.vision_language.loading import Loaded
from ocr.vision_language.rows import Row

BANDWIDTHS = (
    ("H200", 4.8e12),
    ("H100 PCIe", 2.0e12),
    ("H100 NVL", 3.9e12),
    ("H100", 3.35e12),
    ("A100-SXM4-40GB", 1.555e12),
    ("A100-PCIE-40GB", 1.555e12),
    ("A100 80GB PCIe", 1.935e12),
    ("A100", 2.039e12),
)
"""Bytes a second of devices' memories, by a part of their name, the first that fits (NVIDIA's datasheets)."""
_PROMPT = 200  # tokens beside the picture's: as many as the prompt of a page has
_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Size:
    """A size of the model, of its pictures (patches down and across) and of the sweep."""

    text: Mapping[str, Any]
    vision: Mapping[str, Any]
    image_token: int
    grid: tuple[int, int]
    most: int
    tokens: int
    needs_gpu: bool = False


SIZES = {
    # Qwen/Qwen2.5-VL-3B-Instruct as its config.json has it; 1120 x 896 pixels, 1,280 tokens a page.
    "3b": Size(
        text={
            "hidden_size": 2048,
            "intermediate_size": 11_008,
            "num_hidden_layers": 36,
            "num_attention_heads": 16,
            "num_key_value_heads": 2,
            "vocab_size": 151_936,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [16, 24, 24]},
        },
        vision={"depth": 32, "hidden_size": 1280, "out_hidden_size": 2048},
        image_token=151_655,
        grid=(80, 64),
        most=128,
        tokens=200,
        needs_gpu=True,
    ),
    "tiny": Size(
        text={
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "vocab_size": 512,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3]},
        },
        vision={"depth": 2, "hidden_size": 64, "num_heads": 4, "out_hidden_size": 64},
        image_token=500,
        grid=(8, 8),
        most=8,
        tokens=16,
    ),
}


@dataclass(frozen=True, slots=True)
class Sweep:
    """Batches of 1, 2, 4, ... to `most` pages, `tokens` to an answer."""

    size: Size
    most: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One batch: seconds to the first token and for the whole answer, bytes read a step, memory at most.

    `failed` tells that the device had too little memory for it.
    """

    pages: int
    first_s: float = 0.0
    whole_s: float = 0.0
    read: float = 0.0
    memory: int = 0
    failed: bool = False


def bandwidth_of(device: str) -> float | None:
    """Bytes a second of the memory of a device by its name; None of one that is not in the table."""
    return next((bandwidth for name, bandwidth in BANDWIDTHS if name in device), None)


def sweep(plan: Sweep) -> Iterator[Measured]:
    """Measure batch after batch, up to the first for which the memory does not suffice."""
    torch.manual_seed(0)
    loaded = random_model(plan.size)
    pages = 1
    while pages <= plan.most:
        try:
            yield _measured(loaded, plan, pages)
        except RuntimeError as error:
            if not is_exhaustion(error):
                raise
            yield Measured(pages, failed=True)
            return
        pages *= 2


def random_model(size: Size) -> Loaded:
    """A model of this size with random weights, where there is most memory and in the format fast there."""
    config: Any = Qwen2_5_VLConfig(
        text_config={**size.text, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0},
        vision_config=dict(size.vision),
        image_token_id=size.image_token,
        video_token_id=size.image_token + 1,
        vision_start_token_id=size.image_token - 3,
        vision_end_token_id=size.image_token - 2,
        tie_word_embeddings=True,
    )
    auto: Any = AutoModelForImageTextToText
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = auto.from_config(config, dtype=best_dtype("auto"), attn_implementation="sdpa")
    names = {f" {number}": number for number in range(config.get_text_config().vocab_size)}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel(names, " 0")))
    processor = SimpleNamespace(tokenizer=tokenizer, image_token_ids=[size.image_token])
    return Loaded(model.eval(), processor, family_of(config), "random weights", {})


def random_row(config: Any, grid: Sequence[int]) -> Row:
    """A page as the processor would give it: a prompt around a picture of so many patches."""
    vision = config.vision_config
    patches = grid[0] * grid[1]
    text = torch.randint(3, config.vision_start_token_id, (_PROMPT,)).tolist()
    picture = [config.image_token_id] * (patches // vision.spatial_merge_size**2)
    framed = [config.vision_start_token_id, *picture, config.vision_end_token_id]
    ids = torch.tensor([text[: _PROMPT // 2] + framed + text[_PROMPT // 2 :]])
    numbers = vision.in_channels * vision.temporal_patch_size * vision.patch_size**2
    inputs = {
        "input_ids": ids,
        "attention_mask": torch.ones_like(ids),
        "mm_token_type_ids": (ids == config.image_token_id).long(),
        "pixel_values": torch.rand(patches, numbers),
        "image_grid_thw": torch.tensor([[1, *grid]]),
    }
    return Row(inputs, ids.shape[1])


def bytes_read(model: Any, pages: int, tokens: float) -> float:
    """Bytes that a step of decoding reads at least, with so many tokens a page so far; see the module."""
    decoder, head = model.get_decoder(), model.get_output_embeddings()
    weights = {id(weight): weight.nbytes for weight in (*decoder.parameters(), *head.parameters())}
    embeddings = decoder.get_input_embeddings().weight
    if embeddings is not head.weight:
        del weights[id(embeddings)]
    config = model.config.get_text_config()
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    numbers = 2 * config.num_hidden_layers * config.num_key_value_heads * width
    return sum(weights.values()) + pages * tokens * numbers * model.dtype.itemsize


def table(measured: Iterator[Measured], plan: Sweep, device: str, bandwidth: float | None) -> Table:
    """The figures, a row a batch; the share of the bandwidth where that is known."""
    down, across = plan.size.grid
    told = f"{bandwidth / 1e12:g} TB/s" if bandwidth else "bandwidth not known"
    title = (
        f"random weights on {device} ({told}), {best_dtype('auto')}, pages of {down * across} patches, "
        f"{plan.tokens} tokens an answer, best of {_ROUNDS}"
    )
    made = Table(title=title)
    for heading in ("pages at once", "pages/s", "tokens/s", "first token, s", "a step, ms", "share", "GiB"):
        made.add_column(heading, justify="right")
    for one in measured:
        if one.failed:
            made.add_row(str(one.pages), "too little memory")
            continue
        step = (one.whole_s - one.first_s) / (plan.tokens - 1)
        made.add_row(
            str(one.pages),
            f"{one.pages / one.whole_s:.2f}",
            f"{one.pages * plan.tokens / one.whole_s:.0f}",
            f"{one.first_s:.3f}",
            f"{step * 1e3:.2f}",
            f"{one.read / step / bandwidth:.2f}" if bandwidth else "-",
            f"{one.memory / 2**30:.2f}",
        )
    return made


def _measured(loaded: Loaded, plan: Sweep, pages: int) -> Measured:
    rows = [random_row(loaded.model.config, plan.size.grid) for _ in range(pages)]
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    _seconds(loaded, rows, min(plan.tokens, 4))
    first = min(_seconds(loaded, rows, 1) for _ in range(_ROUNDS))
    whole = min(_seconds(loaded, rows, plan.tokens) for _ in range(_ROUNDS))
    if torch.cuda.is_available():
        memory = torch.cuda.max_memory_allocated()
    else:
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    so_far = rows[0].tokens + plan.tokens / 2
    return Measured(pages, first, whole, bytes_read(loaded.model, pages, so_far), memory)


def _seconds(loaded: Loaded, rows: Sequence[Row], tokens: int) -> float:
    """Seconds of `tokens` tokens to each row; no token ends an answer, since the one named does not exist."""
    started = time.perf_counter()
    said = generate(loaded, rows, None, tokens, [loaded.model.config.get_text_config().vocab_size], 0.0)
    taken = time.perf_counter() - started
    if any(one.output_tokens != tokens for one in said):
        raise AssertionError("an answer is shorter than the others")
    return taken
