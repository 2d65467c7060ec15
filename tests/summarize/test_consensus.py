"""Agreement of summaries, by hand."""

import pytest

from summarize.consensus import agreement


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["A cough."], [1.0]),
        (["A cough", "a COUGH!"], [1.0, 1.0]),  # case and marks are no words
        (["a b c d", "a b", "x"], [(1 + 2 / 4 + 0) / 3, (2 / 4 + 1 + 0) / 3, 1 / 3]),
        (["咳嗽三天", "咳嗽五天"], [(1 + 3 / 4) / 2] * 2),  # Han by character
        (["खाँसी है", "खाँसी"], [(1 + 1 / 2) / 2] * 2),  # vowel signs belong to their word
        (["", "a"], [0.5, 0.5]),  # an empty one agrees with itself alone
    ],
)
def test_agreement(texts: list[str], expected: list[float]) -> None:
    assert agreement(texts) == pytest.approx(expected)
