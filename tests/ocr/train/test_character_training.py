"""What the model of characters is counted on, and the command that counts it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocr.ctc.character_model import EDGE, LETTERS, START, CharacterModel
from ocr.train.characters import weighted_words
from ocr.train.recipe import Recipe, read_recipe
from ocr.train.splits import Split, split_of

SHIPPED = Path(__file__).parents[3] / "ocr" / "train" / "recipe.toml"
ROOT = Path(__file__).parents[3]


def labelled() -> Iterator[tuple[str, str]]:
    """Pictures of made-up words, of each split some."""
    for number in range(60):
        word = "".join(LETTERS[(number * step) % 26] for step in (1, 3, 7, 11)) + "zz"
        for copy in range(3):
            yield f"{number}_{copy}.jpg", word


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The files that the shipped recipe names, with little in them."""
    tables = {
        "india_skus": "medicine_name,medicine_type\nQUILLOMET SR,tablet\nQUILLOMET SR,tablet\nNOTYPE,\n",
        "bangladesh_products": "brand name,generic\nZorvexin,zorvexacin + éstatine\n",
        "india_compositions": "Medicine Name\nPlumbexol 5mg Tablet\n",
    }
    (tmp_path / "formulary").mkdir()
    for name, table in tables.items():
        (tmp_path / "formulary" / f"{name}.csv").write_text(table, encoding="utf-8")
    words = tmp_path / "prescriptions" / "words_rxhandbd"
    words.mkdir(parents=True)
    rows = "".join(f"{file},{word}\n" for file, word in labelled())
    (words / "labels.csv").write_text("Images,Text\n" + rows, encoding="utf-8-sig")
    return tmp_path


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return read_recipe(SHIPPED)


def test_words_kept_from_training_are_not_counted(data: Path, recipe: Recipe) -> None:
    weights = weighted_words(recipe, data)
    splits: dict[str, set[Split]] = {}
    for file, word in labelled():
        splits.setdefault(word, set()).add(split_of(word, file))
    assert any(found == {Split.UNSEEN} for found in splits.values())
    for word, found in splits.items():
        assert (word in weights) == (Split.TRAINING in found)


def test_a_word_counts_by_how_often_it_stands(data: Path, recipe: Recipe) -> None:
    weights = weighted_words(recipe, data)
    assert weights["quillomet"] > weights["plumbexol"] >= 1
    assert {"zorvexin", "zorvexacin", "éstatine", "tablet", "subah"} <= weights.keys()
    assert "notype" not in weights
    assert all(word.isalpha() and word == word.lower() for word in weights)


def test_the_command_writes_a_model(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.npz"
    told = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-m", "ocr.train.characters", str(data), "--out", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.startswith(str(out))
    model = CharacterModel.load(out)
    chances = model.log_chances((EDGE, *map(LETTERS.index, "quillom")))
    assert chances.index(max(chances)) == LETTERS.index("e")
    assert len(model.log_chances(START)) == len(LETTERS) + 1
