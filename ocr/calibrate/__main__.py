"""`python -m ocr.calibrate FOLDER`: fit what `ocr/models/calibration.json` holds, and write it.

FOLDER holds the files that `recipe.toml` beside this file names. First the weights of names are fitted, on
real words and on simulated pages; then, with these, those of confidence on half of the pages; then the review
threshold is chosen on the other half, whose figures are written beside it.
"""

import argparse
import hashlib
import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from multilingual.clinical.formulary import load_formulary
from multilingual.clinical.formulary_index import FormularyIndex
from ocr.calibrate.choices import UNKNOWN, places_of
from ocr.calibrate.figures import calibration_error, least_confidence
from ocr.calibrate.fit import NONE, Choice, fit
from ocr.calibrate.pages import LEFT_OUT, Judged, ReadPage, judged, page_choices, read_pages, without_some
from ocr.calibrate.words import drawn_words, real_words, word_choices
from ocr.calibration import CALIBRATION, confidence_calibration, name_calibration
from ocr.confidence import CONFIDENCE, confidence_of
from ocr.ctc.names import FEATURES
from ocr.engines import make_engine

RECIPE = Path(__file__).parent / "recipe.toml"
_ACCEPT = 0.1
_WORDS_LEFT_OUT = -0.5
"""Set by hand: a word of the name that is no part of it. Words alone don't tell it."""


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(prog="python -m ocr.calibrate", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the files that the recipe names")
    data: Path = parser.parse_args().data
    recipe = tomllib.loads(RECIPE.read_text(encoding="utf-8"))
    engine = make_engine("nuskha")
    index = FormularyIndex(load_formulary(str(data / recipe["words"]["formulary"])))
    words = list(real_words(data / recipe["words"]["folder"], index))
    words += drawn_words(index, recipe["words"]["seed"], recipe["words"]["drawn"])
    of_words = list(word_choices(words, engine, index))
    formulary = load_formulary(str(data / recipe["pages"]["formulary"]))
    index = FormularyIndex(without_some(formulary))
    pages = list(read_pages(recipe["pages"]["seed"], recipe["pages"]["count"], formulary.entries, engine))
    places = places_of(index)
    of_pages = [choice for page in pages[::2] for choice in page_choices(page, index, places)]
    found = {
        "recipe_sha256": hashlib.sha256(RECIPE.read_bytes()).hexdigest(),
        "engine": engine.version,
        "names": _names([*of_words, *of_pages], len(of_words), len(of_pages)),
    }
    _write(found)
    found["confidence"] = _confidence(pages, index, recipe["review"]["wrong_drug"])
    _write(found)
    print(json.dumps(found, indent=2))


def _names(choices: Sequence[Choice], words: int, lines: int) -> dict[str, Any]:
    weights = dict(zip(FEATURES, fit(choices).round(4).tolist(), strict=True))
    weights["words left out"] = _WORDS_LEFT_OUT
    return {
        "fitted_on": {"choices_of_words": words, "choices_of_simulated_lines": lines, "unknown": UNKNOWN},
        "accept": _ACCEPT,
        "weights": weights,
    }


def _confidence(pages: Sequence[ReadPage], index: FormularyIndex, most_wrong: float) -> dict[str, Any]:
    fitting = [each for page in pages[::2] for each in judged(page, index)]
    choosing = [each for page in pages[1::2] for each in judged(page, index)]
    weights = fit([Choice(np.array([each.features]), 0 if each.right_dose else NONE) for each in fitting])
    stated = [confidence_of(each.features, weights.tolist()) for each in choosing]
    least = least_confidence(stated, choosing, most_wrong)
    kept = [each for each, sure in zip(choosing, stated, strict=True) if _kept(each, sure, least)]
    return {
        "fitted_on": {"medicines": len(fitting), "left_out_of_the_formulary": LEFT_OUT},
        "chosen_on": {
            "medicines": len(choosing),
            "right_drug": round(float(np.mean([each.right_drug for each in choosing])), 4),
            "right_drug_and_dose": round(float(np.mean([each.right_dose for each in choosing])), 4),
            "expected_calibration_error": round(
                calibration_error(stated, [each.right_dose for each in choosing]), 4
            ),
            "unreviewed": len(kept),
            "unreviewed_wrong_drug": sum(not each.right_drug for each in kept),
        },
        "review_below": least,
        "weights": dict(zip(CONFIDENCE, weights.round(4).tolist(), strict=True)),
    }


def _kept(each: Judged, confidence: float, least: float) -> bool:
    return not each.reasons and confidence >= least


def _write(found: dict[str, Any]) -> None:
    CALIBRATION.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    name_calibration.cache_clear()
    confidence_calibration.cache_clear()


if __name__ == "__main__":
    main()
