"""Words joined out of other words' letters say what they are labelled, and are the same each time."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn_words import WORDS

from ocr.engines.recogniser import Recogniser
from ocr.simulate.crops import draw_crop
from ocr.simulate.doctors import simulated_doctor
from ocr.train.alignment import Letter, Reader, aligned
from ocr.train.augment import Grey, augment
from ocr.train.examples import RealWord
from ocr.train.inventory import ANYWHERE, Inventory, inventory, training_inventory
from ocr.train.letters import BASELINE, ROWS, X_HEIGHT
from ocr.train.loop import compared
from ocr.train.simulated import SCHEMA
from ocr.train.spliced import spliced, spliced_examples
from ocr.train.splits import Split, split_of

SHIPPED = Path(__file__).parents[3] / "ocr" / "models" / "recogniser.onnx"
HANDS = 7
NAMES = ["Pantomet", "Telmetin", "Glymontek", "Crolin", "Azeemet", "Dolmin", "Montmentin"]
"""Names that nobody drew, out of letters of WORDS."""


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(SHIPPED, 1, columns=True)


@pytest.fixture(scope="module")
def drawn() -> list[Grey]:
    """Each of WORDS in print of several sizes, squeezed to squares."""
    pictures = []
    for number, word in enumerate(WORDS * HANDS):
        doctor = simulated_doctor(number // len(WORDS), "print")
        crop = draw_crop(word, doctor, np.random.default_rng(number))
        pictures.append(cv2.cvtColor(cv2.resize(crop, (128, 128)), cv2.COLOR_RGB2GRAY))
    return pictures


@pytest.fixture(scope="module")
def letters(drawn: list[Grey], recogniser: Recogniser) -> list[tuple[Letter, ...]]:
    return aligned(drawn, WORDS * HANDS, [Reader(recogniser, 1.0)])


@pytest.fixture(scope="module")
def held(drawn: list[Grey], letters: list[tuple[Letter, ...]]) -> Inventory:
    return inventory(drawn, letters)


def test_letters_stand_in_their_order_on_ink(drawn: list[Grey], letters: list[tuple[Letter, ...]]) -> None:
    for word, picture, found in zip(WORDS * HANDS, drawn, letters, strict=True):
        assert [each.character.casefold() for each in found] == list(word.casefold())
        centres = [each.centre for each in found]
        assert centres == sorted(centres)
        dark = np.flatnonzero((picture < np.median(picture) - 40).any(axis=0)) / picture.shape[1]
        column = 8 / 160  # no reading is finer: the last letter may be seen where its paper is
        assert dark[0] - column < centres[0] < centres[-1] < dark[-1] + column


def test_a_label_that_cannot_stand_in_the_picture_has_no_letters(
    drawn: list[Grey], recogniser: Recogniser
) -> None:
    readers = [Reader(recogniser, 1.0)]
    assert aligned(drawn[:1], ["o" * 60], readers) == [()]
    ((*found,),) = aligned(drawn[:1], ["Zyzzyva"], readers)
    assert np.mean([each.chance for each in found]) < 0.3


def test_words_of_all_sizes_come_to_one_size_and_baseline(held: Inventory) -> None:
    crocins = [word for word in held.words if word.text.casefold() == "crocin"]
    assert len(crocins) == HANDS
    for word in crocins:
        rows = np.flatnonzero((word.ink[:, word.cuts[-2].max() :] > 128).any(axis=1))  # of the n
        assert rows[-1] == pytest.approx(BASELINE, abs=4)
        assert rows[0] == pytest.approx(BASELINE - X_HEIGHT, abs=5)


def test_cuts_part_a_word_without_loss(held: Inventory) -> None:
    for word in held.words:
        assert word.ink.shape[0] == ROWS
        assert (np.diff(word.cuts, axis=0) >= 0).all()
        rows, across = np.mgrid[:ROWS, : word.ink.shape[1]]
        inside = (across >= word.cuts[0][rows]) & (across < word.cuts[-1][rows])
        assert word.ink[inside].sum() > 0.98 * word.ink.sum()


def test_runs_hold_no_letter_that_is_badly_seen_or_seen_seldom(
    drawn: list[Grey], letters: list[tuple[Letter, ...]]
) -> None:
    crocins = [place for place, word in enumerate(WORDS * HANDS) if word == "Crocin"]
    blurred = [
        (*letters[place][:2], replace(letters[place][2], chance=0.1), *letters[place][3:])
        for place in crocins
    ]
    runs = inventory([drawn[place] for place in crocins], blurred).runs
    assert runs.keys() >= {"^Cr", "cin$", "ci", ANYWHERE + "ci"}
    assert not any("o" in key for key in runs)
    with pytest.raises(ValueError, match="no letter is seen in 6 of the 5 pictures"):
        inventory([drawn[place] for place in crocins[:5]], blurred[:5])


def test_letters_come_out_of_words_that_are_trained_on_alone(
    tmp_path: Path, drawn: list[Grey], recogniser: Recogniser
) -> None:
    words = []
    for number, (text, picture) in enumerate(zip(WORDS * HANDS, drawn, strict=True)):
        file = tmp_path / f"{number}.png"
        cv2.imwrite(str(file), picture)
        kept = {"Telma": Split.UNSEEN, "Dolo": Split.SEEN}
        words.append(RealWord(file, text, kept.get(text, Split.TRAINING)))
    taken = {word.text.casefold() for word in training_inventory(words, [Reader(recogniser, 1.0)]).words}
    assert taken == {word.casefold() for word in WORDS} - {"telma", "dolo"}


def test_spliced_words_read_as_they_are_labelled(held: Inventory, recogniser: Recogniser) -> None:
    rows = spliced_examples(held, NAMES, 1, 0, 60).to_pylist()
    random = np.random.default_rng(0)
    crops = [augment(cv2.imdecode(np.frombuffer(row["picture"], np.uint8), 0), 0.0, random) for row in rows]
    readings = recogniser.read(crops)
    right = [
        compared(row["text"]) == compared(reading.text) for row, reading in zip(rows, readings, strict=True)
    ]
    assert np.mean(right) > 0.6


def test_a_word_is_covered_by_others_pieces_or_not_at_all(held: Inventory) -> None:
    random = np.random.default_rng(3)
    ((*pieces,),) = spliced("Pantomet", held, random)
    assert "".join(each.word.text[each.start : each.end] for each in pieces).casefold() == "pantomet"
    assert 2 <= len(pieces) <= 5
    assert spliced("Quizzify", held, random) == []
    assert len(spliced("Crocin Dolo", held, random)) == 2
    assert all(len(word) > 1 for word in spliced("Crocin Dolo", held, random))  # never a word as a whole


def test_crops_follow_from_seed_and_number(held: Inventory) -> None:
    table = spliced_examples(held, NAMES, 5, 0, 8)
    assert table.schema == SCHEMA
    assert table.equals(spliced_examples(held, NAMES, 5, 0, 8))
    assert not table.equals(spliced_examples(held, NAMES, 6, 0, 8))
    assert set(table["script"].to_pylist()) == {"spliced"}


def test_no_text_holds_a_word_that_is_kept_from_training(held: Inventory) -> None:
    starts, ends = ("Pan", "Tel", "Gly", "Cro", "Mon", "Aug"), ("top", "ma", "met", "cin", "tek", "tin")
    names = [start + end for start in starts for end in ends]
    unseen = {name.casefold() for name in names if split_of(name, "") is Split.UNSEEN}
    assert 0 < len(unseen) < len(names)
    texts = spliced_examples(held, names, 2, 0, 60)["text"].to_pylist()
    assert not unseen & {word.casefold() for text in texts for word in text.split()}
