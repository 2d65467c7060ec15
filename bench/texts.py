"""Words tagged and lines of text invented a second, on one core. Run: python -m bench.texts"""

import time
from itertools import islice

import numpy as np

from multilingual.clinical.formulary import load_formulary
from multilingual.language import tag_tokens
from ocr.simulate.texts import training_texts

_MESSAGE = "Main 24 saal ka hoon, teen din se 102 bukhar hai and my left knee is swollen, Dolo 650 li thi."
_MESSAGES, _TEXTS = 2_000, 10_000


def main() -> None:
    """Print both figures, in processor time."""
    started = time.process_time()
    words = sum(token.kind == "word" for _ in range(_MESSAGES) for token in tag_tokens(_MESSAGE))
    print(f"words tagged     {words / (time.process_time() - started):,.0f}/s, n={words:,}")
    texts = training_texts([entry.name for entry in load_formulary().entries], np.random.default_rng(9))
    next(texts)  # reads the lists
    started = time.process_time()
    invented = sum(1 for _ in islice(texts, _TEXTS))
    print(f"lines invented   {invented / (time.process_time() - started):,.0f}/s, n={invented:,}")


if __name__ == "__main__":
    main()
