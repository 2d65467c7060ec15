"""Messages with a picture to learn from: the prompt that the engine `vlm` puts, and the JSON it expects."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from multilingual.normalise import nfc
from ocr.train.vision_language.examples import Shown
from summarize.engines.seen import written
from summarize.prompts import load_prompt

PROMPT = "see"


def shown_pairs(source: Mapping[str, Any], data: Path) -> Iterator[Shown]:
    """The pairs of a recipe's [[pairs]], in their order; a message may have no picture.

    Raises OSError where a file can't be read, ValueError where a line is no pair.
    """
    file = data / source["file"]
    query, summary, image, findings = (
        source.get(name, name if name != "findings" else "image_findings")
        for name in ("query", "summary", "image", "findings")
    )
    prompt = load_prompt(PROMPT, source["target"])
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                row = dict(json.loads(line))
                asked, wanted = nfc(row[query]).strip(), nfc(row[summary]).strip()
            except KeyError as error:
                raise ValueError(f"{file}, line {number}: it has no {error.args[0]!r}") from None
            except (ValueError, TypeError, AttributeError):
                raise ValueError(f"{file}, line {number}: not a JSON object of texts") from None
            picture = _picture(file.parent / row[image], f"{file}, line {number}") if row.get(image) else b""
            # Who does not know what is seen cannot teach to tell it: the summary alone is asked for.
            seen = nfc(row.get(findings) or "").strip() if picture else ""
            yield Shown(picture, prompt.render(asked, has_picture=bool(seen)), written(wanted, seen or None))


def _picture(file: Path, where: str) -> bytes:
    picture = file.read_bytes()
    if cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_REDUCED_GRAYSCALE_8) is None:
        raise ValueError(f"{where}: its picture is none that can be read")
    return picture
