"""Tokens of the five languages."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.stem.porter import PorterStemmer
from rouge_score.tokenize import tokenize

from eval.tokens import tokens_for


@pytest.mark.parametrize(
    ("language", "text", "tokens"),
    [
        ("en", "The patient's swellings, 2.5mg", ["the", "patient", "s", "swell", "2", "5mg"]),
        ("pt", "Não tenho ALERGIA à dipirona", ["não", "tenho", "alergia", "à", "dipirona"]),
        ("zh", "头孢0.5g（ＣＴ正常）", ["头", "孢", "0", "5g", "ct", "正", "常"]),
        ("hi", "ज़ुकाम५दिन से", ["ज\u093cुकाम", "5", "दिन", "से"]),
        ("hi", "क्\u200dया", ["क्या"]),
        ("hi-en", "Swelling ho rahi hai, दर्द bhi", ["swelling", "ho", "rahi", "hai", "दर्द", "bhi"]),
        (None, "_ - !?", []),
        (None, "", []),
        ("zh", "痛", ["痛"]),
        ("hi", "\u093e\u0902\u0301", []),  # vowel signs and accents without a letter
        ("hi", "\u093eदर्द", ["दर्द"]),
        ("hi-en", "bukhar🤒hai 1\ufe0f\u20e3 👨\u200d👩\u200d👧", ["bukhar", "hai", "1"]),
        ("pt", "do\u00adr ca\u200bbec\u0327a", ["dor", "cabeça"]),
    ],
)
def test_tokens(language: str | None, text: str, tokens: list[str]) -> None:
    assert tokens_for(language).tokenize(text) == tokens


@settings(deadline=None)
@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_english_is_tokenised_as_rouge_score_does(text: str) -> None:
    assert tokens_for("en").tokenize(text) == tokenize(text, PorterStemmer())


@settings(deadline=None)
@given(st.text(), st.sampled_from(["en", "hi", "zh", "pt"]))
def test_composed_decomposed_and_capital_forms_have_the_same_tokens(text: str, language: str) -> None:
    tokens = tokens_for(language).tokenize(text)
    assert tokens_for(language).tokenize(unicodedata.normalize("NFD", text)) == tokens
    assert tokens_for(language).tokenize(unicodedata.normalize("NFC", text)) == tokens
    assert all(tokens)


@settings(deadline=None)
@given(st.text())
def test_no_letter_or_digit_is_lost(text: str) -> None:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(tokens_for("pt").tokenize(text))
    assert len([c for c in kept if c.isalnum()]) == len([c for c in folded if c.isalnum()])
