from pathlib import Path

import numpy as np
import pytest
from drawn_words import WORDS, draw_words
from hypothesis import given
from hypothesis import strategies as st

from ocr.train.augment import HEIGHT, NARROWEST, augment, plain_width
from ocr.train.batches import COLUMN, Alphabet, Batches, needed_columns, padded, plan
from ocr.train.examples import Example, repaired, rxhandbd
from ocr.train.recipe import read_names, read_recipe
from ocr.train.simulated import draw_examples, label_of
from ocr.train.splits import Split, split_of


@pytest.mark.parametrize(
    ("label", "reading", "text"),
    [
        ("Tablet", "Tab.", "Tab."),
        ("Tablet", "Tab", "Tab."),
        ("Tablet", "Tablet", "Tablet"),
        ("tablet", "tablet", "tablet"),
        ("Tablet", "xyz", None),  # read as neither: what stands on the picture is not told
        ("Injection", "Inj", "Inj."),
        ("Capsule", "Cap.", "Cap."),
        ("Syrup", "Syp", "Syp."),
        ("Napa", "nonsense", "Napa"),  # only words that the labels write out are doubted
    ],
)
def test_labels_that_write_out_abbreviations_are_put_right(
    label: str, reading: str, text: str | None
) -> None:
    assert repaired(label, reading) == text


@given(st.text(min_size=1), st.text(min_size=1))
def test_unseen_words_are_unseen_whatever_the_picture(word: str, file: str) -> None:
    others = {split_of(word, f"{file}{n}") for n in range(30)}
    assert others == {Split.UNSEEN} or Split.UNSEEN not in others
    assert split_of(word.upper().casefold(), file) == split_of(word.casefold(), file)


def test_rxhandbd_reads_its_labels(tmp_path: Path) -> None:
    words = rxhandbd(draw_words(tmp_path / "words"))
    assert [word.text for word in words[: len(WORDS)]] == list(WORDS)
    assert all(word.file.is_file() for word in words)


@given(st.integers(1, 200), st.integers(1, 800))
def test_augmented_crops_keep_the_height(height: int, width: int) -> None:
    crop = np.full((height, width), 200, np.uint8)
    random = np.random.default_rng(width)
    assert augment(crop, 1.0, random).shape[0] == HEIGHT
    assert augment(crop, 0.0, random).shape == (HEIGHT, plain_width(height, width))
    assert plain_width(height, width) >= NARROWEST


def test_augmenting_follows_from_its_generator_alone() -> None:
    crop = draw_examples(["Crocin"], 1, 0, 1).to_pylist()[0]
    pixels = Example(**crop).pixels()
    one, same, other = (augment(pixels, 1.0, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert one.shape != other.shape or (one != other).any()


def test_steps_hold_crops_of_like_width_and_follow_the_shares() -> None:
    widths, shares = [160] * 50 + [600] * 50, [3.0] * 50 + [1.0] * 50
    steps = list(plan(widths, shares, 400, 9216, seed=1))
    assert steps == list(plan(widths, shares, 400, 9216, seed=1))
    drawn = [place for step in steps for place in step.places]
    wide = sum(place >= 50 for place in drawn) / len(drawn)
    assert wide == pytest.approx(0.25, abs=0.03)
    for step in steps:
        assert step.width >= max(widths[place] for place in step.places)
        assert len({padded(widths[place]) for place in step.places}) == 1


def test_workers_share_each_step() -> None:
    (step,) = plan([160] * 9, [1.0] * 9, 1, 9216, seed=2)
    shares = [step.share(worker, 3).places for worker in range(3)]
    assert sorted(place for share in shares for place in share) == sorted(step.places)


def test_batches_can_be_aligned_with_their_labels() -> None:
    table = draw_examples(["Augmentin Duo", "Dolo"], 3, 0, 24)
    examples = [Example(**row) for row in table.to_pylist()]
    from ocr.simulate.words import alphabet

    known = Alphabet(alphabet())
    steps = list(plan([e.pixels().shape[1] + 160 for e in examples], [1.0] * 24, 3, 4096, seed=4))
    batches = Batches(examples, known, steps, first=0, seed=5)
    for step in steps:
        batch = next(batches)
        assert batch.pixels.shape[:3] == (len(step.places), 3, HEIGHT)
        assert batch.pixels.shape[3] == step.width
        assert (batch.columns * COLUMN <= step.width).all()
        ends = batch.lengths.cumsum(0).tolist()
        labels = [batch.labels[end - n : end].tolist() for end, n in zip(ends, batch.lengths, strict=True)]
        for place, label, columns in zip(step.places, labels, batch.columns.tolist(), strict=True):
            assert known.text([k for c in label for k in (0, c)]) == examples[place].text
            assert columns >= needed_columns(label) or columns * COLUMN == step.width


def test_simulated_crops_depend_on_seed_and_number_alone() -> None:
    whole = draw_examples(["Crocin", "Dolo 650"], 7, 0, 6)
    assert whole.equals(draw_examples(["Crocin", "Dolo 650"], 7, 0, 6))
    assert not whole.equals(draw_examples(["Crocin", "Dolo 650"], 8, 0, 6))


def test_each_chinese_character_is_labelled_by_one_sign() -> None:
    assert label_of("每日3次 qd") == "〓〓3〓 qd"


def test_names_come_from_the_recipe_s_lists(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("name,kind\nCrocin,tablet\nStent,\nA + B12,tablet\n")
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(SETTINGS + '[[names]]\nfile="list.csv"\ncolumn="name"\nwhere="kind"\nparted_by="+"\n')
    assert read_names(read_recipe(recipe), tmp_path) == ["Crocin", "B12"]


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("name\nCrocin\n")
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(SETTINGS + '[[names]]\nfile="list.csv"\ncolumn="brand"\n')
    with pytest.raises(ValueError, match=r"list\.csv has no column brand"):
        read_names(read_recipe(recipe), tmp_path)


def test_a_recipe_without_a_setting_is_refused(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(SETTINGS.replace("steps=2\n", "") + '[[names]]\nfile="list.csv"\ncolumn="name"\n')
    with pytest.raises(ValueError, match="lacks steps"):
        read_recipe(recipe)


SETTINGS = """[settings]
seed=1
steps=2
pixels=2048
learning_rate=1e-4
average=0.9
original=0.1
checkpoint_every=1
simulated=12
photographed_pages=0
spliced_words=0
spliced_lines=0
[shares]
real=0.5
latin=0.5
[real]
folder="words"
"""
