"""What models write around and into a summary, and sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarize.clean import clean
from summarize.prompts import load_prompt
from summarize.sentences import sentence_spans, sentences

TEMPLATE = load_prompt("tuned", "en").template
FEW_SHOT = load_prompt("few-shot", "en").template

CASES = [
    ("What could cause a rash?<eos>", "What could cause a rash?", ()),
    ("<|im_start|>assistant\nIs it a cold?<|im_end|>", "assistant. Is it a cold?", ()),
    ("<think>Well, the message</think>Is it a cold?", "Is it a cold?", ()),
    ("Summary: Is it a cold?", "Is it a cold?", ()),
    ("Summary in English: Is it a cold?", "Is it a cold?", ()),
    ("**Question Summary:** Is it a *cold*?", "Is it a *cold*?", ()),
    ("Sure! Here is a summary of the message:\n\n\"Is it a cold?\"", "Is it a cold?", ()),
    ("总结：感冒了怎么办？", "感冒了怎么办？", ()),
    ("Is it a cold?\nMessage: I have\nSummary in English: No", "Is it a cold?", ("prompt_echo_cut",)),
    ("Is it a cold? Message: another one", "Is it a cold?", ("prompt_echo_cut",)),
    ("感冒了怎么办 Message: another one", "感冒了怎么办", ("prompt_echo_cut",)),
    ("Message: my throat hurts\nSummary in English: Is it a cold?", "Is it a cold?", ("prompt_echo_cut",)),
    ("The patient left a message: call back.", "The patient left a message: call back.", ()),
    ("It itches. It burns. It swells.", "It itches. It burns.", ()),
    ("It itches.   It\nburns", "It itches. It burns", ()),
    ("- itching\n- redness\n- pain", "itching. redness", ()),
    ("It itches. It itches. It itches.", "It itches.", ("repetition_cut",)),
    ("The patient has itching, redness, itching, redness, itching, redness.",
     "The patient has itching, redness.", ("repetition_cut",)),
    ("pain in the left arm and pain in the left arm and pain in the", "pain in the left arm and",
     ("repetition_cut", "summary_cut")),
    ("A painful, painful, and swollen leg?", "A painful, and swollen leg?", ("repetition_cut",)),
    ("Bahut bahut dard hai, 1, 1, 1 tablet li.", "Bahut bahut dard hai, 1, 1, 1 tablet li.", ()),
    ("高血压高血压高血压能吃柿子吗？", "高血压能吃柿子吗？", ("repetition_cut",)),
    ("Patient ko bahut bahut dard hai.", "Patient ko bahut bahut dard hai.", ()),
    ("Takes 1 1 1 daily.", "Takes 1 1 1 daily.", ()),
    ("It itches. What could be the", "It itches.", ("summary_cut",)),
    ("Is there help for a rash and", "Is there help for a rash and", ("summary_cut",)),
    ("高血压能吃柿子吗", "高血压能吃柿子吗", ()),
    ("...", "", ()),
    ("  \n<eos><pad>", "", ()),
    ("", "", ()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "summary", "flags"), CASES)
def test_answers(text: str, summary: str, flags: tuple[str, ...]) -> None:
    cleaned = clean(text, TEMPLATE)
    assert (cleaned.text, cleaned.flags) == (summary, flags)


def test_an_example_of_the_prompt_said_again_is_an_echo() -> None:
    first = next(line for line in FEW_SHOT.split("\n") if line.startswith("Message:"))
    cleaned = clean(f"Is it a cold?\n\n{first}", FEW_SHOT)
    assert (cleaned.text, cleaned.flags) == ("Is it a cold?", ("prompt_echo_cut",))


def test_an_engine_without_a_prompt_has_no_echo() -> None:
    assert clean("Message: is it a cold?").text == "Message: is it a cold?"


@given(
    st.lists(
        st.sampled_from(["It itches.", "Why?", "很痒。", "Dói?", "दर्द है।", "\n", "<eos>", "Message:", "and"])
    )
)
def test_any_answer_becomes_one_line_of_at_most_two_sentences(parts: list[str]) -> None:
    cleaned = clean(" ".join(parts), TEMPLATE).text
    assert len(sentences(cleaned)) <= 2
    assert "\n" not in cleaned and "<eos>" not in cleaned and "Message:" not in cleaned


@given(st.text(max_size=300))
def test_no_answer_raises(text: str) -> None:
    cleaned = clean(text, TEMPLATE).text
    assert cleaned == cleaned.strip() and (not cleaned or any(map(str.isalpha, cleaned)))


SENTENCES = [
    ("Dr. Rao said 2.5 mg is fine. Is it? Yes!", ["Dr. Rao said 2.5 mg is fine.", "Is it?", "Yes!"]),
    ("बुखार है। डॉ. शर्मा ने 2.5 mg दी। क्या करूँ?", ["बुखार है।", "डॉ. शर्मा ने 2.5 mg दी।", "क्या करूँ?"]),
    (
        "我发烧三天。怎么办？“谢谢！”请问2.5毫克行吗",
        ["我发烧三天。", "怎么办？", "“谢谢！”", "请问2.5毫克行吗"],
    ),
    (
        "Tomo remédio p. ex. dipirona. E agora?Obrigado",
        ["Tomo remédio p. ex. dipirona.", "E agora?", "Obrigado"],
    ),
    ("I lack vitamin D. Is it bad?", ["I lack vitamin D.", "Is it bad?"]),
    ("Mr. A. Khan takes it q.d. with food. Why?", ["Mr. A. Khan takes it q.d. with food.", "Why?"]),
    ("1. Rest\n2. Water", ["1. Rest", "2. Water"]),
    ("Pain, fever etc. What now?", ["Pain, fever etc.", "What now?"]),
    ("so... it hurts!!! help", ["so...", "it hurts!!!", "help"]),
    ("", []),
]


@pytest.mark.parametrize(("text", "expected"), SENTENCES)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet=st.sampled_from('aB1 .?!。।\n"डD的'), max_size=80))
def test_sentences_leave_out_nothing_but_space(text: str) -> None:
    spans = list(sentence_spans(text))
    assert spans == sorted(spans)
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
