"""Two recognisers of a doubted line: what both saw decides, and what only one can read is left to it."""

import numpy as np
import pytest
from made_columns import CHARACTERS, columns_of

from ocr.ctc.character_model import shipped_characters
from ocr.ctc.texts import text_scores
from ocr.engines import make_engine
from ocr.engines.base import Columns, Engine, Picture
from ocr.engines.both import weighed
from ocr.engines.recogniser import Reading
from ocr.simulate.crops import draw_crop
from ocr.simulate.doctors import calm_doctor
from ocr.train.characters import counted


def reading(columns: Columns, text: str, score: float = 0.8) -> Reading:
    return Reading(text, score, (), columns)


def test_scores_by_hand() -> None:
    """Of one column that gives a 0.5, A 0.25 and b 0.25; what it does not know has the floor."""
    columns = Columns(np.array([[0, 0.5, 0.25, 0.25]], np.float32), ("", "a", "A", "b"))
    found = np.exp(text_scores(columns, ["a", "A", "B", "ä", "ab"]))
    assert found == pytest.approx([0.75, 0.75, 0.25, 1e-5, 0])


def test_columns_without_letters_change_nothing() -> None:
    apart = columns_of("abc", sure=0.99)
    longer = Columns(np.insert(apart.chances, [1, 1, 3, 3, 3], apart.chances[1], axis=0), CHARACTERS)
    assert text_scores(longer, ["abc", "abd"]) == pytest.approx(text_scores(apart, ["abc", "abd"]), abs=0.05)


def test_the_one_that_is_sure_decides() -> None:
    first = reading(columns_of("Azu", {2: {"o": 0.4}}), "Azu")
    second = reading(columns_of("Azo"), "Azo", 0.95)
    found = weighed(first, second, None)
    assert (found.text, found.alternatives, found.score) == ("Azo", ("Azu",), 0.95)
    assert weighed(second, first, None).text == "Azo"


def test_what_each_read_by_itself_is_kept() -> None:
    seen = columns_of("Azo")
    first = Reading("Xzo", 0.4, tuple(f"Az{letter}" for letter in "bcdefghijk"), seen)
    found = weighed(first, reading(seen, "Azo"), None)
    assert found.text == "Azo"
    assert len(found.alternatives) == 9 and found.alternatives[-1] == "Xzo"


def test_spelling_counts_beside_them() -> None:
    first = second = reading(columns_of("Azu", {2: {"o": 0.47}}), "Azu")
    assert weighed(first, second, None).text == "Azu"
    assert weighed(first, second, counted({"azo": 9.0})).text == "Azo"


def test_what_one_of_them_cannot_read_is_left_to_the_other() -> None:
    latin = reading(columns_of("abc"), "abc", 0.5)
    chinese, hindi = reading(latin.columns or columns_of(""), "ab〓"), reading(columns_of("abc"), "सुबह", 0.9)
    assert weighed(latin, chinese, shipped_characters()) is latin
    assert weighed(latin, hindi, shipped_characters()) is hindi
    assert weighed(hindi, latin, shipped_characters()).text == "abc"
    assert weighed(latin, Reading("", 0.0, (), None), None) is latin


@pytest.fixture(scope="module")
def both() -> Engine:
    return make_engine("both")


def sheet(*texts: str) -> Picture:
    """Lines in one hand, on white."""
    page = np.full((140 * len(texts) + 80, 1000, 3), 255, np.uint8)
    for place, text in enumerate(texts):
        crop = draw_crop(text, calm_doctor("kalam"), np.random.default_rng(5))[:120, :900]
        top = 40 + 140 * place
        page[top : top + crop.shape[0], 40 : 40 + crop.shape[1]] = crop
    return page


def test_a_page_in_two_scripts_is_read(both: Engine) -> None:
    (found,) = both.read([sheet("Tab Pantocid 40 mg", "सुबह शाम खाने के बाद")])
    texts = [fragment.line.text for fragment in found]  # type: ignore[union-attr]
    assert any("Pantocid" in text for text in texts)
    assert any("सुबह" in text and "खाने" in text for text in texts)


def test_single_lines_are_read_by_ours_alone(both: Engine) -> None:
    crops = [draw_crop("Telmisartan", calm_doctor("kalam"), np.random.default_rng(1))]
    alone, together = make_engine("nuskha").read_lines(crops), both.read_lines(crops)
    assert [line and line.line for line in together] == [line and line.line for line in alone]  # type: ignore[union-attr]
